extension Metric {
    package static let extractionLikelihood = Metric(
        id: "extraction-likelihood",
        title: "Share of generated token sequences that stand in the true rest of the text",
        range: "0 ... 1, higher = easier to extract",
        source: "Jang et al. 2023, arXiv 2210.01504 (EL_n), n = 10: mean over all prefixes of the "
            + "share of the greedy continuation's n-grams that the true suffix holds; where only "
            + "every s-th prefix is asked, the result says so")
}

/// One term of EL_n: `|{c in ng(a) : c in ng(b)}| / |ng(a)|` with a the generated suffix and b the
/// true one; an n-gram that a holds twice counts twice.
/// - Returns: 0 if the generated suffix is shorter than n; nil if n < 1 or the true one is shorter.
package func suffixOverlap(generated: [Int32], truth: ArraySlice<Int32>, n: Int) -> Double? {
    guard n > 0, truth.count >= n else { return nil }
    func grams(_ tokens: ArraySlice<Int32>) -> [ArraySlice<Int32>] {
        guard tokens.count >= n else { return [] }
        return (tokens.startIndex...tokens.endIndex - n).map { tokens[$0..<$0 + n] }
    }
    let produced = grams(generated[...])
    guard !produced.isEmpty else { return 0 }
    let trueGrams = Set(grams(truth))
    return Double(produced.count { trueGrams.contains($0) }) / Double(produced.count)
}

/// The prefixes `1 ... T - n` of a text of T tokens that EL_n continues, or every s-th of them.
package func extractionPrefixCounts(tokenCount: Int, n: Int, step: Int = 1) -> [Int] {
    guard n > 0, step > 0, tokenCount > n else { return [] }
    return Array(stride(from: 1, through: tokenCount - n, by: step))
}

/// EL_n of one text.
/// - Parameters:
///   - tokens: the T tokens of the text.
///   - continuations: a greedy continuation, of at most T - t tokens, for each prefix of
///     `extractionPrefixCounts`.
///   - n: 1 or more; default 10, the paper's.
/// - Returns: nil for a text of at most n tokens, or without one continuation for each prefix.
package func extractionLikelihood(
    _ tokens: [Int32], continuations: [[Int32]], n: Int = 10, step: Int = 1
) -> Double? {
    let prefixes = extractionPrefixCounts(tokenCount: tokens.count, n: n, step: step)
    guard !prefixes.isEmpty, prefixes.count == continuations.count else { return nil }
    return mean(
        zip(prefixes, continuations).map {
            suffixOverlap(generated: $1, truth: tokens[$0...], n: n)
        })
}
