import Domain
import Foundation

/// The file with a workspace's keys: 32 raw bytes, or a JSON document once the key was changed or a
/// passphrase protects it. Permissions 0600.
package struct VaultKeyFile: Sendable {
    package let url: URL

    package init(_ url: URL) { self.url = url }

    private struct Document: Codable {
        let letheVaultKeys: Int
        var keys: VaultKeys?
        var protection: PassphraseProtection?
        var sealed: Data?
    }

    /// Whether a passphrase is needed.
    /// - Throws: `file-unreadable`, `malformed-key`.
    package func isProtected() throws -> Bool { try document()?.protection != nil }

    /// - Parameter passphrase: its UTF-8 bytes; not looked at if the file is not protected.
    /// - Throws: `passphrase-needed`, `passphrase-wrong`, `malformed-key`; `file-unreadable`.
    package func open(passphrase: Data?) throws -> Vault { try Vault(try keys(passphrase)) }

    /// Protects the keys by a passphrase, or by none. The old file is overwritten with zeros; what a
    /// backup or the disk's own copies hold is not.
    /// - Parameters:
    ///   - new: UTF-8 bytes, at least 8; nil stores the keys without protection.
    ///   - present: the passphrase so far, if there is one.
    /// - Throws: as `open`; `passphrase-needed` for one that is too short; `file-not-written`.
    package func changePassphrase(to new: Data?, present: Data?) throws {
        if let new, new.count < 8 {
            throw CaseworkError(
                .passphraseNeeded, "A passphrase has at least 8 bytes; this has \(new.count).",
                remedy: "Choose a longer one.")
        }
        try write(try keys(present), passphrase: new)
    }

    /// - Throws: as `open`.
    func keys(_ passphrase: Data?) throws -> VaultKeys {
        guard let document = try document() else {
            return try VaultKeys(masterKey: try DurableFile.read(url))
        }
        if let keys = document.keys { return keys }
        guard let protection = document.protection, let sealed = document.sealed else {
            throw malformed(nil)
        }
        guard let passphrase, !passphrase.isEmpty else {
            throw CaseworkError(
                .passphraseNeeded, "The vault's key file is protected by a passphrase.",
                remedy: "Give it; see `lethe vault --help`.")
        }
        return try CanonicalJSON.decode(
            VaultKeys.self, from: try protection.open(sealed, passphrase: passphrase))
    }

    func write(_ keys: VaultKeys, passphrase: Data?) throws {
        var document = Document(letheVaultKeys: 1)
        if let passphrase {
            let protection = PassphraseProtection.fresh()
            document.protection = protection
            document.sealed = try protection.seal(
                try CanonicalJSON.compact(keys), passphrase: passphrase)
        } else {
            document.keys = keys
        }
        try DurableFile.replaceSecret(try CanonicalJSON.pretty(document), at: url)
    }

    /// Nil for the form of 32 bytes.
    private func document() throws -> Document? {
        let data = try DurableFile.read(url)
        guard data.first == UInt8(ascii: "{"), data.count != 32 else { return nil }
        do {
            let document = try CanonicalJSON.decode(Document.self, from: data)
            guard document.letheVaultKeys == 1 else { throw malformed(nil) }
            return document
        } catch let error as DomainError { throw malformed(error) }
    }

    private func malformed(_ cause: (any Error)?) -> CaseworkError {
        CaseworkError(
            .malformedKey, "\(url.lastPathComponent) is not a key file of this version.",
            remedy: "Restore the key file from a backup; without it no request can be read.",
            cause: cause)
    }
}
