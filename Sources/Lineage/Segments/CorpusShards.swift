import Domain
import Foundation
import GRDB

extension LineageIndex {
    /// Adds shards to a corpus, indexing only them: all of them, or - when this throws - none.
    /// - Throws: `unknown-name`, and what `addCorpus` throws; `duplicate-record` also for an id that the
    ///   corpus already has.
    @discardableResult
    package func addShards(
        to name: String, shards: [URL], contents: IndexContents = .identifiersAndTexts,
        context: WorkContext = WorkContext()
    ) throws -> CorpusSummary {
        let paths = try distinctPaths(shards)
        return try segments.building {
            let (known, row) = try reading { catalog in
                (
                    try catalog.shards(ofCorpora: [catalog.summary(named: name).name]),
                    try catalog.corpusRow(name)
                )
            }
            let resolved = Set(known.map { Self.resolvedPath($0.path) })
            for path in paths where resolved.contains(Self.resolvedPath(path)) {
                throw LineageError(
                    .duplicateShard, "The shard \(path) is part of the corpus already.",
                    details: ["path": path],
                    remedy: "Name new files; `lethe corpus reindex` takes up changes of old ones.")
            }
            return try withSegments(
                of: paths, corpus: name, besides: known, contents: contents, context
            ) { built, subjectCount in
                try database.write { db in
                    for segment in built { try Self.insertShard(db, corpus: row, segment) }
                    try db.execute(
                        sql: "UPDATE corpus SET subjectCount = ? WHERE id = ?",
                        arguments: [subjectCount, row])
                    return try self.updatedSummary(db, corpus: row, name: name)
                }
            }
        }
    }

    /// Indexes one shard of a corpus again, whether it changed or its segment is damaged. Runs and
    /// deletions follow their records to their new lines; when this throws, nothing changed.
    /// - Parameter erased: ids of records that may be gone although a run used them.
    /// - Throws: `unknown-name`; `shard-missing` if the corpus has no such shard or its file is gone;
    ///   `shard-in-use` if a record that a run used is gone or changed; `index-damaged` if the shard
    ///   changed and what runs used cannot be read any more; and what `addCorpus` throws.
    @discardableResult
    package func reindex(
        shard: URL, ofCorpus name: String, erased: Set<String> = [],
        context: WorkContext = WorkContext()
    ) throws -> CorpusSummary {
        try segments.building {
            let path = shard.standardizedFileURL.path
            let (old, others, digest, row, numbering) = try reading { catalog in
                let summary = try catalog.summary(named: name)
                let shards = try catalog.shards(ofCorpora: [summary.name])
                guard let old = shards.first(where: { $0.path.utf8.elementsEqual(path.utf8) }),
                    try ShardScanner.exists(path)
                else { throw ShardScanner.missing(path) }
                let reference = summary.shards.first { $0.path == old.path }
                return (
                    old, shards.filter { $0.row != old.row }, reference?.digest,
                    try catalog.corpusRow(name), try catalog.numbering(ofShard: old.row)
                )
            }
            let summary = try withSegments(
                of: [path], numberings: [path: numbering], corpus: name, besides: others, context
            ) {
                built, subjectCount in
                try database.write { db in
                    for segment in built {
                        if segment.digest != digest {
                            try self.moveRecords(db, from: old, to: segment, erased: erased)
                        }
                        try db.execute(
                            sql: """
                                UPDATE shard SET digest = ?, byteCount = ?, recordCount = ?,
                                    segment = ? WHERE id = ?
                                """,
                            arguments: [
                                segment.digest.hexadecimal, segment.byteCount, segment.recordCount,
                                segment.file, old.row,
                            ])
                    }
                    try db.execute(
                        sql: "UPDATE corpus SET subjectCount = ? WHERE id = ?",
                        arguments: [subjectCount, row])
                    return try self.updatedSummary(db, corpus: row, name: name)
                }
            }
            segments.remove(old.segmentFile)
            return summary
        }
    }

    /// Builds segments, refuses ids given twice, and registers them; if anything fails, the new files
    /// are removed.
    /// - Parameters:
    ///   - numberings: of shards that lines were erased from, by path.
    ///   - others: the corpus's other shards.
    ///   - contents: what the segments hold.
    ///   - register: given the segments and the number of the corpus's subjects with them.
    func withSegments(
        of paths: [String], numberings: [String: LineNumbering] = [:], corpus name: String,
        besides others: [CatalogShard], contents: IndexContents = .identifiersAndTexts,
        _ context: WorkContext,
        register: ([BuiltSegment], Int) throws -> CorpusSummary
    ) throws -> CorpusSummary {
        let byteCount = paths.reduce(0) { $0 + Self.fileByteCount($1) }
        let built = try SegmentBuilder(
            paths, numberings: numberings, store: segments, contents: contents,
            activity: "index \(name)",
            byteCount: byteCount, context: context
        ).build()
        do {
            let members =
                try others.map { ($0.path, try segments.segment($0.segmentFile)) }
                + built.map { ($0.path, try segments.segment($0.file)) }
            let union = SegmentUnion(members.map { (path: $0.0, segment: $0.1) })
            try union.checkDistinctIDs()
            return try register(built, try union.subjectCount())
        } catch {
            for segment in built { segments.remove(segment.file) }
            throw error
        }
    }

    static func insertShard(_ db: Database, corpus: Int64, _ segment: BuiltSegment) throws {
        try db.execute(
            sql: """
                INSERT INTO shard(corpus, path, digest, byteCount, recordCount, segment)
                VALUES (?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                corpus, segment.path, segment.digest.hexadecimal, segment.byteCount,
                segment.recordCount, segment.file,
            ])
    }

    /// Writes the corpus's manifest anew.
    func updatedSummary(_ db: Database, corpus: Int64, name: String) throws -> CorpusSummary {
        let digests = try String.fetchAll(
            db, sql: "SELECT digest FROM shard WHERE corpus = ?", arguments: [corpus]
        ).map(CorpusCatalog.digest)
        try db.execute(
            sql: "UPDATE corpus SET digest = ? WHERE id = ?",
            arguments: [Self.manifestDigest(digests).hexadecimal, corpus])
        return try CorpusCatalog(db, segments).summary(named: name)
    }

    static func resolvedPath(_ path: String) -> String {
        URL(fileURLWithPath: path).resolvingSymlinksInPath().standardizedFileURL.path
    }

    /// Rewrites what runs used and what was deleted for the shard's new content.
    private func moveRecords(
        _ db: Database, from old: CatalogShard, to new: BuiltSegment, erased: Set<String>
    ) throws {
        let runs = try Row.fetchAll(
            db, sql: "SELECT run, members FROM runShard WHERE shard = ?", arguments: [old.row])
        let deletions = try Row.fetchAll(
            db, sql: "SELECT ordinal, deletedBy FROM deletion WHERE shard = ?",
            arguments: [old.row])
        guard !runs.isEmpty || !deletions.isEmpty else { return }
        let places = try newOrdinals(of: old, in: try segments.segment(new.file), path: new.path)
        for run in runs {
            var members: [Int] = []
            for ordinal in RunMembers(run["members"] as Data).ordinals {
                guard let place = places[ordinal] else { continue }
                if let moved = place.ordinal, place.isSame {
                    members.append(moved)
                } else if !erased.contains(place.id) {
                    throw LineageError(
                        .shardInUse,
                        "\(old.path), line \(ordinal + 1) of what was indexed: a training run used "
                            + "this record, and it is gone or changed.",
                        details: ["path": old.path, "line": "\(ordinal + 1)"],
                        remedy: "Restore the record, or add the changed file as a new corpus.")
                }
            }
            let data = RunMembers(members, of: new.recordCount).data
            try db.execute(
                sql: "UPDATE runShard SET members = ? WHERE run = ? AND shard = ?",
                arguments: [data, run["run"] as Int64, old.row])
        }
        try db.execute(sql: "DELETE FROM deletion WHERE shard = ?", arguments: [old.row])
        for deletion in deletions {
            guard let moved = places[deletion["ordinal"]]?.ordinal else { continue }
            try db.execute(
                sql: "INSERT INTO deletion(shard, ordinal, deletedBy) VALUES (?, ?, ?)",
                arguments: [old.row, moved, deletion["deletedBy"] as String])
        }
    }

    private struct MovedRecord {
        let id: String
        /// Nil if the new content has no record with this id.
        let ordinal: Int?
        let isSame: Bool
    }

    /// For each record of a shard's old content its place in the new one.
    private func newOrdinals(
        of old: CatalogShard, in new: Segment, path: String
    ) throws -> [Int: MovedRecord] {
        func id(_ record: SegmentRecord) -> String {
            record.name.isEmpty
                ? RecordLine.derivedID(path: path, line: record.ordinal + 1)
                : String(decoding: record.name, as: UTF8.self)
        }
        var found: [[UInt8]: (ordinal: Int, digest: Data)] = [:]
        for part in new.parts {
            try new.records(part.ordinals, of: part) {
                found[Array(id($0).utf8)] = ($0.ordinal, $0.digest)
            }
        }
        var moved: [Int: MovedRecord] = [:]
        let segment = try segments.segment(old.segmentFile)
        for part in segment.parts {
            try segment.records(part.ordinals, of: part) { record in
                let id = id(record)
                let place = found[Array(id.utf8)]
                moved[record.ordinal] = MovedRecord(
                    id: id, ordinal: place?.ordinal, isSame: place?.digest == record.digest)
            }
        }
        return moved
    }
}
