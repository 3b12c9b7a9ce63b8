import Domain
import GRDB

/// How much of a store's requests can still be read.
package struct VaultFigures: Codable, Sendable, Equatable {
    /// Requests under a key of their own.
    package let readableCount: Int
    /// Requests whose key was destroyed.
    package let shreddedCount: Int
    /// When the workspace key was last changed; nil if it is the first one.
    package let keyChangedAt: Timestamp?
    /// False while old pages of shredded requests are still in the database's log.
    package let isPurged: Bool

    package init(
        readableCount: Int, shreddedCount: Int, keyChangedAt: Timestamp?, isPurged: Bool
    ) {
        self.readableCount = readableCount
        self.shreddedCount = shreddedCount
        self.keyChangedAt = keyChangedAt
        self.isPurged = isPurged
    }
}

extension SQLiteCaseStore {
    package func vaultFigures() throws -> VaultFigures {
        let isPurged = try pendingIntents(kind: IntentDraft.purgeLogKind, limit: 1).isEmpty
        return try read { db in
            let caseCount = try Int.fetchOne(db, sql: "SELECT count(*) FROM cases") ?? 0
            let keyCount = try Int.fetchOne(db, sql: "SELECT count(*) FROM vaultKeys") ?? 0
            let changed = try Row.fetchOne(
                db,
                sql: """
                    SELECT sequence, body, hash FROM history WHERE caseID IS NULL
                    AND json_extract(CAST(body AS TEXT), '$.event') = ?
                    ORDER BY sequence DESC LIMIT 1
                    """, arguments: [Self.keyChangedEvent]
            ).map(Self.entry)
            return VaultFigures(
                readableCount: keyCount, shreddedCount: max(0, caseCount - keyCount),
                keyChangedAt: changed?.at, isPurged: isPurged)
        }
    }
}
