import Certificates
import Domain
import Foundation

/// What `lethe doctor` looks at of keys and log.
extension Workspace {
    /// Modes of the secret keys; that the history holds together, and holds the keys that sign now.
    func examineKeys() throws -> String {
        let manager = FileManager.default
        var secret = [layout.vaultKey, layout.signingKey]
        for file in [layout.logKey, layout.nextSigningKey]
        where manager.fileExists(atPath: file.path) {
            secret.append(file)
        }
        for file in secret {
            let mode = try manager.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
            guard mode == 0o600 else {
                throw keysBroken("\(file.lastPathComponent) can be read by others.")
            }
        }
        let key = try signingPublicKey()
        guard
            try PublicKey(contentsOf: layout.publicKey) == key
                || manager.fileExists(atPath: layout.nextSigningKey.path)
        else {
            throw keysBroken("\(layout.publicKey.lastPathComponent) is not the signing key's.")
        }
        guard let history = try keyHistory() else {
            return "key \(key.keyID.short); its history begins with the next signature"
        }
        let now = clock.now()
        guard
            manager.fileExists(atPath: layout.nextSigningKey.path)
                || history.judge(keyID: key.keyID, role: .issuer, signedAt: now) == .valid
        else {
            throw keysBroken(
                "The signing key \(key.keyID.short) may not sign by the history of keys.")
        }
        if manager.fileExists(atPath: layout.logKey.path) {
            let logKey = try SigningKey(contentsOf: layout.logKey).keyID
            guard history.entry(logKey)?.role == .log else {
                throw keysBroken("The log's key \(logKey.short) is not in the history of keys.")
            }
        }
        return "key \(key.keyID.short); \(history.entries.count) in the history"
    }

    private func keysBroken(_ message: String) -> EngineError {
        EngineError(
            .keysDamaged, message, remedy: "Restore the folder keys from its backup.")
    }

    /// The whole log.
    func examineLog() throws -> String {
        guard FileManager.default.fileExists(atPath: layout.log.path) else {
            return "nothing entered yet"
        }
        let audit = try auditLog()
        try examineRevocations()
        return "\(audit.entryCount) entries, \(audit.checkpointCount) checkpoints"
    }

    /// Whether all that was signed stands in the log. What says that it does and does not is broken;
    /// what was signed before there was a log can be entered later.
    func examineLogEntries() throws -> [Finding] {
        let log = try readableLog()
        func isEntered(_ kind: LogEntry.Kind, _ payload: Data, _ keyID: Digest) throws -> Bool {
            guard let log else { return false }
            let entry = try LogEntry(kind: kind, payload: payload, keyID: keyID).encoded()
            return try log.index(ofLeafHash: .leaf(entry)) != nil
        }
        var (count, missing) = (0, 0)
        for row in try certificates() {
            guard let issued = try? certificate(of: row.caseID) else { continue }
            if try isEntered(.certificate, issued.payload, issued.key.keyID) {
                count += 1
            } else if issued.certificate.log != nil {
                throw EngineError(
                    .keysDamaged, "The certificate of \(row.caseID) is not in the log it names.",
                    details: ["case": row.caseID.description],
                    remedy:
                        "Restore the folder log from its newest backup; if that is older than the "
                        + "certificate, see Documentation/Log.md.")
            } else {
                missing += 1
            }
        }
        for statement in try keyHistory()?.statements ?? [] {
            guard let keyID = statement.firstKeyID else { continue }
            if try isEntered(.signingKey, statement.payload, keyID) {
                count += 1
            } else {
                missing += 1
            }
        }
        guard missing > 0 else {
            return [
                Finding(
                    check: "log entries", isSound: true,
                    detail: "\(count) certificates and changes of keys, each in the log")
            ]
        }
        return [
            Finding(
                check: "log entries", isSound: true, isDue: true,
                detail: "\(missing) certificates or changes of keys are not in the log.",
                remedy: "`lethe log enter` enters them.")
        ]
    }
}
