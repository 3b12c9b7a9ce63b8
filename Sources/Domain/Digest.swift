import Crypto
import Foundation

/// Bytes as lower-case hexadecimal digits.
package func hexadecimalText(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for byte in bytes {
        text.append(digits[Int(byte >> 4)])
        text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
}

/// A SHA-256 digest. Written as 64 lower-case hexadecimal digits wherever it is shown or stored.
package struct Digest: Hashable, Sendable, Codable, CustomStringConvertible, Comparable {
    package let hexadecimal: String

    /// Accepts exactly 64 lower-case hexadecimal digits.
    package init?(hexadecimal: String) {
        guard hexadecimal.utf8.count == 64,
            hexadecimal.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) })
        else { return nil }
        self.hexadecimal = hexadecimal
    }

    package init(of data: some DataProtocol) {
        self.init(SHA256.hash(data: data))
    }

    package init(of text: String) {
        self.init(of: Data(text.utf8))
    }

    private init(_ hash: SHA256Digest) {
        hexadecimal = hexadecimalText(hash)
    }

    /// Digest of a file's bytes, read in pieces of 1 MiB.
    /// - Throws: `file-unreadable`.
    package init(ofFileAt url: URL) throws {
        var hasher = SHA256()
        do {
            let handle = try FileHandle(forReadingFrom: url)
            defer { try? handle.close() }
            while let piece = try handle.read(upToCount: 1 << 20), !piece.isEmpty {
                hasher.update(data: piece)
            }
        } catch {
            throw DomainError(
                .fileUnreadable, "\(url.path) cannot be read.", details: ["path": url.path],
                remedy: "Check that the file exists and is readable.", cause: error)
        }
        self.init(hasher.finalize())
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let digest = Digest(hexadecimal: text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "not a SHA-256 digest in lower-case hexadecimal")
        }
        self = digest
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(hexadecimal)
    }

    /// The first 12 digits: enough for a person to compare, and accepted as a prefix by commands.
    package var short: String { String(hexadecimal.prefix(12)) }
    package var description: String { hexadecimal }
    package static func < (a: Digest, b: Digest) -> Bool { a.hexadecimal < b.hexadecimal }
}
