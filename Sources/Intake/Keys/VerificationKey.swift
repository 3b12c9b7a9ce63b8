import Crypto
import CryptoExtras
import Domain
import Foundation

/// A key that a sender's signatures are checked with.
enum VerificationKey: Sendable {
    case ed25519(Curve25519.Signing.PublicKey)
    case ecdsaP256(P256.Signing.PublicKey)
    case rsa(_RSA.Signing.PublicKey)
    case secret(SymmetricKey)

    var scheme: SignatureScheme {
        switch self {
        case .ed25519: .ed25519
        case .ecdsaP256: .ecdsaP256
        case .rsa: .rsaPKCS1
        case .secret: .hmacSHA256
        }
    }

    /// Whether a signature holds. ECDSA is taken as two 32-byte numbers (JSON web signatures) and
    /// as DER (X.509 tools).
    func accepts(_ signature: Data, of message: Data) -> Bool {
        switch self {
        case .ed25519(let key):
            return key.isValidSignature(signature, for: message)
        case .ecdsaP256(let key):
            let parsed =
                signature.count == 64
                ? try? P256.Signing.ECDSASignature(rawRepresentation: signature)
                : try? P256.Signing.ECDSASignature(derRepresentation: signature)
            return parsed.map { key.isValidSignature($0, for: message) } ?? false
        case .rsa(let key):
            return key.isValidSignature(
                _RSA.Signing.RSASignature(rawRepresentation: signature), for: message,
                padding: .insecurePKCS1v1_5)
        case .secret(let key):
            return HMAC<SHA256>.isValidAuthenticationCode(
                signature, authenticating: message, using: key)
        }
    }

    /// From `PUBLIC KEY` (SubjectPublicKeyInfo) or `CERTIFICATE`; RSA from 2048 bits.
    init?(pem text: String) {
        guard let block = PEMText.decode(text) else { return nil }
        switch block.label {
        case "PUBLIC KEY": self.init(publicKeyInfo: block.der)
        case "CERTIFICATE":
            guard let info = DERReader.publicKeyInfo(inCertificate: block.der) else { return nil }
            self.init(publicKeyInfo: info)
        default: return nil
        }
    }

    private init?(publicKeyInfo der: Data) {
        guard let (algorithm, bits) = DERReader.algorithmAndKey(ofPublicKeyInfo: der) else {
            return nil
        }
        let key: VerificationKey?
        switch algorithm {
        case [0x2B, 0x65, 0x70]:  // 1.3.101.112
            key = (try? Curve25519.Signing.PublicKey(rawRepresentation: bits)).map { .ed25519($0) }
        case [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01]:  // 1.2.840.10045.2.1
            key = (try? P256.Signing.PublicKey(derRepresentation: der)).map { .ecdsaP256($0) }
        case [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01]:  // 1.2.840.113549.1.1.1
            key = (try? _RSA.Signing.PublicKey(derRepresentation: der)).map { .rsa($0) }
        default: key = nil
        }
        guard let key else { return nil }
        self = key
    }

    /// From a JSON web key (RFC 7517, 7518, 8037): OKP Ed25519, EC P-256, RSA from 2048 bits.
    init?(jwk: JSONValue) {
        func bytes(_ name: String) -> Data? {
            jwk[name]?.text.flatMap { Base64Text.decode($0.utf8, .url) }
        }
        if let use = jwk["use"], use.text != "sig" { return nil }
        let key: VerificationKey?
        switch (jwk["kty"]?.text, jwk["crv"]?.text) {
        case ("OKP", "Ed25519"):
            key = bytes("x").flatMap {
                (try? Curve25519.Signing.PublicKey(rawRepresentation: $0)).map { .ed25519($0) }
            }
        case ("EC", "P-256"):
            guard let x = bytes("x"), let y = bytes("y"), x.count == 32, y.count == 32 else {
                return nil
            }
            key = (try? P256.Signing.PublicKey(x963Representation: [4] + x + y))
                .map { .ecdsaP256($0) }
        case ("RSA", nil):
            guard let n = bytes("n"), let e = bytes("e"), n.first != 0, n.count >= 256 else {
                return nil
            }
            key = (try? _RSA.Signing.PublicKey(n: n, e: e)).map { .rsa($0) }
        default: key = nil
        }
        guard let key else { return nil }
        self = key
    }
}
