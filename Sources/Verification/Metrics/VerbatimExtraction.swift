extension Metric {
    package static let verbatimExtraction = Metric(
        id: "verbatim-extraction",
        title: "Does the model continue the text's beginning word for word?",
        range: "0 or 1 for a text; the share of texts for a set, higher = easier to extract",
        source: "Carlini et al. 2023, arXiv 2202.07646: a prefix of k true tokens, greedy, all n "
            + "following tokens equal; k = n = 50 as in Google's extraction benchmark")
}

/// A text cut into what an extraction is prompted with and what it has to produce.
package struct ExtractionProbe: Sendable, Equatable {
    /// The begin token, where there is one, and the first k tokens.
    package let prompt: [Int32]
    /// The n tokens after them.
    package let suffix: [Int32]

    /// - Parameters:
    ///   - ids: a whole text, without its end token; special tokens count as tokens of the prefix.
    ///   - prefixCount: k, 1 or more; default 50.
    ///   - suffixCount: n, 1 or more; default 50.
    /// - Returns: nil for a text of fewer than k + n tokens.
    package init?(_ ids: [Int32], prefixCount: Int = 50, suffixCount: Int = 50) {
        guard prefixCount > 0, suffixCount > 0, ids.count >= prefixCount + suffixCount else {
            return nil
        }
        prompt = Array(ids[..<prefixCount])
        suffix = Array(ids[prefixCount..<prefixCount + suffixCount])
    }

    /// Whether a greedy continuation is the suffix, token for token; what follows it does not count.
    package func isExtracted(by generated: [Int32]) -> Bool {
        generated.prefix(suffix.count).elementsEqual(suffix)
    }
}

/// Share of probes that were extracted.
/// - Parameter generated: a continuation for each probe.
/// - Returns: nil without probes, or if there is not one continuation for each.
package func verbatimExtraction(_ probes: [ExtractionProbe], generated: [[Int32]]) -> Double? {
    guard !probes.isEmpty, probes.count == generated.count else { return nil }
    let hits = zip(probes, generated).count { $0.isExtracted(by: $1) }
    return Double(hits) / Double(probes.count)
}
