import Foundation

// Carlini et al. 2022, arXiv 2112.03570 (LiRA), section VI-B and appendix, offline form:
//   phi(p) = log(p / (1 - p));  mu, sigma of phi over the OUT models;
//   score = (phi(p_theta(x)) - mu) / sigma, whose normal distribution function is the paper's
//   1 - Pr[Z > phi]: the same order, without rounding to 1.
// Deviations: p is the length-normalised probability of the answer. Below 64 OUT models sigma is
// pooled over the records, as the paper advises.

extension Attack {
    /// How far the record's confidence lies above what models that never saw it have, in standard
    /// deviations of theirs.
    package static func likelihoodRatio() -> Attack {
        Attack(
            id: "lira",
            title: "Does the person's text stand out from models that never saw it?",
            source:
                "Carlini et al. 2022, arXiv 2112.03570, offline one-sided form as a z-score; with "
                + "length-normalised probabilities; below 64 OUT models the variance is pooled over "
                + "the records",
            needs: [.outModels(minimum: 2)],
            sceneScores: { records, scene in
                let own = try scene.meanLogProbabilities(of: records)
                let out = try scene.outModels.map {
                    try scene.meanLogProbabilities(of: records, under: $0)
                }
                let scored = own.indices.filter { own[$0] != nil }
                let scores = likelihoodRatioScores(
                    own: scored.map { logit(own[$0] ?? .nan) },
                    out: scored.map { index in out.map { logit($0[index] ?? .nan) } })
                var result = Array(repeating: Double?.none, count: records.count)
                for (index, score) in zip(scored, scores) { result[index] = score }
                return result
            })
    }
}

/// `log(p / (1 - p))` with p = exp(logProbability), which is at most 0; 1 - p at least 1e-45, as in
/// the authors' code.
func logit(_ logProbability: Double) -> Double {
    guard !logProbability.isNaN else { return .nan }
    return logProbability - log(max(-expm1(logProbability), 1e-45))
}

/// z-scores of confidences among those of OUT models.
/// - Parameters:
///   - own: phi of each record under the model under attack.
///   - out: for each record, phi under each of the same two or more OUT models.
///   - pooledBelow: fewer OUT models share one standard deviation over all records.
/// - Returns: one for each record; not a number where the deviation is 0 or not finite.
package func likelihoodRatioScores(
    own: [Double], out: [[Double]], pooledBelow: Int = 64
) -> [Double] {
    let fits = out.map { values -> (mean: Double, variance: Double) in
        let mean = values.reduce(0, +) / Double(values.count)
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (mean, squares / Double(values.count - 1))
    }
    let pooled = fits.reduce(0) { $0 + $1.variance } / Double(max(1, fits.count))
    return zip(zip(own, out), fits).map { pair, fit in
        let deviation = (pair.1.count < pooledBelow ? pooled : fit.variance).squareRoot()
        return deviation > 0 ? (pair.0 - fit.mean) / deviation : .nan
    }
}
