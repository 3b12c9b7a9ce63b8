/// Token ids of pieces seen lately: a bounded two-way cache of short pieces with few tokens, without
/// memory of its own for any piece. What it holds never changes a result.
///
/// Not safe for use from several threads at once.
final class PieceCache {
    /// Longest piece that is kept, in bytes, and most tokens of one.
    static let longestPiece = 15
    static let mostTokens = 7

    private struct Slot {
        /// The bytes, zeros after them, and the length in the highest byte: a used slot is never 0.
        var low: UInt64 = 0
        var high: UInt64 = 0
        var count: Int32 = 0
        var ids: (Int32, Int32, Int32, Int32, Int32, Int32, Int32) = (0, 0, 0, 0, 0, 0, 0)
    }

    /// The bytes of a piece, in registers.
    struct Key {
        let low: UInt64
        let high: UInt64

        /// - Parameter readable: bytes from `start` on that may be read, at least `count`.
        @inline(__always)
        init(_ start: UnsafePointer<UInt8>, count: Int, readable: Int) {
            var low: UInt64 = 0
            var high: UInt64 = 0
            if readable >= 16 {
                let raw = UnsafeRawPointer(start)
                low = UInt64(littleEndian: raw.loadUnaligned(as: UInt64.self))
                if count < 8 {
                    low &= (1 << UInt64(8 * count)) &- 1
                } else {
                    high = UInt64(
                        littleEndian: raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
                    high &= (1 << UInt64(8 * (count - 8))) &- 1
                }
            } else {
                for index in 0..<min(count, 8) { low |= UInt64(start[index]) << (8 * index) }
                if count > 8 {
                    for index in 8..<count { high |= UInt64(start[index]) << (8 * (index - 8)) }
                }
            }
            self.low = low
            self.high = high | UInt64(count) << 56
        }
    }

    private static let slotBits: UInt64 = 15
    private let slots: UnsafeMutablePointer<Slot>

    init() {
        slots = .allocate(capacity: 1 << Self.slotBits)
        slots.initialize(repeating: Slot(), count: 1 << Self.slotBits)
    }

    deinit { slots.deallocate() }

    @inline(__always)
    private static func place(_ key: Key) -> Int {
        let mixed = (key.low ^ (key.high &* 0xFF51_AFD7_ED55_8CCD)) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: (mixed ^ (mixed << 21)) >> (64 - slotBits))
    }

    /// Copies the tokens of a piece to `output`, which has room for `mostTokens`.
    /// - Returns: their number; -1 if the piece is not there.
    @inline(__always)
    func read(_ key: Key, to output: UnsafeMutablePointer<Int32>) -> Int {
        var slot = slots + Self.place(key)
        if slot.pointee.low != key.low || slot.pointee.high != key.high {
            slot = slots + (Self.place(key) ^ 1)
            guard slot.pointee.low == key.low, slot.pointee.high == key.high else { return -1 }
        }
        // Most pieces are one token; the rest is copied whole.
        let ids = slot.pointee.ids
        output[0] = ids.0
        let count = Int(slot.pointee.count)
        if count > 1 {
            output[1] = ids.1
            output[2] = ids.2
            output[3] = ids.3
            output[4] = ids.4
            output[5] = ids.5
            output[6] = ids.6
        }
        return count
    }

    /// Keeps the tokens of a piece; the older of the two in its place moves on or out.
    func write(_ key: Key, _ ids: UnsafeBufferPointer<Int32>) {
        guard ids.count <= Self.mostTokens else { return }
        var slot = Slot(low: key.low, high: key.high, count: Int32(ids.count))
        withUnsafeMutableBytes(of: &slot.ids) { $0.copyBytes(from: UnsafeRawBufferPointer(ids)) }
        let place = Self.place(key)
        slots[place ^ 1] = slots[place]
        slots[place] = slot
    }
}
