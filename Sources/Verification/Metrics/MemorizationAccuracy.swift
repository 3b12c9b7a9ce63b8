extension Metric {
    package static let memorizationAccuracy = Metric(
        id: "memorization-accuracy",
        title: "Share of the whole text's tokens that are the model's first choice",
        range: "0 ... 1, higher = better remembered",
        source: "Jang et al. 2023, arXiv 2210.01504 (MA): every token of the text after the first, "
            + "the prompt's too; the end token is left out")
}

/// Share of tokens that are the model's first choice after the true tokens before them.
///
/// The same count as exact memorisation, over the prompt as well as the answer.
/// - Parameter isGreedyChoice: one for each token of the text that has one before it.
/// - Returns: nil without tokens.
package func memorizationAccuracy(_ isGreedyChoice: [Bool]) -> Double? {
    exactMemorization(isGreedyChoice)
}
