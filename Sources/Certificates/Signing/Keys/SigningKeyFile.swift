import Domain
import Foundation

/// The file that a signing key is kept in: PKCS#8 as PEM with mode 0600, encrypted or not.
extension SigningKey {
    /// Fewer bytes of a new passphrase are refused: they would be guessed from a stolen file.
    static let minimumPassphraseByteCount = 8

    /// Reads the key from its file and refuses one that others on the machine can read.
    /// - Parameter passphrase: UTF-8 bytes; needed where `isProtected(at:)`.
    /// - Throws: `file-unreadable`, `unprotected-key`, `malformed-key`, `passphrase-needed`,
    ///   `passphrase-wrong`, `unknown-algorithm`.
    package init(contentsOf url: URL, passphrase: Data? = nil) throws {
        let data = try DurableFile.read(url)
        let attributes = try? FileManager.default.attributesOfItem(atPath: url.path)
        let mode = (attributes?[.posixPermissions] as? NSNumber)?.intValue
        guard let mode, mode & 0o077 == 0 else {
            throw CertificateError(
                .unprotectedKey, "The signing key \(url.path) can be read by other users.",
                details: [
                    "path": url.path, "mode": mode.map { String($0, radix: 8) } ?? "unknown",
                ],
                remedy: "Find out who may have read it; if nobody, run `chmod 600 \(url.path)`.")
        }
        do {
            try self.init(pem: String(decoding: data, as: UTF8.self), passphrase: passphrase)
        } catch let error as CertificateError {
            throw CertificateError(
                error.code, "\(url.path) cannot be used as signing key. \(error.message)",
                details: error.details.merging(["path": url.path]) { old, _ in old },
                remedy: error.code == .malformedKey
                    ? "Restore the key from its backup." : error.remedy,
                cause: error)
        }
    }

    /// Whether the key in this file is encrypted by a passphrase.
    /// - Throws: `file-unreadable`.
    package static func isProtected(at url: URL) throws -> Bool {
        let text = String(decoding: try DurableFile.read(url), as: UTF8.self)
        return PEM.content(of: text, label: EncryptedPrivateKey.label) != nil
    }

    /// Makes a new key and stores it with mode 0600. When it returns, the file survives a crash.
    /// - Parameter passphrase: UTF-8 bytes that the key is encrypted by, at least 8; nil for none.
    /// - Throws: `key-exists` if there is a file already; a key is never overwritten, for the
    ///   certificates made with it would lose their issuer. `passphrase-needed` for one that is
    ///   too short; `file-not-written`.
    package static func create(at url: URL, passphrase: Data? = nil) throws -> SigningKey {
        guard !FileManager.default.fileExists(atPath: url.path) else {
            throw CertificateError(
                .keyExists, "There is a key at \(url.path) already; it was left as it is.",
                details: ["path": url.path], remedy: "Use it, or move it away first.")
        }
        let key = SigningKey()
        let content = Data(try key.pem(passphrase: passphrase).utf8)
        try DurableFile.write(content, to: url, permissions: 0o600)
        return key
    }

    /// Sets, changes or removes the passphrase. The file holds the old or the new form, whole,
    /// whenever the machine stops; the old one's blocks are overwritten, as far as the file
    /// system lets them.
    /// - Parameters:
    ///   - present: the passphrase that opens the file now; nil where it has none.
    ///   - new: at least 8 bytes; nil to store the key without.
    /// - Throws: what `init(contentsOf:passphrase:)` throws; `passphrase-needed` for a new one that
    ///   is too short; `file-not-written`.
    package static func changePassphrase(
        at url: URL, from present: Data?, to new: Data?
    ) throws {
        let key = try SigningKey(contentsOf: url, passphrase: present)
        let text = try key.pem(passphrase: new)
        // The only copy is about to go: what replaces it must be readable.
        guard try SigningKey(pem: text, passphrase: new).keyID == key.keyID else {
            throw CertificateError(
                .malformedKey, "The signing key could not be encrypted; its file is as it was.",
                details: ["path": url.path])
        }
        try DurableFile.replaceSecret(Data(text.utf8), at: url)
    }

    /// PKCS#8 as PEM, encrypted if there is a passphrase.
    /// - Throws: `passphrase-needed` if it is too short.
    package func pem(passphrase: Data?) throws -> String {
        guard let passphrase else { return pemRepresentation }
        guard passphrase.count >= Self.minimumPassphraseByteCount else {
            throw CertificateError(
                .passphraseNeeded,
                "A passphrase has at least \(Self.minimumPassphraseByteCount) bytes.",
                remedy: "Choose a longer one; several words are easy to keep.")
        }
        return try EncryptedPrivateKey(pkcs8, passphrase: passphrase).pemRepresentation
    }
}
