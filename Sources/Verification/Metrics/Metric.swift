/// What a metric is, for lists and reports. The computation stands beside each constant, as a function
/// of what that metric needs.
package struct Metric: Sendable {
    /// Permanent kebab-case id, written into certificates.
    package let id: String
    package let title: String
    /// Range and direction, in words.
    package let range: String
    /// Where the formula comes from, with the deviations from it.
    package let source: String
}

/// Every metric, by id.
package let builtinMetrics: [Metric] = [
    .exactMemorization, .exposure, .extractionLikelihood, .extractionStrength, .forgetQuality,
    .jsDivergence, .klDivergence, .memorizationAccuracy, .modelUtility, .paraphraseProbability,
    .paraphraseRouge, .perplexity, .probability, .repetition, .rougeLF1, .rougeLRecall,
    .truthRatioArithmetic, .truthRatioGeometric, .truthRatioProbability, .verbatimExtraction,
].sorted { $0.id < $1.id }
