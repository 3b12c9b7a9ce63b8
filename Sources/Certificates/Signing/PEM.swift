import Foundation

/// Textual encoding of keys (RFC 7468): one block of base64 between two label lines.
enum PEM {
    static func text(_ der: Data, label: String) -> String {
        let base64 = Array(Base64.text(der).utf8)
        let lines = stride(from: 0, to: base64.count, by: 64).map {
            String(decoding: base64[$0..<min($0 + 64, base64.count)], as: UTF8.self)
        }
        return (["-----BEGIN \(label)-----"] + lines + ["-----END \(label)-----", ""])
            .joined(separator: "\n")
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
