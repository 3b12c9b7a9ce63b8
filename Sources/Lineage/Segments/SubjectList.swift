import Foundation

/// The distinct subjects of a piece, in the order in which they were met.
struct SubjectList {
    typealias Bytes = UnsafeBufferPointer<UInt8>

    /// The ids, one after the other, and where each ends.
    private(set) var names: [UInt8] = []
    private(set) var ends: [Int] = []
    /// Of each, whether its owner declared a name for it in a record about it alone.
    private(set) var hasDeclaredName: [Bool] = []
    /// Of each, see `PostingKeys.subjectRow`.
    var rows: [Int64] = []

    /// Open addressing: index plus one in the low half, 0 for none; in the high half the hash's. Kept at
    /// most half full.
    private var slots: [UInt64] = []
    /// Secret, so that nobody can choose ids that meet in one slot.
    private let seed: UInt64

    /// - Parameter expected: of so many subjects at most, about; more may come.
    init(seed: UInt64 = 0, expected: Int = 0) {
        self.seed = seed
        guard expected > 0 else { return }
        let bits = Int.bitWidth - (2 * expected).leadingZeroBitCount
        slots = [UInt64](repeating: 0, count: 1 << min(max(bits, 10), 20))
        ends.reserveCapacity(expected)
        names.reserveCapacity(expected * 8)
    }

    var count: Int { ends.count }

    func range(_ index: Int) -> Range<Int> { (index == 0 ? 0 : ends[index - 1])..<ends[index] }

    mutating func declareName(_ index: Int) { hasDeclaredName[index] = true }

    /// The place of a subject, which is added if it is new.
    mutating func index(of name: Bytes) -> Int {
        if slots.count < 2 * (count + 1) { grow() }
        let hash = hash(name)
        let mark = hash & ~0xFFFF_FFFF
        var slot = place(hash)
        while slots[slot] != 0 {
            let index = Int(slots[slot] & 0xFFFF_FFFF) - 1
            if slots[slot] & ~0xFFFF_FFFF == mark, isSame(index, name) { return index }
            slot = (slot + 1) & (slots.count - 1)
        }
        names.append(contentsOf: name)
        ends.append(names.count)
        hasDeclaredName.append(false)
        slots[slot] = mark | UInt64(count)
        return count - 1
    }

    /// Where a hash is looked for first; follows from the half that is kept.
    private func place(_ hash: UInt64) -> Int {
        Int(truncatingIfNeeded: hash >> 32) & (slots.count - 1)
    }

    private func isSame(_ index: Int, _ name: Bytes) -> Bool {
        let range = range(index)
        guard range.count == name.count else { return false }
        return names.withUnsafeBufferPointer { names in
            guard let base = names.baseAddress, let other = name.baseAddress else { return true }
            return memcmp(base + range.lowerBound, other, name.count) == 0
        }
    }

    /// Drops what only finding needs.
    mutating func seal() {
        slots = []
    }

    private mutating func grow() {
        let entries = slots
        slots = [UInt64](repeating: 0, count: max(1 << 10, slots.count * 2))
        for entry in entries where entry != 0 {
            var slot = place(entry)
            while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = entry
        }
    }

    private func hash(_ bytes: Bytes) -> UInt64 {
        let raw = UnsafeRawBufferPointer(bytes)
        var hash = seed
        @inline(__always)
        func mix(_ word: UInt64) {
            hash = (hash ^ word) &* 0x9E37_79B9_7F4A_7C15
            hash ^= hash >> 29
        }
        var index = 0
        while index + 8 <= raw.count {
            mix(raw.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            index += 8
        }
        var rest = UInt64(raw.count)
        while index < raw.count {
            rest = rest << 8 | UInt64(raw[index])
            index += 1
        }
        mix(rest)
        return hash
    }
}
