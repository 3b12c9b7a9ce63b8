import Domain
import Foundation
import GRDB

/// Reads corpora and shards from the database, and what is known of their records from the segments.
///
/// A record's row is its shard's row times 2^32 plus its ordinal in the shard.
final class CorpusCatalog {
    let db: Database
    let segments: SegmentStore
    private let cache: ShardCache?
    private var loadedTable: ShardTable?

    /// - Parameter cache: of connections that only read; nil reads the shards from the database.
    init(_ db: Database, _ segments: SegmentStore, cache: ShardCache? = nil) {
        self.db = db
        self.segments = segments
        self.cache = cache
    }

    func names() throws -> [String] {
        try String.fetchAll(db, sql: "SELECT name FROM corpus ORDER BY id")
    }

    func summaries() throws -> [CorpusSummary] {
        try Row.fetchAll(db, sql: "SELECT * FROM corpus ORDER BY id").map(summary)
    }

    /// - Throws: `unknown-name`.
    func summary(named name: String) throws -> CorpusSummary {
        let known = try lookUp(name, in: names(), kind: "corpus", by: { $0 })
        guard
            let row = try Row.fetchOne(
                db, sql: "SELECT * FROM corpus WHERE name = ?", arguments: [known])
        else { throw DatabaseError(resultCode: .SQLITE_INTERNAL) }
        return try summary(row)
    }

    /// - Throws: `unknown-name`.
    func corpusRow(_ name: String) throws -> Int64 {
        let known = try lookUp(name, in: names(), kind: "corpus", by: { $0 })
        guard
            let row = try Int64.fetchOne(
                db, sql: "SELECT id FROM corpus WHERE name = ?", arguments: [known])
        else { throw DatabaseError(resultCode: .SQLITE_INTERNAL) }
        return row
    }

    private func summary(_ row: Row) throws -> CorpusSummary {
        let id: Int64 = row["id"]
        let name: String = row["name"]
        let shards = try Row.fetchAll(
            db, sql: "SELECT * FROM shard WHERE corpus = ? ORDER BY id", arguments: [id]
        ).map { try Self.shard($0, corpus: name) }
        let deleted = try Int.fetchOne(
            db,
            sql: """
                SELECT COUNT(*) FROM deletion JOIN shard ON shard.id = deletion.shard
                WHERE shard.corpus = ?
                """, arguments: [id])
        return CorpusSummary(
            name: name, role: try Self.role(row["role"]), servedCorpus: row["servedCorpus"],
            manifestDigest: try Self.digest(row["digest"]), shards: shards,
            recordCount: shards.reduce(0) { $0 + $1.recordCount }, deletedRecordCount: deleted ?? 0,
            subjectCount: row["subjectCount"], byteCount: shards.reduce(0) { $0 + $1.byteCount })
    }

    static func shard(_ row: Row, corpus: String) throws -> ShardReference {
        ShardReference(
            corpus: corpus, path: row["path"], digest: try digest(row["digest"]),
            byteCount: row["byteCount"], recordCount: row["recordCount"])
    }

    static func digest(_ text: String) throws -> Digest {
        guard let digest = Digest(hexadecimal: text) else {
            throw LineageError(
                .indexDamaged, "The index holds something else where a digest belongs.",
                remedy: "Restore the workspace's database from a backup.")
        }
        return digest
    }

    static func role(_ text: String) throws -> CorpusRole {
        guard let role = CorpusRole(rawValue: text) else {
            throw LineageError(
                .indexDamaged, "The index holds an unknown corpus role.",
                remedy: "Restore the workspace's database from a backup.")
        }
        return role
    }

    /// Every shard, by corpus and in the order in which they were added.
    func shards() throws -> [CatalogShard] { try table().shards }

    /// Whether records of a shard are marked as deleted.
    func hasDeletions(_ shard: CatalogShard) throws -> Bool {
        // Within a writing transaction marks are set after the table was read.
        try cache == nil || table().withDeletions.contains(shard.row)
    }

    private func table() throws -> ShardTable {
        if let loadedTable { return loadedTable }
        let table = try cache.map { try $0.table(db, loadTable) } ?? loadTable()
        loadedTable = table
        return table
    }

    private func loadTable() throws -> ShardTable {
        let statement = try db.cachedStatement(
            sql: """
                SELECT shard.id, shard.path, shard.segment, shard.recordCount, corpus.name AS corpus,
                    corpus.role AS role,
                    EXISTS (SELECT 1 FROM deletion WHERE deletion.shard = shard.id) AS hasDeletions
                FROM shard JOIN corpus ON corpus.id = shard.corpus ORDER BY corpus.id, shard.id
                """)
        var shards: [CatalogShard] = []
        var withDeletions = Set<Int64>()
        for row in try Row.fetchAll(statement) {
            let shard = CatalogShard(
                row: row["id"], corpus: row["corpus"], role: try Self.role(row["role"]),
                path: row["path"], segmentFile: row["segment"], recordCount: row["recordCount"])
            shards.append(shard)
            if row["hasDeletions"] { withDeletions.insert(shard.row) }
        }
        return ShardTable(shards: shards, withDeletions: withDeletions)
    }

    func shards(ofCorpora names: [String]) throws -> [CatalogShard] {
        try shards().filter { shard in
            names.contains { $0.utf8.elementsEqual(shard.corpus.utf8) }
        }
    }

    /// - Throws: `index-damaged`, `index-outdated`.
    func segment(_ shard: CatalogShard) throws -> Segment {
        try segments.segment(shard.segmentFile)
    }
}

/// A shard as the catalogue knows it.
struct CatalogShard: Sendable {
    let row: Int64
    let corpus: String
    let role: CorpusRole
    let path: String
    let segmentFile: String
    let recordCount: Int

    func row(ofRecord ordinal: Int) -> Int64 { row << 32 | Int64(ordinal) }
}

/// A record as the index knows it.
struct RecordPlace {
    let row: Int64
    let shard: Int64
    let offset: Int
    let byteCount: Int
    let role: CorpusRole
    /// Rows of subjects.
    let subjects: [Int64]
    let deletedBy: String?
    let key: RecordKey
    /// The digest's 32 bytes.
    let digest: Data

    /// The record's place in its shard, from 0.
    var ordinal: Int { Int(row & 0xFFFF_FFFF) }
}
