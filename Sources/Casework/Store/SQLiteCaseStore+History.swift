import Domain
import Foundation
import GRDB

extension SQLiteCaseStore {
    /// Adds an entry inside a transaction that the caller holds.
    @discardableResult
    func append(_ draft: HistoryDraft, in db: Database) throws -> HistoryEntry {
        try HistoryTail.extending(in: db) { try $0.append(draft, at: clock.now(), in: db) }
    }

    @discardableResult
    package func appendNote(
        event: String, actor: String, reason: String? = nil, digests: [String: String] = [:],
        facts: [String: String] = [:]
    ) throws -> HistoryEntry {
        try write { db in
            try append(
                HistoryDraft(
                    event: event, actor: actor, reason: reason, digests: digests, facts: facts),
                in: db)
        }
    }

    /// Adds an entry to a case's own history that does not change the case.
    /// - Throws: `case-not-found`, `personal-data-in-reason`.
    @discardableResult
    package func appendNote(
        event: String, on id: CaseID, actor: String, reason: String? = nil,
        digests: [String: String] = [:], facts: [String: String] = [:]
    ) throws -> HistoryEntry {
        try write { db in
            _ = try Self.record(id, in: db)
            if let reason { try refusePersonalData(in: reason, of: id, in: db) }
            return try append(
                HistoryDraft(
                    caseID: id, event: event, actor: actor, reason: reason, digests: digests,
                    facts: facts), in: db)
        }
    }

    /// Entries of one case, or all, oldest first. For all of a large workspace use `forEachEntry`,
    /// which does not hold them all.
    /// - Throws: `case-not-found` for a case that does not exist.
    package func history(of id: CaseID?) throws -> [HistoryEntry] {
        var entries: [HistoryEntry] = []
        try forEachEntry(of: id) { entries.append($0) }
        return entries
    }

    /// Hands out entries of one case, or all, oldest first, from `first` on. Entries are fetched in
    /// pages, so memory stays flat and writers are not kept waiting; what is added meanwhile is
    /// handed out too.
    /// - Throws: `case-not-found` for a case that does not exist, and what `body` throws.
    package func forEachEntry(
        of id: CaseID? = nil, from first: Int = 1, _ body: (HistoryEntry) throws -> Void
    ) throws {
        if let id { _ = try load(id) }
        let filter = id == nil ? "sequence >= ?1" : "caseID = ?2 AND sequence >= ?1"
        let pageSize = 1_000
        var next = first
        while true {
            let page = try read { db in
                try Row.fetchAll(
                    try db.cachedStatement(
                        sql: """
                            SELECT sequence, body, hash FROM history
                            WHERE \(filter) ORDER BY sequence LIMIT \(pageSize)
                            """),
                    arguments: id.map { [next, $0.description] } ?? [next]
                ).map(Self.entry)
            }
            for entry in page { try body(entry) }
            guard let last = page.last, page.count == pageSize else { return }
            next = last.sequence + 1
        }
    }

    /// Entries that concern no case and have one of these events, oldest first.
    package func notes(of events: Set<String>) throws -> [HistoryEntry] {
        try read { db in
            let rows = try Row.fetchCursor(
                db,
                sql: """
                    SELECT sequence, body, hash FROM history
                    WHERE caseID IS NULL ORDER BY sequence
                    """)
            var entries: [HistoryEntry] = []
            while let row = try rows.next() {
                let entry = try Self.entry(of: row)
                if events.contains(entry.event) { entries.append(entry) }
            }
            return entries
        }
    }

    static func entry(of row: Row) throws -> HistoryEntry {
        guard let hash = Digest(hexadecimal: row["hash"]) else {
            throw HistoryVerifier.broken(row["sequence"], "its hash is not one")
        }
        return HistoryEntry(
            try CanonicalJSON.decode(HistoryEntry.Content.self, from: row["body"]), hash: hash)
    }

    /// Re-computes the chain from its first entry and every case's present from its entries. Reads in
    /// a stream: memory does not grow with the history.
    /// - Throws: `history-broken` naming the first entry that does not hold.
    package func verifyHistory() throws -> HistoryStatus {
        try read { try HistoryVerification.verify($0) }
    }

    /// The whole history as JSON lines, each the canonical JSON of an entry with its hash.
    package func exportHistory() throws -> Data {
        var lines = Data()
        try exportHistory { lines.append($0) }
        return lines
    }

    /// The same, a line at a time with its line feed.
    package func exportHistory(to line: (Data) throws -> Void) throws {
        try forEachEntry { entry in
            var bytes = try CanonicalJSON.compact(entry)
            bytes.append(UInt8(ascii: "\n"))
            try line(bytes)
        }
    }
}
