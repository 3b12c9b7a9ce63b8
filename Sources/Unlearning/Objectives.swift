import Foundation

/// The forget objectives that methods are composed of, as plain functions of log-probabilities, so
/// that each can be held against published numbers without a model.
package enum Objectives {
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
    ) -> (loss: Double, slope: [Float]) {
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

    /// Gradient ascent on the mean loss of the counted tokens, `mean logp`: its weight for each token.
    package static func ascentWeights(mask: [Float]) -> [Float] {
        let count = max(1, mask.reduce(0, +))
        return mask.map { $0 / count }
    }

    package static func maskedSum(_ values: [Float], _ mask: [Float], _ range: Range<Int>) -> Double
    {
        range.reduce(0.0) { $0 + Double(values[$1] * mask[$1]) }
    }

    private static func softplus(_ x: Double) -> Double { max(x, 0) + log1p(exp(-abs(x))) }
    private static func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
}
