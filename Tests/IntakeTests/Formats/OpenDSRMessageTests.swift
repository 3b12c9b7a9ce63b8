import Domain
import Foundation
import Intake
import TestSupport
import Testing

@Suite struct OpenDSRMessageTests {
    @Test("The published request message is refused at the line of its trailing comma")
    func thePublishedRequestMessageIsRefusedAtTheLineOfItsTrailingComma() throws {
        let error = try refusal(fixture("requests/opendsr/06-7-2-example-opendsr-request.http"))
        #expect(error.code == .malformedDocument)
        // Line 20 of the body, which begins at line 6.
        #expect(error.message == "file, line 25, column 5: a quoted key is expected.")
    }

    @Test("The published cancellation is a withdrawal of the request it names")
    func thePublishedCancellationIsAWithdrawalOfTheRequestItNames() throws {
        let data = try fixture("requests/opendsr/12-9-1-example-cancellation-request.http")
        let parsed = try #require(
            try parseRequests(data, sourceName: "9.1", format: nil, keys: testKeys()).first)
        let id = "a7551968-d5d6-44b2-9831-815ac9017798"
        #expect(parsed.formatID == "opendsr")
        #expect(parsed.request.kind == .withdrawal(of: id))
        #expect(parsed.request.sourceID == id)
        #expect(parsed.request.identifiers.isEmpty)
        #expect(parsed.request.authenticity == .unauthenticated)
    }

    @Test(
        "The other published messages are no requests",
        arguments: [
            "03-6-1-example-discovery-request", "05-6-4-example-discovery-response",
            "07-7-4-example-opendsr-response", "08-7-7-example-opendsr-error-response",
            "09-8-2-example-status-request", "10-8-4-example-status-response",
            "11-8-7-callback-request-example", "13-9-3-example-opendsr-cancellation-response",
        ])
    func theOtherPublishedMessagesAreNoRequests(_ name: String) throws {
        for format in [nil, "opendsr"] {
            let error = try refusal(fixture("requests/opendsr/\(name).http"), format: format)
            #expect(error.kind == .badInput)
        }
    }

    @Test(
        "A signature holds under the key of its domain, or of any sender",
        arguments: [
            ("opendsr-rsa.http", SignatureScheme.rsaPKCS1, "controller.example"),
            ("opendsr-p256.http", .ecdsaP256, "other.example"),
        ])
    func aSignatureHoldsUnderTheKeyOfItsDomain(
        _ name: String, _ scheme: SignatureScheme, _ keyID: String
    ) throws {
        let parsed = try signed(name, testKeys())
        #expect(parsed.formatID == "opendsr")
        #expect(parsed.request.authenticity == .verified(scheme: scheme, keyID: keyID))
        #expect(parsed.request.regime == .gdprEU)
        #expect(parsed.request.identifiers.map(\.format) == [.raw, .sha1, .md5, .sha256])
        #expect(parsed.request.identifiers.map(\.kind) == [.email, .email, .email, .customerID])
        #expect(
            parsed.request.callbacks.map(\.revealed) == ["https://controller.example/opendsr/cb"])
        // Ours is the extension for unlearn.example.
        #expect(parsed.request.scope == ["support-lm"])
        #expect(parsed.request.ground == "art17-1-b")
        #expect(parsed.remarks == ["1 extensions are for other processors and not read."])
    }

    @Test("Without a key a signed request is unauthenticated")
    func withoutAKeyASignedRequestIsUnauthenticated() throws {
        let parsed = try signed("opendsr-rsa.http", .none)
        #expect(parsed.request.authenticity == .unauthenticated)
        // Who we are is not known either, so no extension is ours.
        #expect(parsed.request.scope.isEmpty)
    }

    @Test("A signature of a domain without a key is not checked with another's")
    func aSignatureOfADomainWithoutAKeyIsNotCheckedWithAnothers() throws {
        let text = String(decoding: try fixture("requests/signed/opendsr-rsa.http"), as: UTF8.self)
        for (domain, expected) in [
            ("unknown.example", nil), ("other.example", "invalid-signature"),
        ] {
            let changed = text.replacingOccurrences(
                of: "Processor-Domain: controller.example", with: "Processor-Domain: \(domain)")
            do {
                let parsed = try signed(Data(changed.utf8), testKeys())
                #expect(expected == nil && !parsed.request.authenticity.isVerified)
            } catch let error as IntakeError {
                #expect(error.code.rawValue == expected)
            }
        }
    }

    /// A body that is no JSON any more is refused for its signature: nothing was parsed before.
    @Test("A changed body is refused for its signature, before it is parsed")
    func aChangedBodyIsRefusedForItsSignatureBeforeItIsParsed() throws {
        let data = try fixture("requests/signed/opendsr-rsa.http")
        let start = try #require(data.range(of: Data("\n\n".utf8))).upperBound
        for offset in stride(from: start, to: data.count, by: 97) {
            var changed = data
            changed[offset] = changed[offset] == UInt8(ascii: "?") ? 33 : 63
            let error = try #require(
                #expect(throws: IntakeError.self) { try signed(changed, testKeys()) })
            #expect(error.code == .invalidSignature)
            #expect(error.details["path"] == "header X-OpenDSR-Signature")
        }
    }

    @Test("Headers given beside the body count as those inside a message")
    func headersGivenBesideTheBodyCountAsThoseInsideAMessage() throws {
        let data = try fixture("requests/signed/opendsr-p256.http")
        let end = try #require(data.range(of: Data("\n\n".utf8)))
        let lines = String(decoding: data[..<end.lowerBound], as: UTF8.self)
            .components(separatedBy: "\n")
        let fields = lines.dropFirst().compactMap { line -> RequestHeaders.Field? in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            return RequestHeaders.Field(
                String(line[..<colon]),
                line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces))
        }
        let headers = RequestHeaders(method: "POST", target: "/requests", fields)
        let parsed = try signed(Data(data[end.upperBound...]), testKeys(), headers: headers)
        #expect(parsed.request == (try signed("opendsr-p256.http", testKeys())).request)
        #expect(parsed.request.authenticity.isVerified)
    }
}
