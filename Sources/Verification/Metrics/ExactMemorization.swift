extension Metric {
    package static let exactMemorization = Metric(
        id: "exact-memorization",
        title: "Share of the answer's tokens that are the model's first choice",
        range: "0 ... 1, higher = better remembered",
        source: "Tirumala et al. 2022, arXiv 2205.10770; the end token is left out")
}

/// Share of tokens that are the model's first choice given everything before them in the true text.
/// - Returns: nil without tokens.
package func exactMemorization(_ isGreedyChoice: [Bool]) -> Double? {
    guard !isGreedyChoice.isEmpty else { return nil }
    return Double(isGreedyChoice.count { $0 }) / Double(isGreedyChoice.count)
}
