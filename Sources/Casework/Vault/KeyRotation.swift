import Domain
import Foundation
import GRDB

extension SQLiteCaseStore {
    /// Changes the workspace key: a new one is made, every case key is wrapped anew in one
    /// transaction, and the old one is destroyed. Keyed digests stay as they are.
    ///
    /// The file holds both keys until the transaction is on disk, so that a crash at any point leaves
    /// every request readable; the next call then completes the change.
    /// - Throws: `vault-unreadable` if a case key cannot be unwrapped, nothing being changed then;
    ///   what opening the key file throws.
    @discardableResult
    package func rotateVaultKey(
        in file: VaultKeyFile, passphrase: Data?, actor: String
    ) throws -> HistoryEntry {
        let protectedBy = try file.isProtected() ? passphrase : nil
        var keys = try file.keys(passphrase)
        let key = VaultKeys.random()
        keys.wrapping.append(key)
        try file.write(keys, passphrase: protectedBy)
        let both = try Vault(keys)
        let keyID = VaultKeys.id(of: key)
        let entry = try write { db in
            var count = 0
            for row in try Row.fetchAll(db, sql: "SELECT caseID, wrappedKey FROM vaultKeys") {
                guard let id = CaseID(row["caseID"]) else { continue }
                try db.cachedStatement(sql: "UPDATE vaultKeys SET wrappedKey = ? WHERE caseID = ?")
                    .execute(
                        arguments: [
                            try both.wrap(
                                try both.unwrap(row["wrappedKey"], for: id), for: id, keyID: keyID),
                            id.description,
                        ])
                count += 1
            }
            try db.execute(
                sql: """
                    INSERT INTO vaultState (id, keyID) VALUES (1, ?1)
                    ON CONFLICT (id) DO UPDATE SET keyID = ?1
                    """, arguments: [keyID])
            try insertIntents(
                [IntentDraft(IntentDraft.purgeLogKind)], of: nil, at: clock.now(), in: db)
            return try append(
                HistoryDraft(
                    event: Self.keyChangedEvent, actor: actor,
                    facts: ["key": keyID, "case-count": String(count)]), in: db)
        }
        keys.wrapping = [key]
        try file.write(keys, passphrase: protectedBy)
        use(try Vault(keys))
        try finishShredding()
        return entry
    }

    /// The event of the entry that says that the workspace key was changed.
    static let keyChangedEvent = "vault-key-changed"

    /// The id of the wrapping key that is in force; nil before the first change of key.
    static func vaultKeyID(in db: Database) throws -> String? {
        try String.fetchOne(try db.cachedStatement(sql: "SELECT keyID FROM vaultState"))
    }
}
