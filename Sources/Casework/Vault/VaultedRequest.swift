import Domain
import Foundation

/// A request as it goes into the vault: the bytes it came in and its normal form.
package struct VaultedRequest: Sendable {
    package let rawBytes: Data
    package let request: DeletionRequest

    package init(rawBytes: Data, request: DeletionRequest) {
        self.rawBytes = rawBytes
        self.request = request
    }

    /// The plain text that is encrypted. The only place where sensitive values are encoded.
    func encoded() throws -> Data {
        try CanonicalJSON.compact(
            Stored(
                version: 1, rawBytes: rawBytes, sourceID: request.sourceID,
                receivedAt: request.receivedAt, regime: request.regime,
                identifiers: request.identifiers.map {
                    .init(kind: $0.kind, value: $0.value.revealed, format: $0.format)
                },
                ground: request.ground, scope: request.scope, note: request.note?.revealed))
    }

    init(decoding data: Data) throws {
        let stored = try CanonicalJSON.decode(Stored.self, from: data)
        self.init(
            rawBytes: stored.rawBytes,
            request: DeletionRequest(
                sourceID: stored.sourceID, receivedAt: stored.receivedAt, regime: stored.regime,
                identifiers: stored.identifiers.map {
                    PersonalIdentifier(kind: $0.kind, value: $0.value, format: $0.format)
                },
                ground: stored.ground, scope: stored.scope, note: stored.note))
    }

    private struct Stored: Codable {
        struct Identifier: Codable {
            let kind: IdentifierKind
            let value: String
            let format: IdentifierFormat
        }
        let version: Int
        let rawBytes: Data
        let sourceID: String
        let receivedAt: Timestamp?
        let regime: Regime?
        let identifiers: [Identifier]
        let ground: String?
        let scope: [String]
        let note: String?
    }
}
