import Domain
import Foundation

import enum Crypto.Curve25519

/// The Ed25519 key an organisation signs its certificates with. Whoever holds it can issue
/// certificates in the organisation's name, so it never shows itself and its file is private.
package struct SigningKey: Sendable, CustomStringConvertible, CustomReflectable {
    /// PKCS#8 version 1 around the 32-byte seed (RFC 8410, section 7).
    private static let derPrefix: [UInt8] = [
        0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04,
        0x20,
    ]
    private static let label = "PRIVATE KEY"

    private let key: Curve25519.Signing.PrivateKey
    package let publicKey: PublicKey

    private init(_ key: Curve25519.Signing.PrivateKey) {
        self.key = key
        publicKey = PublicKey(key.publicKey)
    }

    /// A new random key, in memory only.
    package init() { self.init(Curve25519.Signing.PrivateKey()) }

    /// - Parameter seed: the 32 bytes RFC 8032 calls the private key.
    /// - Throws: `malformed-key`.
    package init(seed: Data) throws {
        guard let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed) else {
            throw CertificateError(
                .malformedKey, "An Ed25519 seed has 32 bytes; this one has \(seed.count).")
        }
        self.init(key)
    }

    /// Reads an unencrypted PKCS#8 `PRIVATE KEY` block, as `openssl genpkey -algorithm ed25519`
    /// writes it.
    /// - Throws: `malformed-key`.
    package init(pem: String) throws {
        guard let der = PEM.content(of: pem, label: Self.label), der.count == 48,
            der.starts(with: Self.derPrefix)
        else {
            throw CertificateError(
                .malformedKey,
                "The signing key is not one unencrypted PKCS#8 PEM block with an Ed25519 key.",
                remedy: "Make one with `openssl genpkey -algorithm ed25519`.")
        }
        try self.init(seed: der.suffix(32))
    }

    /// Reads the key from its file and refuses one that others on the machine can read.
    /// - Throws: `file-unreadable`, `unprotected-key`, `malformed-key`.
    package init(contentsOf url: URL) throws {
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
        do { try self.init(pem: String(decoding: data, as: UTF8.self)) } catch {
            throw CertificateError(
                .malformedKey, "\(url.path) holds no Ed25519 signing key in PKCS#8 PEM.",
                details: ["path": url.path],
                remedy: "Restore the key from its backup.", cause: error)
        }
    }

    /// Makes a new key and stores it with mode 0600. When it returns, the file survives a crash.
    /// - Throws: `key-exists` if there is a file already; a key is never overwritten, for the
    ///   certificates made with it would lose their issuer. `file-not-written`.
    package static func create(at url: URL) throws -> SigningKey {
        guard !FileManager.default.fileExists(atPath: url.path) else {
            throw CertificateError(
                .keyExists, "There is a key at \(url.path) already; it was left as it is.",
                details: ["path": url.path], remedy: "Use it, or move it away first.")
        }
        let key = SigningKey()
        try DurableFile.write(Data(key.pemRepresentation.utf8), to: url, permissions: 0o600)
        return key
    }

    /// PKCS#8 as PEM, readable by `openssl pkey`. Secret.
    package var pemRepresentation: String {
        PEM.text(Data(Self.derPrefix) + key.rawRepresentation, label: Self.label)
    }

    /// 64 bytes. They may differ from call to call on some platforms: verify, never compare.
    /// - Throws: what the cryptographic library reports.
    package func signature(for bytes: Data) throws -> Data { try key.signature(for: bytes) }

    package var keyID: Digest { publicKey.keyID }
    package var description: String { "signing key \(keyID.short)" }
    package var customMirror: Mirror { Mirror(self, children: ["keyID": keyID]) }
}
