/// Tells quickly that a text holds nothing that is posted: no digit, no `@`, no word `at`, and nothing
/// that folding could turn into one of these.
///
/// Errs to one side only: of a text that it lets pass `TextKeyScanner` may still find nothing.
enum TextSieve {
    private typealias Step = SIMD16<UInt8>
    private static let stepByteCount = 16

    /// - Parameter text: valid UTF-8, not folded.
    static func mayHoldKeys(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let base = UnsafeRawPointer(text.baseAddress) else { return false }
        var index = 0
        while index < min(text.count, 2) {
            if isKey(text, index) { return true }
            index += 1
        }
        // A step looks at two bytes before it and one after it.
        while index + stepByteCount < text.count {
            if holdsKey(base + index) { return true }
            index += stepByteCount
        }
        while index < text.count {
            if isKey(text, index) { return true }
            index += 1
        }
        return false
    }

    @inline(__always)
    private static func holdsKey(_ place: UnsafeRawPointer) -> Bool {
        @inline(__always)
        func small(_ offset: Int) -> Step {
            (place + offset).loadUnaligned(as: Step.self) | Step(repeating: 32)
        }
        let bytes = place.loadUnaligned(as: Step.self)
        let lower = bytes | Step(repeating: 32)
        let isSpecial =
            (Step(repeating: 94) .< (bytes &- 32))
            .| ((bytes &- 48) .< Step(repeating: 10))
            .| (bytes .== Step(repeating: UInt8(ascii: "@")))
            .| (bytes .== Step(repeating: UInt8(ascii: "&")))
            .| (bytes .== Step(repeating: UInt8(ascii: "%")))
            .| (bytes .== Step(repeating: UInt8(ascii: "\\")))
        let (before, first, after) = (small(-1), small(-2), small(1))
        let isAt =
            (lower .== Step(repeating: UInt8(ascii: "t")))
            .& (before .== Step(repeating: UInt8(ascii: "a")))
            .& (Step(repeating: 25) .< (first &- 97))
            .& (Step(repeating: 25) .< (after &- 97))
        let isOther =
            (lower .== Step(repeating: UInt8(ascii: "b")))
            .& (before .== Step(repeating: UInt8(ascii: "o")))
            .& (first .== Step(repeating: UInt8(ascii: "r")))
        let words = unsafeBitCast(isSpecial .| isAt .| isOther, to: SIMD2<UInt64>.self)
        return words.x | words.y != 0
    }

    private static func isKey(_ text: UnsafeBufferPointer<UInt8>, _ index: Int) -> Bool {
        let byte = text[index]
        switch byte {
        case 48...57, UInt8(ascii: "@"), UInt8(ascii: "&"), UInt8(ascii: "%"),
            UInt8(ascii: "\\"):
            return true
        case UInt8(ascii: "t"), UInt8(ascii: "T"):
            // Another text may stand before this one.
            return index > 0 && text[index - 1] | 32 == UInt8(ascii: "a")
                && (index == 1 || !isLetter(text[index - 2]))
                && (index + 1 == text.count || !isLetter(text[index + 1]))
        case UInt8(ascii: "b"), UInt8(ascii: "B"):
            return index > 1 && text[index - 1] | 32 == UInt8(ascii: "o")
                && text[index - 2] | 32 == UInt8(ascii: "r")
        default: return byte < 32 || byte > 126
        }
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (97...122).contains(byte | 32) }
}
