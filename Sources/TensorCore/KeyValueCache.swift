/// Keys and values of the tokens read so far, for generating token by token. One per layer.
package final class KeyValueCache {
    private let columns: HeadColumns
    private var keys: [Tensor]
    private var values: [Tensor]
    /// Tokens held of each sequence.
    package private(set) var lengths: [Int]

    package init(sequenceCount: Int, capacity: Int, shape: AttentionShape) {
        columns = shape.apart.key
        let width = shape.keyValueWidth
        keys = (0..<sequenceCount).map { _ in Tensor([capacity, width]) }
        values = (0..<sequenceCount).map { _ in Tensor([capacity, width]) }
        lengths = Array(repeating: 0, count: sequenceCount)
    }

    /// The keys and values of some rows of a batch.
    func append(_ k: HeadMatrix, _ v: HeadMatrix, rows: Range<Int>, sequence: Int) {
        let start = lengths[sequence]
        precondition(start + rows.count <= keys[sequence].rowCount)
        for (source, target) in [(k, keys[sequence]), (v, values[sequence])] {
            let held = HeadMatrix(target, columns)
            for row in rows {
                for head in 0..<columns.count {
                    held[start + row - rows.lowerBound, head].update(
                        from: source[row, head], count: columns.width)
                }
            }
        }
        lengths[sequence] += rows.count
    }

    /// What the `newCount` rows appended last see: everything before them, and each other in order.
    func span(_ sequence: Int, rows newCount: Int) -> KeySpan {
        KeySpan(
            keys: HeadMatrix(keys[sequence], columns),
            values: HeadMatrix(values[sequence], columns), firstRow: 0,
            count: lengths[sequence], visible: lengths[sequence] - newCount + 1)
    }

    /// Keeps only the named sequences, in this order: finished ones need no further work. One that is
    /// named again goes on in several ways, each in memory of its own.
    package func keep(_ sequences: [Int]) {
        var seen: Set<Int> = []
        let isFirst = sequences.map { seen.insert($0).inserted }
        keys = zip(sequences, isFirst).map { $1 ? keys[$0] : keys[$0].copy() }
        values = zip(sequences, isFirst).map { $1 ? values[$0] : values[$0].copy() }
        lengths = sequences.map { lengths[$0] }
    }
}
