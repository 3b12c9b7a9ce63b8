/// The classes of characters that pre-tokenizers tell apart, as `\p{L}`, `\p{N}` and `\s` of the
/// Oniguruma expressions in the tokenizers library.
enum CharacterClass {
    static let other: UInt8 = 0
    static let letter: UInt8 = 1
    static let number: UInt8 = 2
    static let space: UInt8 = 3

    /// The expressions know Unicode 16; what was assigned later is of no class to them, whatever the
    /// standard library says.
    private static let unicodeVersion = 16

    static func of(_ scalar: Unicode.Scalar) -> UInt8 {
        let kind = currentClass(of: scalar)
        guard kind != other, let age = scalar.properties.age, age.major <= unicodeVersion else {
            return other
        }
        return kind
    }

    private static func currentClass(of scalar: Unicode.Scalar) -> UInt8 {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
            letter
        case .decimalNumber, .letterNumber, .otherNumber: number
        default: scalar.properties.isWhitespace ? space : other
        }
    }
}

/// Class of every character of the Basic Multilingual Plane, in 64 KiB.
final class CharacterClassTable: @unchecked Sendable {
    // Written by `init` only.
    let classes: UnsafeMutablePointer<UInt8>

    static let shared = CharacterClassTable()
    private static let count = 0x10000

    private init() {
        classes = .allocate(capacity: Self.count)
        for value in 0..<UInt32(Self.count) {
            classes[Int(value)] = Unicode.Scalar(value).map(CharacterClass.of) ?? 0
        }
    }

    deinit { classes.deallocate() }
}

/// UTF-8 text in memory with the classes of its characters. Offsets are in bytes; the caller keeps
/// the memory alive.
struct ClassifiedText {
    let bytes: UnsafePointer<UInt8>
    let classes: UnsafePointer<UInt8>

    /// Class and length in bytes of the character at `index`, which lies before `end`. Reads nothing
    /// from `end` on, whatever the bytes are.
    @inline(__always)
    func character(at index: Int, before end: Int) -> (kind: UInt8, length: Int) {
        let first = bytes[index]
        if first < 0x80 { return (classes[Int(first)], 1) }
        return longCharacter(at: index, before: end)
    }

    private func longCharacter(at index: Int, before end: Int) -> (kind: UInt8, length: Int) {
        let first = UInt32(bytes[index])
        func tail(_ offset: Int) -> UInt32 { UInt32(bytes[index + offset]) & 0x3F }
        if first < 0xE0 {
            guard first >= 0xC0, index + 2 <= end else { return (CharacterClass.other, 1) }
            return (classes[Int((first & 0x1F) << 6 | tail(1))], 2)
        }
        if first < 0xF0 {
            guard index + 3 <= end else { return (CharacterClass.other, 1) }
            return (classes[Int((first & 0x0F) << 12 | tail(1) << 6 | tail(2))], 3)
        }
        guard index + 4 <= end else { return (CharacterClass.other, 1) }
        let value = (first & 0x07) << 18 | tail(1) << 12 | tail(2) << 6 | tail(3)
        return (Unicode.Scalar(value).map(CharacterClass.of) ?? CharacterClass.other, 4)
    }

    /// End of the run of characters of one class that starts at `index`.
    @inline(__always)
    func run(of kind: UInt8, from index: Int, before end: Int) -> Int {
        var index = index
        while index < end {
            let next = character(at: index, before: end)
            guard next.kind == kind else { break }
            index += next.length
        }
        return index
    }
}
