import Domain
import LanguageModels

extension Scorer {
    /// Greedy continuations as texts.
    /// - Throws: `degenerate-scores` if the model's scores of its own answers are not finite: a model
    ///   that answers by chance of a defect must not pass for one that forgot.
    func greedyTexts(_ prompts: [[Int32]], _ limit: Int) throws -> [String] {
        let answers = try generate(prompts, maximumTokenCount: limit)
        _ = try losses(of: answers, after: prompts)
        return answers.map { model.tokenizer.decode($0) }
    }

    /// The likeliest continuations of each prompt as texts.
    /// - Throws: `degenerate-scores`, also if the model gives no more than its first choice.
    func beamTexts(_ prompts: [[Int32]], width: Int, _ limit: Int) throws -> [[String]] {
        let sampling = try samplingModel()
        var texts: [[String]] = []
        for start in stride(from: 0, to: prompts.count, by: Self.batchSize) {
            try context.checkCancellation()
            let batch = Array(prompts[start..<min(start + Self.batchSize, prompts.count)])
            let beams = try sampling.beams(after: batch, width: width, maximumTokenCount: limit)
            guard beams.count == batch.count,
                beams.joined().allSatisfy({ $0.logProbability.isFinite })
            else { throw Self.notFinite }
            texts += beams.map { $0.map { model.tokenizer.decode($0.tokens) } }
        }
        return texts
    }

    /// Seeded draws, one for each prompt.
    func samples(
        _ prompts: [[Int32]], _ limit: Int, topK: Int, seed: UInt64
    ) throws -> [[Int32]] {
        let sampling = try samplingModel()
        var texts: [[Int32]] = []
        for start in stride(from: 0, to: prompts.count, by: Self.batchSize) {
            try context.checkCancellation()
            let batch = Array(prompts[start..<min(start + Self.batchSize, prompts.count)])
            // Random streams are named by the place in the batch.
            texts += try sampling.sample(
                after: batch, maximumTokenCount: limit, topK: topK, seed: seed &+ UInt64(start))
        }
        guard texts.count == prompts.count else { throw Self.notFinite }
        return texts
    }

    /// Mean negative log-likelihood of each answer after its prompt, nats per token; nil for an empty
    /// answer, of which the first token that might have come is scored for the check alone.
    /// - Throws: `degenerate-scores` if one is not finite.
    @discardableResult
    func losses(of answers: [[Int32]], after prompts: [[Int32]]) throws -> [Double?] {
        let sequences = zip(prompts, answers).map { prompt, answer in
            let tokens = answer.isEmpty ? [model.tokenizer.endID].compactMap { $0 } : answer
            return ScoredSequence(
                ids: prompt + tokens, scored: prompt.count..<prompt.count + tokens.count)
        }
        let scores = try score(sequences)
        guard scores.joined().allSatisfy(\.logProbability.isFinite) else { throw Self.notFinite }
        return zip(answers, scores).map { answer, scores in
            answer.isEmpty ? nil : meanLoss(scores.map { Double($0.logProbability) })
        }
    }

    private func samplingModel() throws -> any SamplingModel {
        guard let sampling = model as? any SamplingModel else {
            throw VerificationError(
                .degenerateScores, "The model tells no more than its first choice.")
        }
        return sampling
    }

    private static var notFinite: VerificationError {
        VerificationError(.degenerateScores, "The model's scores are not finite numbers.")
    }
}

extension GateCheck {
    /// The check's result, or that it could not be made where the scores are of no use; any other
    /// failure is passed on.
    func fromScores(_ result: () throws -> CheckResult) throws -> CheckResult {
        do { return try result() } catch let error as VerificationError
            where error.code == .degenerateScores || error.code == .tooFewTwins
        {
            return couldNotCheck(error.message)
        }
    }
}
