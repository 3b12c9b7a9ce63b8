/// Splits a text into sentences and tells which of them concern a person.
enum Sentences {
    /// Words with a point that does not end a sentence; single letters do not either.
    private static let abbreviations: Set<String> = [
        "dr", "mr", "mrs", "ms", "prof", "st", "no", "nr", "str", "jr", "sr", "vs", "tel", "ave",
        "blvd", "rd", "apt", "inc", "ltd", "co", "e.g", "i.e", "z.b",
    ]

    /// The sentences' byte ranges in the text's UTF-8, in order, each with the white space after
    /// it; together they are the whole text. Line ends separate, too.
    static func ranges(in text: String) -> [Range<Int>] {
        let bytes = Array(text.utf8)
        var ranges: [Range<Int>] = []
        var start = 0
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            let next = index + 1
            let isAtSpace = next == bytes.count || isSpace(bytes[next])
            let ends =
                byte == 10
                || (isAtSpace && (byte == UInt8(ascii: "!") || byte == UInt8(ascii: "?")))
                || (isAtSpace && byte == UInt8(ascii: ".")
                    && !isAbbreviation(bytes[start..<index]))
            index = next
            guard ends else { continue }
            while index < bytes.count, isSpace(bytes[index]) { index += 1 }
            ranges.append(start..<index)
            start = index
        }
        if start < bytes.count { ranges.append(start..<bytes.count) }
        return ranges
    }

    /// Byte ranges of the sentences that hold one of the person's keys or follow such a sentence
    /// with a pronoun in front; neighbouring ones are joined.
    static func concerning(_ keys: PersonKeys, in text: String) -> [Range<Int>] {
        var folder = TextFolder()
        let bytes = Array(text.utf8)
        var result: [Range<Int>] = []
        var isContinued = false
        for range in ranges(in: text) {
            let folded = folder.folded(String(decoding: bytes[range], as: UTF8.self))
            let concerns =
                !keys.findings(in: folded).isEmpty || (isContinued && beginsWithPronoun(folded))
            isContinued = concerns
            guard concerns else { continue }
            if let last = result.last, last.upperBound == range.lowerBound {
                result[result.count - 1] = last.lowerBound..<range.upperBound
            } else {
                result.append(range)
            }
        }
        return result
    }

    private static let pronouns: Set<String> = [
        "he", "she", "they", "him", "her", "them", "his", "hers", "their", "theirs",
    ]

    static func beginsWithPronoun(_ folded: [UInt8]) -> Bool {
        FoldedWord.all(in: folded).first.map { isPronoun(folded[$0.range]) } ?? false
    }

    static func holdsPronoun(_ folded: [UInt8]) -> Bool {
        FoldedWord.all(in: folded).contains { isPronoun(folded[$0.range]) }
    }

    private static func isPronoun(_ word: ArraySlice<UInt8>) -> Bool {
        word.count <= 6 && pronouns.contains(String(decoding: word, as: UTF8.self))
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }

    private static func isAbbreviation(_ sentence: ArraySlice<UInt8>) -> Bool {
        let word = sentence.suffix(while: { !isSpace($0) }).drop { $0 == UInt8(ascii: "(") }
        if word.count == 1, let letter = word.first { return (65...90).contains(letter & 0xDF) }
        return word.count <= 4
            && abbreviations.contains(String(decoding: word, as: UTF8.self).lowercased())
    }
}

extension ArraySlice<UInt8> {
    /// The longest end of which every byte satisfies the condition.
    fileprivate func suffix(while condition: (UInt8) -> Bool) -> ArraySlice<UInt8> {
        var start = endIndex
        while start > startIndex, condition(self[start - 1]) { start -= 1 }
        return self[start...]
    }
}
