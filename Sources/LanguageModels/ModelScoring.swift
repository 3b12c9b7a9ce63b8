import Domain
import TensorCore

extension LanguageModel: ScoringModel {
    /// Tokens in one forward pass: large enough to keep the cores busy, small enough for the caches.
    static let tokensPerPass = 4_096

    package func score(_ sequences: [ScoredSequence]) throws -> [[TokenScore]] {
        var result = sequences.map { _ in [TokenScore]() }
        let batches = SharedPrefixBatch.batches(
            sequences, tokenLimit: Self.tokensPerPass,
            shortestNode: SharedPrefixBatch.shortestNode(parameterCount: parameterCount))
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
        try taught(sequences, stepCount: stepCount, learningRate: learningRate)
    }

    /// The same, with its type.
    func taught(
        _ sequences: [ScoredSequence], stepCount: Int, learningRate: Float
    ) throws -> LanguageModel {
        let student = copy()
        let optimizer = AdamW(student.parameters, settings: .init(weightDecay: 0))
        let batch = PackedBatch(sequences)
        for _ in 0..<stepCount {
            try student.accumulateGradient(
                of: batch, weights: meanLossWeights(batch.targets.count))
            optimizer.step(learningRate: learningRate, clearsGradients: true)
        }
        return student
    }
}

/// Weights of log-probabilities whose sum is the mean negative log-likelihood, nats per token.
package func meanLossWeights(_ count: Int) -> [Float] {
    Array(repeating: -1 / Float(max(1, count)), count: count)
}

/// Mean negative log-likelihood, nats per token; 0 for no token.
package func meanLoss(_ logProbabilities: some Collection<Float>) -> Double {
    let total = logProbabilities.reduce(0.0) { $0 - Double($1) }
    return total / Double(max(1, logProbabilities.count))
}
