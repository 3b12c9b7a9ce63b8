import Foundation

/// Base64 (RFC 4648) in both alphabets, decoded strictly: one text has exactly one meaning.
///
/// Foundation's decoder takes texts whose unused trailing bits are not zero, so that one changed
/// character could go unnoticed; this one does not.
enum Base64 {
    static func text(_ data: Data) -> String { data.base64EncodedString() }

    /// Decodes the standard (`+/`) or the URL-safe (`-_`) alphabet, padded or not; nil for anything
    /// else: both alphabets in one text, white space, wrong padding, stray trailing bits.
    static func decode(_ text: String) -> Data? {
        var characters = Array(text.utf8)[...]
        var paddingCount = 0
        while characters.last == UInt8(ascii: "="), paddingCount < 2 {
            characters.removeLast()
            paddingCount += 1
        }
        let rest = characters.count % 4
        guard rest != 1, paddingCount == 0 || paddingCount == (4 - rest) % 4 else { return nil }
        var result = Data(capacity: characters.count / 4 * 3 + 2)
        var window: UInt32 = 0
        var bitCount = 0
        var isStandard = false
        var isURLSafe = false
        for character in characters {
            let value: UInt32
            switch character {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = UInt32(character) - 65
            case UInt8(ascii: "a")...UInt8(ascii: "z"): value = UInt32(character) - 71
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = UInt32(character) + 4
            case UInt8(ascii: "+"), UInt8(ascii: "/"):
                isStandard = true
                value = character == UInt8(ascii: "+") ? 62 : 63
            case UInt8(ascii: "-"), UInt8(ascii: "_"):
                isURLSafe = true
                value = character == UInt8(ascii: "-") ? 62 : 63
            default: return nil
            }
            window = window << 6 | value
            bitCount += 6
            if bitCount >= 8 {
                bitCount -= 8
                result.append(UInt8(window >> UInt32(bitCount) & 0xFF))
                window &= (1 << UInt32(bitCount)) - 1
            }
        }
        guard window == 0, !(isStandard && isURLSafe) else { return nil }
        return result
    }
}
