extension Tape {
    /// How a linear weight is stored.
    package enum WeightLayout: Sendable {
        /// [out, in], as in `torch.nn.Linear`.
        case outputByInput
        /// [in, out], as in GPT-2's `Conv1D`.
        case inputByOutput
    }

    /// `y = x W' + b`: x [tokens, in], W as in `layout`, b [out] or nil, y [tokens, out]; with a
    /// low-rank adapter on W also `+ scale (x A') B'`.
    ///
    /// Backward: dx = dy W, dW += dy' x, db += column sums of dy; of the adapter, with h = x A':
    /// `dB += scale dy' h`, `dA += scale (dy B)' x`, `dx += scale dy B A`.
    package func linear(
        _ x: Activation, weight: Parameter, bias: Parameter? = nil,
        layout: WeightLayout = .outputByInput
    ) -> Activation {
        linear(x, [LinearParameters(weight: weight, bias: bias)], layout: layout)
    }

    /// Several linear operations on the same x, their results side by side: y [tokens, sum of out].
    ///
    /// Weights [out, in] that follow one another in memory are one matrix, and take part in one product:
    /// x is packed for it once, and the shorter sides of small matrices cost less.
    package func linear(
        _ x: Activation, _ parts: [LinearParameters], layout: WeightLayout = .outputByInput
    ) -> Activation {
        let tokens = x.value.rowCount
        let width = x.value.width
        var out = 0
        let columns = parts.map { part in
            let start = out
            out += part.weight.value.count / width
            return start..<out
        }
        let y = Activation(Tensor([tokens, out]))
        let hasBias = parts.contains { $0.bias != nil }
        if hasBias { fillRows(of: y.value, with: parts, columns, pool: pool) }
        let blocks = WeightBlock.joined(parts, columns, layout)
        for block in blocks {
            let place = y.value.pointer + block.columns.lowerBound
            matrixProduct(
                m: tokens, n: block.columns.count, k: width, x.value.pointer, lda: width,
                block.values, ldb: block.stride(width), transposeB: layout == .outputByInput,
                beta: hasBias ? 1 : 0, place, ldc: out, pool: pool)
        }
        let adapters = zip(parts, columns).compactMap { part, columns in
            part.weight.adapter.map {
                AppliedAdapter($0, to: x.value, adding: y.value, columns, pool: pool)
            }
        }
        let (input, target, slope) = (x.saved, x.slope, y.slope)
        record { [pool] in
            guard let dy = slope.gradient else { return }
            let x = input.tensor
            let (dx, isFresh) = target.forWriting()
            for (index, block) in blocks.enumerated() {
                block.backward(
                    x: x, dy: dy, dx: dx, overwrites: isFresh && index == 0, pool: pool)
            }
            for (part, columns) in zip(parts, columns) {
                if let bias = part.bias, bias.isTrainable {
                    addColumnSums(
                        of: dy, columns, to: bias.gradient.pointer, pool: pool)
                }
            }
            for adapter in adapters { adapter.backward(x: x, dy: dy, dx: dx, pool: pool) }
        }
        return y
    }
}

/// Weight, as the operation's layout says, and bias [out] of one linear operation.
package struct LinearParameters {
    package let weight: Parameter
    package let bias: Parameter?

    package init(weight: Parameter, bias: Parameter? = nil) {
        self.weight = weight
        self.bias = bias
    }
}

/// Weights that lie one after the other and make up one matrix.
private struct WeightBlock {
    let first: Parameter
    /// Columns of y.
    let columns: Range<Int>
    let layout: Tape.WeightLayout

    static func joined(
        _ parts: [LinearParameters], _ columns: [Range<Int>], _ layout: Tape.WeightLayout
    ) -> [WeightBlock] {
        var blocks: [WeightBlock] = []
        var last: Parameter?
        for (part, columns) in zip(parts, columns) {
            if layout == .outputByInput, let block = blocks.last, let last,
                last.isFollowed(by: part.weight)
            {
                blocks[blocks.count - 1] = WeightBlock(
                    first: block.first,
                    columns: block.columns.lowerBound..<columns.upperBound, layout: layout)
            } else {
                blocks.append(WeightBlock(first: part.weight, columns: columns, layout: layout))
            }
            last = part.weight
        }
        return blocks
    }

    /// Parameters outlive the tape, and so does their memory.
    var values: UnsafePointer<Float> { UnsafePointer(first.value.pointer) }

    /// Floats from a row of the stored matrix to the next.
    func stride(_ width: Int) -> Int { layout == .outputByInput ? width : columns.count }

    func backward(
        x: Tensor, dy: Tensor, dx: Tensor, overwrites: Bool, pool: WorkerPool
    ) {
        let (tokens, width, out) = (x.rowCount, x.width, dy.width)
        let upstream = UnsafePointer(dy.pointer + columns.lowerBound)
        let isOutputByInput = layout == .outputByInput
        let stride = stride(width)
        // Two products of the same size, one for each of two threads.
        pool.both(
            operations: 2 * tokens * width * columns.count,
            {
                matrixProduct(
                    m: tokens, n: width, k: columns.count, upstream, lda: out, values,
                    ldb: stride, transposeB: !isOutputByInput, beta: overwrites ? 0 : 1,
                    dx.pointer, ldc: width, pool: $0)
            },
            first.isTrainable
                ? {
                    let dw = first.gradient
                    if isOutputByInput {
                        matrixProduct(
                            m: columns.count, n: width, k: tokens, upstream, lda: out,
                            transposeA: true, x.pointer, ldb: width, beta: 1, dw.pointer,
                            ldc: stride, pool: $0)
                    } else {
                        matrixProduct(
                            m: width, n: columns.count, k: tokens, x.pointer, lda: width,
                            transposeA: true, upstream, ldb: out, beta: 1, dw.pointer,
                            ldc: stride, pool: $0)
                    }
                } : nil)
    }
}

/// A low-rank adapter with what it made of x.
private struct AppliedAdapter {
    private let adapter: LowRankAdapter
    private let columns: Range<Int>
    /// x A', [tokens, rank].
    private let h: Tensor

    /// `y += scale (x A') B'` in the columns of y.
    init(
        _ adapter: LowRankAdapter, to x: Tensor, adding y: Tensor, _ columns: Range<Int>,
        pool: WorkerPool
    ) {
        self.adapter = adapter
        self.columns = columns
        let (tokens, width) = (x.rowCount, x.width)
        let rank = adapter.down.value.count / width
        h = Tensor([tokens, rank])
        matrixProduct(
            m: tokens, n: rank, k: width, x.pointer, lda: width, adapter.down.value.pointer,
            ldb: width, transposeB: true, h.pointer, ldc: rank, pool: pool)
        matrixProduct(
            m: tokens, n: columns.count, k: rank, h.pointer, lda: rank, adapter.up.value.pointer,
            ldb: rank, transposeB: true, alpha: adapter.scale, beta: 1,
            y.pointer + columns.lowerBound, ldc: y.width, pool: pool)
    }

    func backward(x: Tensor, dy: Tensor, dx: Tensor, pool: WorkerPool) {
        let (tokens, width, rank) = (x.rowCount, x.width, h.width)
        let upstream = UnsafePointer(dy.pointer + columns.lowerBound)
        let dh = Tensor([tokens, rank])
        matrixProduct(
            m: tokens, n: rank, k: columns.count, upstream, lda: dy.width,
            adapter.up.value.pointer, ldb: rank, alpha: adapter.scale, dh.pointer, ldc: rank,
            pool: pool)
        matrixProduct(
            m: tokens, n: width, k: rank, dh.pointer, lda: rank, adapter.down.value.pointer,
            ldb: width, beta: 1, dx.pointer, ldc: width, pool: pool)
        guard adapter.up.isTrainable else { return }
        let (dUp, dDown) = (adapter.up.gradient, adapter.down.gradient)
        matrixProduct(
            m: columns.count, n: rank, k: tokens, upstream, lda: dy.width, transposeA: true,
            h.pointer, ldb: rank, alpha: adapter.scale, beta: 1, dUp.pointer, ldc: rank,
            pool: pool)
        matrixProduct(
            m: rank, n: width, k: tokens, dh.pointer, lda: rank, transposeA: true, x.pointer,
            ldb: width, beta: 1, dDown.pointer, ldc: width, pool: pool)
    }
}

/// Every row of y becomes the biases side by side, zero where there is none.
private func fillRows(
    of y: Tensor, with parts: [LinearParameters], _ columns: [Range<Int>], pool: WorkerPool
) {
    let out = y.width
    pool.forRanges(y.rowCount, minimum: max(2, elementsWorthDividing / out)) { rows in
        for (part, columns) in zip(parts, columns) {
            let start = y.pointer + columns.lowerBound
            for row in rows {
                let place = start + row * out
                if let bias = part.bias {
                    place.update(from: bias.value.pointer, count: columns.count)
                } else {
                    place.update(repeating: 0, count: columns.count)
                }
            }
        }
    }
}

/// sums[j] += sum over rows of a[row, columns][j]; divided over columns, so rows are added in order.
func addColumnSums(
    of a: Tensor, _ columns: Range<Int>? = nil, to sums: UnsafeMutablePointer<Float>,
    pool: WorkerPool
) {
    let columns = columns ?? 0..<a.width
    let (rows, stride, start) = (a.rowCount, a.width, a.pointer + columns.lowerBound)
    let minimum = rows * columns.count > 32_768 ? 2 : Int.max
    pool.forRanges(columns.count, granule: 16, minimum: minimum) { part in
        for row in 0..<rows {
            accumulate(
                sums + part.lowerBound, start + row * stride + part.lowerBound, part.count)
        }
    }
}
