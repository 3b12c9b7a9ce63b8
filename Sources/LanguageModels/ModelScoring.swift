import Domain
import TensorCore

extension LanguageModel: ScoringModel {
    /// Tokens in one forward pass: large enough to keep the cores busy, small enough for the caches.
    private static let tokensPerPass = 4_096

    /// Cuts sequences into consecutive passes of about `tokensPerPass` tokens.
    private static func passes(_ sequences: [ScoredSequence]) -> [Range<Int>] {
        var passes: [Range<Int>] = []
        var start = 0
        var tokens = 0
        for (index, sequence) in sequences.enumerated() {
            let count = sequence.scored.upperBound
            if tokens > 0, tokens + count > tokensPerPass {
                passes.append(start..<index)
                start = index
                tokens = 0
            }
            tokens += count
        }
        if start < sequences.count { passes.append(start..<sequences.count) }
        return passes
    }

    package func score(_ sequences: [ScoredSequence]) throws -> [[TokenScore]] {
        var result: [[TokenScore]] = []
        result.reserveCapacity(sequences.count)
        for pass in Self.passes(sequences) {
            let batch = PackedBatch(sequences[pass])
            guard !batch.targets.isEmpty else {
                result.append(contentsOf: pass.map { _ in [] })
                continue
            }
            let scores = try targetScores(of: batch, tape: Tape(recording: false))
            let values = scores.logProbabilities.value.values
            for range in batch.scoredRanges {
                result.append(
                    range.map {
                        TokenScore(
                            logProbability: values[$0], isGreedyChoice: scores.isLargest[$0])
                    })
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
