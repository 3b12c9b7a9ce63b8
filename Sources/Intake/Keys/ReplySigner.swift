import Crypto
import CryptoExtras
import Domain
import Foundation

/// The key that answers are signed with.
package struct ReplySigner: Sendable {
    /// Published beside the public key; `kid` in JSON web tokens.
    package let keyID: String
    private let key: Key

    private enum Key: Sendable {
        case ed25519(Curve25519.Signing.PrivateKey)
        case ecdsaP256(P256.Signing.PrivateKey)
        case rsa(_RSA.Signing.PrivateKey)
    }

    /// Reads a private key: PKCS #8 (`PRIVATE KEY`) with Ed25519, P-256 or RSA from 2048 bits.
    /// - Throws: `IntakeError` with code `unusable-keys`; it never shows the key.
    package init(keyID: String, pem: String) throws {
        self.keyID = keyID
        // PKCS #8 of an Ed25519 key is this and 32 bytes (RFC 8410, 7).
        let prefix = Data([
            0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22,
            0x04, 0x20,
        ])
        if let block = PEMText.decode(pem), block.label == "PRIVATE KEY" {
            if block.der.starts(with: prefix), block.der.count == 48,
                let key = try? Curve25519.Signing.PrivateKey(
                    rawRepresentation: block.der.suffix(32))
            {
                self.key = .ed25519(key)
                return
            }
            if let key = try? P256.Signing.PrivateKey(derRepresentation: block.der) {
                self.key = .ecdsaP256(key)
                return
            }
            if let key = try? _RSA.Signing.PrivateKey(derRepresentation: block.der) {
                self.key = .rsa(key)
                return
            }
        }
        throw IntakeError(
            .unusableKeys, "The key for signing answers cannot be used.",
            details: ["key": keyID],
            remedy: "Give a PKCS #8 PEM with an Ed25519, P-256 or RSA key of 2048 bits or more.")
    }

    /// `alg` of a JSON web signature.
    var tokenAlgorithm: String {
        switch key {
        case .ed25519: "EdDSA"
        case .ecdsaP256: "ES256"
        case .rsa: "RS256"
        }
    }

    /// A signature in the form X.509 tools check: ECDSA in DER.
    func signature(of data: Data) throws -> Data {
        switch key {
        case .ed25519(let key): try key.signature(for: data)
        case .ecdsaP256(let key): try key.signature(for: data).derRepresentation
        case .rsa(let key):
            try key.signature(for: data, padding: .insecurePKCS1v1_5).rawRepresentation
        }
    }

    /// A signature in the form of JSON web tokens: ECDSA as two numbers.
    func tokenSignature(of data: Data) throws -> Data {
        guard case .ecdsaP256(let key) = key else { return try signature(of: data) }
        return try key.signature(for: data).rawRepresentation
    }
}
