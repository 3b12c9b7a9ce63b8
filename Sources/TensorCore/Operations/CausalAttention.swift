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

    var queryStride: Int { heads * headWidth }
    var keyStride: Int { keyValueHeads * headWidth }
    var groupSize: Int { heads / keyValueHeads }
}

extension Tape {
    /// Causal attention within each sequence of a packed batch: `softmax(q k' / sqrt(K)) v` per head,
    /// where a token sees its sequence's prefixes, itself and what stands before it in its sequence.
    ///
    /// q [tokens, heads * K], k and v [tokens, kvHeads * K] -> [tokens, heads * K]. With a cache, new
    /// keys and values are appended to it and queries see everything in it; a cache is for tapes that
    /// do not record.
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
        sequences: [PackedSequence], cache: KeyValueCache? = nil
    ) -> Activation {
        precondition(
            cache == nil || (!isRecording && sequences.allSatisfy { $0.prefixes.isEmpty }))
        let y = Activation(Tensor(q.value.shape))
        // Logarithm of each row's sum of exponentials, [heads, tokens].
        let logSums = Tensor([isRecording ? shape.heads : 0, q.value.rowCount])
        if let cache {
            for (index, sequence) in sequences.enumerated() {
                cache.append(k.value, v.value, rows: sequence.rows, sequence: index)
            }
        }
        let (keys, values) = (k.value, v.value)
        let tiles = AttentionTiles(sequences)
        let scratch = AttentionScratch(threads: pool.threadCount, matrices: 1)
        // The work of a tile grows with its place: the last ones first, so that no thread waits long.
        pool.forTasks(tiles.all.count * shape.heads) { task, worker in
            let tile = tiles.all[tiles.all.count - 1 - task / shape.heads]
            let spans =
                cache.map { [$0.span(tile.sequence, rows: sequences[tile.sequence].rows.count)] }
                ?? KeySpan.spans(sequences[tile.sequence], keys, values, shape.keyStride)
            attend(
                tile, rows: sequences[tile.sequence].rows, head: task % shape.heads, spans: spans,
                query: q.value, output: y.value, logSums: isRecording ? logSums : nil,
                shape: shape, scores: scratch[worker, 0])
        }
        let query = q.value
        let output = y.value
        let (dq, dk, dv, slope) = (q.slope, k.slope, v.slope, y.slope)
        record { [pool] in
            guard let dy = slope.gradient else { return }
            let backward = AttentionBackward(
                shape: shape, sequences: sequences, tiles: tiles, query: query, keys: keys,
                values: values, output: output, logSums: logSums, upstream: dy,
                dQuery: dq.forWriting(), dKeys: dk.forWriting(), dValues: dv.forWriting())
            backward.run(on: pool)
        }
        return y
    }
}

/// One head of one query tile, forward.
private func attend(
    _ tile: AttentionTile, rows: Range<Int>, head: Int, spans: [KeySpan], query: Tensor,
    output: Tensor, logSums: Tensor?, shape: AttentionShape, scores: UnsafeMutablePointer<Float>
) {
    let width = shape.headWidth
    let (qStride, kvStride) = (shape.queryStride, shape.keyStride)
    let count = tile.rows.count
    let start = (rows.lowerBound + tile.rows.lowerBound) * qStride + head * width
    let q = UnsafePointer(query.pointer + start)
    let o = output.pointer + start
    let column = head / shape.groupSize * width
    let scale = 1 / Float(width).squareRoot()
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * tileQueries) { state in
        guard let tops = state.baseAddress else { return }
        let sums = tops + tileQueries
        var isFirst = true
        for span in spans {
            span.forTiles(tile.rows) { keyStart, keyCount in
                matrixProduct(
                    m: count, n: keyCount, k: width, q, lda: qStride,
                    span.keys + keyStart * kvStride + column, ldb: kvStride, transposeB: true,
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
                        TensorCore.scale(o + i * qStride, width, by: correction)
                    }
                }
                matrixProduct(
                    m: count, n: width, k: keyCount, scores, lda: keyCount,
                    span.values + keyStart * kvStride + column, ldb: kvStride,
                    beta: isFirst ? 0 : 1, o, ldc: qStride, pool: nil)
                isFirst = false
            }
        }
        for i in 0..<count {
            TensorCore.scale(o + i * qStride, width, by: 1 / sums[i])
            if let logSums {
                let token = rows.lowerBound + tile.rows.lowerBound + i
                logSums.pointer[head * logSums.width + token] = tops[i] + logarithm(sums[i])
            }
        }
    }
}
