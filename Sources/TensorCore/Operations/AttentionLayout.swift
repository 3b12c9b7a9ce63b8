/// Which heads an attention has.
package struct AttentionShape: Sendable {
    package let heads: Int
    /// Heads share keys and values in groups of heads / keyValueHeads.
    package let keyValueHeads: Int
    package let headWidth: Int

    package init(heads: Int, keyValueHeads: Int, headWidth: Int) {
        self.heads = heads
        self.keyValueHeads = keyValueHeads
        self.headWidth = headWidth
    }

    /// Columns of all queries, and of the attention's result.
    package var queryWidth: Int { heads * headWidth }
    /// Columns of all keys; of all values too.
    package var keyValueWidth: Int { keyValueHeads * headWidth }
    var groupSize: Int { heads / keyValueHeads }

    /// Queries, keys and values each in an activation of their own.
    package var apart: AttentionColumns {
        let keys = HeadColumns(count: keyValueHeads, width: headWidth)
        return AttentionColumns(
            query: HeadColumns(count: heads, width: headWidth), key: keys, value: keys)
    }

    /// In one activation: all queries, then all keys, then all values.
    package var sideBySide: AttentionColumns {
        func keys(from first: Int) -> HeadColumns {
            HeadColumns(first: first, count: keyValueHeads, width: headWidth)
        }
        return AttentionColumns(
            query: apart.query, key: keys(from: queryWidth),
            value: keys(from: queryWidth + keyValueWidth))
    }

    /// In one activation: of each head its query, its key and its value. For heads with keys of their
    /// own.
    package var interleaved: AttentionColumns {
        func columns(_ part: Int) -> HeadColumns {
            HeadColumns(
                first: part * headWidth, step: 3 * headWidth, count: heads, width: headWidth)
        }
        return AttentionColumns(query: columns(0), key: columns(1), value: columns(2))
    }
}

/// Where the heads of a row stand: head i in the columns from `first + i * step` on.
package struct HeadColumns: Sendable {
    package let first: Int
    package let step: Int
    package let count: Int
    /// Columns of a head.
    package let width: Int

    /// - Parameter step: columns from a head to the next; nil = one after the other.
    package init(first: Int = 0, step: Int? = nil, count: Int, width: Int) {
        self.first = first
        self.step = step ?? width
        self.count = count
        self.width = width
    }
}

/// Where queries, keys and values stand.
package struct AttentionColumns: Sendable {
    package let query: HeadColumns
    package let key: HeadColumns
    package let value: HeadColumns
}

/// The rows of one head after another in memory that somebody else holds.
struct HeadMatrix {
    /// First element of the first row of the first head.
    private let start: UnsafeMutablePointer<Float>
    /// Floats from a row to the next.
    let stride: Int
    private let step: Int

    init(_ tensor: Tensor, _ columns: HeadColumns) {
        precondition(
            columns.first + (columns.count - 1) * columns.step + columns.width <= tensor.width)
        self.init(
            start: tensor.pointer + columns.first, stride: tensor.width, step: columns.step)
    }

    private init(start: UnsafeMutablePointer<Float>, stride: Int, step: Int) {
        self.start = start
        self.stride = stride
        self.step = step
    }

    subscript(row: Int, head: Int) -> UnsafeMutablePointer<Float> {
        start + row * stride + head * step
    }

    /// The same heads from a later row on.
    func from(row: Int) -> HeadMatrix {
        HeadMatrix(start: start + row * stride, stride: stride, step: step)
    }
}

/// What an attention reads and writes.
struct AttentionOperands {
    let shape: AttentionShape
    let query: HeadMatrix
    let keys: HeadMatrix
    let values: HeadMatrix
    let output: HeadMatrix

    /// What a sequence sees: its prefixes and itself.
    func spans(_ sequence: PackedSequence) -> [KeySpan] {
        func span(_ rows: Range<Int>, visible: Int) -> KeySpan {
            KeySpan(
                keys: keys.from(row: rows.lowerBound), values: values.from(row: rows.lowerBound),
                firstRow: rows.lowerBound, count: rows.count, visible: visible)
        }
        return sequence.prefixes.map { span($0, visible: $0.count) }
            + [span(sequence.rows, visible: 1)]
    }
}
