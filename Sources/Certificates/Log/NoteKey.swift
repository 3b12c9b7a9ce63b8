import Domain
import Foundation

/// The name of a key in a signed note: not empty, without spaces, plus or control characters. Names
/// are compared as bytes.
package struct NoteKeyName: Sendable, Hashable, CustomStringConvertible {
    private let bytes: [UInt8]

    package init?(_ text: some StringProtocol) {
        guard !text.isEmpty,
            text.unicodeScalars.allSatisfy({
                !$0.properties.isWhitespace && $0 != "+" && $0.value >= 0x20 && $0.value != 0x7F
            })
        else { return nil }
        bytes = Array(text.utf8)
    }

    package var description: String { String(decoding: bytes, as: UTF8.self) }
}

/// A public key that notes are checked with, known by name and id (a verifier key, "vkey", of C2SP
/// signed-note).
package struct NoteKey: Sendable, Hashable, CustomStringConvertible {
    /// What a signature of the key is made over; part of its id, so that the same key in another role
    /// is another key.
    package enum Kind: UInt8, Sendable {
        /// Ed25519 over the text: the log.
        case ed25519 = 0x01
        /// Ed25519 over time and text: a witness (C2SP tlog-cosignature).
        case cosignature = 0x04
    }

    /// What a checked signature says besides that it was made.
    package struct Verified: Sendable, Equatable {
        package let signature: SignedNote.Signature
        /// When a witness signed, by its own clock; nil for a log's signature.
        package let time: Timestamp?
    }

    package let name: NoteKeyName
    package let kind: Kind
    package let publicKey: PublicKey
    /// The first four bytes of SHA-256(name || 0x0A || kind || public key), big-endian.
    package let id: UInt32

    package init(name: NoteKeyName, kind: Kind, publicKey: PublicKey) {
        self.name = name
        self.kind = kind
        self.publicKey = publicKey
        let content =
            Data("\(name)\n".utf8) + [kind.rawValue] + publicKey.rawRepresentation
        // The digest's text: its first 8 digits are the 4 bytes.
        id = UInt32(Digest(of: content).hexadecimal.prefix(8), radix: 16) ?? 0
    }

    /// Reads `<name>+<id in hexadecimal>+<base64 of kind and key>`.
    /// - Throws: `malformed-key`, also for a kind that is not known here.
    package init(vkey: String) throws {
        let parts = vkey.utf8.split(
            separator: UInt8(ascii: "+"), maxSplits: 2, omittingEmptySubsequences: false
        ).map { Substring($0) }
        guard parts.count == 3, let name = NoteKeyName(parts[0]) else {
            throw Self.malformed("is not <name>+<id>+<key>")
        }
        guard let data = Base64.decodeCanonical(String(parts[2])), let first = data.first else {
            throw Self.malformed("does not hold its key in canonical base64")
        }
        guard let kind = Kind(rawValue: first) else {
            throw Self.malformed("is of kind \(first), which is not known; 1 and 4 are")
        }
        let publicKey = try PublicKey(rawRepresentation: Data(data.dropFirst()))
        self.init(name: name, kind: kind, publicKey: publicKey)
        guard parts[1].utf8.elementsEqual(idText.utf8) else {
            throw Self.malformed("has another id than its key (\(idText))")
        }
    }

    /// The key as one line of text without a newline.
    package var vkey: String {
        "\(name)+\(idText)+\(Base64.text([kind.rawValue] + publicKey.rawRepresentation))"
    }

    package var description: String { "\(name)+\(idText)" }

    private var idText: String {
        withUnsafeBytes(of: id.bigEndian) { hexadecimalText($0) }
    }

    /// - Throws: `invalid-note-signature`.
    func verify(_ signature: SignedNote.Signature, text: Data) throws -> Verified {
        switch kind {
        case .ed25519:
            guard publicKey.isValid(signature: signature.bytes, for: text) else { break }
            return Verified(signature: signature, time: nil)
        case .cosignature:
            guard signature.bytes.count == 72,
                let time = Int64(
                    exactly: signature.bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }),
                publicKey.isValid(
                    signature: Data(signature.bytes.dropFirst(8)),
                    for: Self.cosigned(text, at: time))
            else { break }
            return Verified(signature: signature, time: Timestamp(secondsSince1970: time))
        }
        throw CertificateError(
            .invalidNoteSignature,
            "The signature of \(name) does not belong to this checkpoint: one of them was changed.",
            details: ["key": description],
            remedy: "Get the checkpoint again from the log or from the witness.")
    }

    /// What a witness signs.
    static func cosigned(_ text: Data, at time: Int64) -> Data {
        Data("cosignature/v1\ntime \(time)\n".utf8) + text
    }

    private static func malformed(_ what: String) -> CertificateError {
        CertificateError(
            .malformedKey, "The verifier key \(what).",
            remedy: "Give it as the log or the witness publishes it, e.g. log.example+5a3f...+AZ..."
        )
    }
}

extension SigningKey {
    /// The signature line of a log under its name.
    func sign(note text: Data, name: NoteKeyName) throws -> SignedNote.Signature {
        let key = NoteKey(name: name, kind: .ed25519, publicKey: publicKey)
        return SignedNote.Signature(name: name, keyID: key.id, bytes: try signature(for: text))
    }

    /// The signature line of a witness: that it saw this text at that time, consistent with all it saw
    /// of the same log before.
    package func cosign(note text: Data, name: NoteKeyName, at time: Timestamp) throws
        -> SignedNote.Signature
    {
        let key = NoteKey(name: name, kind: .cosignature, publicKey: publicKey)
        let seconds = max(time.secondsSince1970, 0)
        let bytes = withUnsafeBytes(of: seconds.bigEndian) { Data($0) }
        return SignedNote.Signature(
            name: name, keyID: key.id,
            bytes: bytes + (try signature(for: NoteKey.cosigned(text, at: seconds))))
    }
}
