import Casework
import Certificates
import Domain
import Foundation

extension Workspace {
    /// Every key of this workspace with its dates; nil in one that has signed nothing since histories
    /// are kept.
    /// - Throws: `malformed-key-history`.
    package func keyHistory() throws -> KeyHistory? {
        guard FileManager.default.fileExists(atPath: layout.keyHistory.path) else { return nil }
        return try KeyHistory(contentsOf: layout.keyHistory)
    }

    /// What certificates of this workspace are checked with: its key history; before there is one,
    /// its only key.
    /// - Throws: `malformed-key-history`, and what reading the key throws.
    package func trustedKeys() throws -> TrustedKeys {
        try keyHistory().map(TrustedKeys.history) ?? .key(signingPublicKey())
    }

    /// The log of everything that was signed, for appending. Its first entries are the workspace's
    /// keys: what is missing of them is entered.
    /// - Throws: as `openLog()`; `malformed-key-history`; where keys have to be introduced, what
    ///   opening the signing key throws.
    func certificateLog() throws -> TransparencyLog {
        let log = try openLog()
        try recordKeys(in: log)
        return log
    }

    /// The history of keys, made if there is none, with the log's key in it and every statement of it in
    /// the log. Whatever a killed command left undone of this is done.
    @discardableResult
    func recordKeys(in log: TransparencyLog) throws -> KeyHistory {
        let known = try keyHistory()
        // The key's first use, as far as it is known.
        let since =
            known == nil
            ? try cases.notes(of: ["workspace-created"]).first?.at ?? clock.now() : clock.now()
        var history = try known ?? KeyHistory(issuer: presentSigningKey(), at: since)
        if history.entry(log.key.publicKey.keyID) == nil {
            history = try history.introducing(
                SigningKey(contentsOf: layout.logKey), role: .log, by: presentSigningKey(),
                at: since)
        }
        if history != known { try history.write(to: layout.keyHistory) }
        try enterStatements(of: history, into: log)
        return history
    }

    /// Enters what the log lacks of a history; a statement's entry names the key of its first signature.
    func enterStatements(of history: KeyHistory, into log: TransparencyLog) throws {
        for statement in history.statements {
            guard let keyID = statement.firstKeyID else { continue }
            try enterIntoLog(.signingKey, payload: statement.payload, keyID: keyID, log: log)
        }
    }

    // MARK: The signing key

    /// The key that certificates and revocations are signed with now.
    /// - Throws: `key-not-usable` if the history of keys says that it may not sign any more;
    ///   `passphrase-needed`, `passphrase-wrong`, `unprotected-key`, `malformed-key`.
    func signingKey() throws -> SigningKey {
        let key = try presentSigningKey()
        guard let history = try keyHistory() else { return key }
        let now = clock.now()
        do {
            try history.judge(keyID: key.keyID, role: .issuer, signedAt: now)
                .require(keyID: key.keyID, role: .issuer, signedAt: now)
        } catch let error as CertificateError {
            throw EngineError(
                .keyNotUsable, "Nothing can be signed. \(error.message)",
                details: error.details,
                remedy: "Run `lethe keys rotate`: it ends a rotation that was stopped, or makes a "
                    + "new key.", cause: error)
        }
        return key
    }

    /// The key in the file, whatever the history says of it; its passphrase is asked for once.
    /// - Throws: as `signingKey()`, but for `key-not-usable`.
    func presentSigningKey() throws -> SigningKey {
        if let openedSigningKey { return openedSigningKey.key }
        let passphrase =
            try SigningKey.isProtected(at: layout.signingKey) ? signingPassphrase() : nil
        let key = try SigningKey(contentsOf: layout.signingKey, passphrase: passphrase)
        openedSigningKey = (key, passphrase)
        return key
    }

    /// The public half of the key in the file; no passphrase is asked for.
    /// - Throws: `file-unreadable`, `malformed-key`, `unprotected-key`.
    func signingPublicKey() throws -> PublicKey {
        if let openedSigningKey { return openedSigningKey.key.publicKey }
        return try SigningKey.isProtected(at: layout.signingKey)
            ? PublicKey(contentsOf: layout.publicKey) : presentSigningKey().publicKey
    }
}

extension Envelope {
    /// The key that the first signature names.
    var firstKeyID: Digest? {
        signatures.first?.keyID.flatMap { Digest(hexadecimal: $0) }
    }
}
