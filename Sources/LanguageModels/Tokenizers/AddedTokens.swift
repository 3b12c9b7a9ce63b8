import Foundation

/// A token of `added_tokens`: matched literally in a text.
struct AddedToken: Sendable {
    let id: Int32
    let content: [UInt8]
    /// Not part of what the model says, as opposed to text that was merely added to the vocabulary.
    var isSpecial = true
    /// Matched in normalized text rather than in the text as it is.
    var isNormalized = false
    /// Not matched within a word.
    var isSingleWord = false
    /// White space before or after belongs to the token.
    var takesSpaceBefore = false
    var takesSpaceAfter = false
}

/// Finds added tokens in a text: leftmost first, of those the longest.
struct AddedTokenMatcher: Sendable {
    private var tokens: [AddedToken] = []
    private var table = TokenTable()
    /// Lengths of the contents that start with a byte, descending.
    private var lengths: [[Int]] = Array(repeating: [], count: 256)
    private var firstBytes: [UInt8] = []

    var isEmpty: Bool { tokens.isEmpty }

    /// - Parameter content: how a token's content stands in the text to be searched.
    init(_ tokens: [AddedToken], content: (AddedToken) -> [UInt8] = \.content) {
        for token in tokens {
            let content = content(token)
            guard let first = content.first, table.number(of: content) == nil else { continue }
            table.insert(content, Int32(self.tokens.count))
            self.tokens.append(token)
            if lengths[Int(first)].isEmpty { firstBytes.append(first) }
            lengths[Int(first)].append(content.count)
        }
        for first in firstBytes {
            lengths[Int(first)] = Array(Set(lengths[Int(first)])).sorted(by: >)
        }
    }

    /// Calls `body` with the parts of `range` in order: an added token's id, or nil for text between.
    func split(
        _ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>,
        _ body: (_ part: Range<Int>, _ id: Int32?) -> Void
    ) {
        var textStart = range.lowerBound
        var index = textStart
        while let match = firstMatch(bytes, from: index, to: range.upperBound) {
            let token = tokens[match.token]
            index = match.range.upperBound
            guard !token.isSingleWord || Self.isWord(bytes, match.range, within: range) else {
                continue
            }
            // A token found in the white space that the one before took is a token all the same.
            var start = match.range.lowerBound
            var end = index
            if token.takesSpaceBefore, start > textStart {
                start = Self.skipSpaces(backwards: true, bytes, from: start, to: textStart)
            }
            if token.takesSpaceAfter {
                end = Self.skipSpaces(backwards: false, bytes, from: end, to: range.upperBound)
            }
            if start > textStart { body(textStart..<start, nil) }
            body(start..<end, token.id)
            textStart = end
        }
        if textStart < range.upperBound { body(textStart..<range.upperBound, nil) }
    }

    private func firstMatch(
        _ bytes: UnsafeBufferPointer<UInt8>, from start: Int, to end: Int
    ) -> (token: Int, range: Range<Int>)? {
        guard let base = bytes.baseAddress, !firstBytes.isEmpty else { return nil }
        var index = start
        while index < end {
            if firstBytes.count == 1 {
                guard let found = memchr(base + index, Int32(firstBytes[0]), end - index) else {
                    return nil
                }
                index = UnsafeRawPointer(found) - UnsafeRawPointer(base)
            }
            for length in lengths[Int(bytes[index])] where index + length <= end {
                let range = index..<index + length
                if let token = table.number(of: UnsafeBufferPointer(rebasing: bytes[range])) {
                    return (Int(token), range)
                }
            }
            index += 1
        }
        return nil
    }

    private static func isWord(
        _ bytes: UnsafeBufferPointer<UInt8>, _ match: Range<Int>, within range: Range<Int>
    ) -> Bool {
        func isWordCharacter(_ scalar: Unicode.Scalar?) -> Bool {
            guard let scalar else { return false }
            switch scalar.properties.generalCategory {
            case .decimalNumber, .connectorPunctuation, .nonspacingMark, .spacingMark,
                .enclosingMark:
                return true
            default: return scalar.properties.isAlphabetic
            }
        }
        let before = String(decoding: bytes[range.lowerBound..<match.lowerBound], as: UTF8.self)
        let after = String(decoding: bytes[match.upperBound..<range.upperBound], as: UTF8.self)
        return !isWordCharacter(before.unicodeScalars.last)
            && !isWordCharacter(after.unicodeScalars.first)
    }

    /// Moves `index` over white space towards `limit`.
    private static func skipSpaces(
        backwards: Bool, _ bytes: UnsafeBufferPointer<UInt8>, from index: Int, to limit: Int
    ) -> Int {
        let part = backwards ? limit..<index : index..<limit
        let scalars = String(decoding: bytes[part], as: UTF8.self).unicodeScalars
        func length(_ spaces: some Sequence<Unicode.Scalar>) -> Int {
            spaces.prefix { $0.properties.isWhitespace }.reduce(0) {
                $0 + UTF8.width($1)
            }
        }
        return backwards ? index - length(scalars.reversed()) : index + length(scalars)
    }
}
