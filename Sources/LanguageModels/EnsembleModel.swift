import Domain
import Foundation
import TensorCore

extension ModelErrorCode {
    package static let unequalMembers = ModelErrorCode(rawValue: "unequal-members")
}

/// Several models that answer as one: the probability of a token is the mean of the members'
/// probabilities.
///
/// The paper on SISA training lets classifiers vote; for a language model the mean of the predicted
/// distributions is the same idea, and the one of which a sequence has a likelihood (Bourtoule et al.
/// 2021, arXiv 1912.03817, sections IV-A and VII).
package final class EnsembleModel: ScoringModel {
    /// 1 or more, with one tokenizer.
    package let members: [LanguageModel]
    package let tokenizer: any Tokenizer

    /// - Throws: `unequal-members` for none, and for members of which one numbers its tokens otherwise.
    package init(_ members: [LanguageModel]) throws {
        func failure(_ message: String) -> ModelError {
            ModelError(
                .unequalMembers, message, remedy: "Train all of them from one start by one recipe.")
        }
        guard let first = members.first else {
            throw failure("An ensemble needs one model or more.")
        }
        for (place, member) in members.enumerated()
        where member.architecture.vocabularySize != first.architecture.vocabularySize
            || member.companions["tokenizer.json"] != first.companions["tokenizer.json"]
        {
            throw failure(
                "Model \(place + 1) of the ensemble has another vocabulary than the first.")
        }
        self.members = members
        tokenizer = first.tokenizer
    }

    /// SHA-256 of `members.sha256`, the list of the members' digests in their order.
    package var digest: Digest { Digest(of: memberList) }

    /// Tokens in one forward pass of a member; as for a model by itself.
    private static let tokensPerPass = 4_096
    /// Probabilities of one member that exist at once: 16 MiB.
    private static let chunkElementLimit = 1 << 22

    /// Scores by the mean distribution: `log p = log((1/S) sum exp(log p of member s))`, and the first
    /// choice is the largest mean probability, of equal ones the smallest id.
    ///
    /// An ensemble of one gives that model's own scores, bit by bit.
    package func score(_ sequences: [ScoredSequence]) throws -> [[TokenScore]] {
        if members.count == 1 { return try members[0].score(sequences) }
        var result = sequences.map { _ in [TokenScore]() }
        let batches = SharedPrefixBatch.batches(sequences, tokenLimit: Self.tokensPerPass)
        for part in batches where !part.batch.targets.isEmpty {
            let scores = try score(part.batch)
            for (sequence, indices) in part.targets {
                result[sequence] = indices.map { scores[$0] }
            }
        }
        return result
    }

    /// A score for each of the batch's targets.
    private func score(_ batch: PackedBatch) throws -> [TokenScore] {
        let tape = Tape(recording: false)
        let hidden = try members.map { try $0.hiddenStates(of: batch, tape: tape) }
        let vocabulary = members[0].architecture.vocabularySize
        let step = max(1, Self.chunkElementLimit / vocabulary)
        var result: [TokenScore] = []
        for start in stride(from: 0, to: batch.targets.count, by: step) {
            let chunk = start..<min(batch.targets.count, start + step)
            let targets = batch.targets[chunk].map(Int.init)
            var distributions: [Tensor] = []
            // For each member, each target's log-probability in nats.
            var logProbabilities: [[Double]] = []
            for (member, hidden) in zip(members, hidden) {
                let logits = tape.logits(
                    hidden: hidden,
                    head: try member.parameters.required(member.architecture.headName),
                    bias: try member.headBias(), rows: Array(batch.scoredRows[chunk])
                ).value
                let raw = targets.enumerated().map {
                    logits.pointer[$0.offset * vocabulary + $0.element]
                }
                let sums = logits.softmaxRows()
                logProbabilities.append(zip(raw, sums).map { Double($0) - Double($1) })
                distributions.append(logits)
            }
            let mean = Self.mean(of: distributions)
            for (row, target) in targets.enumerated() {
                let values = UnsafeBufferPointer(
                    start: mean.pointer + row * vocabulary, count: vocabulary)
                var best = 0
                for index in 1..<max(1, vocabulary) where values[index] > values[best] {
                    best = index
                }
                result.append(
                    TokenScore(
                        logProbability: logMeanExponential(logProbabilities.map { $0[row] }),
                        isGreedyChoice: best == target))
            }
        }
        return result
    }

    /// Element-wise mean of tensors of one shape, added in their order.
    /// - Returns: the first of them, which the mean has overwritten.
    static func mean(of tensors: [Tensor]) -> Tensor {
        let sum = tensors[0]
        for other in tensors.dropFirst() {
            for index in 0..<sum.count { sum.pointer[index] += other.pointer[index] }
        }
        sum.scale(by: 1 / Float(tensors.count))
        return sum
    }

    package func generate(_ prompts: [[Int32]], maximumTokenCount: Int) throws -> [[Int32]] {
        try generate(prompts, maximumTokenCount: maximumTokenCount, sampler: .greedy)
    }

    /// Continues each prompt with tokens chosen from the mean distribution; else as a model by itself.
    /// - Returns: new tokens only, without the end token.
    package func generate(
        _ prompts: [[Int32]], maximumTokenCount: Int, sampler: Sampler, stopAtEnd: Bool = true,
        onToken: (_ prompt: Int, _ token: Int32) -> Void = { _, _ in }
    ) throws -> [[Int32]] {
        try withoutActuallyEscaping(onToken) { report in
            try Continuation(
                predictors: members, maximumTokenCount: maximumTokenCount, sampler: sampler,
                stopAtEnd: stopAtEnd, onToken: report
            ).texts(after: prompts)
        }
    }

    /// Each member relearned by itself: whoever holds the ensemble holds its members.
    package func relearned(
        on sequences: [ScoredSequence], stepCount: Int, learningRate: Float
    ) throws -> any ScoringModel {
        try EnsembleModel(
            members.map {
                try $0.taught(sequences, stepCount: stepCount, learningRate: learningRate)
            })
    }
}

/// `log((1/n) sum exp(x))`, without overflow or underflow of the terms.
private func logMeanExponential(_ values: [Double]) -> Float {
    let top = values.max() ?? 0
    guard top.isFinite else { return Float(top) }
    let sum = values.reduce(0) { $0 + exp($1 - top) }
    return Float(min(0, top + log(sum / Double(values.count))))
}
