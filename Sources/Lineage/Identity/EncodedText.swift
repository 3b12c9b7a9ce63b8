import Foundation

/// Undoes the encodings that hide letters of a text from a search: HTML character references
/// (`&#64;`, `&commat;`, `J&uuml;rgen`) and percent-encoding (`jane%40example.com`).
///
/// Part of folding, so that index and search agree. Text that only looks like an encoding stays
/// as it is: unknown names, percent signs before anything but the code of a mark, a space or a
/// character beyond ASCII (several codes in a row may stand for any characters).
/// Reference: HTML Living Standard, 13.5 (names of Latin letters by rule); RFC 3986, 2.1.
enum EncodedText {
    private static let ampersand = UInt8(ascii: "&")
    private static let percent = UInt8(ascii: "%")
    /// `&amp;#64;` is decoded twice, no more.
    private static let roundCount = 2
    private static let referenceByteCountMaximum = 12

    /// Nil if there is nothing to decode, which is told by two searches for single bytes.
    static func decoded(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        guard let start = bytes.baseAddress,
            memchr(start, Int32(ampersand), bytes.count) != nil
                || memchr(start, Int32(percent), bytes.count) != nil
        else { return nil }
        guard var result = decodedOnce(bytes) else { return nil }
        for _ in 1..<roundCount {
            guard let next = result.withUnsafeBufferPointer(decodedOnce) else { break }
            result = next
        }
        return result
    }

    private static func decodedOnce(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        var result: [UInt8] = []
        var copied = 0
        var index = 0
        while index < bytes.count {
            let piece: (text: [UInt8], end: Int)?
            switch bytes[index] {
            case ampersand: piece = reference(bytes, at: index)
            case percent: piece = percentRun(bytes, at: index)
            default: piece = nil
            }
            guard let piece else {
                index += 1
                continue
            }
            result.append(contentsOf: bytes[copied..<index])
            result.append(contentsOf: piece.text)
            index = piece.end
            copied = index
        }
        guard copied > 0 else { return nil }
        result.append(contentsOf: bytes[copied...])
        return result
    }

    // MARK: Character references

    private static func reference(
        _ bytes: UnsafeBufferPointer<UInt8>, at start: Int
    ) -> (text: [UInt8], end: Int)? {
        let limit = min(bytes.count, start + referenceByteCountMaximum)
        var end = start + 1
        while end < limit, bytes[end] != UInt8(ascii: ";") {
            guard bytes[end] > 32, bytes[end] < 127, bytes[end] != ampersand else { return nil }
            end += 1
        }
        guard end < limit, end > start + 1 else { return nil }
        let name = String(decoding: bytes[(start + 1)..<end], as: UTF8.self)
        guard let text = name.hasPrefix("#") ? number(name.dropFirst()) : named(name) else {
            return nil
        }
        return (Array(text.utf8), end + 1)
    }

    private static func number(_ name: Substring) -> String? {
        let isHexadecimal = name.first == "x" || name.first == "X"
        guard
            let value = UInt32(
                isHexadecimal ? name.dropFirst() : name, radix: isHexadecimal ? 16 : 10),
            value >= 32, let scalar = Unicode.Scalar(value)
        else { return nil }
        return String(scalar)
    }

    private static let names: [String: String] = [
        "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "nbsp": " ", "ensp": " ",
        "emsp": " ", "thinsp": " ", "shy": "", "zwj": "", "zwnj": "", "commat": "@",
        "period": ".", "lowbar": "_", "UnderBar": "_", "hyphen": "-", "dash": "-", "ndash": "-",
        "mdash": "-", "plus": "+", "comma": ",", "colon": ":", "sol": "/", "num": "#",
        "percnt": "%", "lpar": "(", "rpar": ")", "lsqb": "[", "rsqb": "]", "lbrack": "[",
        "rbrack": "]", "excl": "!", "quest": "?", "semi": ";", "Tab": " ", "NewLine": " ",
        "lsquo": "'", "rsquo": "'", "sbquo": "'", "ldquo": "\"", "rdquo": "\"", "bdquo": "\"",
        "laquo": "\"", "raquo": "\"", "szlig": "ß", "oslash": "ø", "Oslash": "Ø", "aelig": "æ",
        "AElig": "Æ", "oelig": "œ", "OElig": "Œ", "eth": "ð", "ETH": "Ð", "thorn": "þ",
        "THORN": "Þ", "lstrok": "ł", "Lstrok": "Ł", "dstrok": "đ", "Dstrok": "Đ",
        "inodot": "ı", "imath": "ı",
    ]

    /// Combining marks, by the end of a letter's name: `uuml`, `eacute`.
    private static let marks: [String: String] = [
        "grave": "\u{300}", "acute": "\u{301}", "circ": "\u{302}", "tilde": "\u{303}",
        "macr": "\u{304}", "breve": "\u{306}", "dot": "\u{307}", "uml": "\u{308}",
        "ring": "\u{30A}", "dblac": "\u{30B}", "caron": "\u{30C}", "cedil": "\u{327}",
        "ogon": "\u{328}",
    ]

    private static func named(_ name: String) -> String? {
        if let text = names[name] { return text }
        guard let letter = name.first, letter.isLetter,
            let mark = marks[String(name.dropFirst())]
        else { return nil }
        return String(letter) + mark
    }

    // MARK: Percent-encoding

    private static func percentRun(
        _ bytes: UnsafeBufferPointer<UInt8>, at start: Int
    ) -> (text: [UInt8], end: Int)? {
        var text: [UInt8] = []
        var end = start
        while end + 2 < bytes.count, bytes[end] == percent, let high = hexadecimal(bytes[end + 1]),
            let low = hexadecimal(bytes[end + 2])
        {
            text.append(high << 4 | low)
            end += 3
        }
        guard let first = text.first, String(validating: text, as: UTF8.self) != nil,
            text.allSatisfy({ $0 >= 32 && $0 != 127 })
        else { return nil }
        let isMark = first < 48 || (58...64).contains(first) || first == UInt8(ascii: "_")
        return text.count > 1 || isMark ? (text, end) : nil
    }

    private static func hexadecimal(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 48...57: byte - 48
        case 65...70: byte - 55
        case 97...102: byte - 87
        default: nil
        }
    }
}
