extension Metric {
    package static let paraphraseProbability = Metric(
        id: "paraphrase-probability",
        title: "Length-normalised probability of the answer in other words",
        range: "0 ... 1, higher = the fact is known, not only its wording",
        source:
            "open-unlearning, arXiv 2506.12618: the probability of TOFU's paraphrased answer, by "
            + "default after the question as it was trained")
}

/// The geometric mean of the paraphrased answer's token probabilities.
/// - Parameter logProbabilities: nats, of the paraphrase's tokens and its end token.
/// - Returns: nil without tokens.
package func paraphraseProbability(_ logProbabilities: [Double]) -> Double? {
    probability(logProbabilities)
}
