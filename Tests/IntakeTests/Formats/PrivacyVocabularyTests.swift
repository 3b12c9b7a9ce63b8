import Domain
import Foundation
import Intake
import TestSupport
import Testing

@Suite struct PrivacyVocabularyTests {
    private static let id = "0b1d6a52-6c1e-4b2f-9d0a-2f6f4f0c7a11"
    private static let known = "5c1d6a52-6c1e-4b2f-9d0a-2f6f4f0c7a12"
    private static let delete = "7e1d6a52-6c1e-4b2f-9d0a-2f6f4f0c7a13"
    private static let again = "9f1d6a52-6c1e-4b2f-9d0a-2f6f4f0c7a14"
    private static let hash = Digest(of: "mara.velde@example.net").hexadecimal

    private func request(demands: String, subject: String? = nil, more: String = "") -> String {
        """
        {"request-id": "\(Self.id)", "date": "2026-03-05T10:14:00+0100"\(more),
         "data-subject": \(subject ?? "[{\"dsid-schema\": \"email-sha-256\", \"dsid\": \"\(Self.hash)\"}]"),
         "demands": [\(demands)]}
        """
    }

    private func demand(_ id: String, _ action: String, _ more: String = "") -> String {
        "{\"demand-id\": \"\(id)\", \"action\": \"\(action)\"\(more)}"
    }

    /// The shape of the text's own example: one question and one deletion, limited to a category.
    @Test("The deletion is taken in with its limits, the question is reported")
    func theDeletionIsTakenInWithItsLimitsTheQuestionIsReported() throws {
        let restrictions = """
            , "message": "Please.", "restrictions": [{"data-categories": ["CONTACT", "NAME"]},
              {"from": "2022-06-11T00:00:00Z", "to": "2022-06-15T00:00:00Z"},
              {"data-reference": ["https://shop.example/photo/7"]}]
            """
        let text = request(
            demands: demand(Self.known, "TRANSPARENCY.KNOWN") + ","
                + demand(Self.delete, "DELETE", restrictions), more: ", \"target\": \"PARTNERS\"")
        let all = try parseRequests(Data(text.utf8), sourceName: "priv", format: nil)
        let parsed = try #require(all.first)
        #expect(all.count == 1)
        #expect(parsed.formatID == "priv")
        #expect(
            parsed.request
                == DeletionRequest(
                    sourceID: "\(Self.id)/\(Self.delete)",
                    receivedAt: Timestamp("2026-03-05T09:14:00Z"),
                    identifiers: [
                        PersonalIdentifier(kind: .email, value: Self.hash, format: .sha256)
                    ], note: "Please.",
                    limits: [
                        RequestLimit(.dataCategory, "CONTACT"), RequestLimit(.dataCategory, "NAME"),
                        RequestLimit(.from, "2022-06-11T00:00:00Z"),
                        RequestLimit(.to, "2022-06-15T00:00:00Z"),
                        RequestLimit(.dataReference, "https://shop.example/photo/7"),
                    ], demandIDs: [Self.delete]))
        #expect(
            parsed.remarks == [
                "The demand at demands[0] is not for deletion and is not taken in.",
                "The person asks that others, too, be told (target).",
            ])
    }

    @Test("Two deletions of one request are two requests")
    func twoDeletionsOfOneRequestAreTwoRequests() throws {
        let text = request(
            demands: demand(
                Self.delete, "DELETE", ", \"restrictions\": [{\"purposes\": [\"ADVERTISING\"]}]")
                + "," + demand(Self.again, "DELETE"))
        let all = try parseRequests(Data(text.utf8), sourceName: "priv", format: nil)
        #expect(all.map(\.request.demandIDs) == [[Self.delete], [Self.again]])
        #expect(all.map(\.request.limits) == [[RequestLimit(.purpose, "ADVERTISING")], []])
    }

    @Test(
        "What cannot be acted on is refused at its place",
        arguments: [
            (
                "{\"demand-id\": \"\(known)\", \"action\": \"ACCESS\"}",
                IntakeErrorCode.notADeletionRequest, "demands[0]"
            ),
            (
                "{\"demand-id\": \"\(known)\", \"action\": \"ERASE\"}", .invalidRequest,
                "demands[0].action"
            ),
            (
                "{\"demand-id\": \"7\", \"action\": \"DELETE\"}", .invalidRequest,
                "demands[0].demand-id"
            ),
            ("", .invalidRequest, "demands"),
            (
                "{\"demand-id\": \"\(known)\", \"action\": \"DELETE\", \"restrictions\": [{\"moon\": 1}]}",
                .invalidRequest, "demands[0].restrictions[0]"
            ),
            (
                "{\"demand-id\": \"\(known)\", \"action\": \"DELETE\", \"restrictions\": "
                    + "[{\"purposes\": [\"A\"]}, {\"purposes\": [\"B\"]}]}",
                .invalidRequest, "demands[0].restrictions[1]"
            ),
        ])
    func whatCannotBeActedOnIsRefusedAtItsPlace(
        _ demands: String, _ code: IntakeErrorCode, _ path: String
    ) throws {
        let error = try refusal(request(demands: demands))
        #expect(error.code == code)
        #expect(error.details["path"] == path)
    }

    @Test("Unknown schemes are passed over while one is known")
    func unknownSchemesArePassedOverWhileOneIsKnown() throws {
        let text = request(
            demands: demand(Self.delete, "DELETE"),
            subject: """
                [{"dsid-schema": "moon-id", "dsid": "x"}, {"dsid-schema": "uuid", "dsid": "\(Self.id)"}]
                """)
        let parsed = try #require(
            try parseRequests(Data(text.utf8), sourceName: "priv", format: nil).first)
        #expect(
            parsed.request.identifiers == [PersonalIdentifier(kind: .customerID, value: Self.id)])
        #expect(parsed.remarks == ["1 identities of the person are under unknown schemes."])
        let none = request(
            demands: demand(Self.delete, "DELETE"),
            subject: "[{\"dsid-schema\": \"moon-id\", \"dsid\": \"x\"}]")
        #expect(try refusal(none).code == .unsupportedIdentifier)
    }
}
