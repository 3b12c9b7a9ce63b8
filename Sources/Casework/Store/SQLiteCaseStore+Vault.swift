import Domain
import Foundation
import GRDB

extension SQLiteCaseStore {
    /// The request in normal form.
    /// - Throws: `case-not-found`, `vault-shredded`, `vault-unreadable`.
    package func request(of id: CaseID) throws -> DeletionRequest {
        try vaultedRequest(of: id).request
    }

    /// The request with the bytes it came in.
    /// - Throws: as `request(of:)`.
    package func vaultedRequest(of id: CaseID) throws -> VaultedRequest {
        try reportingDatabaseErrors {
            try queue.read { db in
                _ = try Self.record(id, in: db)
                guard let request = try storedRequest(of: id, in: db) else {
                    throw CaseworkError(
                        .vaultShredded, "The request of \(id) was shredded.",
                        details: ["case": id.description],
                        remedy: "Nothing can read it any more; the history stays valid.")
                }
                return request
            }
        }
    }

    /// Destroys the key of a case's request: nobody can read the content any more, with the master
    /// key or without. The history gains an entry and stays valid.
    /// - Throws: `case-not-found`, `personal-data-in-reason`; `vault-shredded` if it was done before.
    @discardableResult
    package func shred(_ id: CaseID, actor: String, reason: String) throws -> HistoryEntry {
        try reportingDatabaseErrors {
            let entry = try queue.write { db in
                _ = try Self.record(id, in: db)
                try refusePersonalData(in: reason, of: id, in: db)
                try db.execute(
                    sql: "DELETE FROM vaultKeys WHERE caseID = ?", arguments: [id.description])
                guard db.changesCount == 1 else {
                    throw CaseworkError(
                        .vaultShredded, "The request of \(id) was shredded before.",
                        details: ["case": id.description])
                }
                return try append(
                    HistoryDraft(
                        caseID: id, event: "request-shredded", actor: actor, reason: reason),
                    in: db)
            }
            // The log still holds the old page until it is taken over and cut.
            try queue.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
            return entry
        }
    }

    /// Nil once the key is gone.
    func storedRequest(of id: CaseID, in db: Database) throws -> VaultedRequest? {
        let row = try Row.fetchOne(
            db,
            sql: """
                SELECT wrappedKey, sealed FROM vaultKeys JOIN vaultContents USING (caseID)
                WHERE caseID = ?
                """,
            arguments: [id.description])
        guard let row else { return nil }
        let content = try vault.open(
            Vault.Sealed(wrappedKey: row["wrappedKey"], content: row["sealed"]), for: id)
        return try VaultedRequest(decoding: content)
    }
}
