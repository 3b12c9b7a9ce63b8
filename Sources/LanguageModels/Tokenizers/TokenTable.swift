/// Byte strings with numbers, found by content: an open-addressing hash table over one flat memory.
///
/// Vocabularies are keyed by bytes: two entries that Unicode calls equivalent stay two.
struct TokenTable: Sendable {
    private var memory: [UInt8] = []
    /// Start and length in `memory` of each entry, and its number.
    private var entries: [(start: Int, count: Int, number: Int32)] = []
    /// Indices into `entries`, -1 where empty; the count is a power of two.
    private var slots: [Int32]

    init(minimumCapacity: Int = 0) {
        var capacity = 16
        while capacity < minimumCapacity * 2 { capacity *= 2 }
        slots = Array(repeating: -1, count: capacity)
    }

    /// Adds an entry unless the bytes are there already.
    mutating func insert(_ bytes: [UInt8], _ number: Int32) {
        if (entries.count + 1) * 2 > slots.count { grow() }
        let slot = bytes.withUnsafeBufferPointer { self.slot(of: $0) }
        guard slots[slot] < 0 else { return }
        slots[slot] = Int32(entries.count)
        entries.append((memory.count, bytes.count, number))
        memory.append(contentsOf: bytes)
    }

    func number(of bytes: UnsafeBufferPointer<UInt8>) -> Int32? {
        let entry = slots[slot(of: bytes)]
        return entry < 0 ? nil : entries[Int(entry)].number
    }

    func number(of bytes: [UInt8]) -> Int32? {
        bytes.withUnsafeBufferPointer { number(of: $0) }
    }

    /// The slot that holds the bytes, or the empty one where they would go.
    private func slot(of bytes: UnsafeBufferPointer<UInt8>) -> Int {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: Self.hash(bytes)) & mask
        while slots[slot] >= 0 {
            let entry = entries[Int(slots[slot])]
            if entry.count == bytes.count,
                (0..<entry.count).allSatisfy({ memory[entry.start + $0] == bytes[$0] })
            {
                return slot
            }
            slot = (slot + 1) & mask
        }
        return slot
    }

    private mutating func grow() {
        let old = slots
        slots = Array(repeating: -1, count: old.count * 2)
        let mask = slots.count - 1
        for index in entries.indices {
            let entry = entries[index]
            var slot = memory.withUnsafeBufferPointer {
                Int(
                    truncatingIfNeeded: Self.hash(
                        UnsafeBufferPointer(
                            rebasing: $0[entry.start..<entry.start + entry.count]))) & mask
            }
            while slots[slot] >= 0 { slot = (slot + 1) & mask }
            slots[slot] = Int32(index)
        }
    }

    /// FNV-1a with a final mixing, so that the low bits depend on all bytes.
    private static func hash(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return hash ^ (hash >> 29)
    }
}

/// Which pairs of neighbouring tokens are merged, in which order, into what: an open-addressing hash
/// table of flat entries.
struct MergeTable: Sendable {
    private struct Entry {
        /// Left id in the upper, right id in the lower half; no pair has the empty key.
        var key: UInt64
        var rank: UInt32
        var id: Int32
    }

    private static let emptyKey = UInt64.max
    private var entries: [Entry]
    private let shift: UInt64

    /// Rank of pairs that are not merged.
    static let noRank = UInt32.max

    /// - Parameter count: number of merges that will be added at most.
    init(count: Int) {
        var bits: UInt64 = 4
        while 1 << bits < count * 2 { bits += 1 }
        shift = 64 - bits
        entries = Array(
            repeating: Entry(key: Self.emptyKey, rank: Self.noRank, id: -1), count: 1 << bits)
    }

    private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }

    private func place(of key: UInt64) -> Int {
        Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> shift)
    }

    /// A pair that is added again takes its last rank, as in the tokenizers library.
    mutating func insert(left: Int32, right: Int32, rank: UInt32, id: Int32) {
        let key = Self.key(left, right)
        var place = place(of: key)
        while entries[place].key != key, entries[place].key != Self.emptyKey {
            place = (place + 1) & (entries.count - 1)
        }
        entries[place] = Entry(key: key, rank: rank, id: id)
    }

    /// Rank and merged id; `noRank` for a pair that is not merged.
    @inline(__always)
    func merge(_ left: Int32, _ right: Int32) -> (rank: UInt32, id: Int32) {
        let key = Self.key(left, right)
        return entries.withUnsafeBufferPointer { entries in
            var place = place(of: key)
            while true {
                let entry = entries[place]
                if entry.key == key { return (entry.rank, entry.id) }
                if entry.key == Self.emptyKey { return (Self.noRank, -1) }
                place = (place + 1) & (entries.count - 1)
            }
        }
    }
}
