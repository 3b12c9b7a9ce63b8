import Foundation

/// Base64 as strictly as RFC 4648 allows: no white space inside, no stray bits, padding as the
/// variant asks. Two texts never decode to the same bytes.
enum Base64Text {
    enum Variant {
        /// `+` and `/`, padded (section 4).
        case standard
        /// `-` and `_`, without padding (section 5, as in JSON web tokens).
        case url
    }

    /// A digit of the standard alphabet.
    static func isDigit(_ byte: UInt8) -> Bool { value(byte, .standard) != nil }

    /// The bytes, or nil if the text breaks a rule.
    static func decode(_ text: some Collection<UInt8>, _ variant: Variant = .standard) -> Data? {
        var digits = text[...]
        if variant == .standard {
            guard text.count.isMultiple(of: 4) else { return nil }
            var padding = 0
            while padding < 2, let last = digits.last(of: UInt8(ascii: "=")) {
                digits = digits[..<last]
                padding += 1
            }
        }
        guard digits.count % 4 != 1 else { return nil }
        var bytes = Data(capacity: digits.count / 4 * 3 + 2)
        var bits: UInt32 = 0
        var bitCount = 0
        for digit in digits {
            guard let value = value(digit, variant) else { return nil }
            bits = bits << 6 | UInt32(value)
            bitCount += 6
            if bitCount >= 8 {
                bitCount -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(bitCount)))
                bits &= (1 << UInt32(bitCount)) - 1
            }
        }
        return bits == 0 ? bytes : nil
    }

    static func encode(_ data: Data, _ variant: Variant = .standard) -> String {
        let text = data.base64EncodedString()
        guard variant == .url else { return text }
        return text.replacingOccurrences(of: "+", with: "-")
            .replacingOccurrences(of: "/", with: "_").replacingOccurrences(of: "=", with: "")
    }

    private static func value(_ byte: UInt8, _ variant: Variant) -> UInt8? {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte - 65
        case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - 71
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte + 4
        case UInt8(ascii: "+") where variant == .standard: 62
        case UInt8(ascii: "/") where variant == .standard: 63
        case UInt8(ascii: "-") where variant == .url: 62
        case UInt8(ascii: "_") where variant == .url: 63
        default: nil
        }
    }
}

extension Collection<UInt8> {
    /// The index of the last byte if it is this one.
    fileprivate func last(of byte: UInt8) -> Index? {
        guard !isEmpty else { return nil }
        let index = index(startIndex, offsetBy: count - 1)
        return self[index] == byte ? index : nil
    }
}
