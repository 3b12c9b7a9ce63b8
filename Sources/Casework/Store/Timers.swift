import Domain
import GRDB

/// What falls due. The raw values are permanent.
package struct TimerKind: RawRepresentable, Hashable, Sendable, Codable {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }

    /// The deadline comes near.
    package static let deadlineWarning = TimerKind(rawValue: "deadline-warning")
    /// The deadline has come.
    package static let deadline = TimerKind(rawValue: "deadline")
    /// The order of a hold ends.
    package static let holdExpiry = TimerKind(rawValue: "hold-expiry")
    /// The request of a closed case is to be shredded; reckoned from the policy, not stored.
    package static let retention = TimerKind(rawValue: "retention")
}

/// One timer of a case.
package struct CaseTimer: Sendable, Equatable {
    package let kind: TimerKind
    package let dueAt: Timestamp

    package init(_ kind: TimerKind, dueAt: Timestamp) {
        self.kind = kind
        self.dueAt = dueAt
    }
}

/// A timer that has come due.
package struct DueTimer: Sendable, Equatable, Codable {
    package let caseID: CaseID
    package let kind: TimerKind
    package let dueAt: Timestamp
}

/// A timer that every case has while the rule gives a time for it.
struct TimerRule: Sendable {
    let kind: TimerKind
    let dueAt: @Sendable (CaseRecord) -> Timestamp?
}

/// The rules that are built in; a new one is a line here.
let builtinTimerRules: [TimerRule] = [
    TimerRule(kind: .deadlineWarning) { record in
        guard !record.state.isFinal else { return nil }
        // A calendar that is not built in any more gives no planning line; the due day stays.
        return (try? record.warningAt()).map { min($0, record.dueAt) } ?? record.dueAt
    },
    // The record's due time is its deadline's: every change of what sets the clock renews it.
    TimerRule(kind: .deadline) { $0.state.isFinal ? nil : $0.dueAt },
    TimerRule(kind: .holdExpiry) { record in
        guard record.state == .onHold, let hold = record.progress.legal.hold,
            hold.expiredAt == nil
        else { return nil }
        return hold.until
    },
]

extension SQLiteCaseStore {
    /// Brings a case's timers to what its new record asks for. A timer whose time does not change is
    /// left as it is, fired or not.
    func moveTimers(
        from old: CaseRecord?, to new: CaseRecord, adding timers: [CaseTimer], in db: Database
    ) throws {
        if let old, old.state != new.state {
            try db.cachedStatement(
                sql: "DELETE FROM timers WHERE caseID = ? AND boundToState IS NOT NULL"
            ).execute(arguments: [new.id.description])
        }
        for rule in builtinTimerRules {
            let wanted = rule.dueAt(new)
            guard old == nil || old.flatMap(rule.dueAt) != wanted else { continue }
            if let wanted {
                try set(CaseTimer(rule.kind, dueAt: wanted), of: new.id, boundTo: nil, in: db)
            } else {
                try db.cachedStatement(sql: "DELETE FROM timers WHERE caseID = ? AND kind = ?")
                    .execute(arguments: [new.id.description, rule.kind.rawValue])
            }
        }
        for timer in timers { try set(timer, of: new.id, boundTo: new.state, in: db) }
    }

    private func set(
        _ timer: CaseTimer, of id: CaseID, boundTo state: CaseState?, in db: Database
    ) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO timers (caseID, kind, dueAt, boundToState) VALUES (?1, ?2, ?3, ?4)
                ON CONFLICT (caseID, kind) DO UPDATE
                SET dueAt = ?3, boundToState = ?4, firedAt = NULL
                """
        ).execute(
            arguments: [
                id.description, timer.kind.rawValue, timer.dueAt.secondsSince1970, state?.rawValue,
            ])
    }

    /// Timers that came due and have not fired, the oldest first.
    /// - Parameter retentionDays: after the closing of a case; nil keeps every request.
    package func dueTimers(
        at now: Timestamp, retentionDays: Int? = nil, limit: Int = 1_000
    ) throws -> [DueTimer] {
        let stored = try read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT caseID, kind, dueAt FROM timers WHERE firedAt IS NULL AND dueAt <= ?
                    ORDER BY dueAt, caseID, kind LIMIT ?
                    """, arguments: [now.secondsSince1970, max(0, limit)]
            ).compactMap { row -> DueTimer? in
                guard let id = CaseID(row["caseID"]) else { return nil }
                return DueTimer(
                    caseID: id, kind: TimerKind(rawValue: row["kind"]),
                    dueAt: Timestamp(secondsSince1970: row["dueAt"]))
            }
        }
        guard let retentionDays else { return stored }
        return stored + (try retentionDue(days: retentionDays, at: now, limit: limit))
    }

    /// Notes in the history that a timer fired. Two processes that see the same timer fire it once.
    /// - Returns: false if it was fired before, moved to later or is gone; nothing is written then.
    package func fireTimer(_ timer: DueTimer, actor: String) throws -> Bool {
        try write { db in
            let now = clock.now()
            try db.execute(
                sql: """
                    UPDATE timers SET firedAt = ?1
                    WHERE caseID = ?2 AND kind = ?3 AND dueAt = ?4 AND firedAt IS NULL
                    AND dueAt <= ?1
                    """,
                arguments: [
                    now.secondsSince1970, timer.caseID.description, timer.kind.rawValue,
                    timer.dueAt.secondsSince1970,
                ])
            guard db.changesCount == 1 else { return false }
            try append(
                HistoryDraft(
                    caseID: timer.caseID, event: "timer-fired", actor: actor,
                    facts: ["timer": timer.kind.rawValue, "due-at": timer.dueAt.description]),
                in: db)
            return true
        }
    }
}
