extension Metric {
    package static let repetition = Metric(
        id: "repetition", title: "Share of an answer's three-token sequences that occurred before",
        range: "0 ... 1, higher = more repetitive",
        source: "Welleck et al. 2020, arXiv 1908.04319 (seq-rep-n), n = 3")
}

/// `1 - distinct / all` over the n-grams of a generated sequence.
/// - Returns: nil if it is shorter than n.
package func repetition(_ tokens: [Int32], n: Int = 3) -> Double? {
    guard n > 0, tokens.count >= n else { return nil }
    let grams = (0...tokens.count - n).map { Array(tokens[$0..<$0 + n]) }
    return 1 - Double(Set(grams).count) / Double(grams.count)
}
