import Domain
import Foundation
import GRDB

extension LineageIndex {
    /// Registers a copy. Registering the same location and content again is a no-op.
    /// - Parameters:
    ///   - location: path or words, 1 to 1000 bytes on one line.
    ///   - holds: path of a shard or name of a corpus; empty: everything.
    ///   - caseID: the only case that it concerns; nil: all.
    ///   - madeAt: when its content was taken; nil: unknown.
    /// - Throws: `malformed-copy`.
    @discardableResult
    package func addCopy(
        location: String, kind: CopyEntry.Kind, holds: String = "", caseID: String? = nil,
        madeAt: Timestamp? = nil, at time: Timestamp
    ) throws -> CopyEntry {
        for text in [location, holds] {
            guard text.utf8.count <= 1000, !text.utf8.contains(where: { $0 < 32 }) else {
                throw LineageError(
                    .malformedCopy, "A copy's location must be one line of at most 1000 bytes.")
            }
        }
        guard location.utf8.contains(where: { $0 > 32 }) else {
            throw LineageError(
                .malformedCopy, "A copy needs a location.",
                remedy: "Give its path, or say where it is.")
        }
        return try database.write { db in
            try db.execute(
                sql: """
                    INSERT INTO copy(location, kind, holds, caseID, madeAt, registeredAt)
                    VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
                    """,
                arguments: [
                    location, kind.rawValue, holds, caseID ?? "", madeAt?.description,
                    time.description,
                ])
            let stored = try Self.copies(
                db, "location = ? AND holds = ? AND caseID = ?", [location, holds, caseID ?? ""])
            guard let entry = stored.first else {
                throw DatabaseError(resultCode: .SQLITE_INTERNAL)
            }
            return entry
        }
    }

    /// Every copy, in the order in which they were registered.
    package func copies() throws -> [CopyEntry] {
        try database.read { try Self.copies($0, "TRUE", []) }
    }

    /// Says what became of a copy for a case; a later word replaces an earlier one.
    /// - Throws: `unknown-copy`; `malformed-copy` for an empty reason.
    package func dispose(
        copy id: Int64, caseID: String, _ disposition: CopyDisposition, at time: Timestamp
    ) throws {
        try Self.check(disposition)
        try database.write { db in
            guard try !Self.copies(db, "id = ?", [id]).isEmpty else {
                throw LineageError(
                    .unknownCopy, "There is no copy \(id).", details: ["copy": "\(id)"],
                    remedy: "List the copies to see their numbers.")
            }
            try db.execute(
                sql: """
                    INSERT OR REPLACE INTO copyDisposition(copy, caseID, state, detail, decidedAt)
                    VALUES (?, ?, ?, ?, ?)
                    """,
                arguments: [
                    id, caseID, disposition.state, disposition.detail, time.description,
                ])
        }
    }

    /// The copies that a case has to account for, with what it decided. A copy concerns a case if it
    /// holds one of the shards or corpora that the case erased from, or everything, and was not made
    /// after the case's last erasure.
    package func copies(ofCase caseID: String) throws -> [DisposedCopy] {
        try database.read { db in
            let erased = try Row.fetchAll(
                db,
                sql: """
                    SELECT DISTINCT shard AS place FROM tombstone WHERE caseID = ?1
                    UNION SELECT DISTINCT corpus FROM tombstone WHERE caseID = ?1
                    UNION SELECT importedShard.sourcePath FROM importedShard
                        JOIN tombstone ON tombstone.shard = importedShard.plainPath
                        WHERE tombstone.caseID = ?1
                    """, arguments: [caseID]
            ).map { $0["place"] as String }
            let last = try String.fetchOne(
                db, sql: "SELECT MAX(erasedAt) FROM tombstone WHERE caseID = ?",
                arguments: [caseID]
            ).flatMap { Timestamp($0) }
            let places = Set(erased.map { Array($0.utf8) })
            return try Self.copies(db, "caseID IN ('', ?)", [caseID])
                .filter { $0.holds.isEmpty || places.contains(Array($0.holds.utf8)) }
                .filter { copy in
                    guard let madeAt = copy.madeAt, let last else { return true }
                    return madeAt <= last
                }
                .map { try Self.disposed($0, caseID, db) }
        }
    }

    /// Copies in which the case's records may still stand.
    func remainingCopies(of caseID: String) throws -> [CopyEntry] {
        try copies(ofCase: caseID).filter { $0.disposition != .erased }.map(\.copy)
    }

    static func check(_ disposition: CopyDisposition) throws {
        if case .cannotBeErased(let reason) = disposition {
            guard reason.utf8.contains(where: { $0 > 32 }), reason.utf8.count <= 1000 else {
                throw LineageError(
                    .malformedCopy, "A copy that stays needs a reason of at most 1000 bytes.",
                    remedy: "Say why it cannot be erased, without personal data.")
            }
        }
    }

    private static func disposed(
        _ copy: CopyEntry, _ caseID: String, _ db: Database
    ) throws -> DisposedCopy {
        let row = try Row.fetchOne(
            db, sql: "SELECT * FROM copyDisposition WHERE copy = ? AND caseID = ?",
            arguments: [copy.id, caseID])
        return DisposedCopy(
            copy: copy,
            disposition: try row.map {
                try CopyDisposition(state: $0["state"], detail: $0["detail"])
            } ?? .unknown,
            decidedAt: row.flatMap { Timestamp($0["decidedAt"] as String) })
    }

    private static func copies(
        _ db: Database, _ condition: String, _ arguments: StatementArguments
    ) throws -> [CopyEntry] {
        try Row.fetchAll(
            db, sql: "SELECT * FROM copy WHERE \(condition) ORDER BY id", arguments: arguments
        ).map { row in
            let madeAt: String? = row["madeAt"]
            let caseID: String = row["caseID"]
            guard let kind = CopyEntry.Kind(rawValue: row["kind"]),
                let registeredAt = Timestamp(row["registeredAt"] as String)
            else { throw LineageError(.indexDamaged, "The index holds a malformed copy.") }
            return CopyEntry(
                id: row["id"], location: row["location"], kind: kind, holds: row["holds"],
                caseID: caseID.isEmpty ? nil : caseID,
                madeAt: madeAt.flatMap { Timestamp($0) }, registeredAt: registeredAt)
        }
    }
}
