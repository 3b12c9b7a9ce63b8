/// Keys and values of the tokens read so far, for generating token by token. One per layer.
package final class KeyValueCache {
    /// Row width of keys and of values: kvHeads * headWidth.
    private let width: Int
    private var keys: [Tensor]
    private var values: [Tensor]
    /// Tokens held of each sequence.
    package private(set) var lengths: [Int]

    package init(sequenceCount: Int, capacity: Int, width: Int) {
        self.width = width
        keys = (0..<sequenceCount).map { _ in Tensor([capacity, width]) }
        values = (0..<sequenceCount).map { _ in Tensor([capacity, width]) }
        lengths = Array(repeating: 0, count: sequenceCount)
    }

    func append(_ k: Tensor, _ v: Tensor, rows: Range<Int>, sequence: Int) {
        let start = lengths[sequence] * width
        precondition(start + rows.count * width <= keys[sequence].count)
        (keys[sequence].pointer + start).update(
            from: k.pointer + rows.lowerBound * width, count: rows.count * width)
        (values[sequence].pointer + start).update(
            from: v.pointer + rows.lowerBound * width, count: rows.count * width)
        lengths[sequence] += rows.count
    }

    /// What the `newCount` rows appended last see: everything before them, and each other in order.
    func span(_ sequence: Int, rows newCount: Int) -> KeySpan {
        KeySpan(
            keys: keys[sequence].pointer, values: values[sequence].pointer, offset: 0,
            count: lengths[sequence], visible: lengths[sequence] - newCount + 1)
    }

    /// Keeps only the named sequences, in this order: finished ones need no further work.
    package func keep(_ sequences: [Int]) {
        keys = sequences.map { keys[$0] }
        values = sequences.map { values[$0] }
        lengths = sequences.map { lengths[$0] }
    }
}
