import Foundation

/// Looks blocks through for several queries, with as many threads as call `work`.
final class BlockScan: @unchecked Sendable {
    struct Block {
        let shard: CatalogShard
        let segment: Segment
        let block: Segment.TextBlock
        /// Indices of the queries it can hold.
        let queries: [Int]
    }

    /// Tells which queries a folded text answers, given the indices of the anchors it holds.
    typealias Confirmation = (_ text: UnsafeBufferPointer<UInt8>, _ anchors: [Int]) -> [Int]

    private typealias Match = (row: Int64, queries: [Int])

    private let blocks: [Block]
    private let anchors: [[UInt8]]
    private let confirm: Confirmation
    private let limit: Int
    private let queryCount: Int
    private let lock = NSLock()
    // Guarded by `lock`.
    private var next = 0
    private var foundCounts: [Int]
    private var results: [Result<[Match], any Error>?]

    /// - Parameters:
    ///   - anchors: bytes of which the folded text must hold one, looked for first.
    ///   - limit: rows of a query after which it is looked for no further.
    init(
        _ blocks: [Block], anchors: [[UInt8]], queryCount: Int, atMost limit: Int,
        _ confirm: @escaping Confirmation
    ) {
        self.blocks = blocks
        self.anchors = anchors
        self.confirm = confirm
        self.limit = limit
        self.queryCount = queryCount
        foundCounts = Array(repeating: 0, count: queryCount)
        results = Array(repeating: nil, count: blocks.count)
    }

    /// Looks through one block after the other until none is left, or more was found of everything than
    /// is asked for.
    func work() {
        let reader = BlockReader(anchors: anchors)
        while let index = take() {
            let result = matches(in: blocks[index], reader)
            lock.withLock {
                results[index] = result
                guard case .success(let matches) = result else { return }
                for query in matches.flatMap(\.queries) { foundCounts[query] += 1 }
            }
        }
    }

    /// For each query its rows, ascending, or nil if there are more than asked for.
    ///
    /// A block's error is thrown unless every query that the block can hold has too many rows in the
    /// blocks before it. A block is passed over only then, because blocks are taken in order; so the
    /// answer does not depend on how many threads looked.
    func rows() throws -> [[Int64]?] {
        var rows = [[Int64]](repeating: [], count: queryCount)
        for (block, result) in zip(blocks, results)
        where block.queries.contains(where: { rows[$0].count <= limit }) {
            for match in try result?.get() ?? [] {
                for query in match.queries { rows[query].append(match.row) }
            }
        }
        return rows.map { $0.count > limit ? nil : $0.sorted() }
    }

    private func take() -> Int? {
        lock.withLock {
            while next < blocks.count {
                next += 1
                let isWanted = blocks[next - 1].queries.contains { foundCounts[$0] <= limit }
                if isWanted { return next - 1 }
            }
            return nil
        }
    }

    private func matches(
        in block: Block, _ reader: BlockReader
    ) -> Result<[Match], any Error> {
        do {
            let found = try reader.matches(
                in: block.block, block.segment, path: block.shard.path, confirm)
            return .success(
                found.map { (block.shard.row(ofRecord: $0.ordinal), $0.queries) })
        } catch { return .failure(error) }
    }
}
