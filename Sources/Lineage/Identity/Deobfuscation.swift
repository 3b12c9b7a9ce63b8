/// Writes out e-mail addresses that people spell so that machines do not see them: `jane [at]
/// example (dot) com`, `jane at example.com`, `jane . doe @ example . com`.
///
/// Encodings and look-alike letters are undone by folding (`EncodedText`, `Confusables`); this is
/// a second pass, over the places where folded text holds an `at`, only. What it finds is posted
/// apart from plain addresses, because `at` may have been only a word.
package enum Deobfuscation {
    /// Bytes looked at on either side of an `at`, up to the next space.
    private static let windowByteCount = 96

    private static let at = ["@", "at", "arroba"].map { Array($0.utf8) }
    private static let dot = [".", "dot", "punkt", "punto", "point", "ponto"].map { Array($0.utf8) }
    private static let words = at + dot

    /// The hidden addresses of folded text, one a line, for the detectors to run on; nil if there
    /// are none.
    package static func deobfuscated(_ folded: [UInt8]) -> [UInt8]? {
        folded.withUnsafeBufferPointer { text in
            deobfuscated(text, places: text.indices.filter { isTrigger(text, at: $0) })
        }
    }

    /// - Parameter places: where `isTrigger` holds, ascending.
    static func deobfuscated(
        _ text: IdentifierDetector.Bytes, places: [Int]
    ) -> [UInt8]? {
        var result: [UInt8] = []
        var index = 0
        while index < places.count {
            // Windows that overlap are one.
            let start = before(places[index], in: text)
            var end = after(places[index], in: text)
            index += 1
            while index < places.count, places[index] < end {
                end = after(places[index], in: text)
                index += 1
            }
            guard mayRewrite(text, start..<end) else { continue }
            let window = Array(text[start..<end])
            let clear = rewritten(window)
            guard clear != window else { continue }
            var plain = Set<ArraySlice<UInt8>>()
            IdentifierDetector.emails(in: window) { plain.insert(Array($0)[...]) }
            IdentifierDetector.emails(in: clear) { email in
                if plain.insert(Array(email)[...]).inserted { result += email + [10] }
            }
        }
        return result.isEmpty ? nil : result
    }

    private static func before(_ place: Int, in text: IdentifierDetector.Bytes) -> Int {
        var start = max(0, place - windowByteCount)
        while start > 0, start < place, text[start - 1] != 32 { start += 1 }
        return start
    }

    private static func after(_ place: Int, in text: IdentifierDetector.Bytes) -> Int {
        var end = min(text.count, place + windowByteCount)
        while end < text.count, end > place + 1, text[end] != 32 { end -= 1 }
        return end
    }

    /// Whether the last letter of a word `at` (or the b of `arroba`) stands here, or an `@` that begins or ends no plain
    /// address or may have more of one before it.
    @inline(__always)
    static func isTrigger(_ text: IdentifierDetector.Bytes, at index: Int) -> Bool {
        switch text[index] {
        case UInt8(ascii: "t"):
            guard index > 1, text[index - 1] == UInt8(ascii: "a"),
                !FoldedWord.isWordByte(text[index - 2])
            else { return false }
            return isHiding(text, index)
        case UInt8(ascii: "b"):
            guard index > 4, index + 1 < text.count, text[index - 1] == UInt8(ascii: "o"),
                text[(index - 4)...(index + 1)].elementsEqual("arroba".utf8)
            else { return false }
            return isHiding(text, index + 1)
        case UInt8(ascii: "@"):
            guard let email = IdentifierDetector.email(at: index, in: text) else { return true }
            guard email.lowerBound > 1 else { return false }
            let space = text[email.lowerBound - 1] == 32 ? 1 : 0
            switch text[email.lowerBound - 1 - space] {
            case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"), UInt8(ascii: "."),
                UInt8(ascii: "t"), UInt8(ascii: "o"):
                return true
            default: return false
            }
        default: return false
        }
    }

    /// Whether a word `at` may stand in an address: what follows has a point before a letter, or
    /// the word for one, before the next space but two.
    private static func isHiding(_ text: IdentifierDetector.Bytes, _ last: Int) -> Bool {
        var index = last + 1
        guard index < text.count, !FoldedWord.isWordByte(text[index]) else { return false }
        // A bracket or sign closes; a space separates.
        if text[index] != 32 { return true }
        index += 1
        if index < text.count, [41, 93, 125, 62].contains(text[index]) { return true }
        while index < text.count, text[index] != 32, text[index] != UInt8(ascii: ".") { index += 1 }
        guard index + 2 < text.count else { return false }
        if text[index] == UInt8(ascii: ".") { return FoldedWord.isWordByte(text[index + 1]) }
        switch text[index + 1] {
        case UInt8(ascii: "d"), UInt8(ascii: "p"), UInt8(ascii: "."), UInt8(ascii: "("),
            UInt8(ascii: "["), UInt8(ascii: "{"), UInt8(ascii: "<"):
            return true
        default: return false
        }
    }

    // MARK: Rewriting

    /// Whether a spelled sign may stand in a window; false for most windows without one.
    private static func mayRewrite(
        _ text: IdentifierDetector.Bytes, _ window: Range<Int>
    ) -> Bool {
        for start in window where !FoldedWord.isWordByte(text[start]) {
            let isBracket = closing(text[start]) != nil
            guard isBracket || text[start] == 32 else { continue }
            var index = start
            while index < window.upperBound, text[index] == 32 { index += 1 }
            if index < window.upperBound, closing(text[index]) != nil {
                // What a bracket opens is looked at when it is come to.
                if index > start { continue }
                index += 1
                while index < window.upperBound, text[index] == 32 { index += 1 }
            }
            guard let end = signEnd(text, index, window.upperBound) else { continue }
            if isBracket || (end < window.upperBound && text[end] == 32) { return true }
        }
        return false
    }

    /// Where one of the words for a sign ends that stands here.
    @inline(__always)
    private static func signEnd(
        _ text: IdentifierDetector.Bytes, _ start: Int, _ limit: Int
    ) -> Int? {
        guard start < limit else { return nil }
        switch text[start] {
        case UInt8(ascii: "@"), UInt8(ascii: "."): return start + 1
        case UInt8(ascii: "a"), UInt8(ascii: "d"), UInt8(ascii: "p"):
            let rest = IdentifierDetector.Bytes(rebasing: text[start..<limit])
            for word in words where rest.starts(with: word) { return start + word.count }
            return nil
        default: return nil
        }
    }

    /// The text with every spelled sign written as the sign.
    private static func rewritten(_ text: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var index = 0
        while index < text.count {
            // A spelled sign begins with a space or a bracket.
            guard text[index] == 32 || closing(text[index]) != nil else {
                result.append(text[index])
                index += 1
                continue
            }
            if let end = spelled(at, in: text, from: index) {
                result.append(UInt8(ascii: "@"))
                index = end
            } else if let end = spelled(dot, in: text, from: index) {
                result.append(UInt8(ascii: "."))
                index = end
            } else {
                result.append(text[index])
                index += 1
            }
        }
        return result
    }

    /// Where a spelled sign that begins here ends: ` at `, `[at]`, ` ( at ) `, `_at_`, ` @ `.
    private static func spelled(_ words: [[UInt8]], in text: [UInt8], from start: Int) -> Int? {
        var index = start
        while index < text.count, text[index] == 32 { index += 1 }
        let spaceBefore = index > start
        guard index < text.count else { return nil }
        let close = closing(text[index])
        if close != nil {
            index += 1
            while index < text.count, text[index] == 32 { index += 1 }
        }
        guard let word = words.first(where: { text[index...].starts(with: $0) }) else { return nil }
        index += word.count
        let wordEnd = index
        while index < text.count, text[index] == 32 { index += 1 }
        if let close {
            guard index < text.count, text[index] == close else { return nil }
            index += 1
            while index < text.count, text[index] == 32 { index += 1 }
            return index
        }
        let spaceAfter = index > wordEnd
        // `end. Next` ends a sentence; `jane @doe` is a handle.
        return spaceBefore && spaceAfter ? index : nil
    }

    private static func closing(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "("): UInt8(ascii: ")")
        case UInt8(ascii: "["): UInt8(ascii: "]")
        case UInt8(ascii: "{"): UInt8(ascii: "}")
        case UInt8(ascii: "<"): UInt8(ascii: ">")
        case UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "*"), UInt8(ascii: "|"),
            UInt8(ascii: "/"):
            byte
        default: nil
        }
    }
}
