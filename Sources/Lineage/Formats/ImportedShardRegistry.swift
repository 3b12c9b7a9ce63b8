import Domain
import Foundation
import GRDB

extension LineageIndex {
    /// Remembers what a shard was unpacked from, so that erasing its records reaches the source too.
    /// The newest import of the same JSONL file stands. JSONL itself is not remembered.
    package func remember(_ shard: ImportedShard) throws {
        guard shard.sourcePath != shard.plainPath else { return }
        try database.write { try Self.store(shard, $0) }
    }

    /// What a shard was unpacked from; nil if it is its own source.
    /// - Parameter path: of the JSONL file.
    package func importedShard(at path: String) throws -> ImportedShard? {
        // Another spelling of the path must not make the source be passed over.
        let path = URL(fileURLWithPath: path).standardizedFileURL.path
        return try database.read { try Self.importedShard(at: path, $0) }
    }

    static func store(_ shard: ImportedShard, _ db: Database) throws {
        try db.execute(
            sql: """
                INSERT OR REPLACE INTO importedShard
                    (plainPath, plainDigest, plainByteCount, sourcePath, sourceDigest, format)
                VALUES (?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                shard.plainPath, shard.plainDigest.hexadecimal, shard.plainByteCount,
                shard.sourcePath, shard.sourceDigest.hexadecimal, shard.format,
            ])
    }

    static func importedShard(at path: String, _ db: Database) throws -> ImportedShard? {
        try Row.fetchOne(
            db, sql: "SELECT * FROM importedShard WHERE plainPath = ?", arguments: [path]
        ).map { row in
            ImportedShard(
                sourcePath: row["sourcePath"],
                sourceDigest: try CorpusCatalog.digest(row["sourceDigest"]), format: row["format"],
                plainPath: row["plainPath"],
                plainDigest: try CorpusCatalog.digest(row["plainDigest"]),
                plainByteCount: row["plainByteCount"])
        }
    }
}
