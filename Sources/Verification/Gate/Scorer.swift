import Domain
import LanguageModels

/// Scores many sequences in batches, telling progress and stopping when asked to.
struct Scorer {
    let model: any ScoringModel
    let context: WorkContext

    /// Sequences a model is asked for at once.
    static let batchSize = 256

    init(_ model: any ScoringModel, _ context: WorkContext) {
        self.model = model
        self.context = context
    }

    /// - Returns: for each sequence the scores of its scored tokens; none where none are scored.
    /// - Throws: what the model throws, `interrupted`, and `degenerate-scores` if the model does not
    ///   answer in the shape it was asked in.
    func score(_ sequences: [ScoredSequence]) throws -> [[TokenScore]] {
        var results = Array(repeating: [TokenScore](), count: sequences.count)
        // In the order of the request: a value and its twins come one after the other there, and what
        // they begin with is read once.
        let order = sequences.indices.filter { !sequences[$0].scored.isEmpty }
        for start in stride(from: 0, to: order.count, by: Self.batchSize) {
            try context.checkCancellation()
            let batch = order[start..<min(start + Self.batchSize, order.count)]
            let scores = try model.score(batch.map { sequences[$0] })
            guard scores.count == batch.count else { throw Self.shapeError }
            for (index, result) in zip(batch, scores) {
                guard result.count == sequences[index].scored.count else { throw Self.shapeError }
                results[index] = result
            }
        }
        return results
    }

    private static var shapeError: VerificationError {
        VerificationError(
            .degenerateScores, "The model returned another number of scores than it was asked for.")
    }

    /// Greedy continuations, in batches.
    func generate(_ prompts: [[Int32]], maximumTokenCount: Int) throws -> [[Int32]] {
        var results: [[Int32]] = []
        for start in stride(from: 0, to: prompts.count, by: Self.batchSize) {
            try context.checkCancellation()
            let batch = Array(prompts[start..<min(start + Self.batchSize, prompts.count)])
            let answers = try model.generate(batch, maximumTokenCount: maximumTokenCount)
            guard answers.count == batch.count else { throw Self.shapeError }
            results += answers
        }
        return results
    }
}

/// Scores of a record's answer: its tokens, and the end token apart.
struct ScoredAnswer {
    let tokens: [TokenScore]
    let end: TokenScore?

    var scores: AnswerScores {
        AnswerScores(
            logProbabilities: tokens.map { Double($0.logProbability) },
            endLogProbability: end.map { Double($0.logProbability) })
    }
    var choices: [Bool] { tokens.map(\.isGreedyChoice) }
}

extension Scorer {
    /// Scores the completions of records under the model.
    func answers(_ records: [CorpusRecord]) throws -> [ScoredAnswer] {
        let hasEnd = model.tokenizer.endID != nil
        let sequences = records.map {
            EncodedRecord($0, tokenizer: model.tokenizer).completionScored
        }
        return try score(sequences).map { scores in
            guard hasEnd, let last = scores.last else {
                return ScoredAnswer(tokens: scores, end: nil)
            }
            return ScoredAnswer(tokens: scores.dropLast(), end: last)
        }
    }
}
