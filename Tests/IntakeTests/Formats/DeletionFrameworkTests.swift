import Domain
import Foundation
import Intake
import TestSupport
import Testing

@Suite struct DeletionFrameworkTests {
    /// `printf mara.velde@example.net | sha256sum`
    private static let hash = Digest(of: "mara.velde@example.net").hexadecimal

    @Test(
        "Tokens signed by PyJWT are verified, both of them",
        arguments: [
            ("ddrf-es256.jwt", SignatureScheme.ecdsaP256, "vendor-1"),
            ("ddrf-rs256.jwt", .rsaPKCS1, "vendor-2"),
        ])
    func tokensSignedByPyJWTAreVerifiedBothOfThem(
        _ name: String, _ scheme: SignatureScheme, _ keyID: String
    ) throws {
        let parsed = try signed(name, testKeys())
        #expect(parsed.formatID == "iab-ddrf")
        #expect(
            parsed.request
                == DeletionRequest(
                    sourceID: "identity-17", receivedAt: Timestamp("2026-03-05T09:14:00Z"),
                    identifiers: [
                        PersonalIdentifier(kind: .email, value: Self.hash, format: .sha256)
                    ], authenticity: .verified(scheme: scheme, keyID: keyID),
                    limits: [RequestLimit(.parameter, "{\"campaign\":7}")],
                    demandIDs: ["transaction-1"]))
    }

    @Test("Without keys, or with a key id that is not known, it is unauthenticated")
    func withoutKeysOrWithAKeyIDThatIsNotKnownItIsUnauthenticated() throws {
        #expect(try !signed("ddrf-es256.jwt", .none).request.authenticity.isVerified)
        #expect(try !signed("ddrf-unknown-key.jwt", testKeys()).request.authenticity.isVerified)
    }

    @Test(
        "What must not be believed is refused",
        arguments: [
            ("ddrf-wrong-key.jwt", IntakeErrorCode.invalidSignature, "rqJWT"),
            ("ddrf-wrong-inner-key.jwt", .invalidSignature, "idJWT"),
            ("ddrf-other-issuer.jwt", .wrongParty, "rqJWT.iss"),
            ("ddrf-none.jwt", .invalidSignature, "rqJWT.alg"),
            ("ddrf-hs256.jwt", .invalidSignature, "rqJWT.alg"),
            ("ddrf-critical.jwt", .invalidSignature, "rqJWT.crit"),
            ("ddrf-future.jwt", .outsideValidity, "rqJWT.iat"),
            ("ddrf-phone-type.jwt", .unsupportedIdentifier, "rqJWT.sub.identifierType"),
            ("ddrf-sha512.jwt", .unsupportedHash, "rqJWT.sub.identifierFormat"),
            ("ddrf-identity-alone.jwt", .invalidRequest, "rqJWT"),
        ])
    func whatMustNotBeBelievedIsRefused(
        _ name: String, _ code: IntakeErrorCode, _ path: String
    ) throws {
        let error = try signedRefusal(name, testKeys())
        #expect(error.code == code)
        #expect(error.details["path"] == path)
    }

    /// `none`, HS256 and critical extensions are refused even where there is no key to check with.
    @Test("A token that cannot be checked at all is refused without keys, too")
    func aTokenThatCannotBeCheckedAtAllIsRefusedWithoutKeysToo() throws {
        for name in ["ddrf-none.jwt", "ddrf-hs256.jwt", "ddrf-critical.jwt"] {
            #expect(try signedRefusal(name, .none).code == .invalidSignature)
        }
    }

    @Test("Every changed character of a token breaks its signature or its form")
    func everyChangedCharacterOfATokenBreaksItsSignatureOrItsForm() throws {
        let token = try fixture("requests/signed/ddrf-es256.jwt")
        let header = try #require(token.firstIndex(of: UInt8(ascii: ".")))
        for offset in stride(from: header + 1, to: token.count, by: 41)
        where token[offset] != UInt8(ascii: ".") {
            var changed = token
            changed[offset] = changed[offset] == UInt8(ascii: "A") ? 66 : 65
            let error = try #require(
                #expect(throws: IntakeError.self) { try signed(changed, testKeys()) })
            #expect([.invalidSignature, .malformedDocument].contains(error.code))
        }
    }

    @Test("Result codes are those of the framework") func resultCodesAreThoseOfTheFramework() {
        let table: [(IntakeErrorCode, Int)] = [
            (.invalidRequest, 1), (.invalidSignature, 2), (.malformedDocument, 3),
            (.unsupportedIdentifier, 4), (.unsupportedHash, 5), (.outsideValidity, 6),
        ]
        for (code, number) in table { #expect(ddrfResultCode(code) == number) }
    }
}
