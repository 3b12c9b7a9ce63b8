import Domain
import Foundation
import GRDB

extension LineageIndex {
    /// Registers a training run with the records it learned from. Registering the same run again
    /// is a no-op.
    /// - Parameter recordIDs: ids of the records by corpus.
    /// - Throws: `unknown-name`, `unknown-record`; `run-conflict` if the id is taken by another run
    ///   or the number of records is not the entry's.
    package func register(run: TrainingRunEntry, recordIDs: [String: [String]]) throws {
        let count = recordIDs.values.reduce(0) { $0 + $1.count }
        guard count == run.recordCount else {
            throw LineageError(
                .runConflict,
                "The run \(run.id) states \(run.recordCount) records, but \(count) are given.",
                details: ["run": run.id])
        }
        try database.write { db in
            if let existing = try Self.runs(db, "name = ?", [run.id]).first {
                guard existing == run else {
                    throw LineageError(
                        .runConflict, "There already is another training run \(run.id).",
                        details: ["run": run.id], remedy: "Give the run another id.")
                }
                return
            }
            try db.execute(
                sql: """
                    INSERT INTO run(name, corpora, recipeDigest, planDigest, recordCount, folder,
                        modelDigest) VALUES (?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    run.id, String(decoding: try CanonicalJSON.compact(run.corpora), as: UTF8.self),
                    run.recipeDigest.hexadecimal, run.planDigest.hexadecimal, run.recordCount,
                    run.folder, run.modelDigest.hexadecimal,
                ])
            let row = db.lastInsertedRowID
            for (corpus, ids) in recordIDs.sorted(by: { $0.key < $1.key }) {
                try Self.insertMembers(db, run: row, corpus: corpus, ids: ids)
            }
        }
    }

    /// As above, with the records by key.
    package func register(run: TrainingRunEntry, records: [RecordKey]) throws {
        try register(
            run: run,
            recordIDs: Dictionary(grouping: records, by: \.corpus).mapValues { $0.map(\.id) })
    }

    /// Every run, in the order in which they were registered.
    package func runs() throws -> [TrainingRunEntry] {
        try database.read { try Self.runs($0, "TRUE", []) }
    }

    /// - Throws: `unknown-run`.
    package func run(id: String) throws -> TrainingRunEntry {
        guard let run = try database.read({ try Self.runs($0, "name = ?", [id]).first }) else {
            throw LineageError(
                .unknownRun, "There is no training run \(id).", details: ["run": id])
        }
        return run
    }

    /// The run that made a model; nil if none did, e.g. for an imported one.
    package func run(ofModel digest: Digest) throws -> TrainingRunEntry? {
        try database.read { db in
            try Self.runs(
                db, "modelDigest = ?1 OR name IN (SELECT run FROM model WHERE digest = ?1)",
                [digest.hexadecimal]
            ).first
        }
    }

    /// Runs that used at least one of these records.
    /// - Throws: `unknown-record`.
    package func runs(containing keys: [RecordKey]) throws -> [TrainingRunEntry] {
        try database.read { db in
            let rows = try Self.places(of: keys, CorpusCatalog(db)).map { String($0.row) }
            return try Self.runs(
                db,
                """
                id IN (SELECT run FROM runRecord
                    WHERE record IN (SELECT value FROM json_each(?)))
                """, ["[" + rows.joined(separator: ",") + "]"])
        }
    }

    /// The records a run learned from, deleted ones too, in corpus, shard and line order.
    /// - Throws: `unknown-run`.
    package func recordKeys(ofRun id: String) throws -> [RecordKey] {
        _ = try run(id: id)
        return try database.read { db in
            try CorpusCatalog(db).places(
                """
                record.id IN (SELECT record FROM runRecord JOIN run ON run.id = runRecord.run
                    WHERE run.name = ?)
                """, [id]
            ).map(\.key)
        }
    }

    private static func insertMembers(
        _ db: Database, run: Int64, corpus: String, ids: [String]
    ) throws {
        _ = try CorpusCatalog(db).summary(named: corpus)
        let statement = try db.makeStatement(
            sql: """
                INSERT INTO runRecord(record, run)
                SELECT record.id, ? FROM record JOIN corpus ON corpus.id = record.corpus
                WHERE corpus.name = ? AND record.name = ?
                """)
        for id in ids {
            try statement.execute(arguments: [run, corpus, id])
            guard db.changesCount == 1 else {
                throw LineageError(
                    .unknownRecord, "The corpus \"\(corpus)\" has no record that the run names.",
                    details: ["corpus": corpus],
                    remedy: "Register the run with the records of the corpus it was trained on.")
            }
        }
    }

    private static func runs(
        _ db: Database, _ condition: String, _ arguments: StatementArguments
    ) throws -> [TrainingRunEntry] {
        try Row.fetchAll(
            db, sql: "SELECT * FROM run WHERE \(condition) ORDER BY id", arguments: arguments
        ).map { row in
            let corpora: String = row["corpora"]
            return TrainingRunEntry(
                id: row["name"],
                corpora: try CanonicalJSON.decode([String].self, from: Data(corpora.utf8)),
                recipeDigest: try CorpusCatalog.digest(row["recipeDigest"]),
                planDigest: try CorpusCatalog.digest(row["planDigest"]),
                recordCount: row["recordCount"], folder: row["folder"],
                modelDigest: try CorpusCatalog.digest(row["modelDigest"]))
        }
    }
}
