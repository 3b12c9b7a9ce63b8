import Domain
import Foundation
import Intake
import TestSupport
import Testing

@Suite struct DataRightsProtocolTests {
    private static let agent = RequestAuthenticity.verified(scheme: .ed25519, keyID: "TEST_AGENT")

    @Test(
        "A message signed with libsodium is verified and read",
        arguments: ["drp-deletion.txt", "drp-deletion.http"])
    func aMessageSignedWithLibsodiumIsVerifiedAndRead(_ name: String) throws {
        let parsed = try signed(name, testKeys())
        #expect(parsed.formatID == "drp")
        #expect(
            parsed.request
                == DeletionRequest(
                    sourceID: "agent-17", receivedAt: Timestamp("2026-03-05T09:14:00Z"),
                    regime: .ccpa,
                    identifiers: [
                        PersonalIdentifier(kind: .name, value: "Mara Velde"),
                        PersonalIdentifier(kind: .email, value: "mara.velde@example.net"),
                        PersonalIdentifier(kind: .phone, value: "+31205550142"),
                        PersonalIdentifier(
                            kind: .address, value: "Keizersgracht 7, achter, 1015, Amsterdam, NL"),
                    ], authenticity: Self.agent,
                    callbacks: ["https://agent.example/update_status"],
                    relationships: ["customer", "marketing"]))
    }

    @Test("Without a key it is unauthenticated") func withoutAKeyItIsUnauthenticated() throws {
        let parsed = try signed("drp-deletion.txt", .none)
        #expect(parsed.request.authenticity == .unauthenticated)
        #expect(parsed.request.sourceID == "agent-17")
    }

    /// The protocol's example is no JSON: it has comments and lacks a comma.
    @Test("The published example is refused at its first comment")
    func thePublishedExampleIsRefusedAtItsFirstComment() throws {
        let error = try signedRefusal("drp-example.txt", testKeysOfExample())
        #expect(error.code == .malformedDocument)
        #expect(
            error.message
                == "message, line 2, column 3: a quoted key is expected (in the signed document).")
    }

    /// Its ids are the example's own, so only the signature can be checked.
    private func testKeysOfExample() throws -> IntakeKeys {
        let text = String(decoding: try fixture("requests/signed/keys.json"), as: UTF8.self)
        let changed = text.replacingOccurrences(of: "TEST_AGENT", with: "aa-id")
            .replacingOccurrences(of: "EXAMPLE_SHOP", with: "cb-id")
        return try IntakeKeys(parsing: Data(changed.utf8), sourceName: "keys")
    }

    @Test("The published example is read once its placeholders are filled in")
    func thePublishedExampleIsReadOnceItsPlaceholdersAreFilledIn() throws {
        let parsed = try signed("drp-example-filled.txt", testKeysOfExample())
        #expect(parsed.request.sourceID == "foo")
        #expect(parsed.request.authenticity == .verified(scheme: .ed25519, keyID: "aa-id"))
        #expect(parsed.request.relationships == ["customer", "marketing"])
        #expect(
            parsed.request.callbacks.map(\.revealed) == [
                "https://dsr-agent.example.com/update_status"
            ])
    }

    @Test(
        "What the protocol forbids is refused with its rule",
        arguments: [
            ("drp-access.txt", IntakeErrorCode.notADeletionRequest, "exercise"),
            ("drp-opt-out.txt", .notADeletionRequest, "exercise"),
            ("drp-other-agent.txt", .wrongParty, "agent-id"),
            ("drp-other-business.txt", .wrongParty, "business-id"),
            ("drp-version.txt", .invalidRequest, "drp.version"),
            ("drp-no-claims.txt", .invalidRequest, ""),
        ])
    func whatTheProtocolForbidsIsRefusedWithItsRule(
        _ name: String, _ code: IntakeErrorCode, _ path: String
    ) throws {
        let error = try signedRefusal(name, testKeys())
        #expect(error.code == code)
        #expect((error.details["path"] ?? "") == path)
    }

    @Test("A request counts from when it is issued until it expires")
    func aRequestCountsFromWhenItIsIssuedUntilItExpires() throws {
        let data = try fixture("requests/signed/drp-deletion.txt")
        func code(at time: String) throws -> IntakeErrorCode? {
            do {
                _ = try parseRequests(
                    data, sourceName: "m", format: nil, keys: testKeys(), arrival: Timestamp(time))
                return nil
            } catch let error as IntakeError { return error.code }
        }
        #expect(try code(at: "2026-03-05T09:00:00Z") == .outsideValidity)
        #expect(try code(at: "2026-03-05T09:13:30Z") == nil, "clocks may differ a little")
        #expect(try code(at: "2026-03-05T09:23:59Z") == nil)
        #expect(try code(at: "2026-03-05T09:24:00Z") == .outsideValidity)
        #expect(try code(at: "2026-11-05T09:24:00Z") == .outsideValidity)
        // However far the sender's clock is ahead, receipt is not after arrival.
        let early = try parseRequests(
            data, sourceName: "m", format: nil, keys: testKeys(),
            arrival: Timestamp("2026-03-05T09:13:30Z"))
        #expect(early.first?.request.receivedAt == Timestamp("2026-03-05T09:13:30Z"))
    }

    @Test("Every changed byte of the decoded message breaks its signature")
    func everyChangedByteOfTheDecodedMessageBreaksItsSignature() throws {
        let text = try fixture("requests/signed/drp-deletion.txt")
        let bytes = try #require(Data(base64Encoded: text.dropLast()))
        for offset in stride(from: 0, to: bytes.count, by: 23) {
            var changed = bytes
            changed[offset] ^= 0x10
            let error = try #require(
                #expect(throws: IntakeError.self) {
                    try signed(changed.base64EncodedData(), testKeys(), format: "drp")
                })
            #expect(error.code == .invalidSignature)
        }
    }

    @Test(
        "A body that is no strict base64 of a signature and a document is refused",
        arguments: ["", "!", "QUJD", "QUJD\nQUJD", "{\"exercise\": \"deletion\"}"])
    func aBodyThatIsNoStrictBase64IsRefused(_ text: String) throws {
        #expect(try refusal(text + "\n", format: "drp").code == .malformedDocument)
    }

    @Test("A revocation is verified only with the agent's token beside it")
    func aRevocationIsVerifiedOnlyWithTheAgentsTokenBesideIt() throws {
        let parsed = try signed("drp-revoke.http", testKeys())
        #expect(parsed.formatID == "drp")
        #expect(parsed.request.kind == .withdrawal(of: "C-2026-0007"))
        #expect(parsed.request.note?.revealed == "I don't want my account deleted")
        #expect(parsed.request.authenticity == Self.agent)
        let data = try fixture("requests/signed/drp-revoke.http")
        let text = String(decoding: data, as: UTF8.self)
        let bare = text.replacingOccurrences(
            of: "Authorization: Bearer token-for-tests\n", with: "")
        let withoutToken = try signed(Data(bare.utf8), testKeys())
        #expect(withoutToken.request.authenticity == .unauthenticated)
        #expect(withoutToken.remarks.count == 1)
        let wrong = text.replacingOccurrences(of: "token-for-tests", with: "token-for-guests")
        let error = try #require(
            #expect(throws: IntakeError.self) { try signed(Data(wrong.utf8), testKeys()) })
        #expect(error.code == .invalidSignature)
        #expect(error.details["path"] == "header Authorization")
        #expect(!"\(error) \(error.details)".contains("guests"))
    }
}
