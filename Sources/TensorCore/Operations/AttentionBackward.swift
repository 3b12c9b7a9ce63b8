/// Backward of causal attention. One task owns the keys and values of one tree of sequences and one
/// group of heads, and goes through its query tiles in order: sums have the same order in every run.
struct AttentionBackward {
    typealias Target = (matrix: HeadMatrix, isFresh: Bool)

    let operands: AttentionOperands
    let sequences: [PackedSequence]
    let tiles: AttentionTiles
    let logSums: Tensor
    let upstream: HeadMatrix
    let dQuery: Target
    let dKeys: Target
    let dValues: Target

    private var shape: AttentionShape { operands.shape }

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
                    target.matrix[start + row, group].update(repeating: 0, count: shape.headWidth)
                }
            }
        }
    }

    private func run(
        _ tile: AttentionTile, head: Int, _ probabilities: UnsafeMutablePointer<Float>,
        _ slopes: UnsafeMutablePointer<Float>
    ) {
        let width = shape.headWidth
        let group = head / shape.groupSize
        let count = tile.rows.count
        let sequence = sequences[tile.sequence]
        let firstToken = sequence.rows.lowerBound + tile.rows.lowerBound
        let q = UnsafePointer(operands.query[firstToken, head])
        let o = UnsafePointer(operands.output[firstToken, head])
        let dO = UnsafePointer(upstream[firstToken, head])
        let dQ = dQuery.matrix[firstToken, head]
        let (qStride, oStride) = (operands.query.stride, operands.output.stride)
        let logSum = UnsafePointer(logSums.pointer + head * logSums.width + firstToken)
        let scale = 1 / Float(width).squareRoot()
        withUnsafeTemporaryAllocation(of: Float.self, capacity: tileQueries) { state in
            guard let means = state.baseAddress else { return }
            for i in 0..<count {
                means[i] = dot(dO + i * oStride, o + i * oStride, width)
            }
            var isFirst = dQuery.isFresh
            for span in operands.spans(sequence) {
                span.forTiles(tile.rows) { keyStart, keyCount in
                    let k = UnsafePointer(span.keys[keyStart, group])
                    let v = UnsafePointer(span.values[keyStart, group])
                    let keyRow = span.firstRow + keyStart
                    matrixProduct(
                        m: count, n: keyCount, k: width, q, lda: qStride, k, ldb: span.keys.stride,
                        transposeB: true, alpha: scale, probabilities, ldc: keyCount, pool: nil)
                    matrixProduct(
                        m: count, n: keyCount, k: width, dO, lda: oStride, v,
                        ldb: span.values.stride,
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
                        transposeA: true, dO, ldb: oStride, beta: 1,
                        dValues.matrix[keyRow, group], ldc: dValues.matrix.stride, pool: nil)
                    matrixProduct(
                        m: count, n: width, k: keyCount, slopes, lda: keyCount, k,
                        ldb: span.keys.stride, beta: isFirst ? 0 : 1, dQ,
                        ldc: dQuery.matrix.stride, pool: nil)
                    matrixProduct(
                        m: keyCount, n: width, k: count, slopes, lda: keyCount, transposeA: true,
                        q, ldb: qStride, beta: 1, dKeys.matrix[keyRow, group],
                        ldc: dKeys.matrix.stride, pool: nil)
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
