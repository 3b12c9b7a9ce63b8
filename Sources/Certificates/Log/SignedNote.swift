import Domain
import Foundation

/// Text with signatures below it (C2SP signed-note).
///
/// Read strictly: a note has exactly one form, so that no byte of it can change unnoticed. Lines of
/// unknown keys are kept and ignored, as the specification demands; a malformed line refuses the note.
package struct SignedNote: Sendable, Equatable {
    /// One signature line, `— <name> base64(<key id> || <signature>)`.
    package struct Signature: Sendable, Equatable {
        package let name: NoteKeyName
        /// The first four bytes of the key's hash, big-endian.
        package let keyID: UInt32
        /// What follows the key id; its form depends on the kind of the key.
        package let bytes: Data

        /// - Parameter line: without its newline.
        /// - Throws: `malformed-note`.
        package init(line: Substring) throws {
            let parts = line.split(separator: " ", omittingEmptySubsequences: false)
            guard parts.count == 3, parts[0].utf8.elementsEqual("\u{2014}".utf8) else {
                throw malformedNote(
                    "a signature line is not a dash, the key's name and the signature with one "
                        + "space between them")
            }
            guard let name = NoteKeyName(parts[1]) else {
                throw malformedNote("a key's name holds a space or a plus")
            }
            guard let data = Base64.decodeCanonical(String(parts[2])) else {
                throw malformedNote("a signature is not canonical base64")
            }
            guard data.count > 4 else {
                throw malformedNote("a signature is shorter than its key id")
            }
            self.init(
                name: name, keyID: data.prefix(4).reduce(0) { $0 << 8 | UInt32($1) },
                bytes: Data(data.dropFirst(4)))
        }

        init(name: NoteKeyName, keyID: UInt32, bytes: Data) {
            self.name = name
            self.keyID = keyID
            self.bytes = bytes
        }

        /// With its newline.
        package var line: String {
            let key = withUnsafeBytes(of: keyID.bigEndian) { Data($0) }
            return "\u{2014} \(name) \(Base64.text(key + bytes))\n"
        }
    }

    /// Notes are below 1 KiB; the specification asks for room for 16 long signatures.
    static let maximumByteCount = 1 << 17
    static let maximumSignatureCount = 100

    /// What is signed: ends with a newline.
    package let text: Data
    package let signatures: [Signature]

    init(text: Data, signatures: [Signature]) {
        self.text = text
        self.signatures = signatures
    }

    /// - Throws: `malformed-note`.
    package init(parsing data: Data) throws {
        guard data.count <= Self.maximumByteCount else {
            throw malformedNote("it is larger than \(Self.maximumByteCount) bytes")
        }
        guard let whole = String(validating: data, as: UTF8.self) else {
            throw malformedNote("it is not valid UTF-8")
        }
        guard data.allSatisfy({ $0 >= 0x20 || $0 == 0x0A }) else {
            throw malformedNote("it holds a control character")
        }
        guard data.last == 0x0A else { throw malformedNote("its last line is cut off") }
        guard let blank = data.lastRange(of: Data("\n\n".utf8)) else {
            throw malformedNote("no blank line separates text and signatures")
        }
        text = Data(data[..<(blank.lowerBound + 1)])
        let tail = whole.utf8.suffix(data.endIndex - blank.upperBound)
        let lines = try noteLines(Substring(tail))
        guard !lines.isEmpty else { throw malformedNote("it holds no signature") }
        guard lines.count <= Self.maximumSignatureCount else {
            throw malformedNote("it holds more than \(Self.maximumSignatureCount) signatures")
        }
        signatures = try lines.map { try Signature(line: $0) }
    }

    package func encoded() -> Data {
        text + Data("\n".utf8) + Data(signatures.map(\.line).joined().utf8)
    }

    /// The signature of a key, checked; nil if the note holds none of its.
    /// - Throws: `invalid-note-signature` if one names the key and does not belong to the text;
    ///   `malformed-note` if several name it.
    package func signature(of key: NoteKey) throws -> NoteKey.Verified? {
        let own = signatures.filter { $0.keyID == key.id && $0.name == key.name }
        guard own.count < 2 else { throw malformedNote("the key \(key.name) signs it twice") }
        return try own.first.map { try key.verify($0, text: text) }
    }
}

/// The lines of a text of which every line ends with a newline.
func noteLines(_ text: Substring) throws -> [Substring] {
    guard !text.isEmpty else { return [] }
    guard text.utf8.last == 0x0A else { throw malformedNote("its last line is cut off") }
    // Bytes are split, not characters: a combining mark after a newline is still a new line.
    return text.utf8.dropLast().split(separator: 0x0A, omittingEmptySubsequences: false)
        .map { Substring($0) }
}

/// ASCII decimal without leading zeros; nil for anything else.
func noteNumber(_ text: some StringProtocol) -> UInt64? {
    let digits = Array(text.utf8)
    guard !digits.isEmpty, digits.allSatisfy({ (48...57).contains($0) }),
        digits.count == 1 || digits[0] != 48
    else { return nil }
    return UInt64(text)
}

func malformedNote(_ rule: String) -> CertificateError {
    CertificateError(
        .malformedNote, "This is not a signed note of a transparency log: \(rule).",
        details: ["rule": rule], remedy: "Get the file again as the log published it.")
}
