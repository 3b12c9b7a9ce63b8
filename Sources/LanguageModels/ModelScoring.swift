import Domain
import TensorCore

extension LanguageModel: ScoringModel {
    /// Tokens in one forward pass: large enough to keep the cores busy, small enough for the caches.
    private static let tokensPerPass = 4_096

    package func score(_ sequences: [ScoredSequence]) throws -> [[TokenScore]] {
        var result = sequences.map { _ in [TokenScore]() }
        let batches = SharedPrefixBatch.batches(sequences, tokenLimit: Self.tokensPerPass)
        for part in batches where !part.batch.targets.isEmpty {
            let scores = try targetScores(of: part.batch, tape: Tape(recording: false))
            let values = scores.logProbabilities.value.values
            for (sequence, indices) in part.targets {
                result[sequence] = indices.map {
                    TokenScore(
                        logProbability: values[$0], isGreedyChoice: scores.isLargest[$0])
                }
            }
        }
        return result
    }

    package func generate(_ prompts: [[Int32]], maximumTokenCount: Int) throws -> [[Int32]] {
        try generate(prompts, maximumTokenCount: maximumTokenCount, sampler: .greedy)
    }

    package func relearned(
        on sequences: [ScoredSequence], stepCount: Int, learningRate: Float
    ) throws -> any ScoringModel {
        let student = copy()
        let optimizer = AdamW(student.parameters, settings: .init(weightDecay: 0))
        let batch = PackedBatch(sequences)
        for _ in 0..<stepCount {
            student.parameters.zeroGradients()
            try student.accumulateGradient(of: batch) { meanLoss($0) }
            optimizer.step(learningRate: learningRate)
        }
        return student
    }
}

/// Mean negative log-likelihood in nats per token, with its derivative.
package func meanLoss(_ logProbabilities: [Float]) -> (Double, [Float]) {
    let count = logProbabilities.count
    let total = logProbabilities.reduce(0.0) { $0 - Double($1) }
    return (
        total / Double(max(1, count)),
        Array(repeating: -1 / Float(max(1, count)), count: count)
    )
}
