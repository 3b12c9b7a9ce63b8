import Domain
import Foundation
import GRDB

extension SQLiteCaseStore {
    /// Destroys the key and the content of a case's request: nobody can read it any more, with the
    /// master key or without. The history gains an entry and stays valid. A file that the request
    /// shared with others holds this person's data too, and is destroyed with it; of the others the
    /// request itself stays readable.
    ///
    /// When it returns, no byte of key or content is left in the database's files; if another
    /// process reads at that moment, `finishShredding` has to be called again.
    /// - Throws: `case-not-found`, `personal-data-in-reason`; `vault-shredded` if it was done before.
    @discardableResult
    package func shred(_ id: CaseID, actor: String, reason: String) throws -> HistoryEntry {
        let entry = try write { db in try shred(id, actor: actor, reason: reason, in: db) }
        try finishShredding()
        return entry
    }

    /// Shreds the requests of cases that were closed long enough ago, oldest first.
    /// - Parameters:
    ///   - days: full days after the closing.
    ///   - limit: at most this many in one call, which is one transaction.
    /// - Returns: the cases whose requests were shredded.
    package func shredExpired(
        days: Int, actor: String, limit: Int = 1_000
    ) throws -> [CaseID] {
        let due = try retentionDue(days: days, at: clock.now(), limit: limit)
        guard !due.isEmpty else { return [] }
        let ids = try write { db in
            try due.map(\.caseID).filter { try Self.hasKey($0, in: db) }.map { id in
                // This text is the program's own; a name that happens to occur in it must not keep
                // all requests from being shredded.
                try shred(
                    id, actor: actor, reason: "retention ended after \(days) days",
                    isScreened: false, in: db)
                return id
            }
        }
        try finishShredding()
        return ids
    }

    /// Closed cases whose request is still readable though its time is over.
    package func retentionDue(
        days: Int, at now: Timestamp, limit: Int = 1_000
    ) throws -> [DueTimer] {
        let line = now.secondsSince1970 - Int64(max(0, days)) * 86_400
        return try read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT id, closedAt FROM cases JOIN vaultKeys ON caseID = id
                    WHERE closedAt IS NOT NULL AND closedAt <= ? ORDER BY closedAt, year, number
                    LIMIT ?
                    """, arguments: [line, max(0, limit)]
            ).compactMap { row in
                guard let id = CaseID(row["id"]) else { return nil }
                let closedAt: Int64 = row["closedAt"]
                return DueTimer(
                    caseID: id, kind: .retention,
                    dueAt: Timestamp(secondsSince1970: closedAt + Int64(max(0, days)) * 86_400))
            }
        }
    }

    /// Takes the log over and cuts it to nothing, so that old pages of shredded requests are gone.
    /// - Returns: false if there still is something to do because another process is reading.
    @discardableResult
    package func finishShredding() throws -> Bool {
        let pending = try pendingIntents(kind: IntentDraft.purgeLogKind, limit: .max)
        guard !pending.isEmpty else { return true }
        do {
            try reportingDatabaseErrors {
                try queue.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
            }
        } catch let error as CaseworkError where error.code == .databaseLocked { return false }
        try write { db in
            for intent in pending {
                try db.execute(
                    sql: "UPDATE intents SET doneAt = ? WHERE id = ?",
                    arguments: [clock.now().secondsSince1970, intent.id])
            }
        }
        return true
    }

    static func hasKey(_ id: CaseID, in db: Database) throws -> Bool {
        try Bool.fetchOne(
            db, sql: "SELECT EXISTS (SELECT 1 FROM vaultKeys WHERE caseID = ?)",
            arguments: [id.description]) ?? false
    }

    @discardableResult
    private func shred(
        _ id: CaseID, actor: String, reason: String, isScreened: Bool = true, in db: Database
    ) throws -> HistoryEntry {
        _ = try Self.record(id, in: db)
        guard try Self.hasKey(id, in: db) else { throw try Self.shredded(id, in: db) }
        if isScreened { try refusePersonalData(in: reason, of: id, in: db) }
        let fileID = try String.fetchOne(
            db, sql: "SELECT fileID FROM vaultContents WHERE caseID = ?",
            arguments: [id.description])
        for table in ["vaultKeys", "vaultContents"] {
            try db.execute(
                sql: "DELETE FROM \(table) WHERE caseID = ?", arguments: [id.description])
        }
        if let fileID {
            try db.execute(sql: "DELETE FROM vaultFiles WHERE id = ?", arguments: [fileID])
        }
        try insertIntents([IntentDraft(IntentDraft.purgeLogKind)], of: id, at: clock.now(), in: db)
        return try append(
            HistoryDraft(
                caseID: id, event: Self.shreddedEvent, actor: actor, reason: reason), in: db)
    }

    /// The event of the entry that says that a request was shredded.
    static let shreddedEvent = "request-shredded"

    static func shredded(_ id: CaseID, in db: Database) throws -> CaseworkError {
        let date = try Row.fetchAll(
            db,
            sql: "SELECT sequence, body, hash FROM history WHERE caseID = ? ORDER BY sequence",
            arguments: [id.description]
        ).map(entry).last { $0.event == shreddedEvent }?.at.dateText
        return CaseworkError(
            .vaultShredded, "The request of \(id) was shredded\(date.map { " on \($0)" } ?? "").",
            details: ["case": id.description, "date": date ?? ""],
            remedy: "Nothing can read it any more; the history stays valid.")
    }
}
