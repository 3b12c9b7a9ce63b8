import Crypto
import CryptoExtras
import Domain
import Foundation

/// A private key encrypted by a passphrase: PKCS#8 `EncryptedPrivateKeyInfo` with PBES2, which
/// `openssl pkey` reads.
///
/// Reference: RFC 5958, section 3; RFC 8018, section 6.2; RFC 7914, section 7. Written with PBKDF2, since
/// OpenSSL refuses to read scrypt above 32 MiB of memory, which is too little to be recommended.
/// Read with both.
struct EncryptedPrivateKey {
    static let label = "ENCRYPTED PRIVATE KEY"
    /// OWASP, Password Storage Cheat Sheet (2023): PBKDF2 with HMAC-SHA256.
    static let roundCount = 600_000
    /// Far more than any private key read here has.
    private static let maximumByteCount = 4096

    private static let pbes2: ObjectIdentifierText = "1.2.840.113549.1.5.13"
    private static let aes256CBC: ObjectIdentifierText = "2.16.840.1.101.3.4.1.42"
    private static let blockByteCount = 16
    private static let keyByteCount = 32

    private let derivation: PassphraseDerivation
    private let initialVector: Data
    private let content: Data

    /// Encrypts `privateKey` (PKCS#8 DER) with a fresh salt.
    init(_ privateKey: Data, passphrase: Data) throws {
        derivation = .pbkdf2(salt: Self.random(16), rounds: Self.roundCount, hash: .sha256)
        initialVector = Self.random(Self.blockByteCount)
        content = try AES._CBC.encrypt(
            privateKey, using: derivation.key(passphrase, byteCount: Self.keyByteCount),
            iv: AES._CBC.IV(ivBytes: initialVector))
    }

    /// - Throws: `malformed-key`, with the rule that is broken; `unknown-algorithm`.
    init(der: Data) throws {
        do { try self.init(reading: der) } catch let defect as DERReader.Defect {
            throw Self.malformed(defect.rule)
        }
    }

    private init(reading der: Data) throws {
        guard der.count <= Self.maximumByteCount else {
            throw Self.malformed("it has \(der.count) bytes; at most 4096 are read")
        }
        var reader = DERReader(der)
        var whole = try reader.enterSequence("the encrypted key")
        try reader.finish("the encrypted key")
        var algorithm = try whole.enterSequence("the algorithm")
        content = try whole.content(DERReader.Tag.octetString, "the encrypted content")
        try whole.finish("the encrypted content")
        let scheme = try algorithm.objectIdentifier("the scheme")
        guard scheme == Self.pbes2 else { throw Self.unknownAlgorithm("scheme", scheme) }
        var parameters = try algorithm.enterSequence("the parameters of PBES2")
        try algorithm.finish("the parameters of PBES2")
        derivation = try PassphraseDerivation(
            reading: &parameters, keyByteCount: Self.keyByteCount)
        var cipher = try parameters.enterSequence("the cipher")
        try parameters.finish("the cipher")
        let cipherName = try cipher.objectIdentifier("the cipher's name")
        guard cipherName == Self.aes256CBC else {
            throw Self.unknownAlgorithm("cipher", cipherName)
        }
        initialVector = try cipher.content(DERReader.Tag.octetString, "the initial vector")
        try cipher.finish("the initial vector")
        guard initialVector.count == Self.blockByteCount, !content.isEmpty,
            content.count % Self.blockByteCount == 0
        else { throw Self.malformed("its cipher text does not have whole blocks") }
    }

    /// - Returns: PKCS#8 DER.
    /// - Throws: `passphrase-wrong`, also where the content was changed: the format has no digest
    ///   that would tell the two apart.
    func decrypt(passphrase: Data) throws -> Data {
        let key = try derivation.key(passphrase, byteCount: Self.keyByteCount)
        do {
            return try AES._CBC.decrypt(
                content, using: key, iv: AES._CBC.IV(ivBytes: initialVector))
        } catch { throw Self.wrongPassphrase(cause: error) }
    }

    var derRepresentation: Data {
        DERWriter.sequence([
            DERWriter.sequence([
                DERWriter.objectIdentifier(Self.pbes2),
                DERWriter.sequence([
                    derivation.algorithmIdentifier,
                    DERWriter.sequence([
                        DERWriter.objectIdentifier(Self.aes256CBC),
                        DERWriter.octetString(initialVector),
                    ]),
                ]),
            ]),
            DERWriter.octetString(content),
        ])
    }

    var pemRepresentation: String { PEM.text(derRepresentation, label: Self.label) }

    static func wrongPassphrase(cause: (any Error)? = nil) -> CertificateError {
        CertificateError(
            .passphraseWrong,
            "The passphrase does not open the signing key, or its file was changed.",
            remedy: "Try again; a lost passphrase cannot be replaced, only the key.", cause: cause)
    }

    static func unknownAlgorithm(
        _ what: String, _ name: ObjectIdentifierText
    ) -> CertificateError {
        CertificateError(
            .unknownAlgorithm,
            "The signing key is encrypted with the \(what) \(name), which is not known here.",
            details: ["algorithm": name.description],
            remedy: "Convert it with `openssl pkcs8 -topk8 -v2 aes-256-cbc -iter 600000`.")
    }

    static func malformed(_ rule: String) -> CertificateError {
        CertificateError(
            .malformedKey, "The encrypted signing key cannot be read: \(rule).",
            details: ["rule": rule], remedy: "Restore the key from its backup.")
    }

    private static func random(_ byteCount: Int) -> Data {
        SymmetricKey(size: .init(bitCount: byteCount * 8)).withUnsafeBytes { Data($0) }
    }
}
