import Domain
import Foundation
import GRDB

extension SQLiteCaseStore {
    /// Adds an entry inside a transaction that the caller holds.
    @discardableResult
    func append(_ draft: HistoryDraft, in db: Database) throws -> HistoryEntry {
        let last = try Row.fetchOne(
            db, sql: "SELECT sequence, hash, body FROM history ORDER BY sequence DESC LIMIT 1")
        var previousHash = HistoryEntry.genesis
        var facts = draft.facts
        let now = clock.now()
        if let last {
            guard let hash = Digest(hexadecimal: last["hash"]) else {
                throw HistoryVerifier.broken(last["sequence"], "its hash is not one")
            }
            previousHash = hash
            let before = try CanonicalJSON.decode(HistoryEntry.Content.self, from: last["body"])
            if now < before.at {
                // Recorded, not repaired: the clock was set back, and order is the sequence's.
                facts["clock-behind-seconds"] = String(
                    before.at.secondsSince1970 - now.secondsSince1970)
            }
        }
        let sequence = (last?["sequence"] as Int? ?? 0) + 1
        let entry = try HistoryEntry(
            HistoryEntry.Content(
                sequence: sequence, caseID: draft.caseID, event: draft.event, from: draft.from,
                to: draft.to, actor: draft.actor, at: now, reason: draft.reason,
                digests: draft.digests, facts: facts, previousHash: previousHash))
        try db.execute(
            sql: "INSERT INTO history (sequence, caseID, body, hash) VALUES (?, ?, ?, ?)",
            arguments: [
                sequence, draft.caseID?.description, try entry.content.bytes(),
                entry.hash.hexadecimal,
            ])
        try db.execute(
            sql: """
                INSERT INTO historyHead (id, sequence, hash) VALUES (1, ?1, ?2)
                ON CONFLICT (id) DO UPDATE SET sequence = ?1, hash = ?2
                """,
            arguments: [sequence, entry.hash.hexadecimal])
        return entry
    }

    @discardableResult
    package func appendNote(
        event: String, actor: String, reason: String? = nil, digests: [String: String] = [:],
        facts: [String: String] = [:]
    ) throws -> HistoryEntry {
        try reportingDatabaseErrors {
            try queue.write { db in
                try append(
                    HistoryDraft(
                        event: event, actor: actor, reason: reason, digests: digests, facts: facts),
                    in: db)
            }
        }
    }

    /// Adds an entry to a case's own history that does not change the case.
    /// - Throws: `case-not-found`, `personal-data-in-reason`.
    @discardableResult
    package func appendNote(
        event: String, on id: CaseID, actor: String, reason: String? = nil,
        digests: [String: String] = [:], facts: [String: String] = [:]
    ) throws -> HistoryEntry {
        try reportingDatabaseErrors {
            try queue.write { db in
                _ = try Self.record(id, in: db)
                if let reason { try refusePersonalData(in: reason, of: id, in: db) }
                return try append(
                    HistoryDraft(
                        caseID: id, event: event, actor: actor, reason: reason, digests: digests,
                        facts: facts), in: db)
            }
        }
    }

    /// Entries of one case, or all, oldest first.
    /// - Throws: `case-not-found` for a case that does not exist.
    package func history(of id: CaseID?) throws -> [HistoryEntry] {
        try reportingDatabaseErrors {
            try queue.read { db in
                if let id { _ = try Self.record(id, in: db) }
                return try Row.fetchAll(
                    db,
                    sql: """
                        SELECT sequence, body, hash FROM history
                        WHERE ?1 IS NULL OR caseID = ?1 ORDER BY sequence
                        """,
                    arguments: [id?.description]
                ).map { row in
                    guard let hash = Digest(hexadecimal: row["hash"]) else {
                        throw HistoryVerifier.broken(row["sequence"], "its hash is not one")
                    }
                    return HistoryEntry(
                        try CanonicalJSON.decode(HistoryEntry.Content.self, from: row["body"]),
                        hash: hash)
                }
            }
        }
    }

    /// Re-computes the chain from its first entry and every case's present from its entries.
    /// - Throws: `history-broken` naming the first entry that does not hold.
    package func verifyHistory() throws -> HistoryStatus {
        try reportingDatabaseErrors {
            try queue.read { db in
                var verifier = HistoryVerifier()
                let rows = try Row.fetchCursor(
                    db, sql: "SELECT sequence, caseID, body, hash FROM history ORDER BY sequence")
                while let row = try rows.next() {
                    try verifier.read(
                        sequence: row["sequence"], caseID: row["caseID"], body: row["body"],
                        hash: row["hash"])
                }
                let head = try Row.fetchOne(db, sql: "SELECT sequence, hash FROM historyHead")
                return try verifier.finish(
                    records: try Self.consistentRecords(in: db),
                    head: (
                        head?["sequence"] ?? 0,
                        head?["hash"] ?? HistoryEntry.genesis.hexadecimal
                    ))
            }
        }
    }

    /// The records whose indexed columns agree with their content.
    private static func consistentRecords(in db: Database) throws -> [CaseRecord] {
        try Row.fetchAll(db, sql: "SELECT * FROM cases ORDER BY year, number").map { row in
            let record = try CanonicalJSON.decode(CaseRecord.self, from: row["record"])
            guard row["id"] == record.id.description, row["year"] == record.id.year,
                row["number"] == record.id.number, row["state"] == record.state.rawValue,
                row["version"] == record.version, row["dueAt"] == record.dueAt.secondsSince1970,
                row["requestDigest"] == record.requestDigest.hexadecimal,
                row["sourceIDDigest"] == record.sourceIDDigest.hexadecimal
            else {
                throw CaseworkError(
                    .historyBroken, "The stored columns of \(record.id) contradict its record.",
                    details: ["case": record.id.description],
                    remedy: "Stop work in this workspace and restore it from a backup.")
            }
            return record
        }
    }

    /// The whole history as JSON lines, each the canonical JSON of an entry with its hash.
    package func exportHistory() throws -> Data {
        var lines = Data()
        for entry in try history(of: nil) {
            lines.append(try CanonicalJSON.compact(entry))
            lines.append(UInt8(ascii: "\n"))
        }
        return lines
    }
}
