import Casework
import Certificates
import Domain
import Foundation

extension Workspace {
    /// Takes an approver's public key into the history: what they sign with it counts from now on.
    /// - Parameter holder: whose key it is; then only they may use it, by their `--actor`.
    /// - Throws: `key-change-refused` for a key of another role, `not-an-approver` if it was introduced
    ///   as somebody else's; as `signingKey()` and `certificateLog()`.
    package func introduceApprover(
        _ key: PublicKey, holder: String?, actor: String
    ) throws -> KeyChange {
        let log = try certificateLog()
        var history = try recordKeys(in: log)
        let known = history.entry(key.keyID)
        if known?.role != .approver {
            history = try history.introducing(
                approver: key, by: signingKey(), at: clock.now())
            try history.write(to: layout.keyHistory)
        }
        try enterStatements(of: history, into: log)
        try noteApprover(key.keyID, holder: holder, actor: actor)
        return try change("keys-introduce", known == nil, key.keyID, history)
    }

    private func noteApprover(_ keyID: Digest, holder: String?, actor: String) throws {
        let digests = [Self.noteKey: keyID.hexadecimal]
        let noted = try cases.notes(of: [Self.keyIntroduced]).first { $0.digests == digests }
        if let noted {
            guard holder == nil || noted.facts["holder"] == holder else {
                throw EngineError(
                    .notAnApprover,
                    "The key \(keyID.short) was introduced before, under another name or none.",
                    details: ["keyID": keyID.hexadecimal],
                    remedy: "Everybody needs a key of their own: `lethe keys new FILE`.")
            }
            return
        }
        var facts = ["role": KeyHistory.Role.approver.rawValue]
        facts["holder"] = holder
        _ = try cases.appendNote(
            event: Self.keyIntroduced, actor: actor, digests: digests, facts: facts)
    }

    /// Takes a key out of use for good.
    /// - Parameters:
    ///   - prefix: of the key's id, as far as it is unique.
    ///   - since: from when on nothing it signed is trusted; now if nil. What a compromised key signed
    ///     is not trusted whatever its date, without evidence from elsewhere.
    /// - Throws: `no-such-key`, `ambiguous-prefix`; `key-in-use` for the present signing key and the
    ///   log's; `key-change-refused`; as `signingKey()` and `certificateLog()`.
    package func revokeKey(
        _ prefix: String, reason: KeyHistory.RevocationReason, since: Timestamp?, actor: String
    ) throws -> KeyChange {
        let log = try certificateLog()
        var history = try recordKeys(in: log)
        let entry = try entry(prefix, in: history)
        try requireReplaceable(entry, log)
        let isRevoked = entry.revocation?.reason == reason
        if !isRevoked {
            history = try history.revoking(
                entry.keyID, reason: reason, by: signingKey(), at: clock.now(),
                effectiveAt: since)
            try history.write(to: layout.keyHistory)
        }
        try enterStatements(of: history, into: log)
        try noteOnce(
            "key-revoked", actor: actor, digests: [Self.noteKey: entry.keyID.hexadecimal],
            facts: ["reason": reason.rawValue])
        return try change("keys-revoke", !isRevoked, entry.keyID, history)
    }

    private func requireReplaceable(
        _ entry: KeyHistory.Entry, _ log: TransparencyLog
    ) throws {
        let isSigning = try signingPublicKey().keyID == entry.keyID
        guard isSigning || log.key.publicKey.keyID == entry.keyID else { return }
        throw EngineError(
            .keyInUse,
            isSigning
                ? "The key \(entry.keyID.short) is the one that certificates are signed with."
                : "The key \(entry.keyID.short) is the log's; without it nothing can be logged.",
            details: ["keyID": entry.keyID.hexadecimal],
            remedy: isSigning
                ? "Run `lethe keys rotate` first, then revoke the old key."
                : "A log whose key was stolen has to be begun anew: see Documentation/Log.md.")
    }

    private func entry(_ prefix: String, in history: KeyHistory) throws -> KeyHistory.Entry {
        let found = history.entries.filter { $0.keyID.hexadecimal.hasPrefix(prefix) }
        guard let entry = found.first, !prefix.isEmpty else {
            throw EngineError(
                .noSuchKey, "No key of the history begins with \"\(prefix)\".",
                remedy: "See `lethe keys list`.")
        }
        guard found.count == 1 else {
            throw EngineError(
                .ambiguousPrefix, "\(found.count) keys begin with \"\(prefix)\".",
                remedy: "Give more digits; see `lethe keys list`.")
        }
        return entry
    }

    func change(
        _ noun: String, _ changed: Bool, _ keyID: Digest, _ history: KeyHistory
    ) throws -> KeyChange {
        guard let entry = history.entry(keyID) else {
            throw EngineError(
                .noSuchKey, "The key \(keyID.short) is not in the history.",
                details: ["keyID": keyID.hexadecimal])
        }
        return KeyChange(schema: "lethe.\(noun).v1", changed: changed, key: try row(entry))
    }

    /// Sets, changes or removes the passphrase of the signing key.
    /// - Parameter new: asked when the present one has opened the key; nil to store it without.
    /// - Returns: whether anything was changed.
    /// - Throws: `passphrase-needed`, `passphrase-wrong`, `rotation-unfinished`, `file-not-written`.
    package func protectSigningKey(_ new: () throws -> Data?, actor: String) throws -> Bool {
        guard !FileManager.default.fileExists(atPath: layout.nextSigningKey.path) else {
            throw EngineError(
                .rotationUnfinished, "A rotation of the signing key was stopped.",
                remedy: "Give `lethe keys rotate` again; it ends it.")
        }
        let wasProtected = try SigningKey.isProtected(at: layout.signingKey)
        _ = try presentSigningKey()
        let passphrase = try new()
        guard wasProtected || passphrase != nil else { return false }
        try SigningKey.changePassphrase(
            at: layout.signingKey, from: openedSigningKey?.passphrase, to: passphrase)
        openedSigningKey = nil
        try cases.appendNote(
            event: passphrase == nil
                ? "signing-key-unprotected"
                : wasProtected ? "signing-key-passphrase-changed" : "signing-key-protected",
            actor: actor)
        return true
    }

    /// Writes the history of keys as the file that verifiers trust.
    /// - Throws: `no-such-key` if there is none yet; `diverged-key-history` if the file is of another
    ///   history; `file-not-written`.
    package func exportKeyHistory(to file: URL) throws -> KeyHistory {
        guard let history = try keyHistory() else {
            throw EngineError(
                .noSuchKey, "This workspace keeps no history of its keys yet.",
                remedy: "`lethe log enter` begins it.")
        }
        try history.write(to: file)
        return history
    }
}

/// Makes a key of somebody's own, for co-signatures, and its public half beside it. No workspace is
/// needed; a call that was killed between the two files is completed.
/// - Parameters:
///   - file: of the private key; the public one gets `.pub.pem` in place of `.pem`.
///   - passphrase: at least 8 bytes; nil for none.
/// - Throws: `key-exists`, `passphrase-needed`, `file-not-written`.
package func makeKey(at file: URL, passphrase: Data?) throws -> (key: PublicKey, file: URL) {
    let name =
        file.pathExtension == "pem"
        ? file.deletingPathExtension().lastPathComponent : file.lastPathComponent
    let publicFile = file.deletingLastPathComponent().appendingPathComponent("\(name).pub.pem")
    guard !FileManager.default.fileExists(atPath: publicFile.path) else {
        throw CertificateError(
            .keyExists, "There is a key at \(publicFile.path) already; it was left as it is.",
            details: ["path": publicFile.path], remedy: "Name another file.")
    }
    let isHalfDone = FileManager.default.fileExists(atPath: file.path)
    let key =
        isHalfDone
        ? try SigningKey(contentsOf: file, passphrase: passphrase)
        : try SigningKey.create(at: file, passphrase: passphrase)
    try DurableFile.write(Data(key.publicKey.pemRepresentation.utf8), to: publicFile)
    return (key.publicKey, publicFile)
}
