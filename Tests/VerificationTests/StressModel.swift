import Domain
import LanguageModels
import TensorCore
import Verification

/// A remembering model that can also be searched, sampled and rounded.
final class StressModel: SamplingModel, RoundableModel {
    let plain: MemoryModel
    /// What rounding to so many bits makes of the model; itself for other numbers of bits.
    let afterRounding: [Int: MemoryModel]

    init(_ plain: MemoryModel, afterRounding: [Int: MemoryModel] = [:]) {
        self.plain = plain
        self.afterRounding = afterRounding
    }

    var digest: Digest { plain.digest }
    var tokenizer: any Tokenizer { plain.tokenizer }
    let maximumPositions = Int.max

    func score(_ sequences: [ScoredSequence]) throws -> [[TokenScore]] {
        try plain.score(sequences)
    }

    func generate(_ prompts: [[Int32]], maximumTokenCount: Int) throws -> [[Int32]] {
        try plain.generate(prompts, maximumTokenCount: maximumTokenCount)
    }

    func relearned(
        on sequences: [ScoredSequence], stepCount: Int, learningRate: Float
    ) throws -> any ScoringModel {
        try plain.relearned(on: sequences, stepCount: stepCount, learningRate: learningRate)
    }

    func rounded(bits: Int, group: Int?) throws -> any ScoringModel { afterRounding[bits] ?? plain }

    /// Of what is remembered, the digits and the end; enough for what the tests look for.
    func nextTokens(after prefixes: [[Int32]], count: Int) throws -> [[NextToken]] {
        try prefixes.map { prefix in
            let tokens = Set(plain.candidates(after: prefix) + (48...57).map { Int32($0) } + [257])
            let ids = tokens.sorted()
            let scores = try plain.score(
                ids.map {
                    ScoredSequence(ids: prefix + [$0], scored: prefix.count..<prefix.count + 1)
                })
            let next = zip(ids, scores).map {
                NextToken(id: $0, logProbability: Double($1[0].logProbability))
            }
            let ordered = next.sorted { a, b in
                a.logProbability != b.logProbability
                    ? a.logProbability > b.logProbability : a.id < b.id
            }
            return Array(ordered.prefix(count))
        }
    }

    func sample(
        after prompts: [[Int32]], maximumTokenCount: Int, topK: Int, seed: UInt64
    ) throws -> [[Int32]] {
        prompts.enumerated().map { index, prompt in
            var random = RandomNumbers(seed: seed, stream: "\(index)")
            var ids = prompt
            while ids.count - prompt.count < maximumTokenCount {
                let next = plain.candidates(after: ids)
                let id = next[random.integer(below: min(topK, next.count))]
                if id == tokenizer.endID { break }
                ids.append(id)
            }
            return Array(ids[prompt.count...])
        }
    }
}

/// A model whose scores are no numbers, as after a training that diverged.
final class DivergedModel: SamplingModel, RoundableModel {
    let digest = Digest(of: "broken")
    let tokenizer: any Tokenizer = ByteTokenizer()
    let maximumPositions = Int.max

    func score(_ sequences: [ScoredSequence]) throws -> [[TokenScore]] {
        sequences.map { sequence in
            sequence.scored.map { _ in TokenScore(logProbability: .nan, isGreedyChoice: false) }
        }
    }

    func generate(_ prompts: [[Int32]], maximumTokenCount: Int) throws -> [[Int32]] {
        prompts.map { _ in [] }
    }

    func relearned(
        on sequences: [ScoredSequence], stepCount: Int, learningRate: Float
    ) throws -> any ScoringModel { self }

    func rounded(bits: Int, group: Int?) throws -> any ScoringModel { self }

    func nextTokens(after prefixes: [[Int32]], count: Int) throws -> [[NextToken]] {
        prefixes.map { _ in
            (0..<count).map { NextToken(id: Int32($0), logProbability: .nan) }
        }
    }

    func sample(
        after prompts: [[Int32]], maximumTokenCount: Int, topK: Int, seed: UInt64
    ) throws -> [[Int32]] { prompts.map { _ in [48] } }
}

extension FakeTown {
    /// A report on the first target by a policy that requires these checks, or all.
    func stressReport(
        _ after: any ScoringModel, _ checks: [GateCheck]? = nil,
        reference: (any ScoringModel)? = nil, strangerCount: Int = 8
    ) throws -> VerificationReport? {
        var policy = GatePolicy()
        var required = RequiredChecks(checks?.map(\.rawValue) ?? RequiredChecks.known)
        required.sampleCount = 16
        required.strangerCount = strangerCount
        policy.requiredChecks = required
        try policy.validate()
        let gate = Gate(
            before: StressModel(before), after: after, twins: twins, neverTrained: neverTrained,
            retained: retained, generalRecords: general, tokenizerText: nil, policy: policy,
            policyDigest: Digest(of: "policy"), seed: 7, twinSource: "invented persons",
            environment: [:],
            reference: reference.map {
                GateReference(model: $0, origin: "A model trained without the person.")
            })
        return try gate.reports(for: [targets[0]], context: WorkContext()).first
    }
}
