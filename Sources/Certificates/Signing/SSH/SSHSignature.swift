import Crypto
import Domain
import Foundation

/// A detached SSH signature: `ssh-keygen -Y verify` checks it on machines without OpenSSL 3.
///
/// Reference: OpenSSH, PROTOCOL.sshsig. Only Ed25519 and SHA-512 are written and read. It covers the
/// bytes of the statement itself, not the envelope's encoding, so it is another signature than
/// the envelope's by the same key.
package struct SSHSignature: Sendable, Equatable {
    /// What signatures of certificates are made for; a signature of another purpose is refused.
    package static let certificateNamespace = "certificate@lethe.dev"

    private static let magic = Data("SSHSIG".utf8)
    private static let version: UInt32 = 1
    private static let hashAlgorithm = "sha512"
    private static let begin = "-----BEGIN SSH SIGNATURE-----"
    private static let end = "-----END SSH SIGNATURE-----"
    /// What `ssh-keygen` writes. The protocol's text says 76: both are read.
    private static let columnCount = 70
    private static let readColumnCounts: Set = [70, 76]
    static let maximumByteCount = 1 << 14

    package let key: PublicKey
    package let namespace: String
    /// 64 bytes.
    package let bytes: Data

    /// Signs `message`.
    /// - Parameter namespace: the purpose, as `NAME@DOMAIN`; not empty.
    /// - Throws: `malformed-identity` for an empty namespace.
    package init(
        signing message: Data, key: SigningKey, namespace: String = certificateNamespace
    ) throws {
        guard !namespace.isEmpty else {
            throw CertificateError(
                .malformedIdentity, "An SSH signature needs a namespace.",
                remedy: "Give one like \(Self.certificateNamespace).")
        }
        self.key = key.publicKey
        self.namespace = namespace
        bytes = try key.signature(for: Self.signedBytes(message, namespace: namespace))
    }

    /// Reads an armoured signature as `ssh-keygen -Y sign` writes it.
    /// - Throws: `malformed-ssh-signature` naming the rule that is broken, with its `FileDefect`;
    ///   `unknown-algorithm` for a key or hash of another kind.
    package init(parsing data: Data) throws {
        var reader = SSHWire.Reader(try Self.blob(data))
        guard reader.take(Self.magic.count) == Self.magic else {
            throw Self.malformed(.malformed, "It does not begin with SSHSIG.")
        }
        guard let version = reader.number() else { throw Self.truncated("version") }
        guard version == Self.version else {
            throw Self.malformed(.unexpectedValue, "Its version is \(version), not 1.")
        }
        guard let key = reader.string() else { throw Self.truncated("public key") }
        guard let namespace = reader.string() else { throw Self.truncated("namespace") }
        guard let reserved = reader.string() else { throw Self.truncated("reserved field") }
        guard let hash = reader.string() else { throw Self.truncated("hash algorithm") }
        guard let signature = reader.string() else { throw Self.truncated("signature") }
        guard reader.isAtEnd else {
            throw Self.malformed(.malformed, "There are bytes after its end.")
        }
        do { self.key = try PublicKey(sshBlob: key) } catch let error as CertificateError
            where error.code == .malformedKey
        { throw Self.malformed(.malformed, error.message) }
        guard let text = String(validating: namespace, as: UTF8.self), !text.isEmpty else {
            throw Self.malformed(.unexpectedValue, "Its namespace is empty or no text.")
        }
        self.namespace = text
        guard reserved.isEmpty else {
            throw Self.malformed(.unexpectedValue, "Its reserved field is not empty.")
        }
        guard hash == Data(Self.hashAlgorithm.utf8) else {
            throw CertificateError(
                .unknownAlgorithm,
                "The SSH signature is of a \(Self.name(hash)) hash; only \(Self.hashAlgorithm) "
                    + "is known here.", details: ["algorithm": Self.name(hash)],
                remedy: "Check it with `ssh-keygen -Y verify`.")
        }
        var parts = SSHWire.Reader(signature)
        guard let kind = parts.string(), let bytes = parts.string(), parts.isAtEnd else {
            throw Self.truncated("signature")
        }
        guard kind == Data(PublicKey.sshAlgorithm.utf8) else {
            throw PublicKey.unknownSSHAlgorithm(kind)
        }
        guard bytes.count == PublicKey.signatureByteCount else {
            throw Self.malformed(
                .unexpectedValue, "Its Ed25519 signature has \(bytes.count) bytes, not 64.")
        }
        self.bytes = bytes
    }

    /// Checks that one of `keys` made this signature over exactly `message`, for this purpose.
    /// - Returns: the key.
    /// - Throws: `untrusted-key`, `invalid-signature`.
    @discardableResult
    package func verify(
        _ message: Data, keys: [PublicKey], namespace: String = certificateNamespace
    ) throws -> PublicKey {
        guard keys.contains(key) else {
            throw CertificateError(
                .untrustedKey,
                "The SSH signature was made with the key \(key.keyID.short), which is not trusted.",
                details: ["signer": key.keyID.hexadecimal],
                remedy: "Get the issuer's public key from the issuer, not from the sender.")
        }
        guard self.namespace.utf8.elementsEqual(namespace.utf8) else {
            throw CertificateError(
                .invalidSignature,
                "The SSH signature was made for another purpose than \(namespace).",
                details: ["namespace": namespace],
                remedy: "Ask the issuer for the signature of the certificate.")
        }
        guard key.isValid(signature: bytes, for: Self.signedBytes(message, namespace: namespace))
        else {
            throw CertificateError(
                .invalidSignature,
                "The SSH signature does not match: the content or the signature was changed.",
                details: ["signer": key.keyID.hexadecimal],
                remedy: "Ask the issuer for the original files.")
        }
        return key
    }

    /// The armoured file, laid out as `ssh-keygen -Y sign` does.
    package var armored: String {
        let signature = SSHWire.string(PublicKey.sshAlgorithm) + SSHWire.string(bytes)
        let blob =
            Self.magic + SSHWire.number(Self.version) + SSHWire.string(key.sshBlob)
            + SSHWire.string(namespace) + SSHWire.string("")
            + SSHWire.string(Self.hashAlgorithm) + SSHWire.string(signature)
        let lines = PEM.lines(of: Base64.text(blob), columnCount: Self.columnCount)
        return ([Self.begin] + lines + [Self.end, ""]).joined(separator: "\n")
    }

    private static func signedBytes(_ message: Data, namespace: String) -> Data {
        magic + SSHWire.string(namespace) + SSHWire.string("") + SSHWire.string(hashAlgorithm)
            + SSHWire.string(Data(SHA512.hash(data: message)))
    }

    /// The bytes inside the armour. It has one form only, so that no byte of it is without meaning.
    private static func blob(_ data: Data) throws -> Data {
        guard data.count <= maximumByteCount else {
            throw malformed(
                .oversized,
                "It is larger than \(maximumByteCount) bytes.")
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw malformed(.malformed, "It is not text.")
        }
        // By bytes: as characters, a carriage return and line feed would be one.
        let lines = text.utf8.split(separator: 10, omittingEmptySubsequences: false)
            .map { String(Substring($0)) }
        guard lines.first?.utf8.elementsEqual(begin.utf8) == true else {
            throw malformed(.malformed, "Its first line is not \(begin).")
        }
        guard lines.count >= 3, lines.last == "",
            lines[lines.count - 2].utf8.elementsEqual(end.utf8)
        else { throw malformed(.truncated, "Its last line is not \(end).") }
        let body = lines.dropFirst().dropLast(2)
        let width = body.first?.utf8.count ?? 0
        guard body.dropLast().allSatisfy({ $0.utf8.count == width }),
            body.count == 1 || readColumnCounts.contains(width),
            let last = body.last, !last.isEmpty, last.utf8.count <= max(width, 76)
        else {
            throw malformed(.nonCanonicalForm, "Its lines are not 70 or 76 characters long.")
        }
        do { return try Base64.bytes(of: body.joined(), alphabets: .standard) } catch {
            throw malformed(
                .nonCanonicalBase64, "Its content is not valid base64: \(error.rawValue).")
        }
    }

    static func name(_ bytes: Data) -> String {
        bytes.count <= 64 && bytes.allSatisfy { (33...126).contains($0) }
            ? String(decoding: bytes, as: UTF8.self) : "nameless"
    }

    private static func truncated(_ field: String) -> CertificateError {
        malformed(.truncated, "It ends in its \(field).")
    }

    private static func malformed(_ defect: FileDefect, _ rule: String) -> CertificateError {
        CertificateError(
            .malformedSSHSignature, "This is not an SSH signature. \(rule)",
            details: ["rule": rule, "defect": defect.rawValue],
            remedy: "Give the .sig file as it was issued.")
    }
}
