import Domain
import Foundation
import Intake
import TestSupport
import Testing

@Suite struct OpenDSRTests {
    private func request(_ changes: [String: String] = [:], identity: String? = nil) -> String {
        var members = [
            "regulation": "\"gdpr\"",
            "subject_request_id": "\"3f0c2a94-6f0e-4d0b-9a53-0d7c0f2b8e11\"",
            "subject_request_type": "\"erasure\"", "submitted_time": "\"2026-03-05T09:14:00Z\"",
            "subject_identities": "["
                + (identity
                    ?? """
                    {"identity_type": "email", "identity_value": "mara.velde@example.net",
                     "identity_format": "raw"}
                    """) + "]",
            "api_version": "\"2.0\"",
        ]
        members.merge(changes) { $1 }
        return "{"
            + members.filter { !$0.value.isEmpty }.sorted { $0.key < $1.key }
            .map { "\"\($0.key)\": \($0.value)" }.joined(separator: ", ") + "}"
    }

    private func parsed(_ text: String) throws -> DeletionRequest {
        let all = try parseRequests(Data(text.utf8), sourceName: "dsr", format: nil)
        #expect(all.map(\.formatID) == ["opendsr"])
        return try #require(all.first?.request)
    }

    private func identity(_ type: String, _ value: String, _ format: String) -> String {
        """
        {"identity_type": "\(type)", "identity_value": "\(value)", "identity_format": "\(format)"}
        """
    }

    @Test("The example of the specification is refused at its trailing comma")
    func theExampleOfTheSpecificationIsRefusedAtItsTrailingComma() throws {
        let error = try refusal(
            fixture("requests/opendsr/06-7-2-example-opendsr-request.body.json"), source: "7.2")
        #expect(error.code == .malformedDocument)
        #expect(error.message == "7.2, line 20, column 5: a quoted key is expected.")
    }

    @Test("The corrected example is read") func theCorrectedExampleIsRead() throws {
        let data = try fixture("requests/opendsr/06-7-2-example-opendsr-request.corrected.json")
        let all = try parseRequests(data, sourceName: "7.2", format: nil)
        #expect(
            all.map(\.request) == [
                DeletionRequest(
                    sourceID: "a7551968-d5d6-44b2-9831-815ac9017798",
                    receivedAt: Timestamp("2018-10-02T15:00:00Z"),
                    identifiers: [
                        PersonalIdentifier(kind: .email, value: "johndoe@example.com")
                    ], callbacks: ["https://examplecontroller.com/opendsr/callbacks"])
            ])
        #expect(all.map(\.formatID) == ["opendsr"])
    }

    @Test(
        "The other messages of the protocol are no requests",
        arguments: try Fixtures.files(in: "requests/opendsr", extension: "json"))
    func theOtherMessagesOfTheProtocolAreNoRequests(_ file: URL) throws {
        guard !file.lastPathComponent.hasSuffix("corrected.json") else { return }
        let error = try refusal(DurableFile.read(file), source: file.lastPathComponent)
        #expect(error.kind == .badInput)
        let forced = try refusal(
            DurableFile.read(file), source: file.lastPathComponent, format: "opendsr")
        #expect(forced.kind == .badInput)
    }

    @Test("Regulations are our regimes") func regulationsAreOurRegimes() throws {
        #expect(try parsed(request()).regime == .gdprEU)
        #expect(try parsed(request(["regulation": "\"ccpa\""])).regime == .ccpa)
        #expect(try parsed(request(["regulation": ""])).regime == nil)
        let error = try refusal(request(["regulation": "\"lgpd\""]))
        #expect(error.details["path"] == "regulation")
    }

    @Test("Every identity type of the specification has its kind")
    func everyIdentityTypeOfTheSpecificationHasItsKind() throws {
        let list = try DurableFile.read(
            Fixtures.root.appendingPathComponent("requests/opendsr/identity-types.txt"))
        let types = String(decoding: list, as: UTF8.self).split(separator: "\n").map(String.init)
        #expect(types.count == 11)
        for type in types {
            let expected: IdentifierKind =
                switch type {
                case "email": .email
                case "controller_customer_id": .customerID
                default: .username
                }
            let read = try parsed(request(identity: identity(type, "a@b.example", "raw")))
            #expect(
                read.identifiers == [PersonalIdentifier(kind: expected, value: "a@b.example")])
        }
        let error = try refusal(request(identity: identity("phone", "123456", "raw")))
        #expect(error.details["path"] == "subject_identities[0].identity_type")
    }

    /// The digests were made by `printf mara.velde@example.net | sha256sum` and its like.
    @Test(
        "Every identity format of the specification is read",
        arguments: [
            ("raw", "mara.velde@example.net"),
            ("sha256", "e70cc57dc99b1409081623999c2246a98e59b45f4e1293928834de391d2caf1c"),
            ("sha1", "8256b0ed3e5f5028ad8dd251df4094634fe33ec8"),
            ("md5", "2ee35c473d6b8cbd2b094caf5b7f78d4"),
        ])
    func everyIdentityFormatOfTheSpecificationIsRead(_ name: String, _ value: String) throws {
        let read = try parsed(request(identity: identity("email", value, name)))
        let format = try #require(IdentifierFormat(rawValue: name))
        #expect(
            read.identifiers == [PersonalIdentifier(kind: .email, value: value, format: format)])
        guard name != "raw" else { return }
        for bad in [value.uppercased(), String(value.dropLast()), value + "0", ""] {
            let error = try refusal(request(identity: identity("email", bad, name)))
            #expect(error.details["path"] == "subject_identities[0].identity_value")
        }
    }

    @Test("A format that the specification does not know is refused")
    func aFormatThatTheSpecificationDoesNotKnowIsRefused() throws {
        let error = try refusal(request(identity: identity("email", "abc", "sha512")))
        #expect(error.details["path"] == "subject_identities[0].identity_format")
        #expect(error.details["rule"] == "the value is not one of raw, sha256, sha1, md5")
    }

    @Test("Other rights are no deletion requests", arguments: ["access", "portability"])
    func otherRightsAreNoDeletionRequests(_ type: String) throws {
        let error = try refusal(request(["subject_request_type": "\"\(type)\""]))
        #expect(error.code == .notADeletionRequest)
        #expect(error.kind == .badInput)
        #expect(
            error.details["rule"] == "this is not a deletion request but one of type \(type)")
    }

    @Test("An unknown right is not repeated") func anUnknownRightIsNotRepeated() throws {
        let error = try refusal(request(["subject_request_type": "\"mara@example.net\""]))
        #expect(error.code == .notADeletionRequest)
        #expect(!"\(error)\(error.details)".contains("mara"))
    }

    @Test(
        "What the specification requires must be there",
        arguments: [
            ("subject_request_id", "", "the key subject_request_id is missing"),
            ("subject_request_type", "", "the key subject_request_type is missing"),
            ("submitted_time", "", "the key submitted_time is missing"),
            (
                "subject_identities", "",
                "the key subject_identities is missing; identities inside extensions of "
                    + "others are not read"
            ),
            (
                "submitted_time", "\"2018-10-02\\t\"",
                "the time is not RFC 3339, e.g. 2026-03-05T09:14:00Z or 2026-03-05"
            ),
            (
                "subject_identities", "[]", "a request needs at least one identifier of the person"
            ),
            ("subject_identities", "{}", "an array is expected, not an object"),
            ("api_version", "\"3.0\"", "the API version must be 1.x or 2.x"),
            ("api_version", "2.0", "a string is expected, not a number"),
        ])
    func whatTheSpecificationRequiresMustBeThere(
        _ key: String, _ value: String, _ rule: String
    ) throws {
        #expect(try refusal(request([key: value])).details["rule"] == rule)
    }

    @Test("Extensions for others and unknown members are ignored, callbacks are kept")
    func extensionsForOthersAndUnknownMembersAreIgnoredCallbacksAreKept() throws {
        let extended = request([
            "extensions": "{\"unlearn.example\": {\"model_ids\": [\"support-lm\"]}}",
            "priority": "[1]", "status_callback_urls": "[\"https://controller.example/cb\"]",
        ])
        let read = try parsed(extended)
        #expect(read.callbacks.map(\.revealed) == ["https://controller.example/cb"])
        #expect(read.scope.isEmpty)
        #expect(read.identifiers == (try parsed(request())).identifiers)
    }

    @Test(
        "A callback that cannot be called is refused",
        arguments: [
            "[\"ftp://controller.example/cb\"]", "[\"https:///cb\"]", "[\"/cb\"]",
            "[\"https://user:word@controller.example/cb\"]", "[\"https://a b/cb\"]",
        ])
    func aCallbackThatCannotBeCalledIsRefused(_ urls: String) throws {
        let error = try refusal(request(["status_callback_urls": urls]))
        #expect(error.details["path"] == "status_callback_urls[0]")
    }
}
