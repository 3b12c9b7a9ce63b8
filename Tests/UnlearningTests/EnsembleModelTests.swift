import Domain
import Foundation
import LanguageModels
import TensorCore
import TestSupport
import Testing
import Unlearning

@Suite struct EnsembleModelTests {
    /// Float32 against double precision over some hundred tokens of vocabulary.
    static let tolerance = 2e-5

    let members: [LanguageModel]
    let ensemble: EnsembleModel

    /// Three shards of a training that is short enough for the members to disagree.
    init() throws {
        let scene = try ShardedScene(seed: 6, shards: 3, slices: 1)
        defer { withExtendedLifetime(scene) {} }
        ensemble = try scene.trained("all").ensemble()
        members = ensemble.members
        #expect(members.count == 3)
    }

    /// The mean distribution after each of the ids, in double precision from the members' logits.
    func meanDistributions(_ ids: [Int32]) throws -> [[Double]] {
        var batch = PackedBatch()
        batch.appendRows(ids, from: 0)
        var mean: [[Double]] = []
        for member in members {
            let logits = try member.logits(of: batch)
            let values = logits.values
            for row in 0..<ids.count {
                let part = values[row * logits.width..<(row + 1) * logits.width].map(Double.init)
                let top = part.max() ?? 0
                let total = part.reduce(0) { $0 + exp($1 - top) }
                let probabilities = part.map { exp($0 - top) / total / Double(members.count) }
                if mean.count <= row {
                    mean.append(probabilities)
                } else {
                    mean[row] = zip(mean[row], probabilities).map { $0 + $1 }
                }
            }
        }
        return mean
    }

    func first(_ distribution: [Double]) -> Int32 {
        Int32(distribution.indices.reduce(0) { distribution[$1] > distribution[$0] ? $1 : $0 })
    }

    @Test(
        "A token's probability is the mean of the members', and the first choice that of the mean")
    func scores() throws {
        let sequences = TinyPeople.records.map {
            EncodedRecord($0, tokenizer: ensemble.tokenizer).allScored
        }
        let scores = try ensemble.score(sequences)
        let single = try members.map { try $0.score(sequences) }
        var (choices, disagreements) = (0, 0)
        for (place, sequence) in sequences.enumerated() {
            let mean = try meanDistributions(sequence.ids)
            #expect(scores[place].count == sequence.scored.count)
            for (index, score) in zip(sequence.scored, scores[place]) {
                let target = sequence.ids[index]
                let expected = log(mean[index - 1][Int(target)])
                #expect(abs(Double(score.logProbability) - expected) < Self.tolerance)
                #expect(score.isGreedyChoice == (first(mean[index - 1]) == target))
                choices += score.isGreedyChoice ? 1 : 0
                let votes = single.count { $0[place][index - 1].isGreedyChoice }
                disagreements += (votes == 0 || votes == 3) ? 0 : 1
            }
        }
        // Neither all nor none: the comparison above says something.
        #expect(choices > 10 && disagreements > 10, "\(choices) \(disagreements)")
    }

    @Test("Generation takes the most likely token of the mean, again and again")
    func generation() throws {
        let prompts = TinyPeople.records.prefix(12).map {
            EncodedRecord($0, tokenizer: ensemble.tokenizer).promptIDs
        }
        let answers = try ensemble.generate(prompts, maximumTokenCount: 12)
        var alone = 0
        for (prompt, answer) in zip(prompts, answers) {
            var ids = prompt
            var expected: [Int32] = []
            while expected.count < 12 {
                let next = first(try meanDistributions(ids).last ?? [])
                if next == ensemble.tokenizer.endID { break }
                expected.append(next)
                ids.append(next)
            }
            #expect(answer == expected)
            alone += try members[0].generate([prompt], maximumTokenCount: 12) == [answer] ? 1 : 0
        }
        #expect(alone < prompts.count, "the members agree on everything")
        #expect(answers.joined().count > 12)
        let sampler = Sampler(temperature: 1e-4, seed: 3)
        #expect(
            try ensemble.generate(prompts, maximumTokenCount: 12, sampler: sampler) == answers)
    }

    @Test("An ensemble of one model, or of the same one twice, answers as that model")
    func single() throws {
        let sequences = TinyPeople.records.map {
            EncodedRecord($0, tokenizer: ensemble.tokenizer).completionScored
        }
        let plain = try members[0].score(sequences)
        #expect(try EnsembleModel([members[0]]).score(sequences) == plain)
        let twice = try EnsembleModel([members[0], members[0]]).score(sequences)
        for (a, b) in zip(plain.joined(), twice.joined()) {
            #expect(abs(a.logProbability - b.logProbability) < Float(Self.tolerance))
            #expect(a.isGreedyChoice == b.isGreedyChoice)
        }
        #expect(throws: ModelError.self) { try EnsembleModel([]) }
    }

    /// What `sha256sum member-*/model.safetensors` prints.
    private func list(_ digests: [Digest]) -> String {
        digests.enumerated().map { "\($1.hexadecimal)  member-\($0 + 1)/model.safetensors\n" }
            .joined()
    }

    @Test("The digest names the members in their order")
    func digest() throws {
        #expect(ensemble.digest == Digest(of: list(members.map(\.digest))))
        #expect(try EnsembleModel(members.reversed()).digest != ensemble.digest)
    }

    @Test("Relearning teaches each member by itself and leaves the ensemble as it was")
    func relearning() throws {
        let sequences = TinyPeople.forget.map {
            EncodedRecord($0, tokenizer: ensemble.tokenizer).completionScored
        }
        let before = members.map { Digest(of: $0.weightsFile()) }
        let student = try ensemble.relearned(on: sequences, stepCount: 8, learningRate: 0.01)
        let expected = try members.map {
            try $0.relearned(on: sequences, stepCount: 8, learningRate: 0.01).digest
        }
        #expect(student.digest == Digest(of: list(expected)))
        #expect(members.map { Digest(of: $0.weightsFile()) } == before)
        func loss(_ model: some ScoringModel) throws -> Double {
            meanLoss(try model.score(sequences).joined().map(\.logProbability))
        }
        let (old, new) = (try loss(ensemble), try loss(student))
        #expect(new < old - 0.3, "\(old) -> \(new)")
    }
}
