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
    /// - Parameter file: where the raw bytes are, if not in here.
    func encoded(file: SharedFile? = nil) throws -> Data {
        try CanonicalJSON.compact(
            Stored(
                version: file == nil ? 1 : 2, rawBytes: file == nil ? rawBytes : nil, file: file,
                sourceID: request.sourceID,
                receivedAt: request.receivedAt, regime: request.regime,
                identifiers: request.identifiers.map {
                    .init(kind: $0.kind, value: $0.value.revealed, format: $0.format)
                },
                ground: request.ground, scope: request.scope, note: request.note?.revealed,
                more: Stored.More(request)))
    }

    /// The request without the bytes of a shared file.
    static func decode(
        _ data: Data
    ) throws -> (request: DeletionRequest, rawBytes: Data?, file: SharedFile?) {
        let stored = try CanonicalJSON.decode(Stored.self, from: data)
        let request = DeletionRequest(
            sourceID: stored.sourceID, receivedAt: stored.receivedAt, regime: stored.regime,
            identifiers: stored.identifiers.map {
                PersonalIdentifier(kind: $0.kind, value: $0.value, format: $0.format)
            },
            ground: stored.ground, scope: stored.scope, note: stored.note,
            kind: stored.more?.kind ?? .erasure,
            authenticity: stored.more?.authenticity ?? .unauthenticated,
            callbacks: stored.more?.callbacks ?? [],
            relationships: stored.more?.relationships ?? [],
            limits: (stored.more?.limits ?? []).map { RequestLimit($0.kind, $0.value) },
            demandIDs: stored.more?.demandIDs ?? [])
        return (request, stored.rawBytes, stored.file)
    }

    /// A file that several requests came in, kept once under a key that each of them holds.
    struct SharedFile: Codable {
        let id: String
        let key: Data
    }

    private struct Stored: Codable {
        struct Identifier: Codable {
            let kind: IdentifierKind
            let value: String
            let format: IdentifierFormat
        }
        let version: Int
        let rawBytes: Data?
        let file: SharedFile?
        let sourceID: String
        let receivedAt: Timestamp?
        let regime: Regime?
        let identifiers: [Identifier]
        let ground: String?
        let scope: [String]
        let note: String?
        /// What only some formats carry; absent where there is none of it, as it was before it existed.
        let more: More?

        struct More: Codable {
            struct Limit: Codable {
                let kind: RequestLimit.Kind
                let value: String
            }
            let kind: RequestKind
            let authenticity: RequestAuthenticity
            let callbacks: [String]
            let relationships: [String]
            let limits: [Limit]
            let demandIDs: [String]

            init?(_ request: DeletionRequest) {
                guard
                    request.kind != .erasure || request.authenticity.isVerified
                        || !request.callbacks.isEmpty || !request.relationships.isEmpty
                        || !request.limits.isEmpty || !request.demandIDs.isEmpty
                else { return nil }
                kind = request.kind
                authenticity = request.authenticity
                callbacks = request.callbacks.map(\.revealed)
                relationships = request.relationships
                limits = request.limits.map { Limit(kind: $0.kind, value: $0.value.revealed) }
                demandIDs = request.demandIDs
            }
        }
    }
}
