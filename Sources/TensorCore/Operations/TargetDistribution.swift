/// What the whole distribution over the vocabulary says about one target.
package struct TargetDistribution: Sendable, Equatable {
    /// Of the target, nats; the same bits as `TargetScores` holds.
    package let logProbability: Float
    /// `sum over v of p(v) log p(v)`: what a token drawn from the model has on average, nats.
    package let meanLogProbability: Float
    /// `sum over v of p(v) (log p(v) - mean)^2`, nats squared, at least 0.
    package let logProbabilityVariance: Float

    package init(
        logProbability: Float, meanLogProbability: Float, logProbabilityVariance: Float
    ) {
        self.logProbability = logProbability
        self.meanLogProbability = meanLogProbability
        self.logProbabilityVariance = logProbabilityVariance
    }
}

extension Tape {
    /// The scores of `targetLogProbabilities` with mean and variance of the log-probabilities over the
    /// vocabulary, from the same product. Has no backward.
    /// - Parameters: as in `targetLogProbabilities`.
    package func targetDistributions(
        hidden: Activation, head: Parameter, bias: Parameter? = nil, rows: [Int], targets: [Int32]
    ) -> [TargetDistribution] {
        let product = HeadProduct(
            hidden: hidden.saved, head: head, bias: bias, rows: rows, targets: targets, pool: pool)
        var result: [TargetDistribution] = []
        for chunk in product.chunks {
            let logits = product.logits(chunk)
            let numbers = Tensor([chunk.count, 3])
            let vocabulary = product.vocabulary
            pool.forRanges(chunk.count, minimum: product.minimumRows) { range in
                for index in range {
                    let row = UnsafePointer(logits.pointer + index * vocabulary)
                    let top = largest(row, vocabulary)
                    let sum = exponentialSum(row, vocabulary, shift: top)
                    let moments = softmaxMoments(row, vocabulary, shift: top, sum: sum)
                    let target = row[Int(targets[chunk.lowerBound + index])]
                    numbers.pointer[3 * index] = target - top - logarithm(sum)
                    numbers.pointer[3 * index + 1] = moments.mean - logarithm(sum)
                    numbers.pointer[3 * index + 2] = moments.variance
                }
            }
            for index in 0..<chunk.count {
                result.append(
                    TargetDistribution(
                        logProbability: numbers.pointer[3 * index],
                        meanLogProbability: numbers.pointer[3 * index + 1],
                        logProbabilityVariance: numbers.pointer[3 * index + 2]))
            }
        }
        return result
    }
}

/// Mean and variance of row(i) - shift where i is drawn from the softmax of the row.
///
/// The variance is taken around the mean in a second pass: the difference of two means of squares
/// would lose a small one in rounding.
/// - Parameters: shift is the largest element; sum is `exponentialSum` with it.
private func softmaxMoments(
    _ row: UnsafePointer<Float>, _ count: Int, shift: Float, sum total: Float
) -> (mean: Float, variance: Float) {
    func weighted(_ term: (Lanes) -> Lanes) -> Float {
        var result = Lanes(repeating: 0)
        let offset = Lanes(repeating: shift)
        var index = 0
        while index + laneCount <= count {
            let distance = load(row, index) - offset
            result += exponential(distance) * term(distance)
            index += laneCount
        }
        let rest = count - index
        if rest > 0 {
            let distance = loadTail(row, index, rest, fill: shift) - offset
            let value = exponential(distance) * term(distance)
            for lane in 0..<rest { result[lane] += value[lane] }
        }
        return sum(result) / total
    }
    let mean = weighted { $0 }
    let center = Lanes(repeating: mean)
    let variance = weighted { distance in
        let deviation = distance - center
        return deviation * deviation
    }
    return (mean, variance)
}
