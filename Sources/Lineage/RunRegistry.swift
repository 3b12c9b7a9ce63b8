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
            let catalog = CorpusCatalog(db, segments)
            var members: [Int64: [Int]] = [:]
            for (corpus, ids) in recordIDs.sorted(by: { $0.key < $1.key }) {
                _ = try catalog.summary(named: corpus)
                for id in ids {
                    guard let place = try catalog.place(corpus: corpus, id: id) else {
                        throw Self.unknownMember(corpus: corpus)
                    }
                    members[place.shard, default: []].append(place.ordinal)
                }
            }
            try Self.insert(members, run: row, catalog)
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
            let rows = try Self.runRows(using: keys, CorpusCatalog(db, segments))
            return try Self.runs(db, "id IN (SELECT value FROM json_each(?))", [rows])
        }
    }

    /// The records a run learned from, deleted ones too, in corpus, shard and line order.
    /// - Throws: `unknown-run`.
    package func recordKeys(ofRun id: String) throws -> [RecordKey] {
        _ = try run(id: id)
        return try reading { catalog in
            let members = try Row.fetchAll(
                catalog.db,
                sql: """
                    SELECT runShard.shard, runShard.members
                    FROM runShard JOIN run ON run.id = runShard.run WHERE run.name = ?
                    """, arguments: [id])
            let ordinals = Dictionary(
                members.map { ($0["shard"] as Int64, RunMembers($0["members"] as Data).ordinals) },
                uniquingKeysWith: { first, _ in first })
            return try catalog.shards().flatMap { shard in
                try ordinals[shard.row].map { try catalog.places(of: $0, in: shard) } ?? []
            }.map(\.key)
        }
    }

    private static func insert(
        _ members: [Int64: [Int]], run: Int64, _ catalog: CorpusCatalog
    ) throws {
        for shard in try catalog.shards() {
            guard let ordinals = members[shard.row] else { continue }
            try catalog.db.execute(
                sql: "INSERT INTO runShard(run, shard, members) VALUES (?, ?, ?)",
                arguments: [run, shard.row, RunMembers(ordinals, of: shard.recordCount).data])
        }
    }

    /// Rows of the runs that used one of these records, as a JSON array.
    static func runRows(using keys: [RecordKey], _ catalog: CorpusCatalog) throws -> String {
        let places = try places(of: keys, catalog)
        let ordinals = Dictionary(grouping: places, by: \.shard).mapValues { $0.map(\.ordinal) }
        var rows = Set<Int64>()
        for (shard, ordinals) in ordinals {
            let members = try Row.fetchCursor(
                catalog.db, sql: "SELECT run, members FROM runShard WHERE shard = ?",
                arguments: [shard])
            while let row = try members.next() {
                let members = RunMembers(row["members"] as Data)
                if ordinals.contains(where: members.contains) { rows.insert(row["run"]) }
            }
        }
        return "[" + rows.sorted().map(String.init).joined(separator: ",") + "]"
    }

    private static func unknownMember(corpus: String) -> LineageError {
        LineageError(
            .unknownRecord, "The corpus \"\(corpus)\" has no record that the run names.",
            details: ["corpus": corpus],
            remedy: "Register the run with the records of the corpus it was trained on.")
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
