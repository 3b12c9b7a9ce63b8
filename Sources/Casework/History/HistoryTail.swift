import Domain
import Foundation
import GRDB

/// The end of the history while a transaction adds to it, so that each entry costs one insertion. It
/// is read at the start of the transaction and its head is written at the end.
struct HistoryTail {
    private(set) var sequence: Int
    private(set) var hash: Digest
    private var at: Timestamp?

    /// - Throws: `history-broken` if the last entry is not the one that was last written: to go on
    ///   from there would hide what is missing.
    init(of db: Database) throws {
        let head = try Row.fetchOne(
            try db.cachedStatement(sql: "SELECT sequence, hash FROM historyHead"))
        let last = try Row.fetchOne(
            try db.cachedStatement(
                sql: "SELECT sequence, hash, body FROM history ORDER BY sequence DESC LIMIT 1"))
        sequence = 0
        hash = HistoryEntry.genesis
        if let last {
            let body: Data = last["body"]
            sequence = last["sequence"]
            hash = Digest(of: body)
            guard last["hash"] == hash.hexadecimal else {
                throw HistoryVerifier.broken(sequence, "its content does not match its hash")
            }
            at = try CanonicalJSON.decode(HistoryEntry.Content.self, from: body).at
        }
        guard head?["sequence"] ?? 0 == sequence,
            head?["hash"] ?? HistoryEntry.genesis.hexadecimal == hash.hexadecimal
        else {
            throw HistoryVerifier.broken(
                sequence + 1, "the end of the history is not the one that was written")
        }
    }

    /// Adds an entry; `storeHead` has to follow in the same transaction.
    @discardableResult
    mutating func append(
        _ draft: HistoryDraft, at now: Timestamp, in db: Database
    ) throws -> HistoryEntry {
        var facts = draft.facts
        if let at, now < at {
            // Recorded, not repaired: the clock was set back, and order is the sequence's.
            facts["clock-behind-seconds"] = String(at.secondsSince1970 - now.secondsSince1970)
        }
        let content = HistoryEntry.Content(
            sequence: sequence + 1, caseID: draft.caseID, event: draft.event, from: draft.from,
            to: draft.to, actor: draft.actor, at: now, reason: draft.reason,
            digests: draft.digests, facts: facts, previousHash: hash)
        let body = try content.bytes()
        let entry = HistoryEntry(content, hash: Digest(of: body))
        try db.cachedStatement(
            sql: "INSERT INTO history (sequence, caseID, body, hash) VALUES (?, ?, ?, ?)"
        ).execute(
            arguments: [
                entry.sequence, draft.caseID?.description, body, entry.hash.hexadecimal,
            ])
        sequence = entry.sequence
        hash = entry.hash
        at = now
        return entry
    }

    func storeHead(in db: Database) throws {
        guard sequence > 0 else { return }
        try db.cachedStatement(
            sql: """
                INSERT INTO historyHead (id, sequence, hash) VALUES (1, ?1, ?2)
                ON CONFLICT (id) DO UPDATE SET sequence = ?1, hash = ?2
                """
        ).execute(arguments: [sequence, hash.hexadecimal])
    }

    /// Reads the tail, lets `body` add to it and writes the head.
    static func extending<Value>(
        in db: Database, _ body: (inout HistoryTail) throws -> Value
    ) throws -> Value {
        var tail = try HistoryTail(of: db)
        let value = try body(&tail)
        try tail.storeHead(in: db)
        return value
    }
}
