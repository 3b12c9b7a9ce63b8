import Domain
import Foundation
import GRDB

extension LineageIndex {
    /// Registers an artefact. Doing so again is a no-op; one that only others named so far becomes
    /// described.
    /// - Throws: `malformed-artefact`; `artefact-conflict` if the name means something else.
    package func register(artefact: Artefact, at time: Timestamp) throws {
        try database.write { try Self.store(artefact, at: time, $0) }
    }

    /// Notes that `child` was made from `parent`. Models and shards need no registering; an artefact
    /// that is not registered is noted as undescribed. Repeating it changes nothing.
    /// - Throws: `malformed-artefact`.
    package func link(
        _ parent: ArtefactReference, to child: ArtefactReference, relation: String,
        run: String = "", origin: String = "registered", at time: Timestamp
    ) throws {
        try database.write {
            try Self.link(
                parent, to: child, relation: relation, run: run, origin: origin, at: time, $0)
        }
    }

    /// Every artefact, by name; those that stand for registered models and shards are left out.
    package func artefacts() throws -> [Artefact] {
        try database.read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM artefact ORDER BY name").map(Self.artefact)
                .filter {
                    if case .artefact = ArtefactReference(name: $0.name) { true } else { false }
                }
        }
    }

    /// Every edge, by parent, child and relation.
    package func artefactEdges() throws -> [ArtefactEdge] {
        try database.read(Self.edges)
    }

    /// Says what became of an artefact for a case; a later word replaces an earlier one.
    /// - Throws: `unknown-artefact`; `malformed-copy` for an empty reason.
    package func dispose(
        artefact name: String, caseID: String, _ disposition: CopyDisposition, at time: Timestamp
    ) throws {
        try Self.check(disposition)
        try database.write { db in
            guard let row = try Self.row(name, db) else {
                throw LineageError(
                    .unknownArtefact, "There is no artefact \"\(name.prefix(200))\".",
                    remedy: "List the artefacts to see their names.")
            }
            try db.execute(
                sql: """
                    INSERT OR REPLACE INTO artefactDisposition
                        (artefact, caseID, state, detail, decidedAt) VALUES (?, ?, ?, ?, ?)
                    """,
                arguments: [
                    row, caseID, disposition.state, disposition.detail, time.description,
                ])
        }
    }

    static func store(_ artefact: Artefact, at time: Timestamp, _ db: Database) throws {
        try check(artefact.name, "name")
        if let location = artefact.location { try check(location, "location") }
        guard
            let row = try Row.fetchOne(
                db, sql: "SELECT * FROM artefact WHERE name = ?", arguments: [artefact.name])
        else {
            return try db.execute(
                sql: """
                    INSERT INTO artefact(name, kind, location, digest, origin, registeredAt)
                    VALUES (?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    artefact.name, artefact.kind.rawValue, artefact.location,
                    artefact.digest?.hexadecimal, artefact.origin, time.description,
                ])
        }
        let known = try Self.artefact(row)
        guard known.kind == .undescribed || known == artefact else {
            throw LineageError(
                .artefactConflict,
                "The artefact \"\(artefact.name)\" is registered as another \(known.kind.rawValue).",
                details: ["artefact": artefact.name],
                remedy: "Give the new one a name of its own.")
        }
        try db.execute(
            sql: "UPDATE artefact SET kind = ?, location = ?, digest = ?, origin = ? WHERE id = ?",
            arguments: [
                artefact.kind.rawValue, artefact.location, artefact.digest?.hexadecimal,
                artefact.origin, row["id"] as Int64,
            ])
    }

    static func link(
        _ parent: ArtefactReference, to child: ArtefactReference, relation: String, run: String,
        origin: String, at time: Timestamp, _ db: Database
    ) throws {
        guard parent != child else {
            throw LineageError(
                .malformedArtefact, "An artefact cannot be made from itself.",
                details: ["artefact": parent.name])
        }
        try check(relation, "relation")
        for reference in [parent, child] {
            try check(reference.name, "name")
            let kind: Artefact.Kind = reference.name.hasPrefix("dataset:") ? .dataset : .undescribed
            try db.execute(
                sql: """
                    INSERT OR IGNORE INTO artefact(name, kind, origin, registeredAt)
                    VALUES (?, ?, ?, ?)
                    """,
                arguments: [reference.name, kind.rawValue, origin, time.description])
        }
        try db.execute(
            sql: """
                INSERT OR IGNORE INTO artefactEdge(parent, child, relation, run)
                SELECT parent.id, child.id, ?, ? FROM artefact AS parent, artefact AS child
                WHERE parent.name = ? AND child.name = ?
                """, arguments: [relation, run, parent.name, child.name])
    }

    static func edges(_ db: Database) throws -> [ArtefactEdge] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT parent.name AS parent, child.name AS child, relation, run
                FROM artefactEdge JOIN artefact AS parent ON parent.id = artefactEdge.parent
                JOIN artefact AS child ON child.id = artefactEdge.child
                ORDER BY parent.name, child.name, relation, run
                """
        ).map {
            ArtefactEdge(
                parent: $0["parent"], child: $0["child"], relation: $0["relation"], run: $0["run"])
        }
    }

    static func artefact(_ row: Row) throws -> Artefact {
        guard let kind = Artefact.Kind(rawValue: row["kind"]) else {
            throw LineageError(.indexDamaged, "The index holds an artefact of an unknown kind.")
        }
        let digest: String? = row["digest"]
        return Artefact(
            name: row["name"], kind: kind, location: row["location"],
            digest: try digest.map(CorpusCatalog.digest), origin: row["origin"])
    }

    /// Whether an artefact of this name has a kind of its own.
    static func isDescribed(_ name: String, _ db: Database) throws -> Bool {
        try Bool.fetchOne(
            db, sql: "SELECT EXISTS (SELECT 1 FROM artefact WHERE name = ? AND kind <> ?)",
            arguments: [name, Artefact.Kind.undescribed.rawValue]) ?? false
    }

    private static func row(_ name: String, _ db: Database) throws -> Int64? {
        try Int64.fetchOne(db, sql: "SELECT id FROM artefact WHERE name = ?", arguments: [name])
    }

    private static func check(_ text: String, _ what: String) throws {
        guard (1...1000).contains(text.utf8.count), !text.utf8.contains(where: { $0 < 32 }) else {
            throw LineageError(
                .malformedArtefact, "An artefact's \(what) must be one line of 1 to 1000 bytes.")
        }
    }
}
