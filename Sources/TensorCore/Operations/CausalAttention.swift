/// Rows of one sequence in a packed batch.
package struct PackedSequence: Sendable, Equatable {
    package let rows: Range<Int>
    /// Rows of the same batch that this sequence continues, in order: sequences that stand before it,
    /// each of which continues those before it in this list. Empty for none.
    package let prefixes: [Range<Int>]

    package init(rows: Range<Int>, prefixes: [Range<Int>] = []) {
        self.rows = rows
        self.prefixes = prefixes
    }
}

extension Tape {
    /// Causal attention within each sequence of a packed batch: `softmax(q k' / sqrt(K)) v` per head,
    /// where a token sees its sequence's prefixes, itself and what stands before it in its sequence.
    ///
    /// Queries, keys and values stand in the columns that `columns` names of [tokens, ...]; the result is
    /// [tokens, heads * K]. They may be parts of one activation, given three times: then they must make
    /// up all of it. With a cache, new keys and values are appended to it and queries see everything
    /// in it; a cache is for tapes that do not record.
    ///
    /// Works in tiles of queries and keys with a running softmax (Milakov & Gimelshein 2018,
    /// arXiv 1805.02867; Dao et al. 2022, arXiv 2205.14135): memory grows with the tokens, not with
    /// their square, and keys that no query of a tile sees are not computed. How a sequence is tiled
    /// depends on it and its prefixes alone, so its values do not depend on what else is in the batch.
    ///
    /// Backward, per head with P the probabilities from the kept log of their sums:
    /// `dV += P' dO`, `dP = dO V'`, `dS = P (dP - rowsum(dO O)) / sqrt(K)`, `dQ = dS K`, `dK += dS' Q`.
    package func causalAttention(
        query q: Activation, key k: Activation, value v: Activation, shape: AttentionShape,
        columns: AttentionColumns? = nil, sequences: [PackedSequence], cache: KeyValueCache? = nil
    ) -> Activation {
        precondition(
            cache == nil || (!isRecording && sequences.allSatisfy { $0.prefixes.isEmpty }))
        let columns = columns ?? shape.apart
        let tokens = q.value.rowCount
        let y = Activation(Tensor([tokens, shape.queryWidth]))
        // Logarithm of each row's sum of exponentials, [heads, tokens].
        let logSums = Tensor([isRecording ? shape.heads : 0, tokens])
        // The tensors are held by name as long as pointers into them are used.
        let values = (query: q.value, keys: k.value, values: v.value, output: y.value)
        let operands = AttentionOperands(
            shape: shape, query: HeadMatrix(values.query, columns.query),
            keys: HeadMatrix(values.keys, columns.key),
            values: HeadMatrix(values.values, columns.value),
            output: HeadMatrix(values.output, shape.apart.query))
        if let cache {
            for (index, sequence) in sequences.enumerated() {
                cache.append(
                    operands.keys, operands.values, rows: sequence.rows, sequence: index)
            }
        }
        let tiles = AttentionTiles(sequences)
        let scratch = AttentionScratch(threads: pool.threadCount, matrices: 1)
        // The work of a tile grows with its place: the last ones first, so that no thread waits long.
        pool.forTasks(tiles.all.count * shape.heads) { task, worker in
            let tile = tiles.all[tiles.all.count - 1 - task / shape.heads]
            let sequence = sequences[tile.sequence]
            let spans =
                cache.map { [$0.span(tile.sequence, rows: sequence.rows.count)] }
                ?? operands.spans(sequence)
            attend(
                operands, tile, rows: sequence.rows, head: task % shape.heads, spans: spans,
                logSums: isRecording ? logSums : nil, scores: scratch[worker, 0])
        }
        withExtendedLifetime(values) {}
        let (slopes, slope) = ([q.slope, k.slope, v.slope], y.slope)
        record { [pool] in
            guard let dy = slope.gradient else { return }
            // Before any of them is taken: they may be one.
            let isFresh = slopes.map { $0.gradient == nil }
            let targets = slopes.map { $0.forWriting().tensor }
            let backward = AttentionBackward(
                operands: operands, sequences: sequences, tiles: tiles, logSums: logSums,
                upstream: HeadMatrix(dy, shape.apart.query),
                dQuery: (HeadMatrix(targets[0], columns.query), isFresh[0]),
                dKeys: (HeadMatrix(targets[1], columns.key), isFresh[1]),
                dValues: (HeadMatrix(targets[2], columns.value), isFresh[2]))
            backward.run(on: pool)
            withExtendedLifetime((values, dy, targets)) {}
        }
        return y
    }
}

/// One head of one query tile, forward.
private func attend(
    _ operands: AttentionOperands, _ tile: AttentionTile, rows: Range<Int>, head: Int,
    spans: [KeySpan], logSums: Tensor?, scores: UnsafeMutablePointer<Float>
) {
    let width = operands.shape.headWidth
    let count = tile.rows.count
    let firstToken = rows.lowerBound + tile.rows.lowerBound
    let q = UnsafePointer(operands.query[firstToken, head])
    let o = operands.output[firstToken, head]
    let oStride = operands.output.stride
    let group = head / operands.shape.groupSize
    let scale = 1 / Float(width).squareRoot()
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * tileQueries) { state in
        guard let tops = state.baseAddress else { return }
        let sums = tops + tileQueries
        var isFirst = true
        for span in spans {
            span.forTiles(tile.rows) { keyStart, keyCount in
                matrixProduct(
                    m: count, n: keyCount, k: width, q, lda: operands.query.stride,
                    span.keys[keyStart, group], ldb: span.keys.stride, transposeB: true,
                    alpha: scale, scores, ldc: keyCount, pool: nil)
                for i in 0..<count {
                    let row = scores + i * keyCount
                    let seen = max(
                        0,
                        min(keyCount, span.visibleCount(row: tile.rows.lowerBound + i) - keyStart))
                    if seen < keyCount {
                        (row + seen).update(repeating: 0, count: keyCount - seen)
                    }
                    if isFirst {
                        tops[i] = largest(row, seen)
                        sums[i] = exponentiate(row, seen, shift: tops[i])
                    } else if seen > 0 {
                        let top = max(tops[i], largest(row, seen))
                        let correction = exponential(Lanes(repeating: tops[i] - top))[0]
                        sums[i] = sums[i] * correction + exponentiate(row, seen, shift: top)
                        tops[i] = top
                        TensorCore.scale(o + i * oStride, width, by: correction)
                    }
                }
                matrixProduct(
                    m: count, n: width, k: keyCount, scores, lda: keyCount,
                    span.values[keyStart, group], ldb: span.values.stride,
                    beta: isFirst ? 0 : 1, o, ldc: oStride, pool: nil)
                isFirst = false
            }
        }
        for i in 0..<count {
            TensorCore.scale(o + i * oStride, width, by: 1 / sums[i])
            if let logSums {
                logSums.pointer[head * logSums.width + firstToken + i] =
                    tops[i] + logarithm(sums[i])
            }
        }
    }
}
