import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Bytes that are looked for in many texts: by the one of them that is rarest in English.
struct ByteNeedle {
    private let bytes: [UInt8]
    private let rarest: Int
    private let ignoresCase: Bool

    /// Of folded text, the commonest first; all others are rarer.
    private static let common = Array(" etaoinshrdlucmfwypvbgk.,1029".utf8)

    /// - Parameter ignoringCase: whether capitals of a text count as the small letters they are looked
    ///   for by.
    init(_ bytes: [UInt8], ignoringCase: Bool = false) {
        self.bytes = bytes
        ignoresCase = ignoringCase
        func rank(_ index: Int) -> Int {
            Self.common.firstIndex(of: bytes[index]) ?? Self.common.count
        }
        rarest = bytes.indices.max { rank($0) < rank($1) } ?? 0
    }

    func occurs(in text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard !bytes.isEmpty else { return true }
        let byte = bytes[rarest]
        if occurs(in: text, at: byte) { return true }
        guard ignoresCase, (97...122).contains(byte) else { return false }
        return occurs(in: text, at: byte & 0xDF)
    }

    private func occurs(in text: UnsafeBufferPointer<UInt8>, at byte: UInt8) -> Bool {
        guard let base = text.baseAddress, text.count >= bytes.count else { return false }
        var index = rarest
        let end = text.count - (bytes.count - 1 - rarest)
        while index < end, let found = memchr(base + index, Int32(byte), end - index) {
            let place = UnsafeRawPointer(found) - UnsafeRawPointer(base)
            if matches(base + place - rarest) { return true }
            index = place + 1
        }
        return false
    }

    private func matches(_ text: UnsafePointer<UInt8>) -> Bool {
        for (index, byte) in bytes.enumerated() {
            var other = text[index]
            if ignoresCase, (65...90).contains(other) { other |= 32 }
            if other != byte { return false }
        }
        return true
    }
}
