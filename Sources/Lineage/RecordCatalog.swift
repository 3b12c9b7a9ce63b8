import Domain
import Foundation
import GRDB

extension CorpusCatalog {
    /// The records with these rows, in corpus, shard and line order. Rows of shards that are gone are
    /// left out.
    /// - Throws: `index-damaged`, `index-outdated`.
    func places(of rows: some Sequence<Int64>) throws -> [RecordPlace] {
        let ordinals = Dictionary(grouping: Set(rows), by: { $0 >> 32 }).mapValues {
            $0.map { Int($0 & 0xFFFF_FFFF) }.sorted()
        }
        guard !ordinals.isEmpty else { return [] }
        return try shards().flatMap { shard in
            try ordinals[shard.row].map { try places(of: $0, in: shard) } ?? []
        }
    }

    func places(ofCorpus name: String, includingDeleted: Bool) throws -> [RecordPlace] {
        try shards(ofCorpora: [name]).flatMap { shard in
            try places(of: Array(0..<shard.recordCount), in: shard)
                .filter { includingDeleted || $0.deletedBy == nil }
        }
    }

    /// - Parameter ordinals: rising.
    func places(of ordinals: [Int], in shard: CatalogShard) throws -> [RecordPlace] {
        let segment = try segment(shard)
        let deletions = try deletions(of: ordinals, in: shard)
        var places: [RecordPlace] = []
        places.reserveCapacity(ordinals.count)
        let stride = SegmentFormat.anchorStride
        var next = ordinals.startIndex
        while next < ordinals.endIndex {
            let part = try segment.part(ofRecord: ordinals[next])
            // Records between the same two anchors are decoded together.
            let group = (ordinals[next] - part.firstOrdinal) / stride
            let end = part.firstOrdinal + min((group + 1) * stride, part.recordCount)
            let first = ordinals[next]
            try segment.records(first..<end, of: part) { record in
                guard next < ordinals.endIndex, ordinals[next] == record.ordinal else { return }
                next += 1
                places.append(try place(record, of: part, segment, shard, deletions))
            }
        }
        return places
    }

    private func place(
        _ record: SegmentRecord, of part: SegmentPart, _ segment: Segment, _ shard: CatalogShard,
        _ deletions: [Int: String]
    ) throws -> RecordPlace {
        let line = record.ordinal + 1
        let id =
            record.name.isEmpty
            ? RecordLine.derivedID(path: shard.path, line: line)
            : String(decoding: record.name, as: UTF8.self)
        return RecordPlace(
            row: shard.row(ofRecord: record.ordinal), shard: shard.row, offset: record.offset,
            byteCount: record.byteCount, role: shard.role,
            subjects: try record.subjects.map { try segment.subjectRow(at: $0, of: part) },
            deletedBy: deletions[record.ordinal],
            key: RecordKey(
                corpus: shard.corpus, id: id, shard: shard.path, line: line,
                digest: try ShardScanner.digest(record.digest)),
            digest: record.digest)
    }

    /// Who deleted which of these records.
    private func deletions(of ordinals: [Int], in shard: CatalogShard) throws -> [Int: String] {
        guard let first = ordinals.first, let last = ordinals.last, try hasDeletions(shard) else {
            return [:]
        }
        let statement = try db.cachedStatement(
            sql: """
                SELECT ordinal, deletedBy FROM deletion
                WHERE shard = ? AND ordinal BETWEEN ? AND ?
                """)
        let rows = try Row.fetchCursor(statement, arguments: [shard.row, first, last])
        var found: [Int: String] = [:]
        while let row = try rows.next() { found[row["ordinal"]] = row["deletedBy"] }
        return found
    }

    /// The record with this id.
    func place(corpus: String, id: String) throws -> RecordPlace? {
        let key = segments.postingKeys.recordIDKey(id)
        for shard in try shards(ofCorpora: [corpus]) {
            let segment = try segment(shard)
            for part in segment.parts {
                for posting in try PostingList(segment, part, .recordIDs).postings(key) {
                    // Ids that differ in white space only share a posting.
                    let place = try places(of: [posting.ordinal], in: shard).first
                    if let place, place.key.id.utf8.elementsEqual(id.utf8) { return place }
                }
            }
        }
        return nil
    }

    /// Every record of these subjects in these corpora, by rising row.
    func rows(ofSubjects subjects: some Sequence<Int64>, corpora: [String]) throws -> [Int64] {
        var rows = Set<Int64>()
        let subjects = Array(subjects)
        for shard in try shards(ofCorpora: corpora) {
            let segment = try segment(shard)
            for part in segment.parts {
                for subject in subjects {
                    let ordinals = try segment.subject(subject, of: part)?.ordinals ?? []
                    for ordinal in ordinals { rows.insert(shard.row(ofRecord: ordinal)) }
                }
            }
        }
        return rows.sorted()
    }

    /// Ids of subjects by row.
    /// - Throws: `index-damaged` if two subjects share a row.
    func subjectNames(_ rows: some Sequence<Int64>) throws -> [Int64: String] {
        var names: [Int64: String] = [:]
        try forEachSubject(rows) { row, subject in
            if let name = names[row], !name.utf8.elementsEqual(subject.name.utf8) {
                throw LineageError(
                    .indexDamaged, "Two subject ids have the same place in the index.",
                    remedy: "Give one of the two subjects another id and reindex its shards.")
            }
            names[row] = subject.name
        }
        return names
    }

    func subjectRow(_ name: String) throws -> Int64? {
        let row = segments.postingKeys.subjectRow(name)
        let found = try subjectNames([row])[row]
        return found.map { $0.utf8.elementsEqual(name.utf8) } == true ? row : nil
    }

    /// Subjects whose owner declared a name for them.
    func subjectsWithDeclaredName(_ rows: some Sequence<Int64>) throws -> Set<Int64> {
        var named = Set<Int64>()
        try forEachSubject(rows) { if $1.hasDeclaredName { named.insert($0) } }
        return named
    }

    private func forEachSubject(
        _ rows: some Sequence<Int64>, _ body: (Int64, SegmentSubject) throws -> Void
    ) throws {
        let rows = Set(rows).sorted()
        guard !rows.isEmpty else { return }
        for shard in try shards() {
            let segment = try segment(shard)
            for part in segment.parts {
                for row in rows {
                    if let subject = try segment.subject(row, of: part) { try body(row, subject) }
                }
            }
        }
    }
}
