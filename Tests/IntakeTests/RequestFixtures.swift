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
