import Domain
import Foundation
import Testing
import Verification

/// Of p-values down to 1e-239: relative.
private let precision = 1e-12

@Suite struct ForgetQualityTests {
    private func close(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= precision * abs(b) }

    @Test func pValuesEqualScipysExactOnes() throws {
        let cases = try #require(try MetricFixture.json("ks_cases.json")["cases"]?.items)
        #expect(cases.count == 5)
        for item in cases {
            let (a, b) = (try #require(item["a"]?.reals), try #require(item["b"]?.reals))
            let test = try #require(KolmogorovSmirnovTest(a, b))
            #expect(close(test.statistic, try #require(item["D"]?.real)))
            #expect(close(test.pValue, try #require(item["p_exact"]?.real)))
            let swapped = try #require(KolmogorovSmirnovTest(b, a))
            #expect(swapped.statistic == test.statistic)
            #expect(swapped.pValue == test.pValue)
        }
    }

    @Test func separatedSamplesReachTheSmallestPValueThereIs() throws {
        let floors = try #require(try MetricFixture.json("ks_cases.json")["floors"]?.items)
        #expect(floors.count == 7)
        for item in floors {
            let count = try #require(item["n"]?.integer)
            let low = (0..<count).map(Double.init)
            let test = try #require(KolmogorovSmirnovTest(low, low.map { $0 + 1000 }))
            #expect(test.statistic == 1)
            #expect(close(test.pValue, try #require(item["p_exact"]?.real)), "n = \(count)")
        }
    }

    @Test func tailsOfUnequalSamplesEqualScipys() throws {
        let checks = try #require(try MetricFixture.json("ks_cases.json")["unequal_checks"]?.items)
        #expect(checks.count == 2)
        for item in checks {
            let (m, n) = (try #require(item["n1"]?.integer), try #require(item["n2"]?.integer))
            // The second case names D itself, in six digits.
            let distance =
                try item["h_over_lcm"]?.reals.map { Int($0[0]) }
                ?? Int((try #require(item["D"]?.real) * 600).rounded())
            let tail = KolmogorovSmirnovTest.tail(m, n, distance: distance)
            #expect(close(tail, try #require(item["p"]?.real)))
        }
    }

    @Test func forgetQualityEqualsThePublishedOneOfTOFU() throws {
        let item = try #require(
            try MetricFixture.json("tofu_1b_forget_quality.json")["cases"]?.items?.first)
        let quality = try #require(
            ForgetQuality(
                ratios: try unwrapped(item["full"]?.reals),
                reference: try unwrapped(item["retain"]?.reals)))
        #expect(close(quality.test.statistic, try #require(item["D"]?.real)))
        #expect(close(quality.pValue, try #require(item["stored_forget_quality"]?.real)))
        #expect(quality.effectSize < -0.3)
        #expect(quality.statisticUpperBound > quality.test.statistic)
        #expect(quality.largestPassingStatistic == 0.095)
    }

    /// Known from scipy by bisection, in steps of 1 / n.
    @Test(arguments: [(10, 0.6), (20, 0.4), (40, 0.3), (100, 0.19), (200, 0.135), (400, 0.095)])
    func theLargestStatisticThatPassesShrinksWithTheNumberOfQuestions(count: Int, largest: Double) {
        let found = KolmogorovSmirnovTest.largestPassingStatistic(count, count, significance: 0.05)
        #expect(found.map { abs($0 - largest) < 1e-12 } == true)
    }

    @Test func theLargestPassingStatisticOfUnequalSamplesIsTheLastThatPasses() throws {
        let largest = try #require(
            KolmogorovSmirnovTest.largestPassingStatistic(8, 12, significance: 0.05))
        let whole = 24
        let distance = Int((largest * Double(whole)).rounded())
        #expect(KolmogorovSmirnovTest.tail(8, 12, distance: distance) > 0.05)
        // By hand over all pairs of counts: the next distance that can occur.
        let next = (0...8).flatMap { i in (0...12).map { j in abs(i * 12 - j * 8) / 4 } }
            .filter { $0 > distance }.min()
        #expect(
            KolmogorovSmirnovTest.tail(8, 12, distance: try #require(next)) <= 0.05)
    }

    @Test func equalSamplesDifferNowhere() throws {
        let quality = try #require(ForgetQuality(ratios: [1, 2, 2, 3], reference: [3, 2, 1, 2]))
        #expect(quality.test.statistic == 0)
        #expect(quality.pValue == 1)
        #expect(quality.effectSize == 0)
    }

    @Test func theUpperBoundAddsARadiusForEachSample() throws {
        let (a, b) = ((0..<200).map(Double.init), (0..<800).map { Double($0) / 4 })
        let test = try #require(KolmogorovSmirnovTest(a, b))
        // sqrt(ln 80 / 400) + sqrt(ln 80 / 1600), computed by hand.
        #expect(abs(test.upperBound(confidence: 0.95) - test.statistic - 0.1569995) < 1e-6)
    }

    @Test func unusableSamplesGiveNoTest() {
        #expect(KolmogorovSmirnovTest([], [1]) == nil)
        #expect(KolmogorovSmirnovTest([1], [.nan]) == nil)
        #expect(KolmogorovSmirnovTest([.infinity], [1]) == nil)
        #expect(ForgetQuality(ratios: [1], reference: []) == nil)
        let many = Array(repeating: 1.0, count: KolmogorovSmirnovTest.maximumCount + 1)
        #expect(KolmogorovSmirnovTest(many, [1]) == nil)
    }
}
