/// Finds e-mail addresses and numbers in folded text.
///
/// Numbers are found by their digits alone: every run of up to seven digit groups, separated by the
/// marks people put into telephone and national numbers, that has 7 to 15 digits. So any country's
/// spacing is found, and a number is found whether or not the searcher knows what kind it is.
/// Longer runs, up to 19 digits, count if their last digit is a check digit by Luhn's formula, as
/// in the numbers of payment cards.
enum IdentifierDetector {
    typealias Bytes = UnsafeBufferPointer<UInt8>

    static let digitCounts = 7...15
    static let cardDigitCountMaximum = 19
    private static let groupCountMaximum = 7

    /// Calls back for each e-mail address, lower case.
    static func emails(in text: [UInt8], _ found: (ArraySlice<UInt8>) -> Void) {
        text.withUnsafeBufferPointer { bytes in
            for at in bytes.indices where bytes[at] == UInt8(ascii: "@") {
                if let range = email(at: at, in: bytes) { found(text[range]) }
            }
        }
    }

    /// The address around the `@` at a place.
    static func email(at place: Int, in text: Bytes) -> Range<Int>? {
        var start = place
        while start > 0, isLocalPart(text[start - 1]) { start -= 1 }
        while start < place, !FoldedWord.isWordByte(text[start]), text[start] != 95 { start += 1 }
        var end = place + 1
        while end < text.count, isDomain(text[end]) { end += 1 }
        while end > place + 1, !FoldedWord.isWordByte(text[end - 1]) { end -= 1 }
        guard start < place, isPlausibleDomain(text, place + 1, end) else { return nil }
        return start..<end
    }

    private static func isLocalPart(_ byte: UInt8) -> Bool {
        if FoldedWord.isWordByte(byte) { return true }
        return switch byte {
        case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "%"), UInt8(ascii: "+"),
            UInt8(ascii: "-"), UInt8(ascii: "'"):
            true
        default: false
        }
    }

    private static func isDomain(_ byte: UInt8) -> Bool {
        FoldedWord.isWordByte(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
    }

    /// At least two labels, none empty; the last has two bytes or more and is no number.
    private static func isPlausibleDomain(_ text: Bytes, _ start: Int, _ end: Int) -> Bool {
        var labelStart = start
        var labelCount = 1
        var isNumber = true
        for index in start..<max(start, end) {
            if text[index] == UInt8(ascii: ".") {
                if index == labelStart { return false }
                labelStart = index + 1
                labelCount += 1
                isNumber = true
            } else if !isDigit(text[index]) {
                isNumber = false
            }
        }
        return labelCount > 1 && end - labelStart > 1 && !isNumber
    }

    /// The address without a `+tag` in its local part; nil if it has none.
    static func withoutTag(_ email: ArraySlice<UInt8>) -> [UInt8]? {
        guard let at = email.lastIndex(of: UInt8(ascii: "@")),
            let plus = email[..<at].firstIndex(of: UInt8(ascii: "+")), plus > email.startIndex
        else { return nil }
        return Array(email[..<plus] + email[at...])
    }

    /// Calls back for each plausible number: its digits, valid only while they are given, and whether
    /// a `+` stands before them.
    /// - Parameter groups: all runs of digits of the text, in order.
    static func numbers(
        _ groups: [Range<Int>], in text: Bytes,
        _ found: (_ digits: Bytes, _ isInternational: Bool) -> Void
    ) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: cardDigitCountMaximum) { digits in
            for first in groups.indices {
                var count = 0
                var last = first
                while true {
                    let group = groups[last]
                    if count + group.count > cardDigitCountMaximum { break }
                    for index in group {
                        digits[count] = text[index]
                        count += 1
                    }
                    let number = Bytes(rebasing: digits[..<count])
                    if digitCounts.contains(count)
                        || (count > digitCounts.upperBound && CheckDigits.luhn(number))
                    {
                        found(number, hasPlus(text, before: groups[first].lowerBound))
                    }
                    last += 1
                    guard last < groups.count, last - first < groupCountMaximum,
                        isSeparator(text, group.upperBound, groups[last].lowerBound)
                    else { break }
                }
            }
        }
    }

    private static func hasPlus(_ text: Bytes, before start: Int) -> Bool {
        var index = start - 1
        if index >= 0, text[index] == UInt8(ascii: "(") { index -= 1 }
        return index >= 0 && text[index] == UInt8(ascii: "+")
    }

    private static func isSeparator(_ text: Bytes, _ start: Int, _ end: Int) -> Bool {
        guard (1...3).contains(end - start) else { return false }
        for index in start..<end {
            switch text[index] {
            case UInt8(ascii: " "), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "/"),
                UInt8(ascii: "("), UInt8(ascii: ")"):
                continue
            default: return false
            }
        }
        return true
    }

    @inline(__always)
    static func isDigit(_ byte: UInt8) -> Bool { byte &- 48 < 10 }
}

extension IdentifierDetector {
    /// Calls back for each plausible number of a text.
    static func numbers(
        in text: [UInt8], _ found: (_ digits: [UInt8], _ isInternational: Bool) -> Void
    ) {
        text.withUnsafeBufferPointer { text in
            numbers(digitGroups(in: text), in: text) { found(Array($0), $1) }
        }
    }

    /// All runs of digits, in order.
    static func digitGroups(in text: Bytes) -> [Range<Int>] {
        var groups: [Range<Int>] = []
        var index = 0
        while index < text.count {
            if isDigit(text[index]) {
                let start = index
                while index < text.count, isDigit(text[index]) { index += 1 }
                groups.append(start..<index)
            } else {
                index += 1
            }
        }
        return groups
    }
}
