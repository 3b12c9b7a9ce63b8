import Domain
import Foundation
import GRDB

/// Knows corpora and the chain person -> records -> shards -> training runs -> models.
///
/// Shards stay where they are: the index keeps their paths and digests, and of each record its
/// place, its digest and what it can be found by. Corpora, runs and models lie in an SQLite file (WAL,
/// `synchronous=FULL`, mode 0600), what is known of the records of a shard in a file of its own in
/// `<file>.segments`, and the key under which identifiers are posted in `<file>.key` (mode 0600 all of
/// them). When a changing function returns, the change is durable; when it throws, nothing changed.
package final class LineageIndex: Sendable {
    let database: LineageDatabase
    let key: IndexKey
    let segments: SegmentStore
    private let shards = ShardCache()

    /// Opens the index, making it if it does not exist.
    /// - Parameter path: the SQLite file; its folder must exist.
    /// - Throws: `newer-index`, `index-key-missing`, `index-key-wrong`, `index-locked`,
    ///   `index-outdated`, `index-damaged`, `index-failed`.
    package init(path: String) throws {
        let database = try LineageDatabase(path: path)
        let keyFile = URL(fileURLWithPath: path + ".key")
        self.database = database
        let key = try database.write { db in
            let stored = try Data.fetchOne(db, sql: "SELECT keyCheck FROM indexKey")
            let exists = FileManager.default.fileExists(atPath: keyFile.path)
            guard exists || stored == nil else {
                throw LineageError(
                    .indexKeyMissing, "The index key \(keyFile.path) is gone.",
                    details: ["path": keyFile.path],
                    remedy: "Restore the file; without it no identifier can be looked up.")
            }
            if !exists {
                try DurableFile.write(IndexKey.random(), to: keyFile, permissions: 0o600)
            }
            let key = IndexKey(try DurableFile.read(keyFile))
            if let stored {
                guard stored == key.check else {
                    throw LineageError(
                        .indexKeyWrong, "\(keyFile.path) is not the key of this index.",
                        details: ["path": keyFile.path], remedy: "Restore the right key file.")
                }
            } else {
                try db.execute(
                    sql: "INSERT INTO indexKey(id, keyCheck) VALUES (1, ?)", arguments: [key.check])
            }
            return key
        }
        let segments = SegmentStore(indexPath: path, key: key)
        self.key = key
        self.segments = segments
        try segments.clear(keeping: {
            try database.read {
                Set(try String.fetchAll($0, sql: "SELECT segment FROM shard"))
            }
        })
    }

    /// Reads under one snapshot of the database.
    func reading<Value>(_ body: (CorpusCatalog) throws -> Value) throws -> Value {
        try database.read { try body(CorpusCatalog($0, segments, cache: shards)) }
    }

    /// Runs `body` while nobody adds, replaces or removes segments, so that a copy of the database and
    /// of the segments it names fit together. Others wait for some seconds and then get
    /// `index-locked`.
    /// - Throws: `index-locked`, `file-not-written`, and what `body` throws.
    package func holdingSegments<Value>(_ body: () throws -> Value) throws -> Value {
        try segments.building(body)
    }

    /// What durability rests on, as SQLite reports it: `journal_mode` wal, `synchronous` 2 (FULL).
    package func durabilitySettings() throws -> [String: String] {
        try database.durabilitySettings()
    }
}
