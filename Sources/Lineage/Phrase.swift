/// A sequence of words searched for in folded text: first by the substring index, which tells where the
/// words can stand side by side, then here, which looks at what stands between and around them.
struct Phrase: Hashable {
    /// What may stand between two words, and beside the whole.
    enum Style {
        /// Exactly what stands there in the phrase.
        case exact
        /// A person's name: space and hyphen are alike, a point after an initial may be missing.
        case name
        /// A name with the family name first: exact, but not part of an e-mail address.
        case invertedName
        /// An address: punctuation is ignored.
        case address
        /// A user name or customer number: exactly as given, and not part of a longer handle,
        /// number or e-mail address.
        case handle
        /// A number with letters in it, in groups: at most one sign between two groups, and not
        /// part of a longer one.
        case code
        /// A user name as in a mention or a profile's address: right after `@` or `/`.
        case mention
    }

    private let bytes: [UInt8]
    private let words: [FoldedWord]
    private let style: Style

    /// Nil if there is no letter or digit to search for.
    init?(_ text: String, style: Style) {
        var folder = TextFolder()
        self.init(folded: folder.folded(text), style: style)
    }

    init?(folded bytes: [UInt8], style: Style) {
        let words = FoldedWord.all(in: bytes)
        guard !words.isEmpty else { return nil }
        self.bytes = bytes
        self.words = words
        self.style = style
    }

    var wordCount: Int { words.count }
    var firstWord: ArraySlice<UInt8> { bytes[words[0].range] }

    /// Family name first, with a comma: `lee, ann marie`.
    var inverted: Phrase? {
        guard style == .name, let last = words.last, words.count > 1 else { return nil }
        let given = bytes[..<last.range.lowerBound].trimmingSuffix { $0 == 32 || $0 == 45 }
        return Phrase(
            folded: Array(bytes[last.range]) + [44, 32] + Array(given), style: .invertedName)
    }

    /// The words as the substring index knows them wherever the phrase occurs: side by side, with one
    /// space between and around them.
    var signatureText: [UInt8] {
        words.reduce(into: [32]) { $0 += bytes[$1.range] + [32] }
    }

    /// A text without this word cannot hold the phrase.
    var longestWord: [UInt8] {
        words.max { $0.range.count < $1.range.count }.map { Array(bytes[$0.range]) } ?? []
    }

    /// Whether folded text holds the phrase.
    func occurs(in text: [UInt8]) -> Bool {
        let textWords = FoldedWord.all(in: text)
        return textWords.indices.contains { occurs(in: text, textWords, at: $0) }
    }

    /// Whether the phrase begins at a word of folded text.
    /// - Parameter textWords: all of the text.
    func occurs(in text: [UInt8], _ textWords: [FoldedWord], at start: Int) -> Bool {
        guard start + words.count <= textWords.count else { return false }
        for (offset, word) in words.enumerated() {
            let found = textWords[start + offset].range
            guard found.count == word.range.count,
                text[found].elementsEqual(bytes[word.range])
            else { return false }
            guard offset > 0 else { continue }
            let gap = text[textWords[start + offset - 1].range.upperBound..<found.lowerBound]
            let own = bytes[words[offset - 1].range.upperBound..<word.range.lowerBound]
            let initial = words[offset - 1].range.count == 1
            guard gapsAgree(gap, own, afterInitial: initial) else { return false }
        }
        let begin = textWords[start].range.lowerBound
        let end = textWords[start + words.count - 1].range.upperBound
        return switch style {
        case .handle, .code: standsAlone(text, begin, end)
        case .mention:
            begin > 0 && (text[begin - 1] == UInt8(ascii: "@") || text[begin - 1] == 47)
                && standsAlone(text, begin, end)
        // `ann_lee@example.com` is an address, not the name `Ann`.
        case .name, .invertedName:
            (begin == 0 || text[begin - 1] != UInt8(ascii: "_"))
                && (end == text.count
                    || (text[end] != UInt8(ascii: "_") && text[end] != UInt8(ascii: "@")))
        case .exact, .address: true
        }
    }

    private func gapsAgree(
        _ gap: ArraySlice<UInt8>, _ own: ArraySlice<UInt8>, afterInitial: Bool
    ) -> Bool {
        if gap.elementsEqual(own) { return true }
        switch style {
        case .exact, .handle, .mention, .invertedName: return false
        case .code:
            return gap.count == 1 && gap.allSatisfy(Self.joinsGroups)
        case .address: return true
        case .name:
            func plain(_ gap: ArraySlice<UInt8>) -> Bool {
                gap.allSatisfy { $0 == 32 || $0 == 45 || (afterInitial && $0 == 46) }
            }
            return plain(gap) && plain(own)
        }
    }

    private static func joinsGroups(_ byte: UInt8) -> Bool {
        switch byte {
        case 32, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: "_"),
            UInt8(ascii: ":"):
            true
        default: false
        }
    }

    private func standsAlone(_ text: [UInt8], _ start: Int, _ end: Int) -> Bool {
        func joins(_ byte: UInt8) -> Bool {
            byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
        }
        if start > 0 {
            let before = text[start - 1]
            if before == UInt8(ascii: "_") { return false }
            if joins(before), start > 1, FoldedWord.isWordByte(text[start - 2]) { return false }
        }
        if end < text.count {
            let after = text[end]
            if after == UInt8(ascii: "_") { return false }
            if after == UInt8(ascii: "@") { return false }
            if joins(after), end + 1 < text.count, FoldedWord.isWordByte(text[end + 1]) {
                return false
            }
        }
        return true
    }
}

extension ArraySlice<UInt8> {
    fileprivate func trimmingSuffix(_ dropped: (UInt8) -> Bool) -> ArraySlice<UInt8> {
        var slice = self
        while let last = slice.last, dropped(last) { slice.removeLast() }
        return slice
    }
}
