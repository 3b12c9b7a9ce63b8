import Domain
import Foundation
import GRDB

extension LineageIndex {
    /// Registers a model. Registering the same version again is a no-op, so a killed command can
    /// simply be repeated. With `isCurrent` it also becomes the name's first current model.
    /// - Returns: the entry as stored.
    /// - Throws: `model-conflict` if the version or digest is taken by something else under this
    ///   name; `model-moved` if it should be current but the name already has another one.
    @discardableResult
    package func register(model: ModelEntry) throws -> ModelEntry {
        try database.write { db in
            let stored = try self.store(model, db)
            guard model.isCurrent, !stored.isCurrent else { return stored }
            return try self.makeCurrent(model.name, model.digest, replacing: nil, db)
        }
    }

    /// Registers a model and makes it the current one in one step.
    /// - Parameter replacing: the digest that must be current now; nil: none may be.
    /// - Throws: `model-conflict`, `model-moved`; then nothing changed.
    @discardableResult
    package func publish(model: ModelEntry, replacing: Digest?) throws -> ModelEntry {
        try database.write { db in
            let stored = try self.store(model, db)
            return stored.isCurrent
                ? stored
                : try self.makeCurrent(model.name, model.digest, replacing: replacing, db)
        }
    }

    /// Makes a registered model the one its name means, if the name still means `replacing`
    /// (compare-and-swap). Repeating it after it succeeded is a no-op.
    /// - Throws: `unknown-model`; `model-moved` if another model became current meanwhile.
    package func setCurrent(name: String, digest: Digest, replacing: Digest?) throws {
        try database.write { db in
            _ = try self.makeCurrent(name, digest, replacing: replacing, db)
        }
    }

    /// Every model, by name and version.
    package func models() throws -> [ModelEntry] {
        try database.read { try Self.models($0, "TRUE", []) }
    }

    /// The version every next model of this name gets, from 1.
    package func nextVersion(ofModel name: String) throws -> Int {
        try database.read { db in
            try Int.fetchOne(
                db, sql: "SELECT COALESCE(MAX(version), 0) + 1 FROM model WHERE name = ?",
                arguments: [name]) ?? 1
        }
    }

    /// The current model of a name, or its newest version if none is current.
    /// - Throws: `unknown-name`, listing the known models and the nearest.
    package func model(named name: String) throws -> ModelEntry {
        try database.read { db in
            let known = try String.fetchAll(
                db, sql: "SELECT DISTINCT name FROM model ORDER BY name")
            let name = try lookUp(name, in: known, kind: "model", by: { $0 })
            let versions = try Self.models(db, "name = ?", [name])
            guard let model = versions.first(where: \.isCurrent) ?? versions.last else {
                throw DatabaseError(resultCode: .SQLITE_INTERNAL)
            }
            return model
        }
    }

    /// A model by digest or by an unambiguous prefix of at least 6 digits. Of several names with
    /// the same model, the first.
    /// - Throws: `unknown-model`, `ambiguous-digest`.
    package func model(digest prefix: String) throws -> ModelEntry {
        let isHexadecimal = prefix.utf8.allSatisfy {
            (48...57).contains($0) || (97...102).contains($0)
        }
        guard isHexadecimal, (6...64).contains(prefix.utf8.count) else {
            throw Self.unknownModel(prefix)
        }
        let found = try database.read {
            try Self.models($0, "substr(digest, 1, ?) = ?", [prefix.utf8.count, prefix])
        }
        guard Set(found.map(\.digest)).count < 2 else {
            throw LineageError(
                .ambiguousDigest, "Several models have a digest that begins with \(prefix).",
                details: ["prefix": prefix], remedy: "Give more digits.")
        }
        guard let model = found.first else { throw Self.unknownModel(prefix) }
        return model
    }

    /// Models that the records have influence on: made by a run that used one of them, or started
    /// from the weights of such a model. By name and version.
    /// - Throws: `unknown-record`.
    package func models(trainedOn keys: [RecordKey]) throws -> [ModelEntry] {
        try database.read { db in
            let runs = try Self.runRows(using: keys, CorpusCatalog(db, segments))
            return try Self.models(
                db,
                """
                digest IN (
                    WITH RECURSIVE influenced(digest) AS (
                        SELECT model.digest FROM model JOIN run ON run.name = model.run
                            WHERE run.id IN (SELECT value FROM json_each(?1))
                        UNION
                        SELECT modelDigest FROM run
                            WHERE id IN (SELECT value FROM json_each(?1))
                        UNION
                        SELECT model.digest FROM model
                            JOIN influenced ON model.parent = influenced.digest
                    )
                    SELECT digest FROM influenced
                )
                """, [runs])
        }
    }

    private func store(_ model: ModelEntry, _ db: Database) throws -> ModelEntry {
        let taken = try Self.models(
            db, "name = ? AND (version = ? OR digest = ?)",
            [model.name, model.version, model.digest.hexadecimal])
        if let existing = taken.first {
            guard taken.count == 1, existing.version == model.version,
                existing.digest == model.digest
            else {
                throw LineageError(
                    .modelConflict,
                    "Version \(model.version) or digest \(model.digest.short) of the model "
                        + "\"\(model.name)\" is already registered as version "
                        + "\(existing.version), digest \(existing.digest.short).",
                    details: ["model": model.name, "version": "\(model.version)"],
                    remedy: "Register it under the next free version or another name.")
            }
            return existing
        }
        try db.execute(
            sql: """
                INSERT INTO model(name, version, digest, path, family, parent, run, how, createdAt)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                model.name, model.version, model.digest.hexadecimal, model.path, model.family,
                model.parent?.hexadecimal, model.runID, model.how, model.createdAt.description,
            ])
        return model.with(isCurrent: false)
    }

    private func makeCurrent(
        _ name: String, _ digest: Digest, replacing: Digest?, _ db: Database
    ) throws -> ModelEntry {
        let versions = try Self.models(db, "name = ?", [name])
        guard let chosen = versions.first(where: { $0.digest == digest }) else {
            throw Self.unknownModel(digest.short)
        }
        let current = versions.first(where: \.isCurrent)
        if chosen.isCurrent { return chosen }
        guard current?.digest == replacing else {
            throw LineageError(
                .modelMoved,
                "The model \"\(name)\" changed meanwhile: "
                    + (current.map { "version \($0.version) (\($0.digest.short)) is current now" }
                        ?? "it has no current version") + ", expected "
                    + (replacing.map(\.short) ?? "none") + ".",
                details: ["model": name, "current": current?.digest.hexadecimal ?? ""],
                remedy: "Repeat the work on the current version.")
        }
        try db.execute(sql: "UPDATE model SET isCurrent = 0 WHERE name = ?", arguments: [name])
        try db.execute(
            sql: "UPDATE model SET isCurrent = 1 WHERE name = ? AND digest = ?",
            arguments: [name, digest.hexadecimal])
        return chosen.with(isCurrent: true)
    }

    private static func unknownModel(_ name: String) -> LineageError {
        LineageError(
            .unknownModel, "There is no model with the digest \(name).",
            details: ["digest": name], remedy: "`lethe model list` shows the digests.")
    }

    static func models(
        _ db: Database, _ condition: String, _ arguments: StatementArguments
    ) throws -> [ModelEntry] {
        try Row.fetchAll(
            db, sql: "SELECT * FROM model WHERE \(condition) ORDER BY name, version",
            arguments: arguments
        ).map { row in
            let parent: String? = row["parent"]
            guard let createdAt = Timestamp(row["createdAt"] as String) else {
                throw LineageError(.indexDamaged, "The index holds a malformed time.")
            }
            return ModelEntry(
                name: row["name"], version: row["version"],
                digest: try CorpusCatalog.digest(row["digest"]), path: row["path"],
                family: row["family"], parent: try parent.map(CorpusCatalog.digest),
                runID: row["run"], how: row["how"], createdAt: createdAt,
                isCurrent: row["isCurrent"])
        }
    }
}
