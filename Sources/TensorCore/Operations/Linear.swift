extension Tape {
    /// How a linear weight is stored.
    package enum WeightLayout: Sendable {
        /// [out, in], as in `torch.nn.Linear`.
        case outputByInput
        /// [in, out], as in GPT-2's `Conv1D`.
        case inputByOutput
    }

    /// `y = x W' + b`: x [tokens, in], W as in `layout`, b [out] or nil, y [tokens, out].
    ///
    /// Backward: dx = dy W, dW += dy' x, db += column sums of dy.
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
            for row in 0..<tokens {
                (y.value.pointer + row * out).update(from: bias.value.pointer, count: out)
            }
        }
        matrixProduct(
            m: tokens, n: out, k: width, x.value.pointer, lda: width, weight.value.pointer,
            ldb: stride, transposeB: transposed, beta: bias == nil ? 0 : 1, y.value.pointer,
            ldc: out, pool: pool)
        record { [pool] in
            guard let dy = y.gradient else { return }
            let (dx, isFresh) = x.gradientForWriting()
            matrixProduct(
                m: tokens, n: width, k: out, dy.pointer, lda: out, weight.value.pointer,
                ldb: stride, transposeB: !transposed, beta: isFresh ? 0 : 1, dx.pointer,
                ldc: width, pool: pool)
            if transposed {
                matrixProduct(
                    m: out, n: width, k: tokens, dy.pointer, lda: out, transposeA: true,
                    x.value.pointer, ldb: width, beta: 1, weight.gradient.pointer, ldc: width,
                    pool: pool)
            } else {
                matrixProduct(
                    m: width, n: out, k: tokens, x.value.pointer, lda: width, transposeA: true,
                    dy.pointer, ldb: out, beta: 1, weight.gradient.pointer, ldc: out, pool: pool)
            }
            if let bias { addColumnSums(of: dy, to: bias.gradient.pointer, pool: pool) }
        }
        return y
    }
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
