import Foundation

/// Brings text into the one form in which it is indexed and compared: lower case, no diacritics,
/// compatibility forms resolved, white space collapsed, invisible characters dropped, typographic
/// quotes and dashes plain, Markdown's backslash escapes undone; encoded characters decoded
/// (`EncodedText`) and look-alike letters in words of mixed script made Latin (`Confusables`).
///
/// Index and verification share this form, so they cannot disagree: SQLite's own Unicode tokenizer
/// (Unicode 6.1) is not asked. In the result a byte of 128 or more belongs to a letter or number;
/// all other characters beyond ASCII became a space. Ideographs and kana stand alone as words,
/// because their scripts put no spaces between words.
package struct TextFolder {
    private let lease = FoldingLease()
    private var buffer: FoldingBuffer { lease.buffer }

    package init() {}

    package mutating func folded(_ text: String) -> [UInt8] {
        var text = text
        buffer.removeAll()
        text.withUTF8 { buffer.append($0) }
        buffer.finish()
        return Array(buffer.bytes)
    }

    package mutating func foldedText(_ text: String) -> String {
        String(decoding: folded(text), as: UTF8.self)
    }

    /// Letters that Unicode does not decompose, as they are commonly written without their mark.
    private static let undecomposed: [Unicode.Scalar: String] = [
        "ß": "ss", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe",
        "ħ": "h", "ı": "i", "ŧ": "t", "ŋ": "n",
    ]

    /// What one character becomes, before white space is collapsed.
    static func fold(_ scalar: Unicode.Scalar) -> [UInt8] {
        if scalar.properties.isDefaultIgnorableCodePoint { return [] }
        if (0xAC00...0xD7A3).contains(scalar.value) { return Array(String(scalar).utf8) }
        if scalar.properties.isIdeographic || (0x3040...0x30FF).contains(scalar.value) {
            return [32] + Array(String(scalar).utf8) + [32]
        }
        var result: [UInt8] = []
        for part in String(scalar).decomposedStringWithCompatibilityMapping.unicodeScalars {
            for lower in part.properties.lowercaseMapping.unicodeScalars {
                switch lower.properties.generalCategory {
                case .nonspacingMark, .enclosingMark, .format, .control: continue
                default: break
                }
                if lower.isASCII {
                    result.append(UInt8(lower.value))
                } else if let plain = undecomposed[lower] {
                    result.append(contentsOf: Array(plain.utf8))
                } else {
                    result.append(contentsOf: punctuationOrLetter(lower))
                }
            }
        }
        return result
    }

    private static func punctuationOrLetter(_ scalar: Unicode.Scalar) -> [UInt8] {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
            .spacingMark, .decimalNumber, .letterNumber, .otherNumber:
            return scalar == "\u{02BC}" ? [39] : Array(String(scalar).utf8)
        case .dashPunctuation: return [45]
        case .initialPunctuation, .finalPunctuation:
            return scalar == "\u{2018}" || scalar == "\u{2019}" ? [39] : [34]
        default: return [32]
        }
    }
}

/// A word of folded text: a run of letters and digits.
struct FoldedWord: Hashable {
    let range: Range<Int>

    /// The words of folded text, in order.
    static func all(in bytes: [UInt8]) -> [FoldedWord] {
        var words: [FoldedWord] = []
        var start = -1
        for index in bytes.indices {
            if isWordByte(bytes[index]) {
                if start < 0 { start = index }
            } else if start >= 0 {
                words.append(FoldedWord(range: start..<index))
                start = -1
            }
        }
        if start >= 0 { words.append(FoldedWord(range: start..<bytes.count)) }
        return words
    }

    @inline(__always)
    static func isWordByte(_ byte: UInt8) -> Bool {
        byte >= 128 || (97...122).contains(byte) || (48...57).contains(byte)
    }
}
