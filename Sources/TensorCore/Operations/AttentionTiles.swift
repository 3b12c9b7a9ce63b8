/// Sizes of the tiles: a tile of scores stays in the second-level cache.
let tileQueries = 64
let tileKeys = 512

/// Consecutive queries of one sequence.
struct AttentionTile {
    let sequence: Int
    /// Rows within the sequence.
    let rows: Range<Int>
}

/// All tiles of a batch and the trees of sequences that share a prefix.
struct AttentionTiles {
    let all: [AttentionTile]
    /// Tiles of the sequences whose keys one task may write: a prefix with all that continue it.
    let trees: [[AttentionTile]]

    init(_ sequences: [PackedSequence]) {
        var trees: [[AttentionTile]] = []
        var treeOfRoot: [Int: Int] = [:]
        for (index, sequence) in sequences.enumerated() {
            let count = sequence.rows.count
            let tiles = stride(from: 0, to: count, by: tileQueries).map {
                AttentionTile(sequence: index, rows: $0..<min(count, $0 + tileQueries))
            }
            guard let root = sequence.prefixes.first else {
                treeOfRoot[sequence.rows.lowerBound] = trees.count
                trees.append(tiles)
                continue
            }
            guard let tree = treeOfRoot[root.lowerBound] else {
                preconditionFailure("A prefix must stand before the sequences that continue it.")
            }
            trees[tree] += tiles
        }
        self.trees = trees
        all = trees.flatMap { $0 }
    }
}

/// Keys and values that lie one after the other; query row i of the sequence sees the first
/// `visible + i` of them.
struct KeySpan {
    let keys: HeadMatrix
    let values: HeadMatrix
    /// Row of the first key in its tensor.
    let firstRow: Int
    let count: Int
    let visible: Int

    func visibleCount(row: Int) -> Int { min(count, visible + row) }

    /// Key tiles that the last row of a query tile sees anything of.
    func forTiles(_ rows: Range<Int>, _ body: (_ start: Int, _ count: Int) -> Void) {
        let end = visibleCount(row: rows.upperBound - 1)
        var start = 0
        while start < end {
            body(start, min(tileKeys, end - start))
            start += tileKeys
        }
    }
}

/// Memory for tiles of scores, for each thread of the pool.
struct AttentionScratch {
    private let memory: Tensor
    private let matrices: Int

    init(threads: Int, matrices: Int) {
        memory = Tensor([threads * matrices, tileQueries * tileKeys])
        self.matrices = matrices
    }

    subscript(worker: Int, matrix: Int) -> UnsafeMutablePointer<Float> {
        memory.pointer + (worker * matrices + matrix) * tileQueries * tileKeys
    }
}
