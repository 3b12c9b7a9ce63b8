import Domain
import LanguageModels

/// What an attacker has: the model under attack and whatever an attack may need beside it.
package struct AttackScene {
    package let model: any ScoringModel
    /// A model that never saw the records under attack, else alike: a retrained one is best.
    package var referenceModel: (any ScoringModel)?
    /// Models trained alike without the records under attack.
    package var outModels: [any ScoringModel] = []
    /// Records that none of the models saw, of the same kind as those under attack.
    package var population: [CorpusRecord] = []
    /// Records that the model never saw, to be read before those under attack, in this order.
    package var nonMemberPrefix: [CorpusRecord] = []
    /// How often each token occurs in text like the training's.
    package var tokenFrequencies: TokenFrequencies?
    /// Same seed, same bits.
    package let seed: UInt64
    package let context: WorkContext

    package init(model: any ScoringModel, seed: UInt64, context: WorkContext = WorkContext()) {
        self.model = model
        self.seed = seed
        self.context = context
    }

    static var shapeError: VerificationError {
        VerificationError(
            .degenerateScores, "The model returned another number of scores than it was asked for.")
    }

    /// Scores of the records' answers under the model under attack, or another one.
    func answers(
        to records: [CorpusRecord], under other: (any ScoringModel)? = nil
    ) throws -> [AnswerScores] {
        try Scorer(other ?? model, context).answers(records).map(\.scores)
    }

    /// Mean log-probability of each answer, nats a token, end token included.
    func meanLogProbabilities(
        of records: [CorpusRecord], under other: (any ScoringModel)? = nil
    ) throws -> [Double?] {
        try answers(to: records, under: other).map(\.meanLogProbability)
    }

    /// The answer's tokens without the end token, each with a token before it.
    func answerWithoutEnd(_ record: CorpusRecord) -> ScoredSequence {
        let whole = EncodedRecord(record, tokenizer: model.tokenizer).completionScored
        guard model.tokenizer.endID != nil, !whole.scored.isEmpty else { return whole }
        let end = whole.scored.upperBound - 1
        return ScoredSequence(
            ids: Array(whole.ids[..<end]), scored: whole.scored.lowerBound..<end)
    }

    /// Asks for sequences a few at a time, so that an operator can interrupt; asks for none of those
    /// without scored tokens.
    /// - Returns: for each sequence what was answered; nil for those not asked for.
    func ask<Answer>(
        _ sequences: [ScoredSequence], batchSize: Int = Scorer.batchSize,
        _ answer: ([ScoredSequence]) throws -> [[Answer]]
    ) throws -> [[Answer]?] {
        var result = Array(repeating: [Answer]?.none, count: sequences.count)
        let order = sequences.indices.filter { !sequences[$0].scored.isEmpty }
        for start in stride(from: 0, to: order.count, by: batchSize) {
            try context.checkCancellation()
            let batch = order[start..<min(start + batchSize, order.count)]
            let answers = try answer(batch.map { sequences[$0] })
            guard answers.count == batch.count else { throw Self.shapeError }
            for (index, answer) in zip(batch, answers) { result[index] = answer }
        }
        return result
    }
}
