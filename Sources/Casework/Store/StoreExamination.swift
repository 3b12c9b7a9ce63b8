import Domain
import Foundation
import GRDB

/// One thing that the examination of the store looked at.
package struct StoreFinding: Codable, Sendable, Equatable {
    /// Permanent id, e.g. `history-chain`.
    package let check: String
    package let isSound: Bool
    /// The case or resource it is about; nil for the store as a whole.
    package let subject: String?
    package let detail: String
    /// What to do about it; nil if it is sound.
    package let remedy: String?
}

/// Looks at everything that could be wrong with a store; changes nothing.
package struct StoreExamination {
    private let store: SQLiteCaseStore
    private let now: Timestamp
    private let retentionDays: Int?
    private var findings: [StoreFinding] = []

    private init(_ store: SQLiteCaseStore, now: Timestamp, retentionDays: Int?) {
        self.store = store
        self.now = now
        self.retentionDays = retentionDays
    }

    /// - Parameter retentionDays: what the policy says; nil if requests are kept.
    /// - Returns: one finding for each check that is sound, and one for each thing that is not.
    /// - Throws: only what keeps the database from being read at all.
    package static func examine(
        _ store: SQLiteCaseStore, now: Timestamp, retentionDays: Int? = nil
    ) throws -> [StoreFinding] {
        var examination = StoreExamination(store, now: now, retentionDays: retentionDays)
        try examination.database()
        try examination.history()
        try examination.vault()
        try examination.leases()
        try examination.openCases()
        try examination.duties()
        return examination.findings
    }

    private mutating func broken(
        _ check: String, _ detail: String, of subject: String? = nil, remedy: String
    ) {
        findings.append(
            StoreFinding(
                check: check, isSound: false, subject: subject, detail: detail, remedy: remedy))
    }

    /// Adds a sound finding unless the check has found something.
    private mutating func sound(_ check: String, _ detail: String) {
        guard !findings.contains(where: { $0.check == check && !$0.isSound }) else { return }
        findings.append(
            StoreFinding(check: check, isSound: true, subject: nil, detail: detail, remedy: nil))
    }

    private mutating func database() throws {
        let settings = try store.durabilitySettings()
        if !SQLiteCaseStore.areDurable(settings) {
            broken(
                "durability", "The case database is not synced at every commit.",
                remedy: "Put the workspace on a local file system.")
        }
        sound("durability", "write-ahead log, synced at every commit")
        let damages = try store.read { db in
            try String.fetchAll(db, sql: "PRAGMA quick_check(10)").filter { $0 != "ok" }
        }
        for damage in damages {
            broken(
                "database-form", "SQLite reports damage: \(damage)",
                remedy: "Restore the workspace from a backup.")
        }
        let orphans = try store.read { db in
            try Row.fetchAll(db, sql: "PRAGMA foreign_key_check").compactMap {
                $0["table"] as String?
            }
        }
        for table in Set(orphans).sorted() {
            broken(
                "database-form", "Rows of \(table) belong to no case.",
                remedy: "Restore the workspace from a backup.")
        }
        sound("database-form", "pages and references are whole")
    }

    private mutating func history() throws {
        do {
            let status = try store.verifyHistory()
            sound(
                "history-chain",
                "\(status.entryCount) entries, head \(status.headHash.short); "
                    + "\(status.caseCount) cases are what they led to")
        } catch let error as CaseworkError where error.code == .historyBroken {
            broken(
                "history-chain", error.message, of: error.details["sequence"],
                remedy: error.remedy ?? "")
        }
        // An entry that cannot be read was reported above.
        let last = try? store.read { db in
            try Row.fetchOne(
                db, sql: "SELECT sequence, body, hash FROM history ORDER BY sequence DESC LIMIT 1"
            ).map(SQLiteCaseStore.entry)
        }
        if let last, now < last.at {
            broken(
                "clock", "The clock is before the last entry of the history, \(last.at).",
                of: String(last.sequence),
                remedy: "Set the machine's clock; deadlines are counted with it.")
        }
        sound("clock", "not before the last entry")
    }

    private mutating func vault() throws {
        let vault = store.vault
        var keyCount = 0
        var broken: [(String, String, String)] = []
        try store.read { db in
            let rows = try Row.fetchCursor(db, sql: "SELECT caseID, wrappedKey FROM vaultKeys")
            while let row = try rows.next() {
                keyCount += 1
                guard let id = CaseID(row["caseID"]),
                    (try? vault.unwrap(row["wrappedKey"], for: id)) != nil
                else {
                    let name: String = row["caseID"]
                    broken.append(
                        (
                            name, "The key of \(name) cannot be unwrapped.",
                            "Restore the workspace's key file."
                        ))
                    continue
                }
            }
            let lonely: [(sql: String, what: String, remedy: String)] = [
                (
                    "SELECT caseID FROM vaultKeys WHERE caseID NOT IN (SELECT id FROM cases)",
                    "A vault key belongs to no case.", "Restore the workspace from a backup."
                ),
                (
                    "SELECT caseID FROM vaultKeys WHERE caseID NOT IN "
                        + "(SELECT caseID FROM vaultContents)",
                    "A vault key has no content.", "Shred the case's request."
                ),
                (
                    "SELECT caseID FROM vaultContents WHERE caseID NOT IN "
                        + "(SELECT caseID FROM vaultKeys)",
                    "Sealed content is left though its key is gone.",
                    "It cannot be read by anybody; a backup made before may hold the key."
                ),
                (
                    "SELECT id FROM vaultFiles WHERE id NOT IN "
                        + "(SELECT fileID FROM vaultContents WHERE fileID IS NOT NULL)",
                    "A sealed file belongs to no request.",
                    "It cannot be read by anybody; restore the workspace if its cases are missing."
                ),
            ]
            for (sql, what, remedy) in lonely {
                for name in try String.fetchAll(db, sql: sql + " LIMIT 100") {
                    broken.append((name, what, remedy))
                }
            }
            // Either the key is there, or the history says that it was destroyed.
            let keyless = try String.fetchAll(
                db,
                sql: """
                    SELECT id FROM cases WHERE id NOT IN (SELECT caseID FROM vaultKeys)
                    AND NOT EXISTS (SELECT 1 FROM history WHERE caseID = cases.id
                    AND json_extract(CAST(body AS TEXT), '$.event') = ?) LIMIT 100
                    """, arguments: [SQLiteCaseStore.shreddedEvent])
            for name in keyless {
                broken.append(
                    (
                        name, "The key of \(name) is gone, and no entry says that it was shredded.",
                        "Restore the workspace from a backup."
                    ))
            }
        }
        for (name, detail, remedy) in broken {
            self.broken("vault", detail, of: name, remedy: remedy)
        }
        sound("vault", "\(keyCount) requests, each under a key of its own")
        if try !store.pendingIntents(kind: IntentDraft.purgeLogKind).isEmpty {
            self.broken(
                "shredding", "Old pages of shredded requests are still in the database's log.",
                remedy: "Open the workspace once for changing while nothing else reads it.")
        }
        sound("shredding", "nothing is left to purge")
        guard let retentionDays else { return }
        for due in try store.retentionDue(days: retentionDays, at: now, limit: 100) {
            self.broken(
                "retention",
                "The request of \(due.caseID) should have been shredded on "
                    + "\(due.dueAt.dateText).",
                of: due.caseID.description, remedy: "Run `lethe run`, which shreds what is due.")
        }
        sound("retention", "no request is kept for longer than \(retentionDays) days")
    }

    private mutating func leases() throws {
        for lease in try store.allLeases() where !lease.isLive {
            broken(
                "leases",
                "The lease of process \(lease.processID) on \(lease.resource) has ended without "
                    + "being given back.",
                of: lease.resource, remedy: "Run `lethe run`; it takes the work over.")
        }
        sound("leases", "none is left over")
    }

    /// Every open case has a live lease, a timer that will fire, or somebody who has to act.
    private mutating func openCases() throws {
        let leased = Set(try store.allLeases().filter(\.isLive).compactMap(\.caseID))
        let closed = CaseState.allCases.filter(\.isFinal).map { "'\($0.rawValue)'" }
            .joined(separator: ", ")
        let (rows, wronglyClosed) = try store.read { db in
            (
                try Row.fetchAll(
                    db,
                    sql: """
                        SELECT id, state, (SELECT count(*) FROM timers
                        WHERE caseID = cases.id AND firedAt IS NULL) AS timerCount,
                        EXISTS (SELECT 1 FROM timers WHERE caseID = cases.id) AS hadTimer
                        FROM cases WHERE state NOT IN (\(closed)) ORDER BY year, number
                        """),
                try String.fetchAll(
                    db,
                    sql: """
                        SELECT id FROM cases WHERE (state IN (\(closed))) <> (closedAt IS NOT NULL)
                        ORDER BY year, number LIMIT 100
                        """)
            )
        }
        for row in rows {
            let name: String = row["id"]
            let waitsFor = CaseState(rawValue: row["state"])
                .flatMap { StateMachine.description(of: $0).waitsFor }
            let isLeased = CaseID(name).map(leased.contains) ?? false
            guard !isLeased, row["timerCount"] == 0, waitsFor != .operator else { continue }
            guard row["hadTimer"] == true else {
                broken(
                    "open-cases", "\(name) has no lease and no timer, and waits for nobody.",
                    of: name,
                    remedy: "Run `lethe run --case \(name)`, or see `lethe case explain`.")
                continue
            }
            broken(
                "overdue", "The deadline of \(name) has passed, and it is still open.", of: name,
                remedy: "Run `lethe run --case \(name)`, or see `lethe case explain \(name)`.")
        }
        for name in wronglyClosed {
            broken(
                "open-cases", "The date of closing of \(name) contradicts its state.", of: name,
                remedy: "Restore the workspace from a backup.")
        }
        sound("open-cases", "\(rows.count), each with a lease, a timer or somebody to act")
    }

    private mutating func duties() throws {
        let timers = try store.dueTimers(at: now, limit: 100)
        for timer in timers {
            broken(
                "timers", "\(timer.kind.rawValue) of \(timer.caseID) was due at \(timer.dueAt).",
                of: timer.caseID.description, remedy: "Run `lethe run`, which acts on it.")
        }
        sound("timers", "none is overdue")
        for intent in try store.pendingIntents(limit: 100) where intent.attemptCount > 0 {
            broken(
                "intents",
                "\(intent.kind) failed \(intent.attemptCount) times, last with "
                    + "\(intent.lastError ?? "no code").",
                of: intent.caseID?.description, remedy: "See what it needs and run `lethe run`.")
        }
        sound("intents", "none has failed")
    }
}
