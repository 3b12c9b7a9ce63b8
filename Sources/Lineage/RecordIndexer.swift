import Crypto
import Domain
import Foundation
import GRDB

/// Writes one corpus into the index, record by record, inside the caller's transaction.
final class RecordIndexer {
    private let db: Database
    private let key: IndexKey
    private let corpus: Int64
    private let insertRecord: Statement
    private let insertPosting: Statement
    private let insertText: Statement
    private let insertSubject: Statement
    private let insertAbout: Statement
    private let nameSubject: Statement
    private var folder = TextFolder()
    private var scanner = TextKeyScanner()
    /// By bytes: Swift would take canonically equivalent ids for one.
    private var subjects: [[UInt8]: Int64] = [:]
    private var subjectPostings: [[UInt8]: [Data]] = [:]
    private var nextRecord: Int64

    /// Pages kept in memory while indexing (negative: in KiB): postings go to random places.
    private static let cachePragma = "PRAGMA cache_size = -262144"

    init(_ db: Database, key: IndexKey, corpus: Int64) throws {
        self.db = db
        self.key = key
        self.corpus = corpus
        try db.execute(sql: Self.cachePragma)
        insertRecord = try db.makeStatement(
            sql: """
                INSERT INTO record(id, corpus, shard, line, byteOffset, byteCount, name, digest)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (corpus, name) DO NOTHING
                """)
        insertPosting = try db.makeStatement(
            sql: "INSERT OR IGNORE INTO posting(key, record, source) VALUES (?, ?, ?)")
        insertText = try db.makeStatement(sql: "INSERT INTO recordText(rowid, text) VALUES (?, ?)")
        insertSubject = try db.makeStatement(
            sql: "INSERT INTO subject(name) VALUES (?) ON CONFLICT (name) DO NOTHING")
        insertAbout = try db.makeStatement(
            sql: "INSERT INTO recordSubject(subject, record) VALUES (?, ?)")
        nameSubject = try db.makeStatement(
            sql: "UPDATE subject SET hasDeclaredName = 1 WHERE id = ?")
        nextRecord = try Int64.fetchOne(db, sql: "SELECT COALESCE(MAX(id), 0) + 1 FROM record") ?? 1
    }

    /// - Throws: what `RecordLine` throws; `duplicate-record`.
    func add(_ line: ShardLine, shard: Int64, path: String) throws {
        let content = try RecordLine(line.bytes, path: path, line: line.number)
        let record = nextRecord
        try insertRecord.execute(arguments: [
            record, corpus, shard, line.number, line.offset, line.bytes.count, content.id,
            Data(SHA256.hash(data: line.bytes)),
        ])
        guard db.changesCount == 1 else {
            throw try duplicate(content.id, path: path, line: line.number)
        }
        nextRecord += 1
        for subject in content.subjects {
            let row = try self.subject(subject)
            try insertAbout.execute(arguments: [row, record])
            if content.subjects.count == 1, content.values.contains(where: { $0.kind == .name }) {
                try nameSubject.execute(arguments: [row])
            }
        }
        let folded = folder.folded(content.text)
        try insertText.execute(arguments: [record, String(decoding: folded, as: UTF8.self)])
        for (posting, source) in postings(of: content, folded) {
            try insertPosting.execute(arguments: [posting, record, source.rawValue])
        }
    }

    private func duplicate(_ id: String, path: String, line: Int) throws -> LineageError {
        let first = try Row.fetchOne(
            db,
            sql: """
                SELECT shard.path, record.line FROM record JOIN shard ON shard.id = record.shard
                WHERE record.corpus = ? AND record.name = ?
                """, arguments: [corpus, id])
        let firstPath: String = first?["path"] ?? "?"
        let firstLine: Int = first?["line"] ?? 0
        return LineageError(
            .duplicateRecord,
            "\(path), line \(line): the record has the same id as \(firstPath), line \(firstLine).",
            details: [
                "path": path, "line": "\(line)", "firstPath": firstPath,
                "firstLine": "\(firstLine)",
            ],
            remedy: "Ids must be unique within a corpus; nothing of this corpus was stored.")
    }

    private func subject(_ name: String) throws -> Int64 {
        let bytes = Array(name.utf8)
        if let row = subjects[bytes] { return row }
        try insertSubject.execute(arguments: [name])
        guard
            let row = try Int64.fetchOne(
                db, sql: "SELECT id FROM subject WHERE name = ?", arguments: [name])
        else { throw DatabaseError(resultCode: .SQLITE_INTERNAL) }
        subjects[bytes] = row
        return row
    }

    private func subjectPostings(_ subject: String) -> [Data] {
        let bytes = Array(subject.utf8)
        if let known = subjectPostings[bytes] { return known }
        let postings = IdentifierForms.forms(.customerID, subject)
            .map { key.posting(.subject, form: $0) }
        subjectPostings[bytes] = postings
        return postings
    }

    /// Everything the record is posted under.
    private func postings(
        of content: RecordLine, _ folded: [UInt8]
    ) -> [(key: Data, source: PostingSource)] {
        var seen = Set<[UInt8]>()
        var result: [(key: Data, source: PostingSource)] = []
        func post(_ group: PostingGroup, _ form: [UInt8], _ source: PostingSource) {
            // Numbers repeat within a text (a link and its label): hash each only once.
            guard seen.insert([UInt8(source.rawValue)] + group.rawValue.utf8 + [0] + form).inserted
            else { return }
            result.append((key.posting(group, form: form), source))
        }
        func detect(_ text: [UInt8], _ source: PostingSource) {
            scanner.scan(text) { post($0, $1, source) }
        }
        detect(folded, .text)
        for (kind, value) in content.values {
            for form in IdentifierForms.forms(kind, value) {
                post(PostingGroup(kind), Array(form.utf8), .declared)
            }
        }
        for subject in content.subjects {
            result += subjectPostings(subject).map { ($0, .attribution) }
            detect(folder.folded(subject), .attribution)
        }
        for form in IdentifierForms.forms(.recordID, content.id) {
            post(.recordID, Array(form.utf8), .attribution)
        }
        for (group, form) in Neighbours.postings(of: content) { post(group, form, .declared) }
        return result
    }
}
