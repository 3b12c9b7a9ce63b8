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

    /// Reads a PKCS#8 block: `PRIVATE KEY`, as `openssl genpkey -algorithm ed25519` writes it, or
    /// `ENCRYPTED PRIVATE KEY`, as `openssl pkcs8 -topk8 -v2 aes-256-cbc` does.
    /// - Parameter passphrase: UTF-8 bytes; not looked at if the key is not encrypted.
    /// - Throws: `malformed-key`, `passphrase-needed`, `passphrase-wrong`, `unknown-algorithm`.
    package init(pem: String, passphrase: Data? = nil) throws {
        if let der = PEM.content(of: pem, label: EncryptedPrivateKey.label) {
            guard let passphrase else {
                throw CertificateError(
                    .passphraseNeeded, "The signing key is protected by a passphrase.",
                    remedy: "Give the passphrase.")
            }
            let content = try EncryptedPrivateKey(der: der).decrypt(passphrase: passphrase)
            // Padding that a wrong passphrase leaves in order by chance is found out here.
            guard content.starts(with: Data([0x30])) else {
                throw EncryptedPrivateKey.wrongPassphrase()
            }
            try self.init(pkcs8: content)
            return
        }
        guard let der = PEM.content(of: pem, label: Self.label) else {
            throw Self.malformed("is not one PKCS#8 PEM block")
        }
        try self.init(pkcs8: der)
    }

    private init(pkcs8 der: Data) throws {
        guard der.count == 48, der.starts(with: Self.derPrefix) else {
            throw Self.malformed("does not hold an Ed25519 key and nothing else")
        }
        try self.init(seed: Data(der.suffix(32)))
    }

    private static func malformed(_ what: String) -> CertificateError {
        CertificateError(
            .malformedKey, "The signing key \(what).",
            remedy: "Make one with `openssl genpkey -algorithm ed25519`.")
    }

    /// PKCS#8 as DER. Secret.
    var pkcs8: Data { Data(Self.derPrefix) + key.rawRepresentation }

    /// PKCS#8 as PEM, readable by `openssl pkey`. Secret.
    package var pemRepresentation: String { PEM.text(pkcs8, label: Self.label) }

    /// 64 bytes. They may differ from call to call on some platforms: verify, never compare.
    /// - Throws: what the cryptographic library reports.
    package func signature(for bytes: Data) throws -> Data { try key.signature(for: bytes) }

    package var keyID: Digest { publicKey.keyID }
    package var description: String { "signing key \(keyID.short)" }
    package var customMirror: Mirror { Mirror(self, children: ["keyID": keyID]) }
}
