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

    /// Open addressing: indices plus one, 0 for none; kept at most half full.
    private var slots: [UInt32] = []
    private var hashes: [UInt64] = []
    /// Secret, so that nobody can choose ids that meet in one slot.
    private let seed: UInt64

    init(seed: UInt64 = 0) { self.seed = seed }

    var count: Int { ends.count }

    func range(_ index: Int) -> Range<Int> { (index == 0 ? 0 : ends[index - 1])..<ends[index] }

    mutating func declareName(_ index: Int) { hasDeclaredName[index] = true }

    /// The place of a subject, which is added if it is new.
    mutating func index(of name: Bytes) -> (index: Int, isNew: Bool) {
        if slots.count < 2 * (count + 1) { grow() }
        let hash = hash(name)
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[slot] != 0 {
            let index = Int(slots[slot]) - 1
            if hashes[index] == hash, range(index).count == name.count,
                names[range(index)].elementsEqual(name)
            {
                return (index, false)
            }
            slot = (slot + 1) & (slots.count - 1)
        }
        names.append(contentsOf: name)
        ends.append(names.count)
        hasDeclaredName.append(false)
        hashes.append(hash)
        slots[slot] = UInt32(count)
        return (count - 1, true)
    }

    /// Drops what only finding needs.
    mutating func seal() {
        slots = []
        hashes = []
    }

    private mutating func grow() {
        slots = [UInt32](repeating: 0, count: max(1 << 10, slots.count * 2))
        for (index, hash) in hashes.enumerated() {
            var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
            while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = UInt32(index + 1)
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
