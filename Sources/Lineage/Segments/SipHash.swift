/// SipHash-2-4: a keyed function of short messages to 64 bits.
///
/// J.-P. Aumasson and D. J. Bernstein, "SipHash: a fast short-input PRF", INDOCRYPT 2012. Without the
/// 128-bit key its values can neither be computed nor told from random ones, which is all that a key of
/// 64 bits can promise; it takes a tenth of the time of a truncated HMAC-SHA256.
struct SipKey: Sendable {
    let low: UInt64
    let high: UInt64

    /// The value of a message whose length is a multiple of 8 bytes.
    @inline(__always)
    func hash(words: UnsafeRawBufferPointer) -> UInt64 {
        var state = State(self)
        var index = 0
        while index + 8 <= words.count {
            state.absorb(
                UInt64(littleEndian: words.loadUnaligned(fromByteOffset: index, as: UInt64.self)))
            index += 8
        }
        state.absorb(UInt64(words.count & 255) << 56)
        return state.finished()
    }

    /// The value of a message of 32 bytes, given as words.
    @inline(__always)
    func hash(_ first: UInt64, _ second: UInt64, _ third: UInt64, _ fourth: UInt64) -> UInt64 {
        var state = State(self)
        state.absorb(first)
        state.absorb(second)
        state.absorb(third)
        state.absorb(fourth)
        state.absorb(32 << 56)
        return state.finished()
    }

    /// The value of any message.
    func hash(_ message: some Sequence<UInt8>) -> UInt64 {
        var state = State(self)
        var word: UInt64 = 0
        var count: UInt64 = 0
        for byte in message {
            word |= UInt64(byte) << (8 * (count & 7))
            count += 1
            if count & 7 == 0 {
                state.absorb(word)
                word = 0
            }
        }
        state.absorb(word | count << 56)
        return state.finished()
    }

    private struct State {
        private var v0, v1, v2, v3: UInt64

        @inline(__always)
        init(_ key: SipKey) {
            v0 = key.low ^ 0x736f_6d65_7073_6575
            v1 = key.high ^ 0x646f_7261_6e64_6f6d
            v2 = key.low ^ 0x6c79_6765_6e65_7261
            v3 = key.high ^ 0x7465_6462_7974_6573
        }

        @inline(__always)
        mutating func absorb(_ word: UInt64) {
            v3 ^= word
            round()
            round()
            v0 ^= word
        }

        @inline(__always)
        mutating func finished() -> UInt64 {
            v2 ^= 0xff
            round()
            round()
            round()
            round()
            return v0 ^ v1 ^ v2 ^ v3
        }

        @inline(__always)
        private mutating func round() {
            v0 &+= v1
            v1 = Self.rotated(v1, 13) ^ v0
            v0 = Self.rotated(v0, 32)
            v2 &+= v3
            v3 = Self.rotated(v3, 16) ^ v2
            v0 &+= v3
            v3 = Self.rotated(v3, 21) ^ v0
            v2 &+= v1
            v1 = Self.rotated(v1, 17) ^ v2
            v2 = Self.rotated(v2, 32)
        }

        @inline(__always)
        private static func rotated(_ word: UInt64, _ count: UInt64) -> UInt64 {
            word << count | word >> (64 - count)
        }
    }
}
