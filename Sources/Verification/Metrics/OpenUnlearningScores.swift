// Summary scores of open-unlearning (arXiv 2506.12618), of metrics computed elsewhere. All are harmonic
// means, so the worst component decides.
//
//   Mem = HM(1 - ES, 1 - EM, 1 - paraphrase probability, 1 - truth ratio (probability))
//   Priv = HM(s of every attack)          s = closeness of its AUC to the retrained model's
//   Utility = HM(model utility, fluency), each relative to the model before unlearning
//   Agg = HM(Mem, Priv, Utility)
//
// Deviations: the paper gives no closed form of s, nor of the relation to the model before; those below
// are our own and declared with every result. They have no permanent ids.

/// How well the data is gone: 0 ... 1, higher = less is remembered.
/// - Returns: nil if a component lies outside 0 ... 1.
package func memorizationScore(
    extractionStrength: Double, exactMemorization: Double, paraphraseProbability: Double,
    truthRatioProbability: Double
) -> Double? {
    harmonicMean(
        [extractionStrength, exactMemorization, paraphraseProbability, truthRatioProbability]
            .map { 1 - $0 })
}

/// `1 - |a - r| / max(r, 1 - r)`: 1 if an attack does as well against the model as against the
/// retrained one, 0 at the farthest AUC there is.
/// - Returns: nil if an AUC lies outside 0 ... 1.
package func privacyCloseness(area: Double, referenceArea: Double) -> Double? {
    guard (0...1).contains(area), (0...1).contains(referenceArea) else { return nil }
    return 1 - min(1, abs(area - referenceArea) / max(referenceArea, 1 - referenceArea))
}

/// Harmonic mean of the closeness of every attack that was run.
package func privacyScore(_ closeness: [Double]) -> Double? { harmonicMean(closeness) }

/// `HM(min(1, u / u0), min(1, f / f0))` with model utility u and fluency f, after and before.
/// - Returns: nil if a value before is not above 0.
package func utilityScore(
    modelUtility: Double, fluency: Double, modelUtilityBefore: Double, fluencyBefore: Double
) -> Double? {
    guard modelUtilityBefore > 0, fluencyBefore > 0 else { return nil }
    return harmonicMean([
        min(1, modelUtility / modelUtilityBefore), min(1, fluency / fluencyBefore),
    ])
}

/// Harmonic mean of the three scores above.
package func aggregateScore(memorization: Double, privacy: Double, utility: Double) -> Double? {
    harmonicMean([memorization, privacy, utility])
}

/// `(a - b) / b * 100`, percent.
/// - Returns: nil if b is 0 or the result is not a finite number.
package func relativeDifference(_ a: Double, _ b: Double) -> Double? {
    b == 0 ? nil : ((a - b) / b * 100).ifFinite
}
