/// Merges neighbouring tokens by rank, the lowest rank first and of equal ones the leftmost
/// (Sennrich et al. 2016): by search for short pieces, by a heap for long ones, so that a piece of n
/// bytes takes O(n log n) steps.
///
/// Keeps its memory from piece to piece; not safe for use from several threads at once.
final class PairMerging {
    /// A token of the piece in a linked list.
    fileprivate struct Symbol {
        var id: Int32
        /// Rank and result of merging with the next one.
        var rank: UInt32
        var mergedID: Int32
        var length: Int
        /// Places of the neighbours; -1 at the ends.
        var previous: Int
        var next: Int
    }

    private var symbols: [Symbol] = []
    private var heap = RankHeap()
    private static let searchedCount = 32
    /// Larger memory is given back before the next piece.
    private static let keptCount = 1 << 16
    /// Ranks must stay below.
    static let rankLimit = 1 << 24

    /// Starts a piece.
    func begin() { symbols.removeAll(keepingCapacity: symbols.capacity <= Self.keptCount) }

    /// Adds a token that stands for `length` bytes.
    @inline(__always)
    func add(_ id: Int32, length: Int) {
        symbols.append(
            Symbol(
                id: id, rank: MergeTable.noRank, mergedID: -1, length: length,
                previous: symbols.count - 1, next: symbols.count + 1))
    }

    func merge(_ table: MergeTable) {
        guard !symbols.isEmpty else { return }
        symbols[symbols.count - 1].next = -1
        let usesHeap = symbols.count > Self.searchedCount
        heap.removeAll(keepingCapacity: heap.capacity <= Self.keptCount)
        // Places are those of the list itself, within its count.
        symbols.withUnsafeMutableBufferPointer { symbols in
            withUnsafeMutablePointer(to: &heap) {
                Self.merge(symbols, table, usesHeap ? $0 : nil)
            }
        }
    }

    private static func merge(
        _ symbols: UnsafeMutableBufferPointer<Symbol>, _ table: MergeTable,
        _ heap: UnsafeMutablePointer<RankHeap>?
    ) {
        @inline(__always)
        func rank(_ place: Int) {
            let next = symbols[place].next
            guard next >= 0 else {
                symbols[place].rank = MergeTable.noRank
                return
            }
            let merge = table.merge(symbols[place].id, symbols[next].id)
            symbols[place].rank = merge.rank
            symbols[place].mergedID = merge.id
            if merge.rank != MergeTable.noRank {
                heap?.pointee.push(RankHeap.entry(rank: merge.rank, place: place))
            }
        }
        for place in 0..<symbols.count { rank(place) }
        while let place = heap == nil ? lowest(symbols) : heap?.pointee.pop(symbols) {
            let next = symbols[place].next
            let afterNext = symbols[next].next
            symbols[place].id = symbols[place].mergedID
            symbols[place].length += symbols[next].length
            symbols[place].next = afterNext
            symbols[next].rank = MergeTable.noRank
            if afterNext >= 0 { symbols[afterNext].previous = place }
            rank(place)
            if symbols[place].previous >= 0 { rank(symbols[place].previous) }
        }
    }

    private static func lowest(_ symbols: UnsafeMutableBufferPointer<Symbol>) -> Int? {
        var best = MergeTable.noRank
        var bestPlace: Int?
        var place = 0
        while place >= 0 {
            if symbols[place].rank < best {
                best = symbols[place].rank
                bestPlace = place
            }
            place = symbols[place].next
        }
        return bestPlace
    }

    /// Calls `body` with the tokens of the piece and the bytes they stand for.
    @inline(__always)
    func forEach(_ body: (_ id: Int32, _ length: Int) -> Void) {
        symbols.withUnsafeBufferPointer { symbols in
            var place = symbols.isEmpty ? -1 : 0
            while place >= 0, place < symbols.count {
                body(symbols[place].id, symbols[place].length)
                place = symbols[place].next
            }
        }
    }
}

/// Pairs that may be merged, the lowest rank first and of equal ones the leftmost: a binary heap.
private struct RankHeap {
    private static let placeBits: UInt64 = 40
    /// Rank in the upper 24 bits, place in the lower 40.
    private var entries: [UInt64] = []

    var capacity: Int { entries.capacity }

    mutating func removeAll(keepingCapacity: Bool) {
        entries.removeAll(keepingCapacity: keepingCapacity)
    }

    @inline(__always)
    static func entry(rank: UInt32, place: Int) -> UInt64 {
        UInt64(rank) << placeBits | UInt64(place)
    }

    mutating func push(_ entry: UInt64) {
        entries.append(entry)
        var child = entries.count - 1
        entries.withUnsafeMutableBufferPointer { entries in
            while child > 0 {
                let parent = (child - 1) / 2
                guard entries[parent] > entry else { break }
                entries[child] = entries[parent]
                child = parent
            }
            entries[child] = entry
        }
    }

    /// Place of the least entry that still holds: the pair there has its rank.
    mutating func pop(_ symbols: UnsafeMutableBufferPointer<PairMerging.Symbol>) -> Int? {
        while let first = entries.first {
            let last = entries.removeLast()
            if !entries.isEmpty { sink(last) }
            let place = Int(first & (1 << Self.placeBits - 1))
            if UInt64(symbols[place].rank) == first >> Self.placeBits { return place }
        }
        return nil
    }

    /// Puts `entry` in place of the first.
    private mutating func sink(_ entry: UInt64) {
        entries.withUnsafeMutableBufferPointer { entries in
            var parent = 0
            while true {
                var child = 2 * parent + 1
                guard child < entries.count else { break }
                if child + 1 < entries.count, entries[child + 1] < entries[child] { child += 1 }
                guard entries[child] < entry else { break }
                entries[parent] = entries[child]
                parent = child
            }
            entries[parent] = entry
        }
    }
}
