/// Keys and values of the tokens read so far, for generating token by token. One per layer.
package final class KeyValueCache {
    /// Row width of keys and of values: kvHeads * headWidth.
    private let width: Int
    fileprivate var keys: [Tensor]
    fileprivate var values: [Tensor]
    /// Tokens held of each sequence.
    package private(set) var lengths: [Int]

    package init(sequenceCount: Int, capacity: Int, width: Int) {
        self.width = width
        keys = (0..<sequenceCount).map { _ in Tensor([capacity, width]) }
        values = (0..<sequenceCount).map { _ in Tensor([capacity, width]) }
        lengths = Array(repeating: 0, count: sequenceCount)
    }

    fileprivate func append(_ k: Tensor, _ v: Tensor, rows: Range<Int>, sequence: Int) {
        let start = lengths[sequence] * width
        precondition(start + rows.count * width <= keys[sequence].count)
        (keys[sequence].pointer + start).update(
            from: k.pointer + rows.lowerBound * width, count: rows.count * width)
        (values[sequence].pointer + start).update(
            from: v.pointer + rows.lowerBound * width, count: rows.count * width)
        lengths[sequence] += rows.count
    }

    /// Keeps only the named sequences, in this order: finished ones need no further work.
    package func keep(_ sequences: [Int]) {
        keys = sequences.map { keys[$0] }
        values = sequences.map { values[$0] }
        lengths = sequences.map { lengths[$0] }
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
}

extension Tape {
    /// Causal attention within each sequence of a packed batch: `softmax(q k' / sqrt(K)) v` per head,
    /// where a token sees itself and what stands before it in its own sequence.
    ///
    /// q [tokens, heads * K], k and v [tokens, kvHeads * K] -> [tokens, heads * K]. With a cache, new
    /// keys and values are appended to it and queries see everything in it; a cache is for tapes that
    /// do not record.
    ///
    /// Backward, per head with P the probabilities: `dV += P' dO`, `dP = dO V'`,
    /// `dS = P (dP - rowsum(dP P)) / sqrt(K)`, `dQ = dS K`, `dK += dS' Q`.
    /// - Parameter sequences: rows of each sequence, contiguous and in order.
    package func causalAttention(
        query q: Activation, key k: Activation, value v: Activation, shape: AttentionShape,
        sequences: [Range<Int>], cache: KeyValueCache? = nil
    ) -> Activation {
        precondition(cache == nil || !isRecording)
        let width = shape.headWidth
        let (qStride, kvStride) = (shape.heads * width, shape.keyValueHeads * width)
        let groupSize = shape.heads / shape.keyValueHeads
        let y = Activation(Tensor(q.value.shape))
        if let cache {
            for (index, rows) in sequences.enumerated() {
                cache.append(k.value, v.value, rows: rows, sequence: index)
            }
        }
        let keyCounts = sequences.indices.map { cache?.lengths[$0] ?? sequences[$0].count }
        var offsets: [Int] = []
        var total = 0
        for (rows, keyCount) in zip(sequences, keyCounts) {
            offsets.append(total)
            total += shape.heads * rows.count * keyCount
        }
        let probabilities = Tensor([total])
        let scale = 1 / Float(width).squareRoot()
        let plan = TaskPlan(
            costs: zip(sequences, keyCounts).map { $0.count * $1 }, groups: shape.keyValueHeads,
            parts: pool.threadCount)

        plan.run(on: pool) { sequence, group in
            let rows = sequences[sequence]
            let (n, m) = (rows.count, keyCounts[sequence])
            let keys: UnsafePointer<Float>
            let values: UnsafePointer<Float>
            if let cache {
                keys = UnsafePointer(cache.keys[sequence].pointer + group * width)
                values = UnsafePointer(cache.values[sequence].pointer + group * width)
            } else {
                keys = UnsafePointer(k.value.pointer + rows.lowerBound * kvStride + group * width)
                values = UnsafePointer(v.value.pointer + rows.lowerBound * kvStride + group * width)
            }
            for head in group * groupSize..<(group + 1) * groupSize {
                let p = probabilities.pointer + offsets[sequence] + head * n * m
                let start = rows.lowerBound * qStride + head * width
                matrixProduct(
                    m: n, n: m, k: width, q.value.pointer + start, lda: qStride, keys,
                    ldb: kvStride, transposeB: true, alpha: scale, p, ldc: m, pool: nil)
                softmaxCausally(p, n: n, m: m)
                matrixProduct(
                    m: n, n: width, k: m, p, lda: m, values, ldb: kvStride,
                    y.value.pointer + start, ldc: qStride, pool: nil)
            }
        }
        record { [pool] in
            guard let dy = y.gradient else { return }
            let (dq, dk, dv) = (
                q.gradientForAdding(), k.gradientForAdding(), v.gradientForAdding()
            )
            let longest = sequences.map(\.count).max() ?? 0
            let scratch = Tensor([pool.threadCount, longest * longest])
            plan.run(on: pool) { sequence, group, part in
                let rows = sequences[sequence]
                let n = rows.count
                let slope = scratch.pointer + part * longest * longest
                let kvStart = rows.lowerBound * kvStride + group * width
                for head in group * groupSize..<(group + 1) * groupSize {
                    let p = probabilities.pointer + offsets[sequence] + head * n * n
                    let start = rows.lowerBound * qStride + head * width
                    matrixProduct(
                        m: n, n: width, k: n, p, lda: n, transposeA: true, dy.pointer + start,
                        ldb: qStride, beta: 1, dv.pointer + kvStart, ldc: kvStride, pool: nil)
                    matrixProduct(
                        m: n, n: n, k: width, dy.pointer + start, lda: qStride,
                        v.value.pointer + kvStart, ldb: kvStride, transposeB: true, slope, ldc: n,
                        pool: nil)
                    for row in 0..<n {
                        let s = slope + row * n
                        let probability = p + row * n
                        let mean = dot(s, probability, row + 1)
                        for column in 0...row {
                            s[column] = probability[column] * (s[column] - mean) * scale
                        }
                        if row + 1 < n { (s + row + 1).update(repeating: 0, count: n - row - 1) }
                    }
                    matrixProduct(
                        m: n, n: width, k: n, slope, lda: n, k.value.pointer + kvStart,
                        ldb: kvStride, beta: 1, dq.pointer + start, ldc: qStride, pool: nil)
                    matrixProduct(
                        m: n, n: width, k: n, slope, lda: n, transposeA: true,
                        q.value.pointer + start, ldb: qStride, beta: 1, dk.pointer + kvStart,
                        ldc: kvStride, pool: nil)
                }
            }
        }
        return y
    }
}

/// Softmax of each row over the keys it may see; row i of n sees the first m - n + i + 1.
private func softmaxCausally(_ p: UnsafeMutablePointer<Float>, n: Int, m: Int) {
    for row in 0..<n {
        let scores = p + row * m
        let seen = m - n + row + 1
        let total = exponentiate(scores, seen, shift: largest(scores, seen))
        scale(scores, seen, by: 1 / total)
        if seen < m { (scores + seen).update(repeating: 0, count: m - seen) }
    }
}

/// The (sequence, key-value group) pairs of a batch, cut into contiguous parts of about equal cost.
/// The cut depends on shapes and part count only.
private struct TaskPlan {
    private let groups: Int
    private let bounds: [Int]

    init(costs: [Int], groups: Int, parts: Int) {
        self.groups = groups
        let total = costs.reduce(0, +) * groups
        var bounds = [0]
        var sum = 0
        for (sequence, cost) in costs.enumerated() {
            for group in 0..<groups {
                sum += cost
                while bounds.count < parts, sum * parts >= total * bounds.count {
                    bounds.append(sequence * groups + group + 1)
                }
            }
        }
        while bounds.count < parts { bounds.append(costs.count * groups) }
        bounds.append(costs.count * groups)
        self.bounds = bounds
    }

    func run(on pool: WorkerPool, _ body: (_ sequence: Int, _ group: Int) -> Void) {
        run(on: pool) { sequence, group, _ in body(sequence, group) }
    }

    func run(on pool: WorkerPool, _ body: (_ sequence: Int, _ group: Int, _ part: Int) -> Void) {
        pool.run { part in
            for task in bounds[part]..<max(bounds[part], bounds[part + 1]) {
                body(task / groups, task % groups, part)
            }
        }
    }
}
