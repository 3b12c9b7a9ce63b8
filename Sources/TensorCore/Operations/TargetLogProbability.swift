/// Log-probabilities of chosen tokens with what the forward pass learned about each.
package struct TargetScores {
    /// Natural logarithm of the target's probability, [rows]; gradient flows through it.
    package let logProbabilities: Activation
    /// Whether the target is the most likely token, per row.
    package let isLargest: [Bool]
}

extension Tape {
    /// Cross entropy fused with the language-model head, over chosen rows only:
    /// `logp[i] = logits[i][target[i]] - logsumexp(logits[i])` with `logits[i] = hidden[rows[i]] W' + b`.
    ///
    /// hidden [tokens, width], W [vocabulary, width]. The [rows, vocabulary] logits exist for a chunk at
    /// a time; they are kept for backward only while they are small, else computed again.
    ///
    /// Backward, with g the gradient of logp and s the softmax: `dlogits = g (onehot - s)`,
    /// `dhidden[row] += dlogits W`, `dW += dlogits' hidden[row]`.
    /// - Parameters:
    ///   - rows: rows of `hidden`; one may stand here more than once.
    ///   - targets: one token id for each row, within the vocabulary.
    ///   - bias: [vocabulary] or nil.
    package func targetLogProbabilities(
        hidden: Activation, head: Parameter, bias: Parameter? = nil, rows: [Int], targets: [Int32]
    ) -> TargetScores {
        let product = HeadProduct(
            hidden: hidden.saved, head: head, bias: bias, rows: rows, targets: targets, pool: pool)
        let result = Activation(Tensor([rows.count]))
        var isLargest = Array(repeating: false, count: rows.count)
        let keeps = isRecording && rows.count * product.vocabulary <= HeadProduct.chunkElementLimit
        var kept: [Tensor] = []
        for chunk in product.chunks {
            let logits = product.logits(chunk)
            product.scores(logits, chunk, keepsProbabilities: keeps) { index, score, isTop in
                result.value.pointer[index] = score
                isLargest[index] = isTop
            }
            if keeps { kept.append(logits) }
        }
        let (target, slope) = (hidden.slope, result.slope)
        record {
            guard let upstream = slope.gradient else { return }
            let (dHidden, isFresh) = target.forWriting()
            if isFresh { dHidden.fill(0) }
            for (index, chunk) in product.chunks.enumerated() {
                let probabilities: Tensor
                if keeps {
                    probabilities = kept[index]
                } else {
                    probabilities = product.logits(chunk)
                    product.scores(probabilities, chunk, keepsProbabilities: true) { _, _, _ in }
                }
                product.backward(
                    probabilities, chunk, weights: UnsafePointer(upstream.pointer),
                    dHidden: dHidden)
            }
        }
        return TargetScores(logProbabilities: result, isLargest: isLargest)
    }

    /// `sum weights[i] logp[i]`, [1], with logp as in `targetLogProbabilities`: a loss that is linear
    /// in the log-probabilities, as the mean is.
    ///
    /// Its gradient is known as soon as a chunk's logits are, so a recording tape computes it at once:
    /// the logits are never kept nor computed twice, and the head's gradient grows in this call.
    /// Backward must start here with the seed 1.
    /// - Returns: the sum, and each target's log-probability.
    package func weightedLogProbability(
        hidden: Activation, head: Parameter, bias: Parameter? = nil, rows: [Int],
        targets: [Int32], weights: [Float]
    ) -> (sum: Activation, logProbabilities: [Float]) {
        precondition(weights.count == rows.count)
        let product = HeadProduct(
            hidden: hidden.saved, head: head, bias: bias, rows: rows, targets: targets, pool: pool)
        var logProbabilities = Array(repeating: Float(0), count: rows.count)
        let dHidden = isRecording ? Tensor.zeros(hidden.value.shape) : nil
        for chunk in product.chunks {
            let logits = product.logits(chunk)
            product.scores(logits, chunk, keepsProbabilities: isRecording) { index, score, _ in
                logProbabilities[index] = score
            }
            guard let dHidden else { continue }
            weights.withUnsafeBufferPointer { weights in
                guard let start = weights.baseAddress else { return }
                product.backward(logits, chunk, weights: start, dHidden: dHidden)
            }
        }
        let total = zip(weights, logProbabilities).reduce(0.0) { $0 + Double($1.0 * $1.1) }
        let sum = Activation(Tensor([1], values: [Float(total)]))
        let (target, slope) = (hidden.slope, sum.slope)
        record { [pool] in
            guard let seed = slope.gradient, let dHidden else { return }
            precondition(seed.pointer[0] == 1)
            target.addOrAdopt(dHidden, pool: pool)
        }
        return (sum, logProbabilities)
    }

    /// Logits of chosen rows, [rows, vocabulary], all at once.
    ///
    /// Backward, with g their gradient: `dhidden[row] += g W`, `dW += g' hidden[row]`, `db += column
    /// sums of g`.
    /// - Parameter rows: rows of `hidden`; one may stand here more than once.
    package func logits(
        hidden: Activation, head: Parameter, bias: Parameter? = nil, rows: [Int]
    ) -> Activation {
        let product = HeadProduct(
            hidden: hidden.saved, head: head, bias: bias, rows: rows, targets: [], pool: pool)
        let all = 0..<rows.count
        let y = Activation(
            rows.isEmpty ? Tensor([0, product.vocabulary]) : product.logits(all))
        let (target, slope) = (hidden.slope, y.slope)
        record {
            guard let dLogits = slope.gradient, !rows.isEmpty else { return }
            let (dHidden, isFresh) = target.forWriting()
            if isFresh { dHidden.fill(0) }
            product.propagate(dLogits, all, dHidden: dHidden)
        }
        return y
    }
}

/// The head's matrix product over chosen rows of hidden states, a chunk of rows at a time.
struct HeadProduct {
    /// Logits that exist at once while scoring: 64 MiB. Larger chunks make the products faster and the
    /// peak higher.
    static let chunkElementLimit = 1 << 24

    let hidden: SavedValue
    let head: Parameter
    let bias: Parameter?
    let rows: [Int]
    let targets: [Int32]
    let pool: WorkerPool
    let width: Int
    let vocabulary: Int
    let chunks: [Range<Int>]

    init(
        hidden: SavedValue, head: Parameter, bias: Parameter?, rows: [Int], targets: [Int32],
        pool: WorkerPool
    ) {
        self.hidden = hidden
        self.head = head
        self.bias = bias
        self.rows = rows
        self.targets = targets
        self.pool = pool
        width = head.value.width
        vocabulary = head.value.rowCount
        // Chunks of equal size: a short last one would be slow for its rows.
        let most = max(16, Self.chunkElementLimit / max(1, vocabulary))
        let count = max(1, (rows.count + most - 1) / most)
        let size = max(1, (rows.count + count - 1) / count)
        chunks = stride(from: 0, to: rows.count, by: size).map {
            $0..<min(rows.count, $0 + size)
        }
    }

    var minimumRows: Int { max(2, elementsWorthDividing / max(1, vocabulary)) }

    /// The chunk's rows of the hidden states: where they lie, if they follow each other.
    private func input(_ chunk: Range<Int>) -> Tensor {
        let source = hidden.tensor
        let first = rows[chunk.lowerBound]
        if chunk.allSatisfy({ rows[$0] == first + $0 - chunk.lowerBound }) {
            return Tensor(viewing: source, offset: first * width, shape: [chunk.count, width])
        }
        let input = Tensor([chunk.count, width])
        for (index, row) in rows[chunk].enumerated() {
            (input.pointer + index * width).update(
                from: source.pointer + row * width, count: width)
        }
        return input
    }

    /// [chunk, vocabulary].
    func logits(_ chunk: Range<Int>) -> Tensor {
        // A name keeps the memory until the product is done; an expression's value would be released.
        let input = input(chunk)
        let logits = Tensor([chunk.count, vocabulary])
        if let bias {
            let source = UnsafePointer(bias.value.pointer)
            pool.forRanges(chunk.count, minimum: minimumRows) { range in
                for index in range {
                    (logits.pointer + index * vocabulary).update(from: source, count: vocabulary)
                }
            }
        }
        matrixProduct(
            m: chunk.count, n: vocabulary, k: width, input.pointer, lda: width,
            head.value.pointer, ldb: width, transposeB: true, beta: bias == nil ? 0 : 1,
            logits.pointer, ldc: vocabulary, pool: pool)
        return logits
    }

    /// Each target's log-probability and whether it is the largest; turns logits into probabilities
    /// where they are kept.
    func scores(
        _ logits: Tensor, _ chunk: Range<Int>, keepsProbabilities: Bool,
        report: (_ index: Int, _ logProbability: Float, _ isLargest: Bool) -> Void
    ) {
        let results = Tensor([chunk.count, 2])
        pool.forRanges(chunk.count, minimum: minimumRows) { range in
            for index in range {
                let row = logits.pointer + index * vocabulary
                let top = largest(row, vocabulary)
                let id = Int(targets[chunk.lowerBound + index])
                let target = row[id]
                // Of equal ones the smallest id is the first choice, as in generation.
                let isFirst = target >= top && !(0..<id).contains { row[$0] >= top }
                let sum: Float
                if keepsProbabilities {
                    sum = exponentiate(row, vocabulary, shift: top)
                    scale(row, vocabulary, by: 1 / sum)
                } else {
                    sum = exponentialSum(row, vocabulary, shift: top)
                }
                results.pointer[2 * index] = target - top - logarithm(sum)
                results.pointer[2 * index + 1] = isFirst ? 1 : 0
            }
        }
        for index in 0..<chunk.count {
            report(
                chunk.lowerBound + index, results.pointer[2 * index],
                results.pointer[2 * index + 1] == 1)
        }
    }

    /// Adds the gradients of `sum weights[i] logp[i]` over the chunk. Overwrites `probabilities`.
    func backward(
        _ probabilities: Tensor, _ chunk: Range<Int>, weights: UnsafePointer<Float>,
        dHidden: Tensor
    ) {
        pool.forRanges(chunk.count, minimum: minimumRows) { range in
            for index in range {
                let weight = weights[chunk.lowerBound + index]
                let row = probabilities.pointer + index * vocabulary
                scale(row, vocabulary, by: -weight)
                row[Int(targets[chunk.lowerBound + index])] += weight
            }
        }
        propagate(probabilities, chunk, dHidden: dHidden)
    }

    /// Adds the gradients of hidden states, head and bias that follow from those of a chunk's logits.
    func propagate(_ dLogits: Tensor, _ chunk: Range<Int>, dHidden: Tensor) {
        let back = Tensor([chunk.count, width])
        let input = input(chunk)
        // Two products of the same size, one for each of two threads.
        pool.both(
            operations: 2 * chunk.count * width * vocabulary,
            {
                matrixProduct(
                    m: chunk.count, n: width, k: vocabulary, dLogits.pointer,
                    lda: vocabulary, head.value.pointer, ldb: width, back.pointer, ldc: width,
                    pool: $0)
            },
            head.isTrainable
                ? {
                    matrixProduct(
                        m: vocabulary, n: width, k: chunk.count, dLogits.pointer,
                        lda: vocabulary, transposeA: true, input.pointer, ldb: width, beta: 1,
                        head.gradient.pointer, ldc: width, pool: $0)
                } : nil)
        for (index, row) in rows[chunk].enumerated() {
            accumulate(dHidden.pointer + row * width, back.pointer + index * width, width)
        }
        if let bias, bias.isTrainable {
            addColumnSums(of: dLogits, to: bias.gradient.pointer, pool: pool)
        }
    }
}
