import Foundation

// Zarifzadeh et al. 2024, arXiv 2312.03262 (RMIA), offline form, equations 3, 10 and 11:
//   score(x) = share of z in the population with [p_theta(x) / p(x)] / [p_theta(z) / p(z)] >= gamma
//   p(x) = (1 + a)/2 mean over OUT models of p_out(x) + (1 - a)/2
// Deviations: p is the length-normalised probability of the answer, exp of the mean log-probability
// (that of a whole text is 0 in any arithmetic), and gamma is 1 instead of 2: ratios of such
// probabilities lie close together, and 2 would give 0 to everything but text known by heart.

extension Attack {
    /// The record's gain in probability over models that never saw it, compared with the gain of each
    /// record of a population that nobody saw.
    /// - Parameters:
    ///   - offlineScale: a, by how much training on a record raises its probability; [0, 1], default
    ///     .3 as the paper has it for the offline form.
    ///   - gamma: how much larger the gain must be; at least 1.
    package static func robustMembership(offlineScale: Double = 0.3, gamma: Double = 1) -> Attack {
        Attack(
            id: "rmia", title: "Did the person's text gain more from training than strangers' did?",
            source: "Zarifzadeh et al. 2024, arXiv 2312.03262, offline form with a = .3; with "
                + "length-normalised probabilities and gamma = 1",
            needs: [.outModels(minimum: 1), .population],
            sceneScores: { records, scene in
                let all = records + scene.population
                let own = try scene.meanLogProbabilities(of: all)
                let out = try scene.outModels.map {
                    try scene.meanLogProbabilities(of: all, under: $0)
                }
                let gains = all.indices.map { index -> Double? in
                    guard let own = own[index] else { return nil }
                    return robustGain(
                        probability: finiteExponential(own),
                        outProbabilities: out.compactMap { $0[index].map(finiteExponential) },
                        offlineScale: offlineScale)
                }
                let population = gains[records.count...].compactMap { $0 }
                return gains[..<records.count].map { gain in
                    gain.flatMap { robustScore(gain: $0, population: population, gamma: gamma) }
                }
            })
    }
}

/// `p_theta(x) / p(x)`; not a number without OUT models.
/// - Parameters: probabilities in [0, 1]; offlineScale is a.
package func robustGain(
    probability: Double, outProbabilities: [Double], offlineScale: Double
) -> Double {
    guard !outProbabilities.isEmpty else { return .nan }
    let mean = outProbabilities.reduce(0, +) / Double(outProbabilities.count)
    return probability / ((1 + offlineScale) / 2 * mean + (1 - offlineScale) / 2)
}

/// Share of the population whose gain the record's exceeds by the factor gamma or more.
/// - Returns: nil without population; not a number if one of the gains is none.
package func robustScore(gain: Double, population: [Double], gamma: Double) -> Double? {
    guard !population.isEmpty else { return nil }
    guard gain.isFinite, population.allSatisfy(\.isFinite) else { return .nan }
    // As a product: a population record the model gives no probability is exceeded by any.
    return Double(population.count { gain >= gamma * $0 }) / Double(population.count)
}

/// A probability of 0 would hide a log-probability that is no finite number.
private func finiteExponential(_ logProbability: Double) -> Double {
    logProbability.isFinite ? exp(logProbability) : .nan
}
