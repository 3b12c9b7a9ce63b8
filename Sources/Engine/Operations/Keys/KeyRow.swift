import Casework
import Certificates
import Domain
import Foundation

/// A key as lists show it.
package struct KeyRow: Codable, Sendable {
    package let keyID: Digest
    /// `issuer`, `approver` or `log`.
    package let role: String
    /// `valid`, `not-yet-valid`, `expired` or `revoked`, by now.
    package let standing: String
    package let notBefore: Timestamp
    package let notAfter: Timestamp?
    package let revokedAt: Timestamp?
    package let revocationReason: String?
    /// The key it took the place of.
    package let replaces: Digest?
    /// The private key's file below the workspace; nil where it is not here.
    package let file: String?
    /// That file needs a passphrase.
    package let isProtected: Bool
    /// Who has an approver's key, where it was said.
    package let holder: String?
}

/// What a change of keys came to.
package struct KeyChange: Codable, Sendable {
    package let schema: String
    /// False if it was so already.
    package let changed: Bool
    package let key: KeyRow
}

extension Workspace {
    static let keyIntroduced = "key-introduced"
    /// Under which a note names the key that it is about.
    static let noteKey = "key"

    /// All keys, in the order they were introduced. Before a history is kept, the signing key alone.
    /// - Throws: `malformed-key-history`, and what reading the keys throws.
    package func keyRows() throws -> [KeyRow] {
        if let history = try keyHistory() { return try history.entries.map { try row($0) } }
        let created = try cases.notes(of: ["workspace-created"]).first?.at ?? clock.now()
        return [
            KeyRow(
                keyID: try signingPublicKey().keyID, role: KeyHistory.Role.issuer.rawValue,
                standing: "valid", notBefore: created, notAfter: nil, revokedAt: nil,
                revocationReason: nil, replaces: nil, file: relativePath(of: layout.signingKey),
                isProtected: try SigningKey.isProtected(at: layout.signingKey), holder: nil)
        ]
    }

    func row(_ entry: KeyHistory.Entry) throws -> KeyRow {
        let file = try privateKeyFile(entry.keyID)
        return KeyRow(
            keyID: entry.keyID, role: entry.role.rawValue,
            standing: standing(entry, at: clock.now()), notBefore: entry.notBefore,
            notAfter: entry.notAfter, revokedAt: entry.revocation?.at,
            revocationReason: entry.revocation?.reason.rawValue, replaces: entry.replaces,
            file: file.map { relativePath(of: $0) },
            isProtected: try file.map { try SigningKey.isProtected(at: $0) } ?? false,
            holder: try holder(of: entry.keyID))
    }

    private func standing(_ entry: KeyHistory.Entry, at now: Timestamp) -> String {
        if let revocation = entry.revocation,
            revocation.at <= now || revocation.reason == .compromised
        {
            return "revoked"
        }
        if now < entry.notBefore { return "not-yet-valid" }
        return entry.notAfter.map { $0 < now } ?? false ? "expired" : "valid"
    }

    private func privateKeyFile(_ keyID: Digest) throws -> URL? {
        func exists(_ url: URL) -> Bool { FileManager.default.fileExists(atPath: url.path) }
        if try signingPublicKey().keyID == keyID { return layout.signingKey }
        if exists(layout.logKey), try SigningKey(contentsOf: layout.logKey).keyID == keyID {
            return layout.logKey
        }
        let retired = retiredKey(keyID)
        return exists(retired) ? retired : nil
    }

    func retiredKey(_ keyID: Digest) -> URL {
        layout.retiredKeys.appendingPathComponent("\(keyID).pem")
    }

    /// Who has an approver's key, as the history says.
    func holder(of keyID: Digest) throws -> String? {
        try cases.notes(of: [Self.keyIntroduced]).first {
            $0.digests[Self.noteKey] == keyID.hexadecimal
        }?.facts["holder"]
    }

    /// Appends a note about a key, unless a killed command came as far as that.
    func noteOnce(
        _ event: String, actor: String, digests: [String: String], facts: [String: String] = [:]
    ) throws {
        let isNoted = try cases.notes(of: [event]).contains {
            $0.digests == digests && $0.facts == facts
        }
        guard !isNoted else { return }
        _ = try cases.appendNote(event: event, actor: actor, digests: digests, facts: facts)
    }
}
