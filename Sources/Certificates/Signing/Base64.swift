import Foundation

/// Base64 (RFC 4648) in both alphabets, decoded strictly: one text has exactly one meaning.
///
/// Foundation's decoder takes texts whose unused trailing bits are not zero, so that one changed
/// character could go unnoticed; this one does not.
enum Base64 {
    /// Which alphabets a format allows.
    enum Alphabets {
        /// `+/` or `-_`, but not both in one text.
        case either
        /// `+/` only.
        case standard
    }

    /// Why a text is not base64 in its one canonical form.
    enum Defect: String, Error {
        case whiteSpace = "it holds white space"
        case illegalCharacter = "it holds a character that base64 does not have"
        case mixedAlphabets = "it mixes the standard and the URL-safe alphabet"
        case urlSafeAlphabet = "it uses the URL-safe alphabet; the standard one is asked for"
        case missingPadding = "its padding is missing or too short"
        case extraPadding = "it has more padding than its length asks for"
        case impossibleLength = "a character is missing or too many"
        case strayBits = "its last character has stray bits, so that it is not canonical"
    }

    static func text(_ data: Data) -> String { data.base64EncodedString() }

    /// Decodes either alphabet; nil for anything that is not canonical and padded.
    static func decode(_ text: String) -> Data? { try? bytes(of: text) }

    static func bytes(
        of text: String, alphabets: Alphabets = .either
    ) throws(Defect) -> Data {
        var characters = Array(text.utf8)[...]
        guard !characters.contains(where: { $0 == 32 || (9...13).contains($0) }) else {
            throw .whiteSpace
        }
        var paddingCount = 0
        while characters.last == UInt8(ascii: "=") {
            characters.removeLast()
            paddingCount += 1
        }
        var result = Data(capacity: characters.count / 4 * 3 + 2)
        var window: UInt32 = 0
        var bitCount: UInt32 = 0
        var isStandard = alphabets == .standard
        var isURLSafe = false
        for character in characters {
            guard let value = value(of: character) else { throw .illegalCharacter }
            if character == UInt8(ascii: "+") || character == UInt8(ascii: "/") {
                isStandard = true
            } else if character == UInt8(ascii: "-") || character == UInt8(ascii: "_") {
                isURLSafe = true
            }
            window = window << 6 | value
            bitCount += 6
            if bitCount >= 8 {
                bitCount -= 8
                result.append(UInt8(window >> bitCount & 0xFF))
                window &= (1 << bitCount) - 1
            }
        }
        guard !(isStandard && isURLSafe) else {
            throw alphabets == .standard ? .urlSafeAlphabet : .mixedAlphabets
        }
        let rest = characters.count % 4
        guard rest != 1 else { throw .impossibleLength }
        let expected = (4 - rest) % 4
        guard paddingCount >= expected else { throw .missingPadding }
        guard paddingCount == expected else { throw .extraPadding }
        guard window == 0 else { throw .strayBits }
        return result
    }

    private static func value(of character: UInt8) -> UInt32? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character) - 65
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character) - 71
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character) + 4
        case UInt8(ascii: "+"), UInt8(ascii: "-"): 62
        case UInt8(ascii: "/"), UInt8(ascii: "_"): 63
        default: nil
        }
    }
}
