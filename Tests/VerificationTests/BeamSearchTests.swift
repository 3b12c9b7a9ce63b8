import Domain
import Foundation
import LanguageModels
import TensorCore
import TestSupport
import Testing

/// Token numbers without any text.
private struct Letters: Tokenizer {
    let vocabularySize: Int
    let beginID: Int32? = nil
    let endID: Int32?
    func spans(_ text: String) -> [TokenSpan] { [] }
    func decode(_ ids: [Int32]) -> String { ids.map { "\($0)" }.joined() }
    func bytes(of id: Int32) -> [UInt8]? { nil }
}

/// Four tokens with probabilities that are written down.
private final class TableModel: SamplingModel {
    let digest = Digest(of: "table")
    let maximumPositions = 9
    let tokenizer: any Tokenizer = Letters(vocabularySize: 4, endID: 3)

    /// After token 0 the first choice, 1, leads to two even chances; 2 leads to a certain 0.
    private static let table: [[Int32]: [Double]] = [
        [0]: [0.05, 0.5, 0.4, 0.05], [0, 1]: [0.5, 0.5, 0, 0], [0, 2]: [0.9, 0, 0, 0.1],
        [0, 1, 0]: [0, 0, 0, 1], [0, 1, 1]: [0, 0, 0, 1], [0, 2, 0]: [0, 0, 0, 1],
    ]

    func nextTokens(after prefixes: [[Int32]], count: Int) -> [[NextToken]] {
        prefixes.map { prefix in
            let row = Self.table[prefix] ?? [0.25, 0.25, 0.25, 0.25]
            return row.enumerated().map { NextToken(id: Int32($0), logProbability: log($1)) }
                .sorted { a, b in
                    a.logProbability != b.logProbability
                        ? a.logProbability > b.logProbability : a.id < b.id
                }
                .prefix(count).map { $0 }
        }
    }

    func sample(after prompts: [[Int32]], maximumTokenCount: Int, topK: Int, seed: UInt64)
        -> [[Int32]]
    { [] }
    func score(_ sequences: [ScoredSequence]) -> [[TokenScore]] { [] }
    func generate(_ prompts: [[Int32]], maximumTokenCount: Int) -> [[Int32]] { [] }
    func relearned(on: [ScoredSequence], stepCount: Int, learningRate: Float) -> any ScoringModel {
        self
    }
}

@Suite struct BeamSearchTests {
    /// By hand: .4 * .9 = .36 beats .5 * .5 = .25, which the first choice leads to.
    @Test("The likeliest text is found behind a second choice")
    func theLikeliestTextIsFoundBehindASecondChoice() throws {
        let model = TableModel()
        let wide = try model.beams(after: [[0]], width: 2, maximumTokenCount: 5)[0]
        #expect(wide.map(\.tokens) == [[2, 0], [1, 0]])
        #expect(wide.map(\.isEnded) == [true, true])
        #expect(abs(exp(wide[0].logProbability) - 0.36) < 1e-12)
        #expect(abs(exp(wide[1].logProbability) - 0.25) < 1e-12)
        let narrow = try model.beams(after: [[0]], width: 1, maximumTokenCount: 5)[0]
        #expect(narrow.map(\.tokens) == [[1, 0]])
        // An ended text keeps its place among those that go on.
        let three = try model.beams(after: [[0]], width: 4, maximumTokenCount: 2)[0]
        #expect(three.map(\.tokens) == [[2, 0], [1, 0], [1, 1], []])
        #expect(three[3].isEnded)
    }

    /// float32 logits in batches of other heights.
    private static let tolerance = 1e-4

    private func models() throws -> [(String, any SamplingModel)] {
        let folder = Fixtures.root.appendingPathComponent("models")
        let single = try ["llama-gqa-tied", "gpt2"].map { name in
            let model = try LanguageModel(
                folder: folder.appendingPathComponent(name),
                tokenizer: Letters(vocabularySize: 160, endID: 2))
            return (name, model as any SamplingModel)
        }
        let members = try ["llama-gqa-tied", "llama-gqa-tied"].enumerated().map { index, name in
            let model = try LanguageModel(
                folder: folder.appendingPathComponent(name),
                tokenizer: Letters(vocabularySize: 160, endID: 2))
            return index == 0 ? model : model.reinitialized(seed: 3)
        }
        return single + [("ensemble", try EnsembleModel(members))]
    }

    @Test("Cached beam search finds what reading everything anew finds, with its own scores")
    func cachedBeamSearchFindsWhatReadingAnewFinds() throws {
        let prompts: [[Int32]] = [[1, 5, 9, 150, 7], [3], Array(10..<30), [120, 4, 4]]
        for (name, model) in try models() {
            let cached = try model.beams(after: prompts, width: 4, maximumTokenCount: 6)
            let anew = try Reading(model).beams(after: prompts, width: 4, maximumTokenCount: 6)
            for (prompt, (a, b)) in zip(prompts, zip(cached, anew)) {
                #expect(a.map(\.tokens) == b.map(\.tokens), "\(name)")
                for (x, y) in zip(a, b) {
                    #expect(abs(x.logProbability - y.logProbability) < Self.tolerance, "\(name)")
                    let ids = prompt + x.tokens + (x.isEnded ? [2] : [])
                    let scores = try model.score([
                        ScoredSequence(ids: ids, scored: prompt.count..<ids.count)
                    ])[0]
                    let sum = scores.reduce(0) { $0 + Double($1.logProbability) }
                    #expect(abs(sum - x.logProbability) < Self.tolerance, "\(name)")
                }
                #expect(zip(a, a.dropFirst()).allSatisfy { $0.logProbability >= $1.logProbability })
                #expect(Set(a.map { $0.tokens + ($0.isEnded ? [-1] : []) }).count == a.count)
            }
            let greedy = try model.generate(prompts, maximumTokenCount: 6)
            let narrow = try model.beams(after: prompts, width: 1, maximumTokenCount: 6)
            #expect(narrow.map { $0[0].tokens } == greedy, "\(name)")
        }
    }

    @Test("Beam search stops at the longest position")
    func beamSearchStopsAtTheLongestPosition() throws {
        let model = try models()[0].1
        let prompt = (0..<62).map { Int32($0) + 3 }
        let beams = try model.beams(after: [prompt], width: 3, maximumTokenCount: 50)[0]
        let greedy = try model.generate([prompt], maximumTokenCount: 50)[0]
        #expect(beams.map(\.tokens.count).max() == greedy.count)
        #expect(throws: ModelError.self) {
            try model.beams(after: [[]], width: 2, maximumTokenCount: 2)
        }
    }

    @Test("Drawn texts depend on the seed alone")
    func drawnTextsDependOnTheSeedAlone() throws {
        for (name, model) in try models() {
            let prompts: [[Int32]] = [[1, 2], [1, 2], [9]]
            let first = try model.sample(
                after: prompts, maximumTokenCount: 9, topK: 40, seed: 5)
            let again = try model.sample(
                after: prompts, maximumTokenCount: 9, topK: 40, seed: 5)
            let other = try model.sample(
                after: prompts, maximumTokenCount: 9, topK: 40, seed: 6)
            #expect(first == again, "\(name)")
            #expect(first != other, "\(name)")
            #expect(first[0] != first[1], "\(name)")
        }
    }
}

/// Reads every prefix anew.
private final class Reading: SamplingModel {
    let model: any SamplingModel
    init(_ model: any SamplingModel) { self.model = model }
    var digest: Digest { model.digest }
    var tokenizer: any Tokenizer { model.tokenizer }
    var maximumPositions: Int { model.maximumPositions }
    func nextTokens(after prefixes: [[Int32]], count: Int) throws -> [[NextToken]] {
        try model.nextTokens(after: prefixes, count: count)
    }
    func sample(after prompts: [[Int32]], maximumTokenCount: Int, topK: Int, seed: UInt64) throws
        -> [[Int32]]
    {
        try model.sample(
            after: prompts, maximumTokenCount: maximumTokenCount, topK: topK, seed: seed)
    }
    func score(_ sequences: [ScoredSequence]) throws -> [[TokenScore]] {
        try model.score(sequences)
    }
    func generate(_ prompts: [[Int32]], maximumTokenCount: Int) throws -> [[Int32]] {
        try model.generate(prompts, maximumTokenCount: maximumTokenCount)
    }
    func relearned(on: [ScoredSequence], stepCount: Int, learningRate: Float) -> any ScoringModel {
        self
    }
}
