import Domain
import Foundation
import LanguageModels
import TensorCore
import TestSupport
import Testing
import Verification

/// Sums of a few hundred terms in double precision.
private let rounding = 1e-12
/// float32 logits of another implementation.
private let forwardTolerance = 1e-4

@Suite struct DivergenceTests {
    @Test func divergencesEqualScipys() throws {
        let cases = try #require(try MetricFixture.json("divergences.json").items)
        #expect(cases.count == 4)
        for item in cases {
            let (p, q) = (try #require(item["p"]?.reals), try #require(item["q"]?.reals))
            let kl = try #require(klDivergence(reference: p, model: q))
            let js = try #require(jsDivergence(p, q))
            #expect(abs(kl - (try #require(item["kl"]?.real))) < rounding * max(1, kl))
            #expect(abs(js - (try #require(item["js"]?.real))) < rounding)
            #expect(abs(try #require(jsDivergence(q, p)) - js) < rounding)
        }
    }

    @Test func meanDivergencesEqualTheReferenceLogits() throws {
        let oracle = try MetricFixture.json("toy_oracle.json")
        func rows(_ name: String) throws -> [[[Double]]] {
            try #require(oracle.at("logits", name)?.items).map { sequence in
                (sequence.items ?? []).map { row in
                    let logits = row.reals ?? []
                    let sum = log(logits.reduce(0) { $0 + exp($1) })
                    return logits.map { $0 - sum }
                }
            }
        }
        func mean(_ p: String, _ q: String, labels: String? = nil) throws -> Double {
            let (first, second) = (try rows(p), try rows(q))
            let mask = try labels.map { try #require(oracle.at("labels", $0)?.items) }
            var mean = MeanDivergence()
            for sequence in first.indices {
                for place in first[sequence].indices {
                    if let mask {
                        // The label after a place is what its logits predict.
                        let next = mask[sequence].items?.dropFirst(place + 1).first
                        guard let label = next?.real, label != -100 else { continue }
                    }
                    mean.add(
                        klDivergence(
                            reference: first[sequence][place], model: second[sequence][place]))
                }
            }
            return try #require(mean.mean)
        }
        func expected(_ key: String) throws -> Double {
            try #require(oracle.at("expected", key)?.real)
        }
        #expect(
            abs(
                try mean("retain_ref", "retain_student")
                    - expected("kl_retain_all_positions_mean(ref||cur)")) < rounding)
        #expect(
            abs(
                try mean("retain_ref", "retain_student", labels: "retain")
                    - expected("kl_retain_masked_shifted(ref||cur)")) < rounding)
        #expect(
            abs(
                try mean("retain_student", "retain_ref", labels: "retain")
                    - expected("kl_retain_reverse_masked(cur||ref)")) < rounding)
        let parts = try #require(oracle.at("expected", "kga_parts")?.reals)
        #expect(abs(try mean("forget_ref", "forget_student") - parts[0]) < rounding)
        #expect(abs(try mean("alt_ref", "alt_student") - parts[1]) < rounding)
    }

    @Test func equalDistributionsDoNotDivergeAndDisjointOnesDivergeByLnTwo() throws {
        let p = [log(0.25), log(0.75)]
        #expect(klDivergence(reference: p, model: p) == 0)
        #expect(jsDivergence(p, p) == 0)
        let (left, right) = ([0, -Double.infinity], [-Double.infinity, 0])
        #expect(abs(try #require(jsDivergence(left, right)) - log(2)) < rounding)
        #expect(klDivergence(reference: left, model: right) == nil)
        #expect(abs(try #require(klDivergence(reference: left, model: p)) - log(4)) < rounding)
    }

    @Test func whatIsNoDistributionHasNoDivergence() {
        #expect(klDivergence(reference: [.nan, 0], model: [-1.0, -1]) == nil)
        #expect(klDivergence(reference: [-.infinity, 0], model: [.nan, 0.0]) == nil)
        #expect(jsDivergence([.nan, 0], [-1.0, -1]) == nil)
        #expect(jsDivergence([-1.0], [-1, -1]) == nil)
        var mean = MeanDivergence()
        #expect(mean.mean == nil)
        mean.add(1)
        #expect(mean.mean == 1)
        mean.add(nil)
        #expect(mean.mean == nil)
        #expect(mean.failureCount == 1)
    }

    @Test(arguments: ["gpt2", "llama-gqa-tied", "qwen3", "gpt-neox", "phi"])
    func distributionsOfAModelEqualPyTorchs(name: String) throws {
        let folder = Fixtures.root.appendingPathComponent("models/\(name)")
        let model = try LanguageModel(folder: folder, tokenizer: SmallTokenizer())
        let golden = try Safetensors(
            contentsOf: folder.appendingPathComponent("golden.safetensors"))
        let logits = try #require(try golden.tensor("logits"))
        let ids = try #require(golden.int32Values("input_ids"))
        let width = try #require(golden["input_ids"]).shape[1]
        let sequence = ScoredSequence(ids: Array(ids[..<width]), scored: 3..<width)
        let rows = try model.nextTokenLogProbabilities(of: sequence)
        let scores = try #require(try model.score([sequence]).first)
        #expect(rows.rowCount == width - 3)
        for row in 0..<rows.rowCount {
            let found = Array(
                UnsafeBufferPointer(start: rows.pointer + row * rows.width, count: rows.width))
            let expected = UnsafeBufferPointer(
                start: logits.pointer + (row + 2) * logits.width, count: logits.width
            ).map(Double.init)
            let sum = log(expected.reduce(0) { $0 + exp($1) })
            let worst = zip(found, expected).map { abs(Double($0) - ($1 - sum)) }.max()
            #expect(try #require(worst) < forwardTolerance)
            let target = Int(sequence.ids[row + 3])
            #expect(abs(found[target] - scores[row].logProbability) < Float(forwardTolerance))
        }
        let none = ScoredSequence(ids: [1], scored: 1..<1)
        #expect(try model.nextTokenLogProbabilities(of: none).rowCount == 0)
    }

    @Test func anEnsemblesDistributionIsTheMeanOfItsMembers() throws {
        func model(_ name: String) throws -> LanguageModel {
            try LanguageModel(
                folder: Fixtures.root.appendingPathComponent("models/\(name)"),
                tokenizer: SmallTokenizer())
        }
        let members = [try model("llama-gqa-tied"), try model("llama-untied")]
        let ensemble = try EnsembleModel(members)
        let sequence = ScoredSequence(ids: [5, 9, 70, 33, 2], scored: 1..<5)
        let rows = try ensemble.nextTokenLogProbabilities(of: sequence)
        let each = try members.map { try $0.nextTokenLogProbabilities(of: sequence) }
        for index in 0..<rows.count {
            let probabilities = each.map { exp(Double($0.pointer[index])) }
            let mean = (probabilities[0] + probabilities[1]) / 2
            #expect(abs(exp(Double(rows.pointer[index])) - mean) < 1e-6)
        }
        let scores = try #require(try ensemble.score([sequence]).first)
        for (row, score) in scores.enumerated() {
            let target = Int(sequence.ids[row + 1])
            #expect(
                abs(rows.pointer[row * rows.width + target] - score.logProbability)
                    < Float(forwardTolerance))
        }
    }
}

/// Stands in where ids are given and no text is read.
private struct SmallTokenizer: Tokenizer {
    var vocabularySize: Int { 128 }
    var beginID: Int32? { nil }
    var endID: Int32? { nil }
    func spans(_ text: String) -> [TokenSpan] { [] }
    func decode(_ ids: [Int32]) -> String { "" }
    func bytes(of id: Int32) -> [UInt8]? { nil }
}
