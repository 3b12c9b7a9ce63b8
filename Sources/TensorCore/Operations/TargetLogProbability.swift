/// Log-probabilities of chosen tokens with what the forward pass learned about each.
package struct TargetScores {
    /// Natural logarithm of the target's probability, [rows]; gradient flows through it.
    package let logProbabilities: Activation
    /// Whether the target is the most likely token, per row.
    package let isLargest: [Bool]
}

extension Tape {
    /// Cross entropy fused with the language-model head, over chosen rows only:
    /// `logp[i] = logits[i][target[i]] - logsumexp(logits[i])` with `logits[i] = hidden[rows[i]] W'`.
    ///
    /// hidden [tokens, width], W [vocabulary, width]. The [rows, vocabulary] logits exist for a chunk at
    /// a time; they are kept for backward only while they are small, else computed again.
    ///
    /// Backward, with g the gradient of logp and s the softmax: `dlogits = g (onehot - s)`,
    /// `dhidden[row] += dlogits W`, `dW += dlogits' hidden[row]`.
    /// - Parameters:
    ///   - rows: rows of `hidden`, ascending.
    ///   - targets: one token id for each row, within the vocabulary.
    ///   - bias: [vocabulary] or nil.
    package func targetLogProbabilities(
        hidden: Activation, head: Parameter, bias: Parameter? = nil, rows: [Int], targets: [Int32]
    ) -> TargetScores {
        let width = hidden.value.width
        let vocabulary = head.value.count / width
        let result = Activation(Tensor([rows.count]))
        var isLargest = Array(repeating: false, count: rows.count)
        // 4 Mi floats: fits the caches' reach and keeps the pool busy.
        let chunkRows = max(16, min(rows.count, (1 << 22) / max(1, vocabulary)))
        let keep = isRecording && rows.count * vocabulary <= 1 << 23
        var kept: [Tensor] = []

        func chunks(_ body: (Range<Int>) -> Void) {
            var start = 0
            while start < rows.count {
                let end = min(rows.count, start + chunkRows)
                body(start..<end)
                start = end
            }
        }
        func gathered(_ chunk: Range<Int>) -> Tensor {
            let input = Tensor([chunk.count, width])
            for (index, row) in rows[chunk].enumerated() {
                (input.pointer + index * width).update(
                    from: hidden.value.pointer + row * width, count: width)
            }
            return input
        }
        /// Softmax of the chunk's logits; reports each row's logit of the target before and the
        /// logarithm of the sum.
        func softmax(
            _ input: Tensor, _ chunk: Range<Int>, report: (Int, Float, Bool) -> Void
        ) -> Tensor {
            let logits = Tensor([chunk.count, vocabulary])
            if let bias {
                for index in 0..<chunk.count {
                    (logits.pointer + index * vocabulary).update(
                        from: bias.value.pointer, count: vocabulary)
                }
            }
            matrixProduct(
                m: chunk.count, n: vocabulary, k: width, input.pointer, lda: width,
                head.value.pointer, ldb: width, transposeB: true, beta: bias == nil ? 0 : 1,
                logits.pointer, ldc: vocabulary, pool: pool)
            let scores = Tensor([chunk.count, 2])
            pool.forRanges(chunk.count, minimum: max(2, 8_192 / vocabulary)) { range in
                for index in range {
                    let row = logits.pointer + index * vocabulary
                    let top = largest(row, vocabulary)
                    let target = row[Int(targets[chunk.lowerBound + index])]
                    let total = exponentiate(row, vocabulary, shift: top)
                    scale(row, vocabulary, by: 1 / total)
                    scores.pointer[2 * index] = target - top - logarithm(total)
                    scores.pointer[2 * index + 1] = target >= top ? 1 : 0
                }
            }
            for index in 0..<chunk.count {
                report(
                    chunk.lowerBound + index, scores.pointer[2 * index],
                    scores.pointer[2 * index + 1] == 1)
            }
            return logits
        }

        chunks { chunk in
            let probabilities = softmax(gathered(chunk), chunk) { index, score, isTop in
                result.value.pointer[index] = score
                isLargest[index] = isTop
            }
            if keep { kept.append(probabilities) }
        }
        record { [pool] in
            guard let upstream = result.gradient else { return }
            let dHidden = hidden.gradientForAdding()
            var chunkIndex = 0
            chunks { chunk in
                let input = gathered(chunk)
                let slope = keep ? kept[chunkIndex] : softmax(input, chunk) { _, _, _ in }
                chunkIndex += 1
                pool.forRanges(chunk.count, minimum: max(2, 8_192 / vocabulary)) { range in
                    for index in range {
                        let g = upstream.pointer[chunk.lowerBound + index]
                        let row = slope.pointer + index * vocabulary
                        scale(row, vocabulary, by: -g)
                        row[Int(targets[chunk.lowerBound + index])] += g
                    }
                }
                let back = Tensor([chunk.count, width])
                matrixProduct(
                    m: chunk.count, n: width, k: vocabulary, slope.pointer, lda: vocabulary,
                    head.value.pointer, ldb: width, back.pointer, ldc: width, pool: pool)
                for (index, row) in rows[chunk].enumerated() {
                    accumulate(
                        dHidden.pointer + row * width, back.pointer + index * width, width)
                }
                guard head.isTrainable else { return }
                matrixProduct(
                    m: vocabulary, n: width, k: chunk.count, slope.pointer, lda: vocabulary,
                    transposeA: true, input.pointer, ldb: width, beta: 1, head.gradient.pointer,
                    ldc: width, pool: pool)
                if let bias, bias.isTrainable { addColumnSums(of: slope, to: bias.gradient.pointer, pool: pool) }
            }
        }
        return TargetScores(logProbabilities: result, isLargest: isLargest)
    }

    /// Logits of chosen rows, [rows, vocabulary], without gradient.
    package func logits(
        hidden: Activation, head: Parameter, bias: Parameter? = nil, rows: [Int]
    ) -> Tensor {
        let width = hidden.value.width
        let vocabulary = head.value.count / width
        let input = Tensor([rows.count, width])
        let result = Tensor([rows.count, vocabulary])
        for (index, row) in rows.enumerated() {
            (input.pointer + index * width).update(
                from: hidden.value.pointer + row * width, count: width)
            if let bias {
                (result.pointer + index * vocabulary).update(
                    from: bias.value.pointer, count: vocabulary)
            }
        }
        matrixProduct(
            m: rows.count, n: vocabulary, k: width, input.pointer, lda: width, head.value.pointer,
            ldb: width, transposeB: true, beta: bias == nil ? 0 : 1, result.pointer,
            ldc: vocabulary, pool: pool)
        return result
    }
}
