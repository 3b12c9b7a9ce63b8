import LanguageModels
import TensorCore

// Zhang et al. 2024, arXiv 2404.02936, equation 3:
//   z(t) = (log p(x_t) - mu_t) / sigma_t,  mu_t and sigma_t over the vocabulary at place t;
//   score = mean of the lowest share of z.
// Deviation: sigma_t^2 is at least 1e-6, as in open-unlearning. Where a model is all but certain, the
// variance is a rounding error, and z would be one too.

extension Attack {
    /// Members stand at peaks of the predicted distribution: log-probabilities are taken relative to
    /// those of all other tokens at the same place, then as in Min-K%.
    /// - Parameter share: of the tokens, rounded down, at least one. (0, 1]; default 0.2 as in the
    ///   authors' code.
    package static func minKPlusPlus(share: Double = 0.2) -> Attack {
        Attack(
            id: "min-k-plus-plus",
            title:
                "Do the tokens of the person's text stand at peaks of the predicted distribution?",
            source: "Zhang et al. 2024, arXiv 2404.02936; variance at least 1e-6 as in "
                + "open-unlearning; the end token is left out",
            needs: [.distributions],
            sceneScores: { records, scene in
                guard let model = scene.model as? any DistributionModel else {
                    return records.map { _ in nil }
                }
                let answers = try scene.ask(
                    records.map(scene.answerWithoutEnd), model.scoreDistributions)
                return answers.map { $0.flatMap { minKPlusPlusScore($0, share: share) } }
            })
    }
}

/// The score of one answer from its tokens' distributions; nil for no token.
package func minKPlusPlusScore(_ tokens: [TargetDistribution], share: Double) -> Double? {
    meanOfLowest(
        tokens.map { token in
            let variance = Double(token.logProbabilityVariance)
            // max() would take the bound for a variance that is not a number.
            guard !variance.isNaN else { return .nan }
            return (Double(token.logProbability) - Double(token.meanLogProbability))
                / max(variance, 1e-6).squareRoot()
        }, share: share)
}
