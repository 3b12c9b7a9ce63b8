import Domain
import Foundation
import GRDB

/// The index follows the shards that erasures rewrite.
extension LineageIndex: ErasureIndex {
    package func shards(at path: String) throws -> [ShardReference] {
        // Corpora may know the same file by several names.
        let path = Self.resolvedPath(path)
        return try corpora().flatMap(\.shards).filter {
            Self.resolvedPath($0.path).utf8.elementsEqual(path.utf8)
        }
    }

    package func places(of records: [RecordKey]) throws -> [RecordKey?] {
        try reading { catalog in
            try records.map { try catalog.place(corpus: $0.corpus, id: $0.id)?.key }
        }
    }

    /// Each corpus is a step of its own: after a kill those that have taken the change over already
    /// are left alone.
    package func replaceShard(_ change: ShardChange) throws {
        try segments.building {
            for entry in try shards(at: change.path) where entry.digest != change.newDigest {
                guard entry.digest == change.oldDigest else {
                    throw ShardScanner.changed(entry.path)
                }
                try replaceShard(change, at: entry.path, ofCorpus: entry.corpus)
            }
        }
    }

    private func replaceShard(
        _ change: ShardChange, at path: String, ofCorpus name: String
    ) throws {
        let (old, others, row, numbering) = try reading { catalog in
            let shards = try catalog.shards(ofCorpora: [name])
            guard let old = shards.first(where: { $0.path.utf8.elementsEqual(path.utf8) }) else {
                throw ShardScanner.missing(path)
            }
            return (
                old, shards.filter { $0.row != old.row }, try catalog.corpusRow(name),
                try catalog.numbering(ofShard: old.row)
            )
        }
        let erased = change.removedLines.map(numbering.firstLine)
        let next = numbering.erasing(erased)
        _ = try withSegments(
            of: [path], numberings: [path: next], corpus: name, besides: others, WorkContext()
        ) { built, subjectCount in
            guard let segment = built.first, segment.digest == change.newDigest,
                segment.recordCount == change.newRecordCount
            else { throw ShardScanner.changed(path) }
            return try database.write { db in
                try Self.moveMembers(db, of: old, change)
                for line in erased {
                    try db.execute(
                        sql: "INSERT INTO erasedLine(shard, line) VALUES (?, ?)",
                        arguments: [old.row, line])
                }
                try db.execute(
                    sql: """
                        UPDATE shard SET digest = ?, byteCount = ?, recordCount = ?, segment = ?
                        WHERE id = ?
                        """,
                    arguments: [
                        segment.digest.hexadecimal, segment.byteCount, segment.recordCount,
                        segment.file, old.row,
                    ])
                try db.execute(
                    sql: "UPDATE corpus SET subjectCount = ? WHERE id = ?",
                    arguments: [subjectCount, row])
                return try updatedSummary(db, corpus: row, name: name)
            }
        }
        segments.remove(old.segmentFile)
    }

    /// What runs used and what was deleted goes to the lines that are left. Of a run that used erased
    /// records only its count tells of them.
    private static func moveMembers(
        _ db: Database, of old: CatalogShard, _ change: ShardChange
    ) throws {
        let runs = try Row.fetchAll(
            db, sql: "SELECT run, members FROM runShard WHERE shard = ?", arguments: [old.row])
        for run in runs {
            let members = RunMembers(run["members"] as Data).ordinals
                .compactMap { change.newLine(of: $0 + 1) }.map { $0 - 1 }
            try db.execute(
                sql: "UPDATE runShard SET members = ? WHERE run = ? AND shard = ?",
                arguments: [
                    RunMembers(members, of: change.newRecordCount).data, run["run"] as Int64,
                    old.row,
                ])
        }
        let deletions = try Row.fetchAll(
            db, sql: "SELECT ordinal, deletedBy FROM deletion WHERE shard = ?",
            arguments: [old.row])
        try db.execute(sql: "DELETE FROM deletion WHERE shard = ?", arguments: [old.row])
        for deletion in deletions {
            guard let line = change.newLine(of: (deletion["ordinal"] as Int) + 1) else { continue }
            try db.execute(
                sql: "INSERT INTO deletion(shard, ordinal, deletedBy) VALUES (?, ?, ?)",
                arguments: [old.row, line - 1, deletion["deletedBy"] as String])
        }
    }
}
