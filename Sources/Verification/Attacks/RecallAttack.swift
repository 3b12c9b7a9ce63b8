import Domain
import LanguageModels

// Xie et al. 2024, arXiv 2406.15968: score = LL(x | P) / LL(x), P a prefix of non-members. What a model
// was trained on becomes less likely after foreign text; what it was not hardly does. Both
// log-likelihoods are negative: the score is higher for members.

extension Attack {
    /// Foreign text before it disturbs a memory more than a guess: the loss of the answer after
    /// records that were never trained on, over its loss without them.
    package static let recall = Attack(
        id: "recall", title: "Does foreign text before it disturb the memory of the person's text?",
        source: "Xie et al. 2024, arXiv 2406.15968; the prefix is the given records' texts, a line "
            + "each, and stands before the prompt; end token included; a loss is at least 1e-7",
        needs: [.nonMemberPrefix],
        sceneScores: { records, scene in
            let tokenizer = scene.model.tokenizer
            let prefix = tokenizer.encode(scene.nonMemberPrefix.map { $0.text + "\n" }.joined())
            let prefixed = records.map { record -> ScoredSequence in
                let plain = EncodedRecord(record, tokenizer: tokenizer).completionScored
                let start = tokenizer.beginID == nil ? 0 : 1
                // Without a token before it the first is not scored, and is not with the prefix.
                return ScoredSequence(
                    ids: Array(plain.ids[..<start]) + prefix + plain.ids[start...],
                    scored: plain.scored.lowerBound + prefix.count..<plain.scored.upperBound
                        + prefix.count)
            }
            let conditional = try Scorer(scene.model, scene.context).score(prefixed)
            return zip(try scene.meanLogProbabilities(of: records), conditional).map {
                own, scores in
                guard let own, !scores.isEmpty else { return nil }
                return recallScore(
                    loss: -own,
                    conditionalLoss: meanLoss(scores.map(\.logProbability)))
            }
        })
}

/// `conditionalLoss / loss`. Both are mean negative log-likelihoods of the same tokens, nats.
///
/// Below 1e-7 a float32 log-probability is rounding, and 0 would make every quotient infinite.
package func recallScore(loss: Double, conditionalLoss: Double) -> Double {
    guard !loss.isNaN else { return .nan }
    return conditionalLoss / max(loss, 1e-7)
}
