import Crypto
import Domain
import Foundation

/// Keeps what is personal: encrypts each case's request under a key of its own, which is wrapped by
/// the workspace's master key. Without the wrapped key the content cannot be read by anybody.
///
/// AES-256-GCM throughout; the case id is authenticated with both, so that neither can be moved to
/// another case.
package struct Vault: Sendable {
    /// The keys that case keys may be wrapped under; several only while the key is being changed.
    private let wrappingKeys: [(id: String, key: SymmetricKey)]
    /// Kept when the wrapping key is changed, so that digests stay comparable.
    private let digestKey: SymmetricKey

    /// - Throws: `malformed-key` unless there are 32 bytes.
    package init(masterKey: Data) throws {
        try self.init(VaultKeys(masterKey: masterKey))
    }

    init(_ keys: VaultKeys) throws {
        wrappingKeys = try keys.wrapping.map { bytes in
            try VaultKeys.check(bytes)
            return (VaultKeys.id(of: bytes), SymmetricKey(data: bytes))
        }
        try VaultKeys.check(keys.digest)
        digestKey = SymmetricKey(data: keys.digest)
    }

    /// Reads the master key, or makes one with permissions 0600 if there is no file. For a file that
    /// may be protected by a passphrase use `VaultKeyFile`.
    /// - Throws: `malformed-key`, `passphrase-needed`; `file-unreadable`, `file-not-written`.
    package static func openOrCreate(keyFile: URL) throws -> Vault {
        if !FileManager.default.fileExists(atPath: keyFile.path) {
            let key = SymmetricKey(size: .bits256).withUnsafeBytes { Data($0) }
            try DurableFile.write(key, to: keyFile, permissions: 0o600)
        }
        return try VaultKeyFile(keyFile).open(passphrase: nil)
    }

    /// What is stored of one case.
    struct Sealed {
        let wrappedKey: Data
        let content: Data
    }

    /// - Parameter keyID: the wrapping key that is in force; nil for the first there ever was.
    /// - Throws: `vault-unreadable` if this vault has no such key.
    func seal(_ content: Data, for id: CaseID, keyID: String? = nil) throws -> Sealed {
        let key = SymmetricKey(size: .bits256)
        guard
            let sealed = try AES.GCM.seal(content, using: key, authenticating: Self.name(id))
                .combined
        else { throw Self.unreadable(id, nil) }
        return Sealed(
            wrappedKey: try wrap(key.withUnsafeBytes { Data($0) }, for: id, keyID: keyID),
            content: sealed)
    }

    /// - Throws: `vault-unreadable` if a byte was changed, moved from another case, or the master
    ///   key is another one.
    func open(_ sealed: Sealed, for id: CaseID) throws -> Data {
        let raw = try unwrap(sealed.wrappedKey, for: id)
        do {
            return try AES.GCM.open(
                try AES.GCM.SealedBox(combined: sealed.content), using: SymmetricKey(data: raw),
                authenticating: Self.name(id))
        } catch { throw Self.unreadable(id, error) }
    }

    /// Wraps a case's key.
    func wrap(_ caseKey: Data, for id: CaseID, keyID: String?) throws -> Data {
        let wrapping = keyID == nil ? wrappingKeys.first : wrappingKeys.first { $0.id == keyID }
        guard let wrapping,
            let wrapped = try AES.GCM.seal(
                caseKey, using: wrapping.key, authenticating: Self.name(id)
            ).combined
        else { throw Self.unreadable(id, nil) }
        return wrapped
    }

    /// - Throws: `vault-unreadable`.
    func unwrap(_ wrappedKey: Data, for id: CaseID) throws -> Data {
        var cause: (any Error)?
        for wrapping in wrappingKeys {
            do {
                return try AES.GCM.open(
                    try AES.GCM.SealedBox(combined: wrappedKey), using: wrapping.key,
                    authenticating: Self.name(id))
            } catch { cause = error }
        }
        throw Self.unreadable(id, cause)
    }

    /// HMAC-SHA-256 under a key derived from the first master key: equal texts give equal digests, and
    /// nobody without the key can test a guess.
    package func keyedDigest(of text: String) -> Domain.Digest? {
        let code = HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: digestKey)
        return Domain.Digest(hexadecimal: hexadecimalText(code))
    }

    private static func name(_ id: CaseID) -> Data { Data("lethe.vault.v1 \(id)".utf8) }

    static func unreadable(_ id: CaseID, _ cause: (any Error)?) -> CaseworkError {
        CaseworkError(
            .vaultUnreadable, "The stored request of \(id) cannot be decrypted.",
            details: ["case": id.description],
            remedy: "Check that the workspace's master key is the one it was made with.",
            cause: cause)
    }
}
