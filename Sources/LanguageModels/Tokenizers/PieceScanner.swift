/// The pre-tokenizers' regular expressions of the known model families as scanners over UTF-8: each
/// says where the piece that starts at an offset ends. Every text is covered by pieces.
enum PieceScanner: Sendable, Equatable {
    /// GPT-2's expression.
    case gpt2
    /// Llama 3's (at most three digits together) and Qwen 2's (one).
    case llama3(digitCount: Int)
    /// `\p{N}|\P{N}+`
    case singleDigits
    /// `\p{N}+|\P{N}+`
    case digitRuns
    /// Before every `▁`, as the pre-tokenizer `Metaspace`.
    case spaceMarks
    /// Before every run of `▁`: not a split of its own, but one that changes nothing where no merge
    /// crosses it.
    case spaceMarkRuns

    /// The scanner of an expression; nil if it is not one of the known ones.
    init?(pattern: String) {
        switch pattern {
        case PreTokenizer.byteLevelPattern: self = .gpt2
        case TokenizerFile.Splitting.llama3Pattern: self = .llama3(digitCount: 3)
        case TokenizerFile.Splitting.qwen2Pattern: self = .llama3(digitCount: 1)
        case PreTokenizer.singleDigitPattern, #"\p{N}"#: self = .singleDigits
        case PreTokenizer.digitRunPattern, #"\p{N}+"#: self = .digitRuns
        default: return nil
        }
    }

    /// Calls `body` with the bounds of every piece of `start..<end`, in order.
    @inline(__always)
    func scan(
        _ text: ClassifiedText, from start: Int, to end: Int,
        _ body: (_ from: Int, _ to: Int) -> Void
    ) {
        var index = start
        switch self {
        case .gpt2:
            while index < end {
                let next = Self.gpt2(text, index, end)
                body(index, next)
                index = next
            }
        case .llama3(let digitCount):
            while index < end {
                let next = Self.llama3(text, index, end, digitCount)
                body(index, next)
                index = next
            }
        case .singleDigits, .digitRuns:
            while index < end {
                let next = Self.digits(text, index, end, alone: self == .singleDigits)
                body(index, next)
                index = next
            }
        case .spaceMarks, .spaceMarkRuns:
            while index < end {
                var next = index
                if self == .spaceMarkRuns {
                    while Self.isSpaceMark(text, next, end) { next += 3 }
                }
                next = Self.spaceMark(text, next, end)
                body(index, next)
                index = next
            }
        }
    }

    /// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
    @inline(__always)
    private static func gpt2(_ text: ClassifiedText, _ start: Int, _ end: Int) -> Int {
        let first = text.bytes[start]
        if first == UInt8(ascii: "'") {
            let length = contraction(text, start, end)
            if length > 0 { return start + length }
        }
        let head = text.character(at: start, before: end)
        let afterHead = start + head.length
        if first == 0x20, afterHead < end {
            let next = text.character(at: afterHead, before: end)
            if next.kind != CharacterClass.space {
                return text.run(of: next.kind, from: afterHead + next.length, before: end)
            }
        }
        let runEnd = text.run(of: head.kind, from: afterHead, before: end)
        guard head.kind == CharacterClass.space else { return runEnd }
        return spaces(text, start, runEnd, end)
    }

    /// `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,k}| ?[^\s\p{L}\p{N}]+[\r\n]*|`
    /// `\s*[\r\n]+|\s+(?!\S)|\s+`
    @inline(__always)
    private static func llama3(
        _ text: ClassifiedText, _ start: Int, _ end: Int, _ digitCount: Int
    ) -> Int {
        let first = text.bytes[start]
        if first == UInt8(ascii: "'") {
            let length = caselessContraction(text, start, end)
            if length > 0 { return start + length }
        }
        let head = text.character(at: start, before: end)
        let afterHead = start + head.length
        if head.kind == CharacterClass.letter {
            return text.run(of: CharacterClass.letter, from: afterHead, before: end)
        }
        if head.kind == CharacterClass.number {
            var index = afterHead
            for _ in 1..<max(1, digitCount) where index < end {
                let next = text.character(at: index, before: end)
                guard next.kind == CharacterClass.number else { break }
                index += next.length
            }
            return index
        }
        var symbolsFrom = head.kind == CharacterClass.other ? afterHead : -1
        if afterHead < end {
            let next = text.character(at: afterHead, before: end)
            if next.kind == CharacterClass.letter, first != 0x0A, first != 0x0D {
                return text.run(
                    of: CharacterClass.letter, from: afterHead + next.length, before: end)
            }
            if first == 0x20, next.kind == CharacterClass.other {
                symbolsFrom = afterHead + next.length
            }
        }
        if symbolsFrom >= 0 {
            var index = text.run(of: CharacterClass.other, from: symbolsFrom, before: end)
            while index < end, text.bytes[index] == 0x0A || text.bytes[index] == 0x0D { index += 1 }
            return index
        }
        let runEnd = text.run(of: CharacterClass.space, from: afterHead, before: end)
        // Up to the last line break of the white space.
        var index = runEnd
        while index > start {
            if text.bytes[index - 1] == 0x0A || text.bytes[index - 1] == 0x0D { return index }
            index -= 1
        }
        return spaces(text, start, runEnd, end)
    }

    /// `\s+(?!\S)|\s+` for the white space `start..<runEnd`: the last character of it is left to what
    /// follows, unless the text ends there or it is the only one.
    @inline(__always)
    private static func spaces(
        _ text: ClassifiedText, _ start: Int, _ runEnd: Int, _ end: Int
    ) -> Int {
        guard runEnd < end else { return runEnd }
        var last = runEnd - 1
        while last > start, text.bytes[last] & 0xC0 == 0x80 { last -= 1 }
        return last > start ? last : runEnd
    }

    /// Length of `'s`, `'t`, `'re`, `'ve`, `'m`, `'ll`, `'d` at `start`; 0 if there is none.
    private static func contraction(_ text: ClassifiedText, _ start: Int, _ end: Int) -> Int {
        guard start + 1 < end else { return 0 }
        let next = start + 2 < end ? text.bytes[start + 2] : 0
        return contraction(text.bytes[start + 1], next)
    }

    /// The same in either case. The long s folds to s, as in the expressions.
    private static func caselessContraction(
        _ text: ClassifiedText, _ start: Int, _ end: Int
    ) -> Int {
        guard start + 1 < end else { return 0 }
        let next = start + 2 < end ? text.bytes[start + 2] : 0
        if text.bytes[start + 1] == 0xC5, next == 0xBF { return 3 }
        return contraction(lowered(text.bytes[start + 1]), lowered(next))
    }

    private static func lowered(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
    }

    private static func contraction(_ first: UInt8, _ second: UInt8) -> Int {
        switch first {
        case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"): 2
        case UInt8(ascii: "r"), UInt8(ascii: "v"): second == UInt8(ascii: "e") ? 3 : 0
        case UInt8(ascii: "l"): second == UInt8(ascii: "l") ? 3 : 0
        default: 0
        }
    }

    private static func digits(
        _ text: ClassifiedText, _ start: Int, _ end: Int, alone: Bool
    ) -> Int {
        let head = text.character(at: start, before: end)
        var index = start + head.length
        if head.kind == CharacterClass.number {
            return alone
                ? index : text.run(of: CharacterClass.number, from: index, before: end)
        }
        while index < end {
            let next = text.character(at: index, before: end)
            guard next.kind != CharacterClass.number else { break }
            index += next.length
        }
        return index
    }

    /// The next `▁` after `start`, or the end.
    private static func spaceMark(_ text: ClassifiedText, _ start: Int, _ end: Int) -> Int {
        var index = start + 1
        while index < end {
            if isSpaceMark(text, index, end) { return index }
            index += 1
        }
        return end
    }

    @inline(__always)
    private static func isSpaceMark(_ text: ClassifiedText, _ index: Int, _ end: Int) -> Bool {
        index + 2 < end && text.bytes[index] == 0xE2 && text.bytes[index + 1] == 0x96
            && text.bytes[index + 2] == 0x81
    }
}
