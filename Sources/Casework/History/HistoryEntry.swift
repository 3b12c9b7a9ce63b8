import Domain
import Foundation

/// One entry of a workspace's history. Entries are only ever added; each names the hash of the one
/// before it, so that a changed, missing or re-ordered entry is found.
///
/// `hash` is the SHA-256 of the entry's canonical JSON (keys sorted, no spaces, absent members left
/// out) without the member `hash`; any language can re-compute it from an exported line.
package struct HistoryEntry: Codable, Sendable, Equatable {
    /// From 1, without gaps.
    package let sequence: Int
    /// Nil for what concerns the workspace as a whole.
    package let caseID: CaseID?
    /// A `CaseEvent`, `case-created`, or the name of a note, e.g. `policy-adopted`.
    package let event: String
    /// States before and after; both nil for a note.
    package let from: CaseState?
    package let to: CaseState?
    package let actor: String
    package let at: Timestamp
    package let reason: String?
    package let digests: [String: String]
    package let facts: [String: String]
    package let previousHash: Digest
    package let hash: Digest

    /// The event of a case's first entry; it leads to `StateMachine.initial`.
    package static let caseCreated = "case-created"
    /// The event of the note that an unlearning run began; it names the run's cases and its id.
    package static let unlearningStarted = "unlearning-started"
    /// Key in `digests` under which a case's entry carries the digest of the record it led to.
    package static let recordKey = "case-record"
    /// What the first entry names as the hash before it.
    package static let genesis = Digest(of: "lethe.history.v1")

    /// Everything but the hash, in the form that is hashed.
    struct Content: Codable, Equatable {
        let sequence: Int
        let caseID: CaseID?
        let event: String
        let from: CaseState?
        let to: CaseState?
        let actor: String
        let at: Timestamp
        let reason: String?
        let digests: [String: String]
        let facts: [String: String]
        let previousHash: Digest

        func bytes() throws -> Data { try CanonicalJSON.compact(self) }
    }

    init(_ content: Content) throws {
        self.init(content, hash: Digest(of: try content.bytes()))
    }

    init(_ content: Content, hash: Digest) {
        sequence = content.sequence
        caseID = content.caseID
        event = content.event
        from = content.from
        to = content.to
        actor = content.actor
        at = content.at
        reason = content.reason
        digests = content.digests
        facts = content.facts
        previousHash = content.previousHash
        self.hash = hash
    }

    /// The hash that the other members give; equal to `hash` in a sound entry.
    package func computedHash() throws -> Digest { Digest(of: try content.bytes()) }

    var content: Content {
        Content(
            sequence: sequence, caseID: caseID, event: event, from: from, to: to, actor: actor,
            at: at, reason: reason, digests: digests, facts: facts, previousHash: previousHash)
    }
}

/// What is about to be written; sequence, time and hashes are given by the store.
struct HistoryDraft {
    var caseID: CaseID?
    var event: String
    var from: CaseState?
    var to: CaseState?
    var actor: String
    var reason: String?
    var digests: [String: String] = [:]
    var facts: [String: String] = [:]
}

/// What a sound history amounts to.
package struct HistoryStatus: Codable, Sendable, Equatable {
    package let entryCount: Int
    package let caseCount: Int
    /// Hash of the last entry; `HistoryEntry.genesis` when there is none.
    package let headHash: Digest
}
