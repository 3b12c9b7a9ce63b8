import Domain
import Foundation

/// The forms in which SSH's tools read a public key.
extension PublicKey {
    static let sshAlgorithm = "ssh-ed25519"

    /// The key as it stands inside SSH messages (RFC 8709, section 4).
    var sshBlob: Data { SSHWire.string(Self.sshAlgorithm) + SSHWire.string(rawRepresentation) }

    /// - Throws: `unknown-algorithm`, `malformed-key`.
    init(sshBlob: Data) throws {
        var reader = SSHWire.Reader(sshBlob)
        guard let algorithm = reader.string() else { throw Self.malformedSSHKey("it is truncated") }
        guard algorithm == Data(Self.sshAlgorithm.utf8) else {
            throw Self.unknownSSHAlgorithm(algorithm)
        }
        guard let bytes = reader.string() else { throw Self.malformedSSHKey("it is truncated") }
        guard reader.isAtEnd else { throw Self.malformedSSHKey("bytes follow after its end") }
        try self.init(rawRepresentation: bytes)
    }

    /// Reads a line like `ssh-ed25519 AAAA... comment`, as in `id_ed25519.pub`.
    /// - Throws: `unknown-algorithm`, `malformed-key`.
    package init(sshLine line: String) throws {
        let words = line.split(separator: " ", maxSplits: 2)
        guard words.count >= 2 else { throw Self.malformedSSHKey("the line has one word only") }
        guard words[0].utf8.elementsEqual(Self.sshAlgorithm.utf8) else {
            throw Self.unknownSSHAlgorithm(Data(words[0].utf8))
        }
        let text = words[1].trimmingCharacters(in: .newlines)
        do { try self.init(sshBlob: Base64.bytes(of: text, alphabets: .standard)) } catch let defect
            as Base64.Defect
        { throw Self.malformedSSHKey("it is not valid base64: \(defect.rawValue)") }
    }

    /// The key as one line of an `authorized_keys` or `.pub` file, without a line feed.
    /// - Parameter comment: shown to people only; what it has besides printable ASCII is left out.
    package func sshLine(comment: String = "") -> String {
        let words = comment.unicodeScalars.filter { (32...126).contains($0.value) }
        let text = String(String.UnicodeScalarView(words)).trimmingCharacters(in: .whitespaces)
        let key = "\(Self.sshAlgorithm) \(Base64.text(sshBlob))"
        return text.isEmpty ? key : "\(key) \(text)"
    }

    /// One line for the file that `ssh-keygen -Y verify -f` reads, with the line feed
    /// (ssh-keygen(1), ALLOWED SIGNERS). The times need OpenSSH 9.1 or newer.
    /// - Parameters:
    ///   - identity: who signs, e.g. an e-mail address; given to `ssh-keygen -I`. Letters, digits
    ///     and `. _ @ + -` only, for commas, spaces, quotes and wildcards mean something there.
    ///   - validAfter: first moment at which a signature is accepted.
    ///   - validBefore: moment from which none is accepted.
    /// - Throws: `malformed-identity`.
    package func allowedSignersLine(
        identity: String, namespace: String = SSHSignature.certificateNamespace,
        validAfter: Timestamp? = nil, validBefore: Timestamp? = nil
    ) throws -> String {
        for name in [identity, namespace] where !Self.isPlainName(name) {
            throw CertificateError(
                .malformedIdentity,
                "A list of allowed signers can hold only letters, digits and . _ @ + - in a name.",
                remedy: "Give an e-mail address of the issuer, like privacy@example.org.")
        }
        var options = ["namespaces=\"\(namespace)\""]
        if let validAfter { options.append("valid-after=\"\(Self.sshTime(validAfter))\"") }
        if let validBefore { options.append("valid-before=\"\(Self.sshTime(validBefore))\"") }
        return "\(identity) \(options.joined(separator: ",")) \(sshLine())\n"
    }

    /// `20260305091400Z`.
    private static func sshTime(_ time: Timestamp) -> String {
        time.description.filter { $0 != "-" && $0 != ":" && $0 != "T" }
    }

    private static func isPlainName(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "._@+-".utf8.contains(byte)
                }
            }
    }

    static func unknownSSHAlgorithm(_ name: Data) -> CertificateError {
        let text = SSHSignature.name(name)
        return CertificateError(
            .unknownAlgorithm,
            "The SSH key or signature is of the kind \(text); only \(sshAlgorithm) is known here.",
            details: ["algorithm": text], remedy: "Check it with `ssh-keygen -Y verify`.")
    }

    private static func malformedSSHKey(_ what: String) -> CertificateError {
        CertificateError(
            .malformedKey, "This is not a public key of SSH: \(what).",
            remedy: "Give a line like `ssh-ed25519 AAAA...`.")
    }
}
