import Domain
import Foundation

/// Re-computes a history from its first entry, and every case's state from its entries.
struct HistoryVerifier {
    /// What the entries read so far say about one case.
    private struct Folded {
        var state: CaseState
        var heldFrom: CaseState?
        var version: Int
        var recordDigest: String?
        var lastSequence: Int
    }

    private var expectedSequence = 1
    private var previousHash = HistoryEntry.genesis
    private var cases: [CaseID: Folded] = [:]

    /// Takes the next stored row in order of sequence.
    /// - Throws: `history-broken` naming the sequence number and what does not match.
    mutating func read(sequence: Int, caseID: String?, body: Data, hash: String) throws {
        guard sequence == expectedSequence else {
            throw Self.broken(expectedSequence, "it is missing; the next one there is \(sequence)")
        }
        guard Digest(of: body).hexadecimal == hash else {
            throw Self.broken(sequence, "its content does not match its hash")
        }
        let content: HistoryEntry.Content
        do {
            content = try CanonicalJSON.decode(HistoryEntry.Content.self, from: body)
            guard try content.bytes() == body else {
                throw Self.broken(sequence, "it is not in canonical form")
            }
        } catch let error as DomainError {
            throw Self.broken(sequence, "it cannot be read", cause: error)
        }
        guard content.sequence == sequence, content.caseID?.description == caseID else {
            throw Self.broken(sequence, "it is filed under another number or case")
        }
        guard content.previousHash == previousHash else {
            throw Self.broken(sequence, "it does not follow from the entry before it")
        }
        try fold(content)
        previousHash = Digest(of: body)
        expectedSequence += 1
    }

    private mutating func fold(_ entry: HistoryEntry.Content) throws {
        guard let id = entry.caseID, let to = entry.to else {
            guard entry.from == nil, entry.to == nil else {
                throw Self.broken(entry.sequence, "it changes a state but names no case")
            }
            return
        }
        let recordDigest = entry.digests[HistoryEntry.recordKey]
        guard let from = entry.from else {
            guard cases[id] == nil, entry.event == HistoryEntry.caseCreated,
                to == StateMachine.initial
            else { throw Self.broken(entry.sequence, "\(id) cannot begin like this") }
            cases[id] = Folded(
                state: to, version: 1, recordDigest: recordDigest, lastSequence: entry.sequence)
            return
        }
        guard var folded = cases[id], folded.state == from,
            let event = CaseEvent(rawValue: entry.event),
            let row = StateMachine.rows(from: from, on: event).first(where: { $0.to == to })
        else {
            throw Self.broken(
                entry.sequence,
                "the table has no step of \(id) from \(from.rawValue) to \(to.rawValue) here")
        }
        if row.effects.contains(.rememberState) { folded.heldFrom = from }
        if row.effects.contains(.forgetState) {
            // A release must lead back to where the hold came from; other ways out only forget it.
            guard event != .release || folded.heldFrom == to else {
                throw Self.broken(entry.sequence, "\(id) was released into another state")
            }
            folded.heldFrom = nil
        }
        folded.state = to
        folded.version += 1
        folded.recordDigest = recordDigest
        folded.lastSequence = entry.sequence
        cases[id] = folded
    }

    /// Holds the stored present against what the history says, and the chain against its head.
    /// - Throws: `history-broken`.
    func finish(records: [CaseRecord], head: (sequence: Int, hash: String)) throws -> HistoryStatus
    {
        guard head.sequence == expectedSequence - 1, head.hash == previousHash.hexadecimal else {
            throw Self.broken(
                expectedSequence, "\(head.sequence) entries were written, the rest is missing")
        }
        for record in records {
            guard let folded = cases[record.id] else {
                throw Self.broken(expectedSequence, "\(record.id) has no history")
            }
            guard folded.state == record.state, folded.heldFrom == record.heldFrom,
                folded.version == record.version,
                folded.recordDigest == (try record.digest()).hexadecimal
            else {
                throw Self.broken(
                    folded.lastSequence,
                    "the stored present of \(record.id) is not the one it led to")
            }
        }
        let known = Set(records.map(\.id))
        if let missing = cases.keys.filter({ !known.contains($0) }).min() {
            throw Self.broken(
                cases[missing]?.lastSequence ?? 0, "\(missing) is not stored any more")
        }
        return HistoryStatus(
            entryCount: expectedSequence - 1, caseCount: records.count, headHash: previousHash)
    }

    static func broken(_ sequence: Int, _ what: String, cause: (any Error)? = nil) -> CaseworkError
    {
        CaseworkError(
            .historyBroken, "The history is broken at entry \(sequence): \(what).",
            details: ["sequence": String(sequence)],
            remedy: "Stop work in this workspace and restore it from a backup.", cause: cause)
    }
}
