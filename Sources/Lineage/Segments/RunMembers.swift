import Foundation

/// Which records of one shard a run used: all but a few, or a few, as rising ordinals.
struct RunMembers {
    private let isComplement: Bool
    /// Rising; the members, or the records that are none.
    private let listed: [Int]
    private let recordCount: Int

    init(_ members: [Int], of recordCount: Int) {
        let sorted = Set(members).sorted()
        self.recordCount = recordCount
        isComplement = sorted.count > recordCount / 2
        guard isComplement else {
            listed = sorted
            return
        }
        var others: [Int] = []
        var next = 0
        for member in sorted {
            others.append(contentsOf: next..<max(member, next))
            next = member + 1
        }
        others.append(contentsOf: next..<max(recordCount, next))
        listed = others
    }

    /// Reads what `data` wrote.
    init(_ data: Data) {
        let (isComplement, recordCount, listed) = data.withUnsafeBytes { bytes in
            var cursor = SectionCursor(bytes)
            let head = cursor.length()
            var listed: [Int] = []
            var last = 0
            while !cursor.isAtEnd {
                last += cursor.length()
                listed.append(last)
            }
            return (head & 1 == 1, head >> 1, listed)
        }
        self.isComplement = isComplement
        self.recordCount = recordCount
        self.listed = listed
    }

    /// Record count times two plus one for a complement, then the listed ordinals, each minus the one
    /// before; all as LEB128.
    var data: Data {
        var bytes = SectionBytes()
        bytes.append(variable: UInt64(recordCount) << 1 | (isComplement ? 1 : 0))
        var last = 0
        for ordinal in listed {
            bytes.append(variable: UInt64(ordinal - last))
            last = ordinal
        }
        return Data(bytes.bytes)
    }

    var count: Int { isComplement ? recordCount - listed.count : listed.count }

    func contains(_ ordinal: Int) -> Bool {
        guard ordinal >= 0, ordinal < recordCount else { return false }
        var low = 0
        var high = listed.count
        while low < high {
            let middle = (low + high) / 2
            if listed[middle] < ordinal { low = middle + 1 } else { high = middle }
        }
        return (low < listed.count && listed[low] == ordinal) != isComplement
    }

    /// The members' ordinals, rising.
    var ordinals: [Int] {
        guard isComplement else { return listed }
        var members: [Int] = []
        members.reserveCapacity(count)
        var next = 0
        for other in listed {
            members.append(contentsOf: next..<other)
            next = other + 1
        }
        members.append(contentsOf: next..<recordCount)
        return members
    }
}
