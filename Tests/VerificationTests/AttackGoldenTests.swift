import Domain
import Foundation
import LanguageModels
import TensorCore
import TestSupport
import Testing
import Verification

/// float32 sums in another order than PyTorch's float64, relative to the largest of a row.
private let forwardTolerance = 1e-4
private let gradientTolerance = 1e-3
/// Rounding of a few dozen double operations.
private let rounding = 1e-12

/// The reference models read numbers; nobody turns text into them.
private struct NumberTokenizer: Tokenizer {
    let vocabularySize = 160
    let beginID: Int32? = nil
    let endID: Int32? = nil
    func spans(_ text: String) -> [TokenSpan] { [] }
    func decode(_ ids: [Int32]) -> String { "" }
    func bytes(of id: Int32) -> [UInt8]? { nil }
}

@Suite struct AttackGoldenTests {
    struct Row {
        let model: LanguageModel
        let sequence: ScoredSequence
        let values: JSONValue

        init(_ values: JSONValue) throws {
            self.values = values
            let name = try #require(values["model"]?.text)
            model = try LanguageModel(
                folder: Fixtures.root.appendingPathComponent("models/\(name)"),
                tokenizer: NumberTokenizer())
            let ids = try #require(values["ids"]?.reals).map { Int32($0) }
            sequence = ScoredSequence(ids: ids, scored: 5..<ids.count)
        }

        func expectClose(_ found: [Double], _ key: String, _ tolerance: Double) throws {
            let expected = try #require(values[key]?.reals)
            #expect(found.count == expected.count)
            let scale = expected.reduce(1e-12) { max($0, $1.magnitude) }
            for (a, b) in zip(found, expected) {
                #expect(abs(a - b) < tolerance * scale, "\(key): \(a), PyTorch \(b)")
            }
        }
    }

    static func rows() throws -> [Row] {
        try #require(try MetricFixture.json("attacks.json").items).map(Row.init)
    }

    @Test func meanAndVarianceOverTheVocabularyEqualPyTorchs() throws {
        let rows = try Self.rows()
        #expect(rows.count == 9)
        for row in rows {
            let found = try row.model.scoreDistributions([row.sequence])[0]
            try row.expectClose(
                found.map { Double($0.logProbability) }, "logProbability", forwardTolerance)
            try row.expectClose(
                found.map { Double($0.meanLogProbability) }, "mean", forwardTolerance)
            try row.expectClose(
                found.map { Double($0.logProbabilityVariance) }, "variance", forwardTolerance)
            let score = try #require(minKPlusPlusScore(found, share: 0.2))
            let expected = try #require(row.values["minKPlusPlus"]?.real)
            #expect(abs(score - expected) < forwardTolerance * abs(expected))
        }
    }

    @Test func likelyTokensEqualPyTorchsLargestLogits() throws {
        for row in try Self.rows() {
            let found = try row.model.likelyTokens(row.sequence, count: 4)
            let expected = try #require(row.values["likely"]?.items).map {
                try #require($0.reals).map { Int32($0) }
            }
            #expect(found == expected)
        }
    }

    @Test func gradientNormsEqualPyTorchs() throws {
        for row in try Self.rows() {
            let norms = try row.model.gradientNorms([row.sequence])[0]
            let expected = try #require(row.values["norms"]?.members)
            #expect(norms.count == expected.count)
            let named = Dictionary(
                uniqueKeysWithValues: zip(row.model.parameters.parameters.map(\.name), norms))
            let largest = norms.max() ?? 0
            for norm in expected {
                let found = try #require(named[norm.key], "\(norm.key)")
                let value = try #require(norm.value.real)
                #expect(abs(found - value) < gradientTolerance * largest, "\(norm.key)")
            }
            let mean = norms.reduce(0, +) / Double(norms.count)
            let reference = try #require(row.values["gradNorm"]?.real)
            #expect(abs(mean - reference) < gradientTolerance * reference)
        }
    }

    @Test(arguments: ["seq0", "seq1"])
    func minKPlusPlusEqualsTheReferenceSequences(name: String) throws {
        let sequence = try #require(try MetricFixture.json("toy_oracle.json").at("expected", name))
        let logProbabilities = try #require(sequence["token_logp"]?.reals)
        let means = try #require(sequence["mu"]?.reals)
        let variances = try #require(sequence["var"]?.reals)
        let tokens = logProbabilities.indices.map {
            TargetDistribution(
                logProbability: Float(logProbabilities[$0]),
                meanLogProbability: Float(means[$0]),
                logProbabilityVariance: Float(variances[$0]))
        }
        for (key, share) in [("minkpp_0.2", 0.2), ("minkpp_0.4", 0.4)] {
            let score = try #require(minKPlusPlusScore(tokens, share: share))
            let expected = PublishedSigns.openUnlearningScore(try #require(sequence[key]?.real))
            // The inputs are rounded to float32.
            #expect(abs(score - expected) < 1e-5)
        }
        #expect(minKPlusPlusScore([], share: 0.2) == nil)
    }

    @Test func compressedSizesEqualThoseOfTheOpenUnlearningLogs() throws {
        let rows = try #require(try MetricFixture.json("zlib_lengths.json")["rows"]?.items)
        #expect(rows.count == 75)
        for row in rows {
            let text = try #require(row["text"]?.text)
            #expect(zlibByteCount(of: text) == row["zlib_len_from_log"]?.integer)
        }
    }

    @Test func theZlibScoreIsTheMeanLogProbabilityOverTheCompressedSize() throws {
        let text = "The father of Hsiao Yun-Hwa is a civil engineer."
        let record = CorpusRecord(
            id: "a", prompt: "Who?", completion: text, digest: Digest(of: "a"))
        let scene = AttackScene(model: ContextFreeModel(-1.5), seed: 1)
        #expect(try Attack.zlib.scores(of: [record], in: scene) == .scores([-1.5 / 56]))
    }

    @Test func theNeighbourhoodScoreIsTheNeighboursLossLessTheTextsOwn() throws {
        // Log-probabilities of A, B, C and the end token: -6.5, -6.6, -6.7 and -25.7. The text A has
        // the neighbours B and C; a token is half of each text.
        let model = ContextFreeModel { -Float($0) / 10 }
        let record = CorpusRecord(id: "a", prompt: "", completion: "A", digest: Digest(of: "a"))
        let attack = Attack.neighbourhood(neighbourCount: 5, proposalCount: 2)
        let outcome = try attack.scores(of: [record], in: AttackScene(model: model, seed: 1))
        guard case .scores(let scores) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        let score = try #require(scores[0])
        // (.1 + .2) / 2 for the two neighbours, halved for the two tokens.
        #expect(abs(score - 0.075) < 1e-6)
    }

    @Test func referenceAndGradientScoresAreThoseOfHandCalculation() throws {
        let record = CorpusRecord(id: "a", prompt: "", completion: "A", digest: Digest(of: "a"))
        var scene = AttackScene(model: ContextFreeModel(-1.5), seed: 1)
        scene.referenceModel = ContextFreeModel { $0 == 257 ? -1 : -3 }
        #expect(try Attack.reference.scores(of: [record], in: scene) == .scores([0.5]))
        let sloped = AttackScene(model: ContextFreeModel(5), seed: 1)
        #expect(try Attack.gradientNorm.scores(of: [record], in: sloped) == .scores([-3]))
    }

    @Test func rmiaEqualsTheReferenceCase() throws {
        let toy = try #require(try MetricFixture.json("toy_oracle.json").at("expected", "rmia"))
        let offlineScale = try #require(toy["a"]?.real)
        func gains(_ key: String, _ outKey: String) throws -> [Double] {
            let own = try #require(toy[key]?.reals)
            let out = try #require(toy[outKey]?.items).map { try #require($0.reals) }
            return zip(own, out).map {
                robustGain(probability: $0, outProbabilities: $1, offlineScale: offlineScale)
            }
        }
        let population = try gains("pz", "pzout")
        let scores = try gains("px", "pout").map {
            robustScore(
                gain: $0, population: population, gamma: try #require(toy["gamma"]?.real))
        }
        #expect(scores == (try #require(toy["score"]?.reals)))
        #expect(robustScore(gain: 1, population: [], gamma: 1) == nil)
        #expect(robustGain(probability: 1, outProbabilities: [], offlineScale: 0.3).isNaN)
    }

    @Test func liraEqualsNumpysNormalFit() throws {
        let cases = try #require(try MetricFixture.json("membership.json")["lira"]?.items)
        #expect(cases.count == 3)
        for item in cases {
            let scores = likelihoodRatioScores(
                own: try #require(item["own"]?.reals),
                out: try #require(item["out"]?.items).map { try #require($0.reals) })
            for (found, expected) in zip(scores, try #require(item["scores"]?.reals)) {
                #expect(abs(found - expected) < rounding * max(1, abs(expected)))
            }
        }
        #expect(likelihoodRatioScores(own: [1], out: [[2, 2]])[0].isNaN)
    }

    @Test func dcPDDEqualsNumpys() throws {
        let cases = try #require(try MetricFixture.json("membership.json")["dcpdd"]?.items)
        #expect(cases.count == 3)
        for item in cases {
            let counts = try #require(item["counts"]?.reals)
            let frequencies = TokenFrequencies(
                counts: Dictionary(
                    uniqueKeysWithValues: counts.enumerated().map { (Int32($0), Int($1)) }),
                vocabularySize: try #require(item["vocabularySize"]?.integer))
            let score = dcPDDScore(
                ids: try #require(item["ids"]?.reals).map { Int32($0) },
                logProbabilities: try #require(item["logProbabilities"]?.reals),
                frequencies: frequencies, bound: 0.01)
            let expected = try #require(item["score"]?.real)
            #expect(abs(try #require(score) - expected) < rounding)
        }
    }

    @Test func recallIsTheQuotientOfLosses() {
        #expect(recallScore(loss: 0.5, conditionalLoss: 1.5) == 3)
        // Known by heart to the last bit of float32: large and finite.
        #expect(recallScore(loss: 0, conditionalLoss: 1) == 1 / 1e-7)
        #expect(recallScore(loss: .nan, conditionalLoss: 1).isNaN)
    }
}
