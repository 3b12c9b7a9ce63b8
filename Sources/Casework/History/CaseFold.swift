import Domain

/// What the entries of one case, read in order, say about its present.
struct CaseFold {
    let id: CaseID
    private var state: CaseState?
    private var heldFrom: CaseState?
    private var version = 0
    private var recordDigest: String?
    private(set) var lastSequence = 0

    init(id: CaseID) { self.id = id }

    /// Takes the next entry of the case; notes change nothing.
    /// - Throws: `history-broken` naming the entry.
    mutating func read(_ entry: HistoryEntry.Content) throws {
        guard let to = entry.to else { return }
        if let from = entry.from {
            try step(from, to, entry)
        } else {
            guard state == nil, entry.event == HistoryEntry.caseCreated,
                to == StateMachine.initial
            else { throw HistoryVerifier.broken(entry.sequence, "\(id) cannot begin like this") }
        }
        state = to
        version += 1
        recordDigest = entry.digests[HistoryEntry.recordKey]
        lastSequence = entry.sequence
    }

    private mutating func step(
        _ from: CaseState, _ to: CaseState, _ entry: HistoryEntry.Content
    ) throws {
        guard state == from, let event = CaseEvent(rawValue: entry.event),
            let row = StateMachine.rows(from: from, on: event).first(where: { $0.to == to })
        else {
            throw HistoryVerifier.broken(
                entry.sequence,
                "the table has no step of \(id) from \(from.rawValue) to \(to.rawValue) here")
        }
        if row.effects.contains(.rememberState) { heldFrom = from }
        if row.effects.contains(.forgetState) {
            // A release must lead back to where the hold came from; other ways out only forget it.
            guard event != .release || heldFrom == to else {
                throw HistoryVerifier.broken(
                    entry.sequence, "\(id) was released into another state")
            }
            heldFrom = nil
        }
    }

    /// Holds the stored present against what the entries led to.
    /// - Throws: `history-broken`.
    func finish(with record: CaseRecord, digest: Digest) throws {
        guard state == record.state, heldFrom == record.heldFrom, version == record.version,
            recordDigest == digest.hexadecimal
        else {
            throw HistoryVerifier.broken(
                lastSequence, "the stored present of \(id) is not the one it led to")
        }
    }
}
