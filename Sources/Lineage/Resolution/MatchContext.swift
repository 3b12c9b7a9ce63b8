import Domain

/// A doubtful record as it is shown to the operator who decides about it. The excerpt is personal
/// data: it is printed for the operator and never logged, stored or encoded.
package struct MatchContext: Sendable {
    package let key: RecordKey
    package let reasons: [String]
    /// A piece of the text around what was found, which stands between `>>` and `<<`.
    package let excerpt: Sensitive<String>

    /// Bytes shown on either side of what was found.
    static let surroundingByteCount = 80

    init(key: RecordKey, reasons: [String], text: String, keys: PersonKeys) {
        self.key = key
        self.reasons = reasons
        excerpt = Sensitive(Self.excerpt(of: text, keys))
    }

    private static func excerpt(of text: String, _ keys: PersonKeys) -> String {
        let bytes = Array(text.utf8)
        let whole = 0..<bytes.count
        let sentences = Sentences.ranges(in: text).map { ($0, findings(bytes[$0], keys)) }
        let sentence =
            (sentences.first { $0.1.isTelling } ?? sentences.first { $0.1.hasNameVariant }
            ?? sentences.first { !$0.1.isEmpty })?.0
        guard let sentence else {
            return shown(bytes, 0..<min(bytes.count, 2 * surroundingByteCount), within: whole)
        }
        let hit = narrowed(sentence, in: bytes, keys)
        let start = max(0, hit.lowerBound - surroundingByteCount)
        let end = min(bytes.count, hit.upperBound + surroundingByteCount)
        return shown(bytes, start..<hit.lowerBound, within: whole) + ">>"
            + shown(bytes, hit, within: hit) + "<<"
            + shown(bytes, hit.upperBound..<end, within: whole)
    }

    /// The fewest words of the sentence that still hold everything telling that it holds.
    private static func narrowed(
        _ sentence: Range<Int>, in bytes: [UInt8], _ keys: PersonKeys
    ) -> Range<Int> {
        var words = bytes[sentence].split { $0 == 32 || (9...13).contains($0) }
        if words.count > longSentenceWordCount { words = piece(of: words, in: bytes, keys) }
        guard var first = words.indices.first, var last = words.indices.last else {
            return sentence
        }
        func range(_ first: Int, _ last: Int) -> Range<Int> {
            words[first].startIndex..<words[last].endIndex
        }
        let wanted = findings(bytes[range(first, last)], keys)
        while first < last, findings(bytes[range(first + 1, last)], keys) == wanted { first += 1 }
        while first < last, findings(bytes[range(first, last - 1)], keys) == wanted { last -= 1 }
        return range(first, last)
    }

    private static let longSentenceWordCount = 100

    /// The first part of an overlong sentence that holds something.
    private static func piece(
        of words: [ArraySlice<UInt8>], in bytes: [UInt8], _ keys: PersonKeys
    ) -> [ArraySlice<UInt8>] {
        for start in stride(from: 0, to: words.count, by: longSentenceWordCount / 2) {
            let end = min(words.count, start + longSentenceWordCount)
            let range = words[start].startIndex..<words[end - 1].endIndex
            if !isEmpty(bytes[range], keys) { return Array(words[start..<end]) }
        }
        return Array(words.prefix(longSentenceWordCount))
    }

    private static func findings(
        _ bytes: ArraySlice<UInt8>, _ keys: PersonKeys
    ) -> PersonKeys.Findings {
        var folder = TextFolder()
        return keys.findings(in: folder.folded(String(decoding: bytes, as: UTF8.self)))
    }

    private static func isEmpty(_ bytes: ArraySlice<UInt8>, _ keys: PersonKeys) -> Bool {
        findings(bytes, keys).isEmpty
    }

    /// The bytes as text, cut at whole characters, with control characters as spaces: what stands
    /// in a record must not move the operator's cursor.
    private static func shown(
        _ bytes: [UInt8], _ range: Range<Int>, within limit: Range<Int>
    ) -> String {
        var (start, end) = (range.lowerBound, range.upperBound)
        while start > limit.lowerBound, start < bytes.count, bytes[start] & 0xC0 == 0x80 {
            start -= 1
        }
        while end < limit.upperBound, bytes[end] & 0xC0 == 0x80 { end += 1 }
        let text = String(decoding: bytes[start..<end], as: UTF8.self)
        let scalars = text.unicodeScalars.map { scalar -> Unicode.Scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: " "
            default: scalar
            }
        }
        return String(String.UnicodeScalarView(scalars))
    }
}
