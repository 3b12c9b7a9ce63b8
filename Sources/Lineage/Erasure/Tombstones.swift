import Domain
import Foundation
import GRDB

extension LineageIndex {
    /// Tombstones, of one case or all, by shard.
    package func tombstones(ofCase caseID: String? = nil) throws -> [Tombstone] {
        try database.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM tombstone WHERE ?1 IS NULL OR caseID = ?1
                    ORDER BY shard, caseID, recordKey, lineKey
                    """, arguments: [caseID]
            ).map(Self.tombstone)
        }
    }

    /// Notes that an erasure replaced a model by one that never learned the records.
    /// - Parameter successor: nil if nothing takes its place.
    package func recordSuperseded(
        model digest: Digest, by successor: Digest?, caseID: String, at time: Timestamp
    ) throws {
        try database.write { db in
            try db.execute(
                sql: """
                    INSERT OR IGNORE INTO supersededModel(digest, caseID, successor, supersededAt)
                    VALUES (?, ?, ?, ?)
                    """,
                arguments: [
                    digest.hexadecimal, caseID, successor?.hexadecimal, time.description,
                ])
        }
    }

    /// Writes every tombstone as a line of JSON (mode 0600). Kept apart from the backups of the
    /// database, it tells after a restore what had been erased since; it needs the same index key.
    /// - Throws: `file-not-written`.
    /// - Returns: tombstones written.
    @discardableResult
    package func exportTombstones(to url: URL) throws -> Int {
        var data = Data()
        let all = try tombstones()
        for tombstone in all {
            data.append(try CanonicalJSON.compact(tombstone))
            data.append(10)
        }
        try DurableFile.write(data, to: url, permissions: 0o600)
        return all.count
    }

    /// Takes tombstones from an exported file that the database lacks.
    /// - Throws: `malformed-ledger` with the line; then none is taken.
    /// - Returns: tombstones that were new.
    @discardableResult
    package func importTombstones(from url: URL) throws -> Int {
        var read: [Tombstone] = []
        try readShardLines(of: url) { line in
            let tombstone = try? CanonicalJSON.decode(Tombstone.self, from: Data(line.bytes))
            guard let tombstone, Self.bytes(tombstone.recordKey) != nil,
                Self.bytes(tombstone.lineKey) != nil
            else {
                throw LineageError(
                    .malformedLedger, "\(url.path), line \(line.number): not a tombstone.",
                    details: ["path": url.path, "line": "\(line.number)"],
                    remedy: "Give a file that was exported by lethe; none of it was taken.")
            }
            read.append(tombstone)
        }
        return try database.write { db in
            var count = 0
            for tombstone in read {
                try db.execute(
                    sql: """
                        INSERT OR IGNORE INTO tombstone(recordKey, lineKey, corpus, shard,
                            oldShardDigest, newShardDigest, kind, caseID, erasedAt)
                        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                        """,
                    arguments: [
                        Self.bytes(tombstone.recordKey), Self.bytes(tombstone.lineKey),
                        tombstone.corpus, tombstone.shard, tombstone.oldShardDigest.hexadecimal,
                        tombstone.newShardDigest.hexadecimal, tombstone.kind.rawValue,
                        tombstone.caseID, tombstone.erasedAt.description,
                    ])
                count += db.changesCount
            }
            return count
        }
    }

    /// Keys of records that a case has erased or redacted.
    func erasedRecordKeys(ofCase caseID: String) throws -> Set<Data> {
        try database.read { db in
            try Set(
                Data.fetchAll(
                    db, sql: "SELECT recordKey FROM tombstone WHERE caseID = ?",
                    arguments: [caseID]))
        }
    }

    private static func tombstone(_ row: Row) throws -> Tombstone {
        guard let kind = Tombstone.Kind(rawValue: row["kind"]),
            let time = Timestamp(row["erasedAt"] as String)
        else { throw LineageError(.indexDamaged, "The index holds a malformed tombstone.") }
        return Tombstone(
            kind: kind, corpus: row["corpus"], recordKey: hexadecimalText(row["recordKey"] as Data),
            lineKey: hexadecimalText(row["lineKey"] as Data), shard: row["shard"],
            oldShardDigest: try CorpusCatalog.digest(row["oldShardDigest"]),
            newShardDigest: try CorpusCatalog.digest(row["newShardDigest"]),
            caseID: row["caseID"], erasedAt: time)
    }

    /// 16 bytes from 32 hexadecimal digits.
    private static func bytes(_ text: String) -> Data? {
        let digits = text.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
        guard digits.count == 32, text.utf8.count == 32 else { return nil }
        return Data(stride(from: 0, to: 32, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) })
    }
}
