/// Finds e-mail addresses, numbers and dates in folded text.
///
/// Numbers are found by their digits alone: every run of up to seven digit groups, separated by the
/// marks people put into telephone and national numbers, that has 7 to 15 digits. So any country's
/// spacing is found, and a number is found whether or not the searcher knows what kind it is.
enum IdentifierDetector {
    static let digitCounts = 7...15
    private static let groupCountMaximum = 7

    /// Calls back for each e-mail address, lower case.
    static func emails(in text: [UInt8], _ found: (ArraySlice<UInt8>) -> Void) {
        text.withUnsafeBufferPointer { bytes in
            for at in bytes.indices where bytes[at] == UInt8(ascii: "@") {
                if let range = email(in: bytes, at: at) { found(text[range]) }
            }
        }
    }

    /// The address around a sign at `at`, if there is one.
    static func email(in text: UnsafeBufferPointer<UInt8>, at: Int) -> Range<Int>? {
        var start = at
        while start > 0, isLocalPart(text[start - 1]) { start -= 1 }
        while start < at, !FoldedWord.isWordByte(text[start]), text[start] != 95 { start += 1 }
        var end = at + 1
        while end < text.count, isDomain(text[end]) { end += 1 }
        while end > at + 1, !FoldedWord.isWordByte(text[end - 1]) { end -= 1 }
        guard start < at, isPlausibleDomain(text, at + 1..<end) else { return nil }
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

    /// At least two labels, none empty; the last of two characters or more, not all digits.
    private static func isPlausibleDomain(
        _ text: UnsafeBufferPointer<UInt8>, _ range: Range<Int>
    ) -> Bool {
        var labelStart = range.lowerBound
        var labelCount = 1
        var hasLetter = false
        for index in range {
            if text[index] == UInt8(ascii: ".") {
                if index == labelStart { return false }
                labelStart = index + 1
                labelCount += 1
                hasLetter = false
            } else if !isDigit(text[index]) {
                hasLetter = true
            }
        }
        return labelCount > 1 && range.upperBound - labelStart > 1 && hasLetter
    }

    /// The address without a `+tag` in its local part; nil if it has none.
    static func withoutTag(_ email: ArraySlice<UInt8>) -> [UInt8]? {
        guard let at = email.lastIndex(of: UInt8(ascii: "@")),
            let plus = email[..<at].firstIndex(of: UInt8(ascii: "+")), plus > email.startIndex
        else { return nil }
        return Array(email[..<plus] + email[at...])
    }

    /// Calls back for each plausible number among digit groups that separators join: its digits, and
    /// whether a `+` stands before them.
    static func numbers(
        in text: UnsafeBufferPointer<UInt8>, joined groups: [Range<Int>],
        _ found: (_ digits: UnsafeBufferPointer<UInt8>, _ isInternational: Bool) -> Void
    ) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: digitCounts.upperBound) { digits in
            for first in groups.indices {
                var count = 0
                for last in first..<min(groups.count, first + groupCountMaximum) {
                    let group = groups[last]
                    guard count + group.count <= digitCounts.upperBound else { break }
                    for index in group {
                        digits[count] = text[index]
                        count += 1
                    }
                    if count >= digitCounts.lowerBound {
                        found(
                            UnsafeBufferPointer(rebasing: digits[..<count]),
                            hasPlus(text, before: groups[first].lowerBound))
                    }
                }
            }
        }
    }

    private static func hasPlus(_ text: UnsafeBufferPointer<UInt8>, before start: Int) -> Bool {
        var index = start - 1
        if index >= 0, text[index] == UInt8(ascii: "(") { index -= 1 }
        return index >= 0 && text[index] == UInt8(ascii: "+")
    }

    /// Whether what stands between two digit groups can belong to one number.
    static func isSeparator(_ text: UnsafeBufferPointer<UInt8>, _ gap: Range<Int>) -> Bool {
        guard (1...3).contains(gap.count) else { return false }
        for index in gap {
            switch text[index] {
            case UInt8(ascii: " "), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "/"),
                UInt8(ascii: "("), UInt8(ascii: ")"):
                continue
            default: return false
            }
        }
        return true
    }

    static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }

    static func digitGroups(in text: UnsafeBufferPointer<UInt8>) -> [Range<Int>] {
        var groups: [Range<Int>] = []
        var start = -1
        for index in text.indices {
            if isDigit(text[index]) {
                if start < 0 { start = index }
            } else if start >= 0 {
                groups.append(start..<index)
                start = -1
            }
        }
        if start >= 0 { groups.append(start..<text.count) }
        return groups
    }
}

/// Forms of a telephone number.
enum PhoneNumber {
    /// Country codes of one and two digits (ITU-T E.164, assigned zones); all others have three.
    private static let twoDigitCodes: Set<String> = [
        "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46",
        "47", "48", "49", "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63",
        "64", "65", "66", "81", "82", "84", "86", "90", "91", "92", "93", "94", "95", "98",
    ]

    /// Digits of the country code; 1 if there is nothing after it to tell.
    static func codeLength(_ digits: UnsafeBufferPointer<UInt8>) -> Int {
        guard digits.count > 1, digits[0] != UInt8(ascii: "1"), digits[0] != UInt8(ascii: "7")
        else { return 1 }
        return isTwoDigitCode[Int(digits[0] - 48) * 10 + Int(digits[1] - 48)] ? 2 : 3
    }

    /// By the first two digits.
    private static let isTwoDigitCode: [Bool] = (0..<100).map {
        twoDigitCodes.contains($0 < 10 ? "0\($0)" : "\($0)")
    }

    /// Whether these are the eleven digits of a North American number with its 1, which is written
    /// without a plus as well.
    static func isNorthAmerican(_ digits: UnsafeBufferPointer<UInt8>) -> Bool {
        digits.count == 11 && digits[0] == UInt8(ascii: "1")
    }

    /// The digits, and the ways in which the same number is dialled at home.
    static func forms(digits: String, isInternational: Bool) -> [String] {
        var digits = digits
        var international = isInternational
        if !international, digits.hasPrefix("00"), digits.utf8.count > 9 {
            digits.removeFirst(2)
            international = true
        }
        // North American numbers are written with their 1 and without a plus as well.
        if !international, digits.utf8.count == 11, digits.hasPrefix("1") { international = true }
        guard international else { return [digits] }
        let code =
            digits.hasPrefix("1") || digits.hasPrefix("7")
            ? 1 : twoDigitCodes.contains(String(digits.prefix(2))) ? 2 : 3
        let rest = String(digits.dropFirst(code))
        guard rest.utf8.count >= 6 else { return [digits] }
        return digits.hasPrefix("1") ? [digits, rest] : [digits, rest, "0" + rest]
    }
}
