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
        let tokens = x.value.rowCount
        let width = x.value.width
        let out = weight.value.count / width
        let transposed = layout == .outputByInput
        let stride = transposed ? width : out
        let y = Activation(Tensor([tokens, out]))
        if let bias {
            let (target, source) = (y.value.pointer, UnsafePointer(bias.value.pointer))
            pool.forRanges(tokens, minimum: max(2, elementsWorthDividing / out)) { rows in
                for row in rows { (target + row * out).update(from: source, count: out) }
            }
        }
        matrixProduct(
            m: tokens, n: out, k: width, x.value.pointer, lda: width, weight.value.pointer,
            ldb: stride, transposeB: transposed, beta: bias == nil ? 0 : 1, y.value.pointer,
            ldc: out, pool: pool)
        let lowRank = weight.adapter.map { ($0, addLowRank($0, of: x.value, to: y.value)) }
        let (input, target, slope) = (x.saved, x.slope, y.slope)
        record { [pool] in
            guard let dy = slope.gradient else { return }
            let x = input.tensor
            let (dx, isFresh) = target.forWriting()
            // Two products of the same size, one for each of two threads.
            pool.both(
                operations: 2 * tokens * width * out,
                {
                    matrixProduct(
                        m: tokens, n: width, k: out, dy.pointer, lda: out, weight.value.pointer,
                        ldb: stride, transposeB: !transposed, beta: isFresh ? 0 : 1, dx.pointer,
                        ldc: width, pool: $0)
                },
                weight.isTrainable
                    ? {
                        let dw = weight.gradient
                        let (a, b) = transposed ? (dy, x) : (x, dy)
                        matrixProduct(
                            m: a.width, n: b.width, k: tokens, a.pointer, lda: a.width,
                            transposeA: true, b.pointer, ldb: b.width, beta: 1, dw.pointer,
                            ldc: b.width, pool: $0)
                    } : nil)
            if let bias, bias.isTrainable {
                addColumnSums(of: dy, to: bias.gradient.pointer, pool: pool)
            }
            if let (adapter, h) = lowRank {
                backwardLowRank(adapter, h: h, x: x, dy: dy, dx: dx, pool: pool)
            }
        }
        return y
    }

    /// `y += scale (x A') B'`; returns h = x A', [tokens, rank].
    private func addLowRank(_ adapter: LowRankAdapter, of x: Tensor, to y: Tensor) -> Tensor {
        let (tokens, width, out) = (x.rowCount, x.width, y.width)
        let rank = adapter.down.value.count / width
        let h = Tensor([tokens, rank])
        matrixProduct(
            m: tokens, n: rank, k: width, x.pointer, lda: width, adapter.down.value.pointer,
            ldb: width, transposeB: true, h.pointer, ldc: rank, pool: pool)
        matrixProduct(
            m: tokens, n: out, k: rank, h.pointer, lda: rank, adapter.up.value.pointer,
            ldb: rank, transposeB: true, alpha: adapter.scale, beta: 1, y.pointer, ldc: out,
            pool: pool)
        return h
    }
}

private func backwardLowRank(
    _ adapter: LowRankAdapter, h: Tensor, x: Tensor, dy: Tensor, dx: Tensor,
    pool: WorkerPool
) {
    let (tokens, width, out, rank) = (x.rowCount, x.width, dy.width, h.width)
    let dh = Tensor([tokens, rank])
    matrixProduct(
        m: tokens, n: rank, k: out, dy.pointer, lda: out, adapter.up.value.pointer, ldb: rank,
        alpha: adapter.scale, dh.pointer, ldc: rank, pool: pool)
    matrixProduct(
        m: tokens, n: width, k: rank, dh.pointer, lda: rank, adapter.down.value.pointer,
        ldb: width, beta: 1, dx.pointer, ldc: width, pool: pool)
    guard adapter.up.isTrainable else { return }
    matrixProduct(
        m: out, n: rank, k: tokens, dy.pointer, lda: out, transposeA: true, h.pointer,
        ldb: rank, alpha: adapter.scale, beta: 1, adapter.up.gradient.pointer, ldc: rank,
        pool: pool)
    matrixProduct(
        m: rank, n: width, k: tokens, dh.pointer, lda: rank, transposeA: true, x.pointer,
        ldb: width, beta: 1, adapter.down.gradient.pointer, ldc: width, pool: pool)
}

/// sums[j] += sum over rows of a[row, j]; divided over columns, so rows are added in order.
func addColumnSums(of a: Tensor, to sums: UnsafeMutablePointer<Float>, pool: WorkerPool) {
    let width = a.width
    let rows = a.rowCount
    pool.forRanges(width, granule: 16, minimum: rows * width > 32_768 ? 2 : .max) { columns in
        for row in 0..<rows {
            accumulate(
                sums + columns.lowerBound, a.pointer + row * width + columns.lowerBound,
                columns.count)
        }
    }
}
