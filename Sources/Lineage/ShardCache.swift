import Foundation
import GRDB

/// What lookups need of the database beside the segments; the same for as long as nobody writes.
struct ShardTable: Sendable {
    /// By corpus and in the order in which they were added.
    let shards: [CatalogShard]
    /// Rows of the shards of which records are marked as deleted.
    let withDeletions: Set<Int64>
}

/// Remembers the list of shards from one lookup to the next.
///
/// A connection's `data_version` changes whenever another connection, of this process or another, has
/// committed (SQLite, "PRAGMA data_version"); it says nothing of the connection's own changes. So the
/// list is kept for each connection that only reads, and read anew when its number differs.
final class ShardCache: @unchecked Sendable {
    private struct Entry {
        /// Tells a new connection at an old one's address.
        weak var connection: Database?
        let version: Int64
        let table: ShardTable
    }

    private let lock = NSLock()
    /// By connection. Guarded by `lock`.
    private var entries: [ObjectIdentifier: Entry] = [:]

    /// - Parameter db: a connection that never writes, within a transaction.
    func table(_ db: Database, _ load: () throws -> ShardTable) throws -> ShardTable {
        let statement = try db.cachedStatement(sql: "PRAGMA data_version")
        let version = try Int64.fetchOne(statement) ?? 0
        let name = ObjectIdentifier(db)
        let known = lock.withLock { entries[name] }
        if let known, known.version == version, known.connection === db { return known.table }
        let table = try load()
        lock.withLock {
            entries = entries.filter { $0.value.connection != nil }
            entries[name] = Entry(connection: db, version: version, table: table)
        }
        return table
    }
}
