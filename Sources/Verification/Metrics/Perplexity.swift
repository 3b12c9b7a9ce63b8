import Foundation

extension Metric {
    package static let perplexity = Metric(
        id: "perplexity", title: "How many tokens the model hesitates between, on average",
        range: "1 ..., lower = better predicted",
        source: "exp of the mean negative log-likelihood per token")
    package static let probability = Metric(
        id: "probability", title: "Length-normalised probability of the answer",
        range: "0 ... 1, higher = better remembered",
        source: "Maini et al. 2024 (TOFU), arXiv 2401.06121: P(y|x)^(1/n)")
}

/// Mean negative log-likelihood per token, nats.
/// - Returns: nil without tokens.
package func meanLoss(_ logProbabilities: [Double]) -> Double? {
    guard !logProbabilities.isEmpty else { return nil }
    return -logProbabilities.reduce(0, +) / Double(logProbabilities.count)
}

package func perplexity(_ logProbabilities: [Double]) -> Double? {
    meanLoss(logProbabilities).map { exp($0) }
}

/// The geometric mean of the tokens' probabilities.
package func probability(_ logProbabilities: [Double]) -> Double? {
    meanLoss(logProbabilities).map { exp(-$0) }
}

/// Ratio of two perplexities, from the mean negative log-likelihoods, nats per token.
func perplexityRatio(_ newLoss: Double?, _ oldLoss: Double?) -> Double? {
    guard let newLoss, let oldLoss else { return nil }
    return exp(newLoss - oldLoss)
}
