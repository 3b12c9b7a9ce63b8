import Domain
import Foundation
import GRDB

extension LineageIndex {
    /// The records of a corpus in shard and line order, read back from the shard files.
    /// - Throws: `unknown-name`, `shard-missing`, `shard-changed` if a shard is not what was
    ///   indexed.
    package func records(
        ofCorpus name: String, includingDeleted: Bool = false
    ) throws -> [CorpusRecord] {
        let (summary, places) = try reading { catalog in
            return (
                try catalog.summary(named: name),
                try catalog.places(ofCorpus: name, includingDeleted: includingDeleted)
            )
        }
        try checkShards(summary.shards)
        return try read(places)
    }

    /// Places of a corpus's records, in shard and line order; no file is read.
    /// - Throws: `unknown-name`.
    package func recordKeys(
        ofCorpus name: String, includingDeleted: Bool = false
    ) throws -> [RecordKey] {
        try reading { catalog in
            _ = try catalog.summary(named: name)
            return try catalog.places(ofCorpus: name, includingDeleted: includingDeleted).map(\.key)
        }
    }

    /// Records by id, in the order of the ids; deleted ones too. Checks the lines read, not the
    /// whole shards.
    /// - Throws: `unknown-name`, `unknown-record`, `shard-missing`, `shard-changed`.
    package func records(ids: [String], corpus name: String) throws -> [CorpusRecord] {
        let places = try reading { catalog in
            _ = try catalog.summary(named: name)
            return try ids.map { id in
                guard let place = try Self.place(catalog, corpus: name, id: id) else {
                    throw Self.unknownRecord(corpus: name)
                }
                return place
            }
        }
        return try read(places)
    }

    /// Records by key, in the order of the keys; deleted ones too.
    /// - Throws: `unknown-record`, `shard-missing`, `shard-changed`.
    package func records(_ keys: [RecordKey]) throws -> [CorpusRecord] {
        try read(reading { try Self.places(of: keys, $0) })
    }

    /// The people of a corpus with their records, sorted by the bytes of the subject id. A record
    /// about several people is part of each one's profile.
    /// - Throws: `unknown-name`, `shard-missing`, `shard-changed`.
    package func persons(
        ofCorpus name: String, includingDeleted: Bool = false
    ) throws -> [PersonProfile] {
        var records: [[UInt8]: [CorpusRecord]] = [:]
        for record in try self.records(ofCorpus: name, includingDeleted: includingDeleted) {
            for subject in record.subjects {
                records[Array(subject.utf8), default: []].append(record)
            }
        }
        return records.sorted { $0.key.lexicographicallyPrecedes($1.key) }
            .map {
                PersonProfile(subject: String(decoding: $0.key, as: UTF8.self), records: $0.value)
            }
    }

    /// One person's records in these corpora (nil: all training corpora). Deleted records are part
    /// of it: a person is verified after their records were excluded.
    /// - Throws: `unknown-name`, `unknown-subject` if the person has no record there.
    package func profile(
        subject: String, corpora: [String]? = nil, includingDeleted: Bool = true
    ) throws -> PersonProfile {
        let places = try reading { catalog in
            let names = try Self.corpora(catalog, corpora).map(\.name)
            guard let row = try catalog.subjectRow(subject) else { return [RecordPlace]() }
            return try catalog.places(of: catalog.rows(ofSubjects: [row], corpora: names))
                .filter { includingDeleted || $0.deletedBy == nil }
        }
        guard !places.isEmpty else { throw Self.unknownSubject(subject) }
        return PersonProfile(subject: subject, records: try read(places))
    }

    /// Excludes records from future runs. Marking a record again changes nothing: the first case
    /// stays on it.
    /// - Parameter caseID: the case on whose behalf.
    /// - Throws: `unknown-record`; then none is marked.
    package func markDeleted(_ keys: [RecordKey], by caseID: String) throws {
        try database.write { db in
            let places = try Self.places(of: keys, CorpusCatalog(db, segments))
            let statement = try db.makeStatement(
                sql: "INSERT OR IGNORE INTO deletion(shard, ordinal, deletedBy) VALUES (?, ?, ?)")
            for place in places {
                try statement.execute(arguments: [place.shard, place.ordinal, caseID])
            }
        }
    }

    /// The named corpora, or all training corpora.
    static func corpora(_ catalog: CorpusCatalog, _ names: [String]?) throws -> [CorpusSummary] {
        guard let names else { return try catalog.summaries().filter { $0.role == .training } }
        return try names.map { try catalog.summary(named: $0) }
    }

    /// Places of records by key, in the order of the keys.
    static func places(of keys: [RecordKey], _ catalog: CorpusCatalog) throws -> [RecordPlace] {
        let shards = try catalog.shards()
        return try keys.map { key in
            // Where the key says the record stands it usually does still stand.
            let shard = shards.first {
                $0.path.utf8.elementsEqual(key.shard.utf8)
                    && $0.corpus.utf8.elementsEqual(key.corpus.utf8)
            }
            if let shard, key.line >= 1, key.line <= shard.recordCount,
                let place = try catalog.places(of: [key.line - 1], in: shard).first,
                place.key == key
            {
                return place
            }
            guard let place = try place(catalog, corpus: key.corpus, id: key.id),
                place.key.digest == key.digest
            else { throw unknownRecord(corpus: key.corpus) }
            return place
        }
    }

    static func unknownSubject(_ subject: String) -> LineageError {
        LineageError(
            .unknownSubject, "No record of these corpora is about the subject \"\(subject)\".",
            details: ["subject": subject],
            remedy: "`lethe corpus show` lists corpora; subject ids stand in their records.")
    }

    private static func place(
        _ catalog: CorpusCatalog, corpus: String, id: String
    ) throws -> RecordPlace? {
        try catalog.place(corpus: corpus, id: id)
    }

    static func unknownRecord(corpus: String) -> LineageError {
        LineageError(
            .unknownRecord, "The corpus \"\(corpus)\" has no such record.",
            details: ["corpus": corpus],
            remedy: "The record was named by an index that differs from this one.")
    }

    private func read(_ places: [RecordPlace]) throws -> [CorpusRecord] {
        let reader = RecordReader()
        return try places.map(reader.record)
    }

    /// Reads every shard of a corpus and compares its digest.
    /// - Throws: `unknown-name`, `shard-missing`, `shard-changed`; `file-unreadable`.
    package func checkShards(ofCorpus name: String) throws {
        try checkShards(corpus(named: name).shards)
    }

    private func checkShards(_ shards: [ShardReference]) throws {
        for shard in shards {
            let url = URL(fileURLWithPath: shard.path)
            guard try ShardScanner.exists(shard.path) else {
                throw ShardScanner.missing(shard.path)
            }
            guard try Digest(ofFileAt: url) == shard.digest else {
                throw ShardScanner.changed(shard.path)
            }
        }
    }
}
