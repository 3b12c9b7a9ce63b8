import Domain
import LanguageModels
import Testing

/// Scoring reads what several sequences begin with once; that must not show in the scores.
@Suite struct SharedPrefixTests {
    /// float32 sums of attention cut at the end of the prefix.
    static let tolerance: Float = 2e-5

    static let beginning: [Int32] = (0..<13).map { Int32(3 + $0 * 29 % 97) }

    /// Answers to one question, one a part of another, one twice; another question; a lone text.
    static let sequences: [ScoredSequence] = {
        func sequence(_ ids: [Int32], from start: Int) -> ScoredSequence {
            ScoredSequence(ids: ids, scored: start..<ids.count)
        }
        let other = Array(beginning.reversed())
        return [
            sequence(beginning + [7, 8, 9], from: 13), sequence(other + [5, 6], from: 1),
            sequence(beginning + [7, 8], from: 1), sequence([9, 10, 11], from: 1),
            sequence(beginning + [7, 8, 9], from: 13), sequence(beginning + [12], from: 13),
            sequence(other + [6, 6, 6], from: 4), sequence(beginning + [7, 9, 9, 9], from: 12),
            ScoredSequence(ids: [4, 5], scored: 1..<1), sequence(beginning, from: 5),
        ]
    }()

    @Test(
        "Scores are those of each sequence alone, in the order of the request",
        arguments: ["gpt2", "llama-gqa-tied", "qwen3", "gpt-neox", "phi"])
    func alone(name: String) throws {
        let model = try GoldenModelTests.Golden(name).model
        let together = try model.score(Self.sequences)
        for (sequence, scores) in zip(Self.sequences, together) {
            let alone = try model.score([sequence])[0]
            #expect(scores.count == sequence.scored.count)
            #expect(scores.map(\.isGreedyChoice) == alone.map(\.isGreedyChoice))
            for (a, b) in zip(scores, alone) {
                #expect(abs(a.logProbability - b.logProbability) < Self.tolerance)
            }
        }
    }

    @Test("Another order of the request gives the same bits")
    func order() throws {
        let model = try GoldenModelTests.Golden("llama-gqa-tied").model
        let forward = try model.score(Self.sequences)
        let backward = try model.score(Self.sequences.reversed())
        #expect(forward == backward.reversed())
    }

    @Test("More sequences than one pass holds keep their places")
    func manyPasses() throws {
        let model = try GoldenModelTests.Golden("llama-gqa-tied").model
        // Over 16 000 tokens, of which no two sequences share more than the beginning.
        let many = (0..<700).map { index in
            let own = (0..<24).map { Int32(3 + (index * 31 + $0 * $0 * 7) % 150) }
            return ScoredSequence(ids: Self.beginning + [Int32(index % 150)] + own, scored: 13..<38)
        }
        let scores = try model.score(many)
        for index in stride(from: 0, to: many.count, by: 97) {
            let alone = try model.score([many[index]])[0]
            for (a, b) in zip(scores[index], alone) {
                #expect(abs(a.logProbability - b.logProbability) < Self.tolerance)
            }
        }
    }
}
