import Domain
import Foundation
import GRDB

/// One file that an erasure replaces or removes.
struct FileChange: Codable, Sendable, Equatable {
    enum Kind: Codable, Sendable, Equatable {
        /// The shard that is indexed.
        case plain
        /// What it was unpacked from; id of the format.
        case packed(String)
        /// A text document that is the whole record.
        case removedDocument
        /// A text document that loses spans.
        case redactedDocument(line: Int)
    }
    let kind: Kind
    /// With links resolved: the file itself is replaced, not a link to it.
    let path: String
    let oldDigest: Digest
    /// Nil if the file is removed, or not written yet.
    var newDigest: Digest?
    /// Hard links other than this path, which keep the old content.
    let otherNameCount: Int

    /// Beside the file, so that a rename cannot cross file systems.
    var temporaryPath: String {
        let url = URL(fileURLWithPath: path)
        return url.deletingLastPathComponent()
            .appendingPathComponent(".\(url.lastPathComponent).erasure.tmp").path
    }
}

/// All that finishing an erasure takes, also after a kill. It holds line numbers, paths and keyed
/// digests; nothing of the records.
struct ErasurePlan: Codable, Sendable {
    struct Record: Codable, Sendable {
        let corpus: String
        let recordKey: Data
        let lineKey: Data
        let kind: Tombstone.Kind
    }
    let caseID: String
    /// As indexed.
    let shard: String
    let marker: String
    /// In line order.
    let edits: [LineEdit]
    let records: [Record]
    var files: [FileChange]
    /// Digest that the rewritten source's import has afterwards.
    var imported: ImportedShard?
    /// Nil until the new content is written.
    var change: ShardChange?

    func result(_ change: ShardChange) -> ErasureResult.Shard {
        ErasureResult.Shard(
            path: shard, oldDigest: change.oldDigest, newDigest: change.newDigest,
            sourcePath: imported?.sourcePath,
            erasedCount: records.count { $0.kind == .erased },
            redactedCount: records.count { $0.kind == .redacted },
            otherNameCount: files.reduce(0) { $0 + $1.otherNameCount })
    }
}

/// The erasures that are under way, in the index's database.
struct ErasureJournal: Sendable {
    enum State: String, Sendable {
        /// New content is being written; nothing was replaced.
        case announced
        /// New content is on disk; from here on the erasure is finished, whatever happens.
        case prepared
    }
    let database: LineageDatabase

    /// - Throws: `erasure-refused` if the shard has an unfinished erasure.
    func announce(_ plan: ErasurePlan) throws {
        try database.write { db in
            let open = try String.fetchOne(
                db, sql: "SELECT caseID FROM erasure WHERE shard = ?", arguments: [plan.shard])
            guard open == nil else {
                throw LineageError(
                    .erasureRefused, "\(plan.shard) has an erasure that is not finished.",
                    details: ["path": plan.shard],
                    remedy: "See what stops it, put the shard right, and repeat the command.")
            }
            try db.execute(
                sql: "INSERT INTO erasure(caseID, shard, state, plan) VALUES (?, ?, ?, ?)",
                arguments: [
                    plan.caseID, plan.shard, State.announced.rawValue, try Self.text(plan),
                ])
        }
    }

    func prepared(_ plan: ErasurePlan) throws {
        try database.write { db in
            try db.execute(
                sql: "UPDATE erasure SET state = ?, plan = ? WHERE shard = ?",
                arguments: [State.prepared.rawValue, try Self.text(plan), plan.shard])
        }
    }

    func discard(shard: String) throws {
        try database.write {
            try $0.execute(sql: "DELETE FROM erasure WHERE shard = ?", arguments: [shard])
        }
    }

    /// Tombstones stand and the erasure is no longer under way, both or neither.
    func finish(_ plan: ErasurePlan, _ change: ShardChange, at time: Timestamp) throws {
        try database.write { db in
            for record in plan.records {
                try db.execute(
                    sql: """
                        INSERT OR IGNORE INTO tombstone(recordKey, lineKey, corpus, shard,
                            oldShardDigest, newShardDigest, kind, caseID, erasedAt)
                        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                        """,
                    arguments: [
                        record.recordKey, record.lineKey, record.corpus, plan.shard,
                        change.oldDigest.hexadecimal, change.newDigest.hexadecimal,
                        record.kind.rawValue, plan.caseID, time.description,
                    ])
            }
            if let imported = plan.imported { try LineageIndex.store(imported, db) }
            try db.execute(sql: "DELETE FROM erasure WHERE shard = ?", arguments: [plan.shard])
        }
    }

    func open() throws -> [(state: State, plan: ErasurePlan)] {
        try database.read { db in
            try Row.fetchAll(db, sql: "SELECT state, plan FROM erasure ORDER BY id").map { row in
                let text: String = row["plan"]
                guard let state = State(rawValue: row["state"]) else {
                    throw LineageError(
                        .indexDamaged, "The index holds an erasure in an unknown state.",
                        remedy: "Restore the workspace's database from a backup.")
                }
                return (state, try CanonicalJSON.decode(ErasurePlan.self, from: Data(text.utf8)))
            }
        }
    }

    private static func text(_ plan: ErasurePlan) throws -> String {
        String(decoding: try CanonicalJSON.compact(plan), as: UTF8.self)
    }
}
