import Domain
import Foundation
import GRDB

extension SQLiteCaseStore {
    /// Looks each case up in the table, and writes all of them with their history entries or none.
    /// - Throws: `not-allowed`, `guard-failed`, `reason-missing`, `personal-data-in-reason`,
    ///   `case-changed`, `case-not-found`, `lease-lost`, `lease-held`.
    package func apply(
        _ event: CaseEvent, to changes: [CaseChange], actor: String, reason: String? = nil
    ) throws -> [CaseRecord] {
        let reason = reason.map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }
        guard !StateMachine.requiresReason(event) || !(reason ?? "").isEmpty else {
            throw CaseworkError(
                .reasonMissing, "\(event.rawValue) needs a reason.",
                details: ["event": event.rawValue],
                remedy: "Add `--reason \"...\"`, without any of the person's data.")
        }
        return try write { db in
            try HistoryTail.extending(in: db) { tail in
                try changes.map {
                    try apply(event, to: $0, actor: actor, reason: reason, tail: &tail, in: db)
                }
            }
        }
    }

    private func apply(
        _ event: CaseEvent, to change: CaseChange, actor: String, reason: String?,
        tail: inout HistoryTail, in db: Database
    ) throws -> CaseRecord {
        let now = clock.now()
        let stored = try Self.record(change.id, in: db)
        var record = stored
        // Before anything else: whoever lost the lease has nothing to say about the case.
        if let lease = change.lease { try requireCurrent(lease, for: change.id, in: db) }
        guard change.expectedVersion ?? record.version == record.version else {
            throw Self.changed(change.id)
        }
        change.update(&record.progress)
        let row = try StateMachine.transition(for: event, of: record)
        if let reason { try refusePersonalData(in: reason, of: change.id, in: db) }
        if row.actor == .engine, change.lease == nil {
            try refuseWhileLeased(change.id, event: event, in: db)
        }
        if row.actor == .operator {
            // Ids of subjects and records may be ids the request gives, and numbers that the program
            // writes may look like some; what an operator writes may hold neither.
            let written: Set<String> = ["text", "notice", "authority", "recipient"]
            for (key, fact) in change.facts.sorted(by: { $0.key < $1.key }) {
                try refusePersonalData(
                    in: fact, of: change.id, in: db,
                    except: written.contains(key) ? [] : [.customerID, .recordID, .username])
            }
        }
        StateMachine.apply(row, to: &record)
        let bytes = try CanonicalJSON.compact(record)
        try Self.replace(
            record, bytes: bytes, closedAt: record.state.isFinal ? now : nil, in: db)
        var digests = change.digests
        digests[HistoryEntry.recordKey] = Digest(of: bytes).hexadecimal
        var facts = change.facts
        facts["lease"] = change.lease.map { String($0.token) }
        try tail.append(
            HistoryDraft(
                caseID: record.id, event: event.rawValue, from: stored.state, to: record.state,
                actor: actor, reason: reason, digests: digests, facts: facts), at: now, in: db)
        try moveTimers(from: stored, to: record, adding: change.timers, in: db)
        try insertIntents(change.intents, of: record.id, at: now, in: db)
        return record
    }

    /// A shredded request cannot be compared with any more; there is then nothing left to repeat.
    func refusePersonalData(
        in text: String, of id: CaseID, in db: Database, except allowed: Set<IdentifierKind> = []
    ) throws {
        guard let request = try storedRequest(of: id, in: db),
            let kind = PersonalDataScreen(request: request).kindFound(in: text, except: allowed)
        else { return }
        throw CaseworkError(
            .personalDataInReason,
            "The text contains the person's \(kind.rawValue), and the history is kept for ever.",
            details: ["case": id.description, "kind": kind.rawValue],
            remedy: "Write it again with the case id \(id) instead.")
    }
}
