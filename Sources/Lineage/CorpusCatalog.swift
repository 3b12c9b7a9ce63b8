import Domain
import Foundation
import GRDB

/// Reads corpora, shards and the places of records from the database.
struct CorpusCatalog {
    private let db: Database

    init(_ db: Database) { self.db = db }

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

    private func summary(_ row: Row) throws -> CorpusSummary {
        let id: Int64 = row["id"]
        let name: String = row["name"]
        let shards = try Row.fetchAll(
            db, sql: "SELECT * FROM shard WHERE corpus = ? ORDER BY id", arguments: [id]
        ).map { try Self.shard($0, corpus: name) }
        let deleted = try count(
            "SELECT COUNT(*) FROM record WHERE corpus = ? AND deletedBy IS NOT NULL", id)
        let subjects = try count(
            """
            SELECT COUNT(DISTINCT subject) FROM recordSubject
            JOIN record ON record.id = recordSubject.record WHERE record.corpus = ?
            """, id)
        return CorpusSummary(
            name: name, role: try Self.role(row["role"]), servedCorpus: row["servedCorpus"],
            manifestDigest: try Self.digest(row["digest"]), shards: shards,
            recordCount: shards.reduce(0) { $0 + $1.recordCount }, deletedRecordCount: deleted,
            subjectCount: subjects, byteCount: shards.reduce(0) { $0 + $1.byteCount })
    }

    private func count(_ sql: String, _ corpus: Int64) throws -> Int {
        try Int.fetchOne(db, sql: sql, arguments: [corpus]) ?? 0
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

    /// The records with these rows, in corpus, shard and line order.
    func places(of rows: some Sequence<Int64>) throws -> [RecordPlace] {
        try places("record.id IN (SELECT value FROM json_each(?))", [Self.list(rows)])
    }

    func places(ofCorpus name: String, includingDeleted: Bool) throws -> [RecordPlace] {
        try places(
            "corpus.name = ?" + (includingDeleted ? "" : " AND record.deletedBy IS NULL"), [name])
    }

    /// Every record of these subjects in these corpora.
    func rows(ofSubjects subjects: some Sequence<Int64>, corpora: [String]) throws -> [Int64] {
        try Int64.fetchAll(
            db,
            sql: """
                SELECT DISTINCT recordSubject.record FROM recordSubject
                JOIN record ON record.id = recordSubject.record
                JOIN corpus ON corpus.id = record.corpus
                WHERE recordSubject.subject IN (SELECT value FROM json_each(?))
                    AND corpus.name IN (SELECT value FROM json_each(?))
                ORDER BY recordSubject.record
                """, arguments: [Self.list(subjects), Self.list(corpora)])
    }

    func places(_ condition: String, _ arguments: StatementArguments) throws -> [RecordPlace] {
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT record.id, record.name, record.line, record.byteOffset, record.byteCount,
                    record.digest, record.deletedBy, record.shard, shard.path AS path,
                    corpus.name AS corpus, corpus.role AS role,
                    (SELECT json_group_array(subject) FROM recordSubject
                        WHERE recordSubject.record = record.id) AS subjects
                FROM record JOIN shard ON shard.id = record.shard
                JOIN corpus ON corpus.id = record.corpus
                WHERE \(condition) ORDER BY record.id
                """, arguments: arguments)
        return try rows.map { row in
            let subjects: String = row["subjects"]
            return RecordPlace(
                row: row["id"], shard: row["shard"], offset: row["byteOffset"],
                byteCount: row["byteCount"], role: try Self.role(row["role"]),
                subjects: try JSONParser.parse(subjects.utf8).items?
                    .compactMap { $0.integer.map(Int64.init) } ?? [],
                deletedBy: row["deletedBy"],
                key: RecordKey(
                    corpus: row["corpus"], id: row["name"], shard: row["path"], line: row["line"],
                    digest: try ShardScanner.digest(row["digest"] as Data)),
                digest: row["digest"])
        }
    }

    /// Ids of subjects by row.
    func subjectNames(_ rows: some Sequence<Int64>) throws -> [Int64: String] {
        let found = try Row.fetchAll(
            db,
            sql: "SELECT id, name FROM subject WHERE id IN (SELECT value FROM json_each(?))",
            arguments: [Self.list(rows)])
        return Dictionary(uniqueKeysWithValues: found.map { ($0["id"], $0["name"]) })
    }

    func subjectRow(_ name: String) throws -> Int64? {
        try Int64.fetchOne(db, sql: "SELECT id FROM subject WHERE name = ?", arguments: [name])
    }

    /// Subjects whose owner declared a name for them.
    func subjectsWithDeclaredName(_ rows: some Sequence<Int64>) throws -> Set<Int64> {
        try Set(
            Int64.fetchAll(
                db,
                sql: """
                    SELECT id FROM subject
                    WHERE hasDeclaredName AND id IN (SELECT value FROM json_each(?))
                    """, arguments: [Self.list(rows)]))
    }

    private static func list(_ rows: some Sequence<Int64>) -> String {
        "[" + rows.map(String.init).joined(separator: ",") + "]"
    }

    private static func list(_ names: [String]) throws -> String {
        String(decoding: try CanonicalJSON.compact(names), as: UTF8.self)
    }
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
}
