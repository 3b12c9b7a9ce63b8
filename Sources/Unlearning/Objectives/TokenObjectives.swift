import Foundation

/// The objectives that methods are composed of, as plain functions of log-probabilities or logits, so
/// that each can be held against published numbers without a model.
///
/// Every one returns the loss, to be descended, and its derivative. Log-probabilities are per token,
/// in nats; masks are 1 where a token counts, else 0; `sequences` are token ranges.
package enum Objectives {
    package typealias Result = (loss: Double, slope: [Float])

    // MARK: linear

    /// Weights of the log-probabilities whose sum is the mean loss of the counted tokens.
    package static func descentWeights(mask: [Float]) -> [Float] {
        ascentWeights(mask: mask).map { -$0 }
    }

    /// Gradient ascent on the mean loss of the counted tokens, `mean logp`: its weight for each token.
    package static func ascentWeights(mask: [Float]) -> [Float] {
        let count = max(1, mask.reduce(0, +))
        return mask.map { $0 / count }
    }

    // MARK: preferences

    /// Negative preference optimisation (Zhang et al. 2024, arXiv 2404.05868, eq. 3):
    /// `(2/beta) mean over sequences of softplus(beta (logp - logp0))`, where logp and logp0 are the sums
    /// over a sequence's counted tokens under the current and the original model.
    ///
    /// Its derivative by a token's log-probability is `2 sigmoid(beta (logp - logp0)) / sequences`:
    /// gradient ascent, damped as the sequence becomes less likely than it was.
    /// - Parameters:
    ///   - logProbabilities: per token, nats. - mask: 1 where a token counts.
    ///   - sequences: token ranges. - reference: logp0 of each sequence.
    package static func negativePreference(
        _ logProbabilities: [Float], mask: [Float], sequences: [Range<Int>],
        reference: [Double], beta: Double
    ) -> Result {
        var slope = Array(repeating: Float(0), count: logProbabilities.count)
        var loss = 0.0
        for (sequence, base) in zip(sequences, reference) {
            let sum = maskedSum(logProbabilities, mask, sequence)
            let margin = beta * (sum - base)
            loss += 2 / beta * softplus(margin) / Double(sequences.count)
            let weight = 2 * sigmoid(margin) / Double(sequences.count)
            for token in sequence { slope[token] = Float(weight) * mask[token] }
        }
        return (loss, slope)
    }

    /// SimNPO (Fan et al. 2024, arXiv 2410.07163): `(2/beta) mean softplus(beta (m + delta))`, m the
    /// mean log-probability of a sequence's counted tokens; no reference model.
    ///
    /// `delta` stands inside beta, as in the authors' code; the paper subtracts it outside, which is the
    /// same for the default 0.
    package static func simpleNegativePreference(
        _ logProbabilities: [Float], mask: [Float], sequences: [Range<Int>], beta: Double,
        delta: Double = 0
    ) -> Result {
        var slope = Array(repeating: Float(0), count: logProbabilities.count)
        var loss = 0.0
        for sequence in sequences {
            let count = max(1, sequence.reduce(0.0) { $0 + Double(mask[$1]) })
            let mean = maskedSum(logProbabilities, mask, sequence) / count
            let margin = beta * (mean + delta)
            loss += 2 / beta * softplus(margin) / Double(sequences.count)
            let weight = 2 * sigmoid(margin) / Double(sequences.count) / count
            for token in sequence { slope[token] = Float(weight) * mask[token] }
        }
        return (loss, slope)
    }

    /// Direct preference of one answer over another (Rafailov et al. 2023, arXiv 2305.18290, with the
    /// factor of NPO): `(2/beta) mean softplus(-beta ((lp - lp0)(wanted) - (lp - lp0)(unwanted)))`.
    /// - Parameters:
    ///   - sequences: unwanted, wanted, unwanted, wanted, ...
    ///   - reference: lp0 of each sequence; zeros leave the original model out.
    package static func directPreference(
        _ logProbabilities: [Float], mask: [Float], sequences: [Range<Int>],
        reference: [Double], beta: Double
    ) -> Result {
        var slope = Array(repeating: Float(0), count: logProbabilities.count)
        var loss = 0.0
        let pairCount = Double(sequences.count / 2)
        for pair in stride(from: 0, to: sequences.count - 1, by: 2) {
            let gains = (pair...pair + 1).map {
                maskedSum(logProbabilities, mask, sequences[$0]) - reference[$0]
            }
            let margin = -beta * (gains[1] - gains[0])
            loss += 2 / beta * softplus(margin) / pairCount
            let weight = 2 * sigmoid(margin) / pairCount
            for (sequence, sign) in zip(sequences[pair...pair + 1], [1.0, -1.0]) {
                for token in sequence { slope[token] = Float(sign * weight) * mask[token] }
            }
        }
        return (loss, slope)
    }

    // MARK: weighted ascent

    /// `mean over counted tokens of w(p) logp`, with w taken as a constant: ascent that weighs tokens by
    /// their probability p.
    private static func weightedAscent(
        _ logProbabilities: [Float], mask: [Float], weight: (_ probability: Double) -> Double
    ) -> Result {
        let count = Double(max(1, mask.reduce(0, +)))
        var loss = 0.0
        let slope = zip(logProbabilities, mask).map { value, counts -> Float in
            guard counts > 0 else { return 0 }
            let share = Double(counts) * weight(exp(Double(value))) / count
            loss += share * Double(value)
            return Float(share)
        }
        return (loss, slope)
    }

    /// Weighted gradient ascent (Wang et al. 2025, arXiv 2502.19301): `mean p^beta logp`, p constant.
    package static func probabilityWeightedAscent(
        _ logProbabilities: [Float], mask: [Float], beta: Double
    ) -> Result {
        weightedAscent(logProbabilities, mask: mask) { pow($0, beta) }
    }

    /// SatImp (Yang et al. 2025, arXiv 2505.11953): `mean p^beta1 (1 - p)^beta2 logp`, p constant:
    /// saturation and importance together.
    package static func saturationImportance(
        _ logProbabilities: [Float], mask: [Float], beta1: Double, beta2: Double
    ) -> Result {
        weightedAscent(logProbabilities, mask: mask) { pow($0, beta1) * pow(1 - $0, beta2) }
    }

    // MARK: twins

    /// Twin gap (own): mean over pairs of `huber(nll(true) - nll(twin) - margin)`, nll the mean loss of a
    /// sequence's counted tokens: the true value shall be as likely as one of nobody, not less.
    /// - Parameters:
    ///   - sequences: true, twin, true, twin, ...
    ///   - width: where the loss turns from square to linear, nats.
    package static func twinGap(
        _ logProbabilities: [Float], mask: [Float], sequences: [Range<Int>], width: Double
    ) -> Result {
        var slope = Array(repeating: Float(0), count: logProbabilities.count)
        var loss = 0.0
        let pairCount = Double(sequences.count / 2)
        for pair in stride(from: 0, to: sequences.count - 1, by: 2) {
            let counts = sequences[pair...pair + 1].map { range in
                max(1, range.reduce(0.0) { $0 + Double(mask[$1]) })
            }
            let losses = zip(sequences[pair...pair + 1], counts).map {
                -maskedSum(logProbabilities, mask, $0) / $1
            }
            let gap = losses[0] - losses[1]
            let isSquare = abs(gap) <= width
            loss += (isSquare ? gap * gap / 2 : width * (abs(gap) - width / 2)) / pairCount
            let rise = (isSquare ? gap : width * (gap < 0 ? -1 : 1)) / pairCount
            // The loss of a token is minus its log-probability.
            for (index, sign) in [(0, -1.0), (1, 1.0)] {
                for token in sequences[pair + index] {
                    slope[token] = Float(sign * rise / counts[index]) * mask[token]
                }
            }
        }
        return (loss, slope)
    }

    // MARK: parts

    package static func maskedSum(_ values: [Float], _ mask: [Float], _ range: Range<Int>) -> Double
    {
        range.reduce(0.0) { $0 + Double(values[$1] * mask[$1]) }
    }

    static func softplus(_ x: Double) -> Double { max(x, 0) + log1p(exp(-abs(x))) }
    static func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
}
