import Domain
import Foundation
import GRDB

/// Something to be done outside the database once a change is on disk, e.g. tell a recipient. It is
/// written in the change's own transaction, so it is neither forgotten nor done for a change that
/// was undone.
package struct IntentDraft: Sendable, Equatable {
    /// Permanent id of what is to be done, e.g. `notify-recipient`.
    package let kind: String
    /// What the doer needs: ids, digests, names of files. No personal data.
    package let facts: [String: String]

    package init(_ kind: String, facts: [String: String] = [:]) {
        self.kind = kind
        self.facts = facts
    }

    /// Old pages of a shredded request are still in the log of the database.
    package static let purgeLogKind = "purge-log"
}

/// An intent that is still to be carried out. Doing it twice must be harmless: a crash between doing
/// and `finishIntent` repeats it.
package struct PendingIntent: Sendable, Equatable {
    package let id: Int64
    package let caseID: CaseID?
    package let kind: String
    package let facts: [String: String]
    package let createdAt: Timestamp
    package let attemptCount: Int
    /// Code of the last attempt's error.
    package let lastError: String?
}

extension SQLiteCaseStore {
    func insertIntents(
        _ drafts: [IntentDraft], of id: CaseID?, at now: Timestamp, in db: Database
    ) throws {
        for draft in drafts {
            let facts = String(decoding: try CanonicalJSON.compact(draft.facts), as: UTF8.self)
            try db.cachedStatement(
                sql: "INSERT INTO intents (caseID, kind, facts, createdAt) VALUES (?, ?, ?, ?)"
            ).execute(
                arguments: [id?.description, draft.kind, facts, now.secondsSince1970])
        }
    }

    /// Intents that are not done, the oldest first.
    package func pendingIntents(
        kind: String? = nil, limit: Int = 1_000
    ) throws -> [PendingIntent] {
        try read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM intents WHERE doneAt IS NULL AND (?1 IS NULL OR kind = ?1)
                    ORDER BY id LIMIT ?2
                    """, arguments: [kind, max(0, limit)]
            ).map { row in
                let name: String? = row["caseID"]
                return PendingIntent(
                    id: row["id"], caseID: name.flatMap { CaseID($0) }, kind: row["kind"],
                    facts: try CanonicalJSON.decode(
                        [String: String].self, from: Data((row["facts"] as String).utf8)),
                    createdAt: Timestamp(secondsSince1970: row["createdAt"]),
                    attemptCount: row["attemptCount"], lastError: row["lastError"])
            }
        }
    }

    /// Says that an intent was carried out, and notes it in the history.
    /// - Returns: false if somebody else had said so before.
    @discardableResult
    package func finishIntent(
        _ intent: PendingIntent, actor: String, facts: [String: String] = [:]
    ) throws -> Bool {
        try write { db in
            try db.execute(
                sql: "UPDATE intents SET doneAt = ? WHERE id = ? AND doneAt IS NULL",
                arguments: [clock.now().secondsSince1970, intent.id])
            guard db.changesCount == 1 else { return false }
            var facts = facts
            facts["intent"] = intent.kind
            try append(
                HistoryDraft(
                    caseID: intent.caseID, event: "intent-done", actor: actor, facts: facts),
                in: db)
            return true
        }
    }

    /// Counts an attempt that failed; the intent stays.
    package func noteFailedAttempt(of intent: PendingIntent, error code: String) throws {
        try write { db in
            try db.execute(
                sql: """
                    UPDATE intents SET attemptCount = attemptCount + 1, lastError = ?
                    WHERE id = ? AND doneAt IS NULL
                    """, arguments: [code, intent.id])
        }
    }
}
