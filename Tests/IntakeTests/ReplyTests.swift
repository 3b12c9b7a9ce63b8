import Crypto
import CryptoExtras
import Domain
import Foundation
import Intake
import TestSupport
import Testing

/// `requests/replies/expected.json`: what Python writes from the formats' tables, held against the
/// shipped schemas there.
struct ExpectedReply: Decodable, Sendable, CustomTestStringConvertible {
    let status: String
    let ground: RefusalKind?
    let letheJSON: String
    let letheXML: String
    let drp: String
    let opendsr: String
    let priv: String

    enum CodingKeys: String, CodingKey {
        case status, ground, drp, opendsr, priv
        case letheJSON = "lethe-json"
        case letheXML = "lethe-xml"
    }

    var testDescription: String { ground.map { "\(status) \($0.rawValue)" } ?? status }

    static func load() throws -> [ExpectedReply] {
        try CanonicalJSON.decode(
            [ExpectedReply].self, from: fixture("requests/replies/expected.json"))
    }

    var outward: OutwardStatus? {
        if let ground { return .refused(ground) }
        let all: [OutwardStatus] = [
            .received, .awaitingIdentity, .inProgress, .completed, .partlyCompleted, .withdrawn,
        ]
        return all.first { $0.name == status }
    }
}

@Suite struct ReplyTests {
    static func facts(
        _ status: OutwardStatus, raw: Data = Data("raw".utf8), callbacks: [String] = []
    ) throws -> ReplyFacts {
        func time(_ text: String) throws -> Timestamp { try #require(Timestamp(text)) }
        var facts = ReplyFacts(
            caseID: "C-2026-0007",
            request: DeletionRequest(
                sourceID: "R-1", identifiers: [PersonalIdentifier(kind: .name, value: "M")],
                callbacks: callbacks, demandIDs: ["D-1"]),
            status: status, receivedAt: try time("2026-03-05T09:14:00Z"),
            writtenAt: try time("2026-03-20T10:05:00Z"), rawRequest: raw)
        facts.expectedBy = try time("2026-04-07T21:59:59Z")
        if status == .completed || status == .partlyCompleted {
            facts.completedAt = try time("2026-03-20T10:00:00Z")
        }
        facts.reason = Sensitive(
            "Invoices are kept for seven years: <§ 147 AO> & \"no exception\".")
        facts.verificationURL = "https://desk.example/verify"
        facts.resultsURL = "https://desk.example/certificates/7"
        facts.statusURL = "https://desk.example/status/7"
        facts.domain = "unlearn.example"
        facts.controllerID = "controller-9"
        return facts
    }

    private func format(_ id: String) throws -> RequestFormat {
        try #require(builtinFormats.first { $0.id == id })
    }

    private func text(_ document: ReplyDocument?) -> String {
        String(decoding: document?.body ?? Data(), as: UTF8.self)
    }

    @Test(
        "Every status reads in every format as its text says", arguments: try ExpectedReply.load())
    func everyStatusReadsInEveryFormatAsItsTextSays(_ expected: ExpectedReply) throws {
        let facts = try Self.facts(#require(expected.outward))
        let json = try format("lethe-json").reply(facts)
        #expect(json.map(\.name) == ["status.json", "status.xml"])
        #expect(text(json.first) == expected.letheJSON)
        #expect(text(json.last) == expected.letheXML)
        #expect(text(try format("lethe-xml").reply(facts).first) == expected.letheXML)
        #expect(text(try format("drp").reply(facts).first) == expected.drp)
        let dsr = try format("opendsr").reply(facts)
        #expect(text(dsr.first { $0.name == "opendsr-status.json" }) == expected.opendsr)
        // The id of a PRIV response is ours: a UUID, the same for the same facts.
        let priv = try JSONParser.parse(#require(try format("priv").reply(facts).first).body)
        let id = try #require(priv["response-id"]?.text)
        #expect(UUID(uuidString: id) != nil)
        let rest = (priv.members ?? []).filter { $0.key != "response-id" }
        #expect(
            String(decoding: JSONValue.object(rest).serialized(), as: UTF8.self) + "\n"
                == expected.priv)
        #expect(try format("priv").reply(facts) == format("priv").reply(facts))
    }

    /// An error inside has no outward status, so nothing can turn one into a final word.
    @Test("Only decided statuses are final words") func onlyDecidedStatusesAreFinalWords() throws {
        let final = try ExpectedReply.load().filter { $0.outward?.isFinal == true }
        #expect(final.count == 9)
        for expected in try ExpectedReply.load() where expected.outward?.isFinal == false {
            let drp = try JSONParser.parse(Data(expected.drp.utf8))["status"]?.text
            #expect(["open", "in_progress"].contains(drp))
        }
    }

    @Test(
        "OpenDSR documents have the members of the published examples",
        arguments: [
            ("07-7-4-example-opendsr-response", "opendsr-response.json", 201),
            ("10-8-4-example-status-response", "opendsr-status.json", 200),
            ("11-8-7-callback-request-example", "opendsr-callback-1.json", 0),
            ("13-9-3-example-opendsr-cancellation-response", "opendsr-cancellation.json", 202),
        ])
    func openDSRDocumentsHaveTheMembersOfThePublishedExamples(
        _ example: String, _ name: String, _ status: Int
    ) throws {
        let raw = Data("{\"a\": 1}".utf8)
        let facts = try Self.facts(.withdrawn, raw: raw, callbacks: ["https://c.example/cb"])
        let documents = try format("opendsr").reply(facts)
        let document = try #require(documents.first { $0.name == name })
        let body = try JSONParser.parse(document.body)
        let published = try JSONParser.parse(fixture("requests/opendsr/\(example).body.json"))
        for member in published.members ?? [] {
            #expect(body[member.key]?.typeName == member.value.typeName, "\(member.key)")
        }
        #expect(document.httpStatus == (status == 0 ? nil : status))
        if name == "opendsr-response.json" {
            #expect(body["encoded_request"]?.text == "eyJhIjogMX0=")
        }
        #expect(document.destination?.revealed == (status == 0 ? "https://c.example/cb" : nil))
    }

    private func signer(_ name: String) throws -> ReplySigner {
        let pem = String(
            decoding: try fixture("requests/signed/private/\(name).pem"), as: UTF8.self)
        return try ReplySigner(keyID: "ours-1", pem: pem)
    }

    @Test(
        "A signed answer is verified by the reader of signed requests", arguments: ["rsa", "p256"])
    func aSignedAnswerIsVerifiedByTheReaderOfSignedRequests(_ name: String) throws {
        var facts = try Self.facts(.completed)
        facts.signer = try signer(name)
        for document in try format("opendsr").reply(facts) {
            let header = try #require(
                document.headers.first { $0.name == "X-OpenDSR-Signature" }?.value.revealed)
            let signature = try #require(Data(base64Encoded: header))
            let pem = String(
                decoding: try fixture("requests/signed/private/\(name).pem"), as: UTF8.self)
            let holds =
                if name == "rsa" {
                    try _RSA.Signing.PrivateKey(pemRepresentation: pem).publicKey.isValidSignature(
                        _RSA.Signing.RSASignature(rawRepresentation: signature),
                        for: document.body, padding: .insecurePKCS1v1_5)
                } else {
                    try P256.Signing.PrivateKey(pemRepresentation: pem).publicKey.isValidSignature(
                        P256.Signing.ECDSASignature(derRepresentation: signature),
                        for: document.body)
                }
            #expect(holds)
        }
    }

    /// RS256 has one signature only, so the bytes can be held against PyJWT's reader, which accepted
    /// the expected token when it was made.
    @Test("A rejection of the framework is the token that Python makes")
    func aRejectionOfTheFrameworkIsTheTokenThatPythonMakes() throws {
        let body = try fixture("requests/signed/ddrf-rs256.jwt")
        let error = IntakeError(.invalidSignature, "m", details: ["rule": "the words"])
        let document = try ddrfRejection(
            of: body, for: error, issuer: "unlearn.example",
            at: Timestamp(secondsSince1970: 1_772_703_000), signer: signer("rsa"))
        #expect(document.body == (try fixture("requests/signed/ddrf-rejection.acjwt")))
        #expect(document.httpStatus == 400)
    }

    @Test("An acknowledgement holds the request and is always signed")
    func anAcknowledgementHoldsTheRequestAndIsAlwaysSigned() throws {
        let raw = try fixture("requests/signed/ddrf-es256.jwt")
        var facts = try Self.facts(.refused(.exempt), raw: raw)
        let missing = #expect(throws: IntakeError.self) { try format("iab-ddrf").reply(facts) }
        #expect(missing?.code == .incompleteReply)
        facts.signer = try signer("ed25519")
        let document = try #require(try format("iab-ddrf").reply(facts).first)
        let parts = text(document).split(separator: ".").map(String.init)
        func decoded(_ text: String) -> Data? {
            let standard = text.replacingOccurrences(of: "-", with: "+")
                .replacingOccurrences(of: "_", with: "/")
            return Data(
                base64Encoded: standard + String(repeating: "=", count: (4 - text.count % 4) % 4))
        }
        #expect(parts.count == 3)
        let claims = try JSONParser.parse(#require(decoded(parts[1])))
        #expect(claims["rqJWT"]?.text == String(decoding: raw, as: UTF8.self))
        // Receipt is all that is acknowledged: the code of a refusal is 0, too.
        #expect(claims["raResultCode"]?.integer == 0)
        #expect(claims["iss"]?.text == "unlearn.example")
        let pem = try fixture("requests/signed/private/ed25519.pem")
        let lines = String(decoding: pem, as: UTF8.self).split(separator: "\n")
        let der = try #require(Data(base64Encoded: String(lines[1])))
        let key = try Curve25519.Signing.PrivateKey(rawRepresentation: der.suffix(32)).publicKey
        #expect(
            key.isValidSignature(
                try #require(decoded(parts[2])), for: Data((parts[0] + "." + parts[1]).utf8)))
    }

    @Test("Meta and Shopify get a code of letters and digits")
    func metaAndShopifyGetACodeOfLettersAndDigits() throws {
        var facts = try Self.facts(.received)
        for id in ["meta", "shopify"] {
            #expect(
                text(try format(id).reply(facts).first)
                    == "{\"confirmation_code\":\"C20260007\",\"url\":\"https://desk.example/status/7\"}\n"
            )
        }
        facts.statusURL = nil
        #expect(throws: IntakeError.self) { try format("meta").reply(facts) }
        #expect(
            text(try format("shopify").reply(facts).first)
                == "{\"confirmation_code\":\"C20260007\"}\n")
    }

    @Test("A withdrawal is answered with the request it stopped")
    func aWithdrawalIsAnsweredWithTheRequestItStopped() throws {
        var facts = try Self.facts(.withdrawn)
        facts.request = DeletionRequest(
            sourceID: "X-1", identifiers: [], kind: .withdrawal(of: "X-1"))
        let dsr = try format("opendsr").reply(facts)
        #expect(dsr.map(\.name) == ["opendsr-cancellation.json"])
        #expect(try JSONParser.parse(dsr[0].body)["subject_request_id"]?.text == "X-1")
        let drp = try JSONParser.parse(#require(try format("drp").reply(facts).first).body)
        #expect(drp["status"]?.text == "revoked")
        #expect(drp["request_id"]?.text == "X-1")
    }

    @Test("What an answer lacks is named") func whatAnAnswerLacksIsNamed() throws {
        var facts = try Self.facts(.refused(.exempt))
        facts.reason = nil
        let drp = #expect(throws: IntakeError.self) { try format("drp").reply(facts) }
        #expect(drp?.details["missing"] == "words to the person")
        facts.controllerID = nil
        let dsr = #expect(throws: IntakeError.self) { try format("opendsr").reply(facts) }
        #expect(dsr?.details["missing"] == "the sender's controller id")
    }
}
