import Domain
import Foundation
import GRDB

/// Verifies a stored history in two passes that each hold one entry at a time: the chain in order of
/// sequence, then case by case what its entries lead to.
enum HistoryVerification {
    /// - Throws: `history-broken` naming the first entry that does not hold.
    static func verify(_ db: Database) throws -> HistoryStatus {
        let verifier = try chain(db)
        let caseCount = try presents(db, entryCount: verifier.expectedSequence - 1)
        return HistoryStatus(
            entryCount: verifier.expectedSequence - 1, caseCount: caseCount,
            headHash: verifier.previousHash)
    }

    private static func chain(_ db: Database) throws -> HistoryVerifier {
        var verifier = HistoryVerifier()
        let rows = try Row.fetchCursor(
            db, sql: "SELECT sequence, caseID, body, hash FROM history ORDER BY sequence")
        while let row = try rows.next() {
            try verifier.read(
                sequence: row["sequence"], caseID: row["caseID"], body: row["body"],
                hash: row["hash"])
        }
        let head = try Row.fetchOne(db, sql: "SELECT sequence, hash FROM historyHead")
        try verifier.finish(
            head: (head?["sequence"] ?? 0, head?["hash"] ?? HistoryEntry.genesis.hexadecimal))
        return verifier
    }

    /// Of several broken cases the one whose entry comes first is reported.
    private static func presents(_ db: Database, entryCount: Int) throws -> Int {
        var first: CaseworkError?
        func note(_ error: CaseworkError) {
            let old = first?.details["sequence"].flatMap(Int.init) ?? .max
            if let new = error.details["sequence"].flatMap(Int.init), new < old { first = error }
        }
        var fold: CaseFold?
        var isBroken = false
        var caseCount = 0
        func close() throws {
            guard let fold else { return }
            caseCount += 1
            guard !isBroken else { return }
            do { try present(fold, in: db) } catch let error as CaseworkError { note(error) }
        }
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT caseID, sequence, body FROM history WHERE caseID IS NOT NULL
                ORDER BY caseID, sequence
                """)
        while let row = try rows.next() {
            let content = try CanonicalJSON.decode(HistoryEntry.Content.self, from: row["body"])
            guard let id = content.caseID else { continue }
            if fold?.id != id {
                try close()
                fold = CaseFold(id: id)
                isBroken = false
            }
            guard !isBroken else { continue }
            do { try fold?.read(content) } catch let error as CaseworkError {
                note(error)
                isBroken = true
            }
        }
        try close()
        if let first { throw first }
        let without = try String.fetchOne(
            db,
            sql: """
                SELECT id FROM cases WHERE id NOT IN
                (SELECT caseID FROM history WHERE caseID IS NOT NULL) ORDER BY year, number LIMIT 1
                """)
        if let without {
            throw HistoryVerifier.broken(entryCount + 1, "\(without) has no history")
        }
        return caseCount
    }

    private static func present(_ fold: CaseFold, in db: Database) throws {
        let row = try Row.fetchOne(
            try db.cachedStatement(sql: "SELECT * FROM cases WHERE id = ?"),
            arguments: [fold.id.description])
        guard let row else {
            throw HistoryVerifier.broken(
                fold.lastSequence, "\(fold.id) is not stored any more")
        }
        let bytes: Data = row["record"]
        let record: CaseRecord
        do { record = try CanonicalJSON.decode(CaseRecord.self, from: bytes) } catch {
            throw HistoryVerifier.broken(
                fold.lastSequence, "the stored present of \(fold.id) cannot be read", cause: error)
        }
        guard row["id"] == record.id.description, row["year"] == record.id.year,
            row["number"] == record.id.number, row["state"] == record.state.rawValue,
            row["version"] == record.version, row["dueAt"] == record.dueAt.secondsSince1970,
            row["requestDigest"] == record.requestDigest.hexadecimal,
            row["sourceIDDigest"] == record.sourceIDDigest.hexadecimal
        else {
            throw HistoryVerifier.broken(
                fold.lastSequence, "the stored columns of \(fold.id) contradict its record")
        }
        // The stored bytes, not the record encoded anew: a later version may know more members.
        try fold.finish(with: record, digest: Digest(of: bytes))
    }
}
