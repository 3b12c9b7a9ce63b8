import Domain
import Foundation
import Intake
import TestSupport
import Testing

/// `Tests/Fixtures/requests/expected.json`: what Python's readers and validators say.
struct ExpectedRequests: Decodable, Sendable {
    struct Good: Decodable, Sendable, CustomTestStringConvertible {
        var testDescription: String { file }
        let file: String
        let requests: [Normal]
    }
    struct Bad: Decodable, Sendable, CustomTestStringConvertible {
        var testDescription: String { file }
        let file: String
        /// Whether the published schema accepts the file.
        let schema: Bool
    }
    struct Normal: Decodable, Sendable, Equatable {
        let id: String
        let receivedAt: Int64?
        let regime: String?
        let ground: String?
        let scope: [String]
        let note: String?
        let identifiers: [[String]]

        init(_ request: DeletionRequest) {
            id = request.sourceID
            receivedAt = request.receivedAt?.secondsSince1970
            regime = request.regime?.rawValue
            ground = request.ground
            scope = request.scope
            note = request.note?.revealed
            identifiers = request.identifiers.map {
                [$0.kind.rawValue, $0.value.revealed, $0.format.rawValue]
            }
        }
    }
    let good: [Good]
    let bad: [Bad]

    static func load() throws -> ExpectedRequests {
        let url = Fixtures.root.appendingPathComponent("requests/expected.json")
        return try CanonicalJSON.decode(ExpectedRequests.self, from: DurableFile.read(url))
    }
}

func fixture(_ path: String) throws -> Data {
    try DurableFile.read(Fixtures.root.appendingPathComponent(path))
}

/// The formatID that the file's extension promises.
func ownFormat(_ file: String) -> String { file.hasSuffix(".xml") ? "lethe-xml" : "lethe-json" }

/// The error of a file that must be refused.
func refusal(
    _ data: Data, source: String = "file", format: String? = nil,
    at location: SourceLocation = #_sourceLocation
) throws -> IntakeError {
    try #require(
        #expect(throws: IntakeError.self, sourceLocation: location) {
            try parseRequests(data, sourceName: source, format: format)
        }, sourceLocation: location)
}

func refusal(_ text: String, format: String? = nil) throws -> IntakeError {
    try refusal(Data(text.utf8), format: format)
}

extension DeletionRequest {
    /// What the own forms carry of it.
    var asWritten: DeletionRequest {
        DeletionRequest(
            sourceID: sourceID, receivedAt: receivedAt, regime: regime, identifiers: identifiers,
            ground: ground, scope: scope, note: note?.revealed)
    }
}

/// A message of `requests/signed`, read as it arrived at 2026-03-05T09:16:00Z.
func signed(
    _ name: String, _ keys: IntakeKeys, format: String? = nil, headers: RequestHeaders = .none
) throws -> ParsedRequest {
    try signed(fixture("requests/signed/\(name)"), keys, format: format, headers: headers)
}

func signed(
    _ data: Data, _ keys: IntakeKeys, format: String? = nil, headers: RequestHeaders = .none
) throws -> ParsedRequest {
    let all = try parseRequests(
        data, sourceName: "message", format: format, headers: headers, keys: keys,
        arrival: arrivalOfSigned)
    return try #require(all.first)
}

/// The error of a signed message that must be refused.
func signedRefusal(
    _ name: String, _ keys: IntakeKeys, at location: SourceLocation = #_sourceLocation
) throws -> IntakeError {
    try #require(
        #expect(throws: IntakeError.self, sourceLocation: location) { try signed(name, keys) },
        sourceLocation: location)
}

let arrivalOfSigned = Timestamp("2026-03-05T09:16:00Z")

/// The keys that the signed messages were made with.
func testKeys() throws -> IntakeKeys {
    try IntakeKeys(parsing: fixture("requests/signed/keys.json"), sourceName: "keys.json")
}
