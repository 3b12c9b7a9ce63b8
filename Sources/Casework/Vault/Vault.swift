import Crypto
import Domain
import Foundation

/// Keeps what is personal: encrypts each case's request under a key of its own, which is wrapped by
/// the workspace's master key. Without the wrapped key the content cannot be read by anybody.
///
/// AES-256-GCM throughout; the case id is authenticated with both, so that neither can be moved to
/// another case.
package struct Vault: Sendable {
    private let masterKey: SymmetricKey

    /// - Throws: `malformed-key` unless there are 32 bytes.
    package init(masterKey: Data) throws {
        guard masterKey.count == 32 else {
            throw CaseworkError(
                .malformedKey, "The master key has \(masterKey.count) bytes instead of 32.",
                remedy: "Restore the key file from a backup; without it no request can be read.")
        }
        self.masterKey = SymmetricKey(data: masterKey)
    }

    /// Reads the master key, or makes one with permissions 0600 if there is no file.
    /// - Throws: `malformed-key`; `file-unreadable`, `file-not-written`.
    package static func openOrCreate(keyFile: URL) throws -> Vault {
        if !FileManager.default.fileExists(atPath: keyFile.path) {
            let key = SymmetricKey(size: .bits256).withUnsafeBytes { Data($0) }
            try DurableFile.write(key, to: keyFile, permissions: 0o600)
        }
        return try Vault(masterKey: try DurableFile.read(keyFile))
    }

    /// What is stored of one case.
    struct Sealed {
        let wrappedKey: Data
        let content: Data
    }

    func seal(_ content: Data, for id: CaseID) throws -> Sealed {
        let key = SymmetricKey(size: .bits256)
        let name = Data("lethe.vault.v1 \(id)".utf8)
        let raw = key.withUnsafeBytes { Data($0) }
        guard
            let wrapped = try AES.GCM.seal(raw, using: masterKey, authenticating: name).combined,
            let sealed = try AES.GCM.seal(content, using: key, authenticating: name).combined
        else { throw Self.unreadable(id, nil) }
        return Sealed(wrappedKey: wrapped, content: sealed)
    }

    /// - Throws: `vault-unreadable` if a byte was changed, moved from another case, or the master
    ///   key is another one.
    func open(_ sealed: Sealed, for id: CaseID) throws -> Data {
        let name = Data("lethe.vault.v1 \(id)".utf8)
        do {
            let raw = try AES.GCM.open(
                try AES.GCM.SealedBox(combined: sealed.wrappedKey), using: masterKey,
                authenticating: name)
            return try AES.GCM.open(
                try AES.GCM.SealedBox(combined: sealed.content), using: SymmetricKey(data: raw),
                authenticating: name)
        } catch { throw Self.unreadable(id, error) }
    }

    /// HMAC-SHA-256 under a key derived from the master key: equal texts give equal digests, and
    /// nobody without the key can test a guess.
    package func keyedDigest(of text: String) -> Domain.Digest? {
        let key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: masterKey, info: Data("lethe.source-id.v1".utf8),
            outputByteCount: 32)
        let code = HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: key)
        return Domain.Digest(hexadecimal: hexadecimalText(code))
    }

    private static func unreadable(_ id: CaseID, _ cause: (any Error)?) -> CaseworkError {
        CaseworkError(
            .vaultUnreadable, "The stored request of \(id) cannot be decrypted.",
            details: ["case": id.description],
            remedy: "Check that the workspace's master key is the one it was made with.",
            cause: cause)
    }
}
