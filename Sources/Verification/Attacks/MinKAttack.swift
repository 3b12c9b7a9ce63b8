extension Attack {
    /// Members have few very unlikely tokens: the score is the mean of the lowest log-probabilities.
    /// - Parameter share: of the tokens, rounded down, at least one. (0, 1]; default 0.2 as in the
    ///   paper.
    package static func minK(share: Double = 0.2) -> Attack {
        Attack(
            id: "min-k", title: "Are even the least likely tokens of the person's text expected?",
            source: "Shi et al. 2024, arXiv 2310.16789; the end token is left out; sign turned so "
                + "that higher = member",
            membershipScore: { meanOfLowest($0.logProbabilities, share: share) })
    }
}

/// Mean of the lowest `share` of the values, rounded down, at least one.
/// - Returns: nil for none; not a number if one of them is none.
func meanOfLowest(_ values: [Double], share: Double) -> Double? {
    guard !values.isEmpty else { return nil }
    guard !values.contains(where: \.isNaN) else { return .nan }
    let count = max(1, Int(share * Double(values.count)))
    return values.sorted().prefix(count).reduce(0, +) / Double(count)
}
