import Domain
import LanguageModels

extension EvaluationScene {
    /// Places of a record whose distributions exist at once: with 50 000 tokens 13 MB for each model.
    private static let placesAtOnce = 64

    /// Adds KL and JS divergence between model and reference over the answers of records.
    ///
    /// Where they cannot be computed, because a model gives no whole distributions or the two have
    /// different tokens, the summary says so.
    /// - Throws: `interrupted`, and what the models throw.
    func addDivergence(
        on records: [CorpusRecord], to summary: inout EvaluationSummary
    ) throws {
        let keys = [Metric.klDivergence, .jsDivergence].map { EvaluationSet.forget.key($0) }
        func addNothing(_ reason: String) {
            for key in keys { summary.add(key, nil, otherwise: reason) }
        }
        guard settings.measuresDivergence else { return addNothing("switched off by the settings") }
        guard let reference else { return addNothing("no reference model was given") }
        guard let model = model as? any DistributionModel,
            let reference = reference as? any DistributionModel
        else { return addNothing("a model does not give whole distributions") }
        var (kl, js) = (MeanDivergence(), MeanDivergence())
        for record in records {
            try context.checkCancellation()
            let sequence = EncodedRecord(record, tokenizer: model.tokenizer).completionScored
            guard
                sequence == EncodedRecord(record, tokenizer: reference.tokenizer).completionScored
            else { return addNothing("the two models cut text into different tokens") }
            for start in stride(
                from: sequence.scored.lowerBound, to: sequence.scored.upperBound,
                by: Self.placesAtOnce)
            {
                let end = min(sequence.scored.upperBound, start + Self.placesAtOnce)
                let part = ScoredSequence(ids: sequence.ids, scored: start..<end)
                let own = try model.nextTokenLogProbabilities(of: part)
                let other = try reference.nextTokenLogProbabilities(of: part)
                guard own.width == other.width, own.rowCount == other.rowCount else {
                    return addNothing("the two models have vocabularies of different sizes")
                }
                for row in 0..<own.rowCount {
                    let p = UnsafeBufferPointer(
                        start: own.pointer + row * own.width, count: own.width)
                    let q = UnsafeBufferPointer(
                        start: other.pointer + row * other.width, count: other.width)
                    kl.add(klDivergence(reference: q, model: p))
                    js.add(jsDivergence(p, q))
                }
            }
        }
        for (key, divergence) in zip(keys, [kl, js]) {
            summary.add(
                key, divergence.mean,
                otherwise: "not finite at \(divergence.failureCount) of "
                    + "\(divergence.positionCount) places")
            summary.note(key, "nats, mean over \(divergence.positionCount) tokens of the answers")
        }
    }
}
