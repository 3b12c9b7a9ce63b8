import Foundation

/// Textual encoding of keys (RFC 7468): one block of base64 between two label lines.
enum PEM {
    static func text(_ der: Data, label: String) -> String {
        let lines = lines(of: Base64.text(der), columnCount: 64)
        return (["-----BEGIN \(label)-----"] + lines + ["-----END \(label)-----", ""])
            .joined(separator: "\n")
    }

    /// Breaks an ASCII text into lines of this many characters.
    static func lines(of text: String, columnCount: Int) -> [String] {
        let bytes = Array(text.utf8)
        return stride(from: 0, to: bytes.count, by: columnCount).map {
            String(decoding: bytes[$0..<min($0 + columnCount, bytes.count)], as: UTF8.self)
        }
    }

    /// The content of the only block with this label; nil if there is none or more than one.
    static func content(of text: String, label: String) -> Data? {
        let lines = text.split(whereSeparator: \.isNewline).map {
            $0.trimmingCharacters(in: .whitespaces)
        }
        let starts = lines.indices.filter { lines[$0] == "-----BEGIN \(label)-----" }
        guard starts.count == 1, let start = starts.first,
            let end = lines[start...].firstIndex(of: "-----END \(label)-----")
        else { return nil }
        return Base64.decode(lines[(start + 1)..<end].joined())
    }
}
