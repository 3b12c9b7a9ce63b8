/// Backward of causal attention. One task owns the keys and values of one tree of sequences and one
/// group of heads, and goes through its query tiles in order: sums have the same order in every run.
struct AttentionBackward {
    typealias Target = (tensor: Tensor, isFresh: Bool)

    let shape: AttentionShape
    let sequences: [PackedSequence]
    let tiles: AttentionTiles
    let query: Tensor
    let keys: Tensor
    let values: Tensor
    let output: Tensor
    let logSums: Tensor
    let upstream: Tensor
    let dQuery: Target
    let dKeys: Target
    let dValues: Target

    func run(on pool: WorkerPool) {
        let scratch = AttentionScratch(threads: pool.threadCount, matrices: 2)
        let groups = shape.keyValueHeads
        pool.forTasks(tiles.trees.count * groups) { task, worker in
            let tree = tiles.trees[task / groups]
            let group = task % groups
            clearFreshGradients(tree, group: group)
            for tile in tree {
                for head in group * shape.groupSize..<(group + 1) * shape.groupSize {
                    run(tile, head: head, scratch[worker, 0], scratch[worker, 1])
                }
            }
        }
    }

    /// Keys and values gather gradient from many queries, so what is fresh must start at zero.
    private func clearFreshGradients(_ tree: [AttentionTile], group: Int) {
        for target in [dKeys, dValues] where target.isFresh {
            for tile in tree {
                let start = sequences[tile.sequence].rows.lowerBound
                for row in tile.rows {
                    (target.tensor.pointer + (start + row) * shape.keyStride
                        + group * shape.headWidth).update(repeating: 0, count: shape.headWidth)
                }
            }
        }
    }

    private func run(
        _ tile: AttentionTile, head: Int, _ probabilities: UnsafeMutablePointer<Float>,
        _ slopes: UnsafeMutablePointer<Float>
    ) {
        let width = shape.headWidth
        let (qStride, kvStride) = (shape.queryStride, shape.keyStride)
        let scale = 1 / Float(width).squareRoot()
        let count = tile.rows.count
        let sequence = sequences[tile.sequence]
        let firstToken = sequence.rows.lowerBound + tile.rows.lowerBound
        let start = firstToken * qStride + head * width
        let column = head / shape.groupSize * width
        let q = UnsafePointer(query.pointer + start)
        let dO = UnsafePointer(upstream.pointer + start)
        let dQ = dQuery.tensor.pointer + start
        let logSum = UnsafePointer(logSums.pointer + head * logSums.width + firstToken)
        withUnsafeTemporaryAllocation(of: Float.self, capacity: tileQueries) { state in
            guard let means = state.baseAddress else { return }
            for i in 0..<count {
                means[i] = dot(dO + i * qStride, output.pointer + start + i * qStride, width)
            }
            var isFirst = dQuery.isFresh
            for span in KeySpan.spans(sequence, keys, values, kvStride) {
                span.forTiles(tile.rows) { keyStart, keyCount in
                    let k = UnsafePointer(span.keys + keyStart * kvStride + column)
                    let v = UnsafePointer(span.values + keyStart * kvStride + column)
                    let place = span.offset + keyStart * kvStride + column
                    matrixProduct(
                        m: count, n: keyCount, k: width, q, lda: qStride, k, ldb: kvStride,
                        transposeB: true, alpha: scale, probabilities, ldc: keyCount, pool: nil)
                    matrixProduct(
                        m: count, n: keyCount, k: width, dO, lda: qStride, v, ldb: kvStride,
                        transposeB: true, slopes, ldc: keyCount, pool: nil)
                    for i in 0..<count {
                        let seen = max(
                            0,
                            min(
                                keyCount,
                                span.visibleCount(row: tile.rows.lowerBound + i) - keyStart))
                        softmaxSlopes(
                            probabilities + i * keyCount, slopes + i * keyCount, seen, keyCount,
                            logSum: logSum[i], mean: means[i], scale: scale)
                    }
                    matrixProduct(
                        m: keyCount, n: width, k: count, probabilities, lda: keyCount,
                        transposeA: true, dO, ldb: qStride, beta: 1,
                        dValues.tensor.pointer + place, ldc: kvStride, pool: nil)
                    matrixProduct(
                        m: count, n: width, k: keyCount, slopes, lda: keyCount, k, ldb: kvStride,
                        beta: isFirst ? 0 : 1, dQ, ldc: qStride, pool: nil)
                    matrixProduct(
                        m: keyCount, n: width, k: count, slopes, lda: keyCount, transposeA: true,
                        q, ldb: qStride, beta: 1, dKeys.tensor.pointer + place, ldc: kvStride,
                        pool: nil)
                    isFirst = false
                }
            }
        }
    }
}

/// Turns a row of scores into probabilities and the row of dP into dS, both zero where not seen.
@inline(__always)
private func softmaxSlopes(
    _ p: UnsafeMutablePointer<Float>, _ s: UnsafeMutablePointer<Float>, _ seen: Int, _ count: Int,
    logSum: Float, mean: Float, scale: Float
) {
    let shift = Lanes(repeating: logSum)
    let average = Lanes(repeating: mean)
    let factor = Lanes(repeating: scale)
    var index = 0
    while index + laneCount <= seen {
        let probability = exponential(load(p, index) - shift)
        store(probability, p, index)
        store(probability * (load(s, index) - average) * factor, s, index)
        index += laneCount
    }
    let rest = seen - index
    if rest > 0 {
        let probability = exponential(loadTail(p, index, rest) - shift)
        let slope = probability * (loadTail(s, index, rest) - average) * factor
        storeTail(probability, p, index, rest)
        storeTail(slope, s, index, rest)
    }
    if seen < count {
        (p + seen).update(repeating: 0, count: count - seen)
        (s + seen).update(repeating: 0, count: count - seen)
    }
}
