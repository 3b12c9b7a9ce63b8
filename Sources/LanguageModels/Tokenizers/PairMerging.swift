/// Merges neighbouring tokens by rank, the lowest rank first and of equal ones the leftmost
/// (Sennrich et al. 2016): by search for short pieces, by a heap for long ones, so that a piece of n
/// bytes takes O(n log n) steps.
///
/// Keeps its memory from piece to piece; not safe for use from several threads at once.
final class PairMerging {
    /// A token of the piece in a linked list.
    private struct Symbol {
        var id: Int32
        /// Rank and result of merging with the next one.
        var rank: UInt32
        var mergedID: Int32
        var length: Int
        var previous: Int
        var next: Int
    }

    private var symbols: [Symbol] = []
    /// Rank in the upper 24 bits, place in the lower 40: a binary heap with the least first.
    private var heap: [UInt64] = []
    private static let placeBits: UInt64 = 40
    /// Ranks must stay below.
    static let rankLimit = 1 << 24
    private static let searchedCount = 32

    /// Starts a piece.
    func begin() { symbols.removeAll(keepingCapacity: symbols.capacity <= 1 << 16) }

    /// Adds a token that stands for `length` bytes.
    @inline(__always)
    func add(_ id: Int32, length: Int) {
        symbols.append(
            Symbol(
                id: id, rank: MergeTable.noRank, mergedID: -1, length: length,
                previous: symbols.count - 1, next: symbols.count + 1))
    }

    func merge(_ table: MergeTable) {
        guard symbols.count > 1 else { return }
        symbols[symbols.count - 1].next = -1
        let usesHeap = symbols.count > Self.searchedCount
        heap.removeAll(keepingCapacity: heap.capacity <= 1 << 16)
        for place in 0..<symbols.count - 1 { rank(place, table, pushes: usesHeap) }
        while let place = usesHeap ? pop() : lowest() {
            let next = symbols[place].next
            symbols[place].id = symbols[place].mergedID
            symbols[place].length += symbols[next].length
            symbols[place].next = symbols[next].next
            symbols[next].rank = MergeTable.noRank
            if symbols[next].next >= 0 { symbols[symbols[next].next].previous = place }
            rank(place, table, pushes: usesHeap)
            if symbols[place].previous >= 0 {
                rank(symbols[place].previous, table, pushes: usesHeap)
            }
        }
    }

    /// Calls `body` with the tokens of the piece and the bytes they stand for.
    @inline(__always)
    func forEach(_ body: (_ id: Int32, _ length: Int) -> Void) {
        var place = symbols.isEmpty ? -1 : 0
        while place >= 0, place < symbols.count {
            body(symbols[place].id, symbols[place].length)
            place = symbols[place].next
        }
    }

    private func rank(_ place: Int, _ table: MergeTable, pushes: Bool) {
        let next = symbols[place].next
        guard next >= 0 else {
            symbols[place].rank = MergeTable.noRank
            return
        }
        let merge = table.merge(symbols[place].id, symbols[next].id)
        symbols[place].rank = merge.rank
        symbols[place].mergedID = merge.id
        if pushes, merge.rank != MergeTable.noRank {
            push(UInt64(merge.rank) << Self.placeBits | UInt64(place))
        }
    }

    private func lowest() -> Int? {
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

    private func push(_ entry: UInt64) {
        heap.append(entry)
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[parent] > entry else { break }
            heap[child] = heap[parent]
            child = parent
        }
        heap[child] = entry
    }

    /// The least entry that still holds: the pair at its place has its rank.
    private func pop() -> Int? {
        while let first = heap.first {
            let last = heap.removeLast()
            if !heap.isEmpty { sink(last) }
            let place = Int(first & (1 << Self.placeBits - 1))
            if UInt64(symbols[place].rank) == first >> Self.placeBits { return place }
        }
        return nil
    }

    /// Puts `entry` in place of the first.
    private func sink(_ entry: UInt64) {
        var parent = 0
        while true {
            var child = 2 * parent + 1
            guard child < heap.count else { break }
            if child + 1 < heap.count, heap[child + 1] < heap[child] { child += 1 }
            guard heap[child] < entry else { break }
            heap[parent] = heap[child]
            parent = child
        }
        heap[parent] = entry
    }
}
