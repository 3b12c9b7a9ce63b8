import Domain
import Foundation
import GRDB

extension SQLiteCaseStore {
    /// The request in normal form.
    /// - Throws: `case-not-found`, `vault-shredded`, `vault-unreadable`.
    package func request(of id: CaseID) throws -> DeletionRequest {
        try read { db in
            _ = try Self.record(id, in: db)
            guard let request = try storedRequest(of: id, in: db) else {
                throw try Self.shredded(id, in: db)
            }
            return request
        }
    }

    /// The request, and the bytes it came in unless they were shredded together with another request of
    /// the same file.
    /// - Throws: as `request(of:)`.
    package func requestAndFile(of id: CaseID) throws -> (request: DeletionRequest, file: Data?) {
        do {
            let all = try vaultedRequest(of: id)
            return (all.request, all.rawBytes)
        } catch let error as CaseworkError where error.code == .vaultShredded {
            return (try request(of: id), nil)
        }
    }

    /// The request with the bytes it came in.
    /// - Throws: as `request(of:)`; `vault-shredded` also if the file was shredded together with
    ///   another request that came in it.
    package func vaultedRequest(of id: CaseID) throws -> VaultedRequest {
        try read { db in
            _ = try Self.record(id, in: db)
            guard let content = try storedContent(of: id, in: db) else {
                throw try Self.shredded(id, in: db)
            }
            let (request, rawBytes, file) = try VaultedRequest.decode(content)
            if let rawBytes { return VaultedRequest(rawBytes: rawBytes, request: request) }
            let sealed = try Data.fetchOne(
                db, sql: "SELECT sealed FROM vaultFiles WHERE id = ?", arguments: [file?.id])
            guard let file, let sealed else {
                throw CaseworkError(
                    .vaultShredded,
                    "The file that the request of \(id) came in was shredded with another's.",
                    details: ["case": id.description],
                    remedy: "The request itself can still be read.")
            }
            do {
                return VaultedRequest(rawBytes: try file.open(sealed), request: request)
            } catch { throw Vault.unreadable(id, error) }
        }
    }

    /// 32 bytes that only this case's key gives, for something else than its request; they are gone
    /// for ever when the key is destroyed.
    /// - Parameter purpose: permanent; another purpose gives bytes that have nothing to do with these.
    /// - Throws: `case-not-found`, `vault-shredded`, `vault-unreadable`.
    package func derivedKey(of id: CaseID, for purpose: String) throws -> Data {
        try read { db in
            _ = try Self.record(id, in: db)
            let wrapped = try Data.fetchOne(
                db, sql: "SELECT wrappedKey FROM vaultKeys WHERE caseID = ?",
                arguments: [id.description])
            guard let wrapped else { throw try Self.shredded(id, in: db) }
            return VaultKeys.derived(from: try vault.unwrap(wrapped, for: id), for: purpose)
        }
    }

    /// Puts a new request into the vault.
    func store(
        _ request: VaultedRequest, file: RequestFiles.File, isFirstOfFile: Bool, of id: CaseID,
        keyID: String?, in db: Database
    ) throws {
        if isFirstOfFile, let shared = file.shared {
            try db.execute(
                sql: "INSERT INTO vaultFiles (id, sealed) VALUES (?, ?)",
                arguments: [shared.id, try shared.seal(file.bytes)])
        }
        let sealed = try vault.seal(
            try request.encoded(file: file.shared), for: id, keyID: keyID)
        try db.cachedStatement(sql: "INSERT INTO vaultKeys (caseID, wrappedKey) VALUES (?, ?)")
            .execute(arguments: [id.description, sealed.wrappedKey])
        try db.cachedStatement(
            sql: "INSERT INTO vaultContents (caseID, sealed, fileID) VALUES (?, ?, ?)"
        ).execute(arguments: [id.description, sealed.content, file.shared?.id])
    }

    /// Nil once the key is gone.
    func storedRequest(of id: CaseID, in db: Database) throws -> DeletionRequest? {
        try storedContent(of: id, in: db).map { try VaultedRequest.decode($0).request }
    }

    private func storedContent(of id: CaseID, in db: Database) throws -> Data? {
        let row = try Row.fetchOne(
            try db.cachedStatement(
                sql: """
                    SELECT wrappedKey, sealed FROM vaultKeys JOIN vaultContents USING (caseID)
                    WHERE caseID = ?
                    """), arguments: [id.description])
        return try row.map {
            try vault.open(
                Vault.Sealed(wrappedKey: $0["wrappedKey"], content: $0["sealed"]), for: id)
        }
    }
}
