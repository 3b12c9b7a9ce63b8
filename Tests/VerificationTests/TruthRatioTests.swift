import Domain
import Foundation
import Testing
import Verification

/// A few double operations on numbers near 1.
private let rounding = 1e-12

@Suite struct TruthRatioTests {
    @Test func geometricRatiosEqualThePublishedOnesOfTOFU() throws {
        let rows = try #require(
            try MetricFixture.json("truth_ratio_from_losses.json")["rows"]?.items)
        #expect(rows.count == 30)
        for row in rows {
            let losses = AnswerLosses(
                correct: try #require(row["para_loss"]?.real),
                wrong: try #require(row["pert_loss"]?.reals))
            let ratio = try #require(truthRatioGeometric(losses))
            let published = try #require(row["score"]?.real)
            #expect(abs(ratio - published) < rounding * published)
        }
    }

    @Test func allFormsEqualTheReferenceCase() throws {
        let item = try #require(
            try MetricFixture.json("toy_oracle.json").at("expected", "truth_ratio"))
        let losses = AnswerLosses(
            correct: try #require(item["para_loss"]?.real),
            wrong: try #require(item["pert_loss"]?.reals))
        let geometric = try #require(truthRatioGeometric(losses, epsilon: 0))
        func expect(_ value: Double?, _ key: String) throws {
            #expect(abs(try #require(value) - (try #require(item[key]?.real))) < rounding, "\(key)")
        }
        try expect(geometric, "geo")
        try expect(truthRatioArithmetic(losses), "arith")
        try expect(truthRatioProbability(losses, epsilon: 0), "prob_mean")
        try expect(
            TruthRatioAggregate.closerToOne.value(of: [geometric], epsilon: 0), "closer_to_1")
        try expect(TruthRatioAggregate.trueBetter.value(of: [geometric]), "true_better")
    }

    @Test func aggregatesOfAForgottenSplitEqualThePublishedOnes() throws {
        let item = try #require(
            try MetricFixture.json("tofu_1b_forget_quality.json")["cases"]?.items?.first)
        for state in ["full", "retain"] {
            let ratios = try #require(item[state]?.reals)
            let closer = try #require(TruthRatioAggregate.closerToOne.value(of: ratios))
            #expect(abs(closer - (try #require(item["closer_to_1_\(state)"]?.real))) < rounding)
            // Losses of which each published ratio is the geometric one.
            let shares = ratios.compactMap {
                truthRatioProbability(AnswerLosses(correct: 0, wrong: [-log($0)]), epsilon: 0)
            }
            let mean = shares.reduce(0, +) / Double(shares.count)
            #expect(abs(mean - (try #require(item["prob_mean_\(state)"]?.real))) < rounding)
        }
    }

    @Test func openUnlearningsEpsilonMovesARatioOfUnlikelyAnswers() throws {
        let losses = AnswerLosses(correct: 23, wrong: [23])
        let ratio = try #require(truthRatioGeometric(losses))
        #expect(abs(ratio - exp(-23) / (exp(-23) + 1e-10)) < rounding)
        #expect(try #require(truthRatioArithmetic(losses)) == 1)
        #expect(try #require(truthRatioProbability(losses)) < 0.4)
    }

    @Test func unusableLossesGiveNoRatio() {
        for losses in [
            AnswerLosses(correct: 1, wrong: []), AnswerLosses(correct: .nan, wrong: [1]),
            AnswerLosses(correct: 1, wrong: [1, .infinity]),
            AnswerLosses(correct: 1, wrong: [.nan]),
        ] {
            #expect(truthRatioArithmetic(losses) == nil)
            #expect(truthRatioGeometric(losses) == nil)
            #expect(truthRatioProbability(losses) == nil)
            #expect(choiceProbability(losses) == nil)
        }
        #expect(truthRatioArithmetic(AnswerLosses(correct: 2000, wrong: [1])) == nil)
        for aggregate in TruthRatioAggregate.allCases {
            #expect(aggregate.value(of: []) == nil)
            #expect(aggregate.value(of: [0.5, .nan]) == nil)
            #expect(aggregate.value(of: [.infinity]) == nil)
            #expect(aggregate.value(of: [-0.1]) == nil)
        }
    }

    @Test func theShareOfTheRightAnswerIsItsPartOfAllProbabilities() throws {
        let losses = AnswerLosses(correct: log(2), wrong: [log(4), log(8), log(8)])
        #expect(abs(try #require(choiceProbability(losses, epsilon: 0)) - 0.5) < rounding)
        #expect(try #require(choiceProbability(losses)) < 0.5)
    }
}
