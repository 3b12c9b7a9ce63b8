import Domain
import Foundation

import enum Crypto.Curve25519

/// An Ed25519 public key that certificates are checked with.
package struct PublicKey: Sendable, Hashable, CustomStringConvertible {
    /// `SEQUENCE { SEQUENCE { OID 1.3.101.112 } BIT STRING }` before the 32 bytes (RFC 8410).
    static let derPrefix: [UInt8] = [
        0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
    ]
    static let label = "PUBLIC KEY"

    static let signatureByteCount = 64

    /// The 32 bytes of the key (RFC 8032).
    package let rawRepresentation: Data

    /// - Parameter rawRepresentation: 32 bytes.
    /// - Throws: `malformed-key`.
    package init(rawRepresentation: Data) throws {
        guard rawRepresentation.count == 32 else {
            throw Self.malformed("has \(rawRepresentation.count) bytes instead of 32")
        }
        self.rawRepresentation = Data(rawRepresentation)
    }

    init(_ key: Curve25519.Signing.PublicKey) {
        rawRepresentation = key.rawRepresentation
    }

    /// Reads a `PUBLIC KEY` block, as `openssl pkey -pubout` writes it.
    /// - Throws: `malformed-key`.
    package init(pem: String) throws {
        guard let der = PEM.content(of: pem, label: Self.label) else {
            throw Self.malformed("is not one PEM block labelled PUBLIC KEY")
        }
        try self.init(derRepresentation: der)
    }

    /// Reads a SubjectPublicKeyInfo.
    /// - Throws: `malformed-key`.
    init(derRepresentation der: Data) throws {
        guard der.count == 44, der.starts(with: Self.derPrefix) else {
            throw Self.malformed("is not an Ed25519 key")
        }
        try self.init(rawRepresentation: der.suffix(32))
    }

    /// - Throws: `file-unreadable`, `malformed-key`.
    package init(contentsOf url: URL) throws {
        let data = try DurableFile.read(url, atMost: Envelope.maximumByteCount)
        do { try self.init(pem: String(decoding: data, as: UTF8.self)) } catch {
            throw CertificateError(
                .malformedKey,
                "\(url.path) holds no public key that certificates are checked with.",
                details: ["path": url.path],
                remedy: "Give the lethe-public-key.pem that came with the certificate.",
                cause: error)
        }
    }

    /// SubjectPublicKeyInfo, 44 bytes.
    package var derRepresentation: Data { Data(Self.derPrefix) + rawRepresentation }

    /// SubjectPublicKeyInfo as PEM, readable by `openssl pkey -pubin`.
    package var pemRepresentation: String { PEM.text(derRepresentation, label: Self.label) }

    /// Names the key in envelopes: SHA-256 of its SubjectPublicKeyInfo, which is what
    /// `openssl pkey -pubin -outform DER | openssl dgst -sha256` prints.
    package var keyID: Digest { Digest(of: derRepresentation) }

    package var description: String { "public key \(keyID.short)" }

    /// Whether `signature` (64 bytes) was made over exactly these bytes with this key.
    package func isValid(signature: Data, for bytes: Data) -> Bool {
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: rawRepresentation)
        else { return false }
        return key.isValidSignature(signature, for: bytes)
    }

    private static func malformed(_ what: String) -> CertificateError {
        CertificateError(
            .malformedKey, "The public key \(what).",
            remedy: "Give an Ed25519 public key as PEM, e.g. lethe-public-key.pem.")
    }
}
