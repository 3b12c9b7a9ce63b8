import Domain
import LanguageModels

/// A question with its answers, each put as a prompt and a completion.
struct EvaluationQuestion {
    let set: EvaluationSet
    let index: Int
    /// The question with its answer.
    let record: CorpusRecord
    /// The question with the answer in other words; nil where the set has none, and the answer itself
    /// takes its place in the truth ratio.
    let paraphrase: CorpusRecord?
    /// The same after what the paraphrase metrics ask.
    let askedParaphrase: CorpusRecord?
    /// The question with wrong answers.
    let wrong: [CorpusRecord]
}

/// What a model says to one question.
struct QuestionScores {
    let question: EvaluationQuestion
    let answer: ScoredAnswer
    /// Mean negative log-likelihoods, nats per token with the end token.
    let loss: Double
    let ratioLosses: AnswerLosses
    let paraphraseLogProbabilities: [Double]?
    /// Greedy answers; nil if none were asked for.
    let generated: String?
    let paraphraseGenerated: String?
}

extension ScoredAnswer {
    /// Nats, the end token's at the end.
    var logProbabilities: [Double] {
        (tokens + [end].compactMap { $0 }).map { Double($0.logProbability) }
    }
}

/// Asks a model questions, some at a time.
struct QuestionAsker {
    let scorer: Scorer
    let settings: EvaluationSettings
    let progress: EvaluationProgress

    /// Questions asked at once: with their wrong answers about one batch of the scorer.
    private static let chunkSize = 32

    /// - Parameter generates: whether greedy answers are written, which takes most of the time.
    /// - Throws: `degenerate-scores`, `interrupted`, and what the model throws.
    func ask(
        _ questions: [EvaluationQuestion], generates: Bool, note: String
    ) throws -> [QuestionScores] {
        var result: [QuestionScores] = []
        for start in stride(from: 0, to: questions.count, by: Self.chunkSize) {
            let chunk = Array(questions[start..<min(questions.count, start + Self.chunkSize)])
            result += try askChunk(chunk, generates: generates)
            try progress.advance(by: chunk.count, note: note)
        }
        return result
    }

    private func askChunk(
        _ questions: [EvaluationQuestion], generates: Bool
    ) throws -> [QuestionScores] {
        let records = questions.map { question in
            [question.record, question.paraphrase ?? question.record]
                + [question.askedParaphrase ?? question.record] + question.wrong
        }
        var answers = try scorer.answers(records.flatMap { $0 })[...]
        let texts = generates ? try greedyAnswers(questions.map(\.record)) : []
        let paraphraseTexts = generates ? try paraphraseAnswers(questions, texts) : []
        return try questions.enumerated().map { index, question in
            let own = Array(answers.prefix(records[index].count))
            answers = answers.dropFirst(records[index].count)
            let losses = try zip(records[index], own).map { try Self.loss($1, of: $0) }
            return QuestionScores(
                question: question, answer: own[0], loss: losses[0],
                ratioLosses: AnswerLosses(correct: losses[1], wrong: Array(losses[3...])),
                paraphraseLogProbabilities: question.askedParaphrase.map { _ in
                    own[2].logProbabilities
                },
                generated: generates ? texts[index] : nil,
                paraphraseGenerated: generates ? paraphraseTexts[index] : nil)
        }
    }

    /// - Throws: `degenerate-scores` for a record without a scored token or with a score that is not
    ///   finite, naming the record.
    static func loss(_ answer: ScoredAnswer, of record: CorpusRecord) throws -> Double {
        guard let loss = meanLoss(answer.logProbabilities), loss.isFinite else {
            throw VerificationError(
                .degenerateScores,
                "The model gives the answer of record \(record.id) no finite score.",
                details: ["record": record.id],
                remedy: "Check the model's weights, and that the record has an answer.")
        }
        return loss
    }

    func greedyAnswers(_ records: [CorpusRecord]) throws -> [String] {
        let tokenizer = scorer.model.tokenizer
        return try scorer.generate(
            records.map { EncodedRecord($0, tokenizer: tokenizer).promptIDs },
            maximumTokenCount: settings.maximumNewTokenCount
        ).map { tokenizer.decode($0) }
    }

    /// The answers to what the paraphrase metrics ask; those already written where it is the same.
    private func paraphraseAnswers(
        _ questions: [EvaluationQuestion], _ texts: [String]
    ) throws -> [String?] {
        let places = questions.indices.filter { index in
            questions[index].askedParaphrase.map { $0.prompt != questions[index].record.prompt }
                ?? false
        }
        let new = try greedyAnswers(places.compactMap { questions[$0].askedParaphrase })
        var result = zip(questions, texts).map { $0.askedParaphrase == nil ? nil : $1 }
        for (place, text) in zip(places, new) { result[place] = text }
        return result
    }
}

extension QuestionScores {
    /// Every metric of one question.
    var example: EvaluatedExample {
        EvaluatedExample(
            question.set, question.index, question.record,
            [
                (Metric.probability.id, probability(answer.logProbabilities)),
                (Metric.exactMemorization.id, exactMemorization(answer.choices)),
                (Metric.extractionStrength.id, extractionStrength(answer.choices)),
                (Metric.truthRatioArithmetic.id, truthRatioArithmetic(ratioLosses)),
                (Metric.truthRatioGeometric.id, truthRatioGeometric(ratioLosses)),
                (Metric.truthRatioProbability.id, truthRatioProbability(ratioLosses)),
                (
                    Metric.paraphraseProbability.id,
                    paraphraseLogProbabilities.flatMap { paraphraseProbability($0) }
                ),
                (
                    Metric.paraphraseRouge.id,
                    paraphraseGenerated.flatMap { text in
                        question.askedParaphrase.map {
                            paraphraseRouge(paraphrase: $0.completion, generated: text)
                        }
                    }
                ),
                (
                    Metric.rougeLRecall.id,
                    generated.map {
                        RougeL(
                            reference: question.record.completion, generated: $0, stemming: true
                        ).recall
                    }
                ),
                (
                    "choice-probability",
                    question.paraphrase == nil ? choiceProbability(ratioLosses) : nil
                ),
            ])
    }
}
