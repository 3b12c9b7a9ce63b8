import Domain

/// The present of one case. It holds no personal data: who the person is lies in the vault.
package struct CaseRecord: Codable, Sendable, Equatable {
    package let id: CaseID
    package internal(set) var state: CaseState
    /// The state a held case goes back to when it is released.
    package internal(set) var heldFrom: CaseState?
    /// Grows by one with every event; a change names the version it was decided on.
    package internal(set) var version: Int
    package let createdAt: Timestamp
    /// Arrival at the controller on any channel; the legal clock starts here.
    package internal(set) var receivedAt: Timestamp
    /// Last second of the day by which the person must be told what was done.
    package internal(set) var dueAt: Timestamp
    package let regime: Regime
    /// Permanent id of the request's format, e.g. `lethe-json`.
    package let sourceFormat: String
    /// SHA-256 of the request file's bytes.
    package let requestDigest: Digest
    /// Keyed digest (HMAC-SHA-256) of the requester's own id, so that it cannot be guessed from here.
    package let sourceIDDigest: Digest
    /// Model or corpus names the deletion is limited to; empty means everything.
    package let scopeLimits: [String]
    package internal(set) var modelName: String?
    /// Finished unlearning runs.
    package internal(set) var attempts: Int
    package internal(set) var progress: CaseProgress

    package init(
        id: CaseID, state: CaseState, heldFrom: CaseState? = nil, version: Int,
        createdAt: Timestamp, receivedAt: Timestamp, dueAt: Timestamp, regime: Regime,
        sourceFormat: String, requestDigest: Digest, sourceIDDigest: Digest,
        scopeLimits: [String] = [], modelName: String? = nil, attempts: Int = 0,
        progress: CaseProgress = CaseProgress()
    ) {
        self.id = id
        self.state = state
        self.heldFrom = heldFrom
        self.version = version
        self.createdAt = createdAt
        self.receivedAt = receivedAt
        self.dueAt = dueAt
        self.regime = regime
        self.sourceFormat = sourceFormat
        self.requestDigest = requestDigest
        self.sourceIDDigest = sourceIDDigest
        self.scopeLimits = scopeLimits
        self.modelName = modelName
        self.attempts = attempts
        self.progress = progress
    }

    /// Digest of the whole record; each history entry of a case carries it.
    package func digest() throws -> Digest {
        Digest(of: try CanonicalJSON.compact(self))
    }
}
