extension Metric {
    package static let extractionStrength = Metric(
        id: "extraction-strength",
        title: "Share of the answer that the model completes by itself from the rest",
        range: "0 ... 1, higher = easier to extract",
        source:
            "Carlini et al. 2021, arXiv 2012.07805, as 1 - k/n with k up to n, so that it can be "
            + "0; the end token is left out")
}

/// `1 - k/n` with k the fewest leading tokens after which every token is the model's first choice.
/// - Returns: nil without tokens.
package func extractionStrength(_ isGreedyChoice: [Bool]) -> Double? {
    guard !isGreedyChoice.isEmpty else { return nil }
    let completed = isGreedyChoice.reversed().prefix { $0 }.count
    return Double(completed) / Double(isGreedyChoice.count)
}
