import Domain
import TensorCore
import Testing
import Verification

/// Rounding of a few dozen double operations on numbers near 1.
private let rounding = 1e-12

@Suite struct StatisticsTests {
    @Test func betaQuantilesEqualScipys() throws {
        let cases = try #require(try MetricFixture.json("statistics.json")["quantiles"]?.items)
        #expect(cases.count == 40)
        for item in cases {
            let p = try #require(item["p"]?.real)
            let a = try #require(item["a"]?.real)
            let b = try #require(item["b"]?.real)
            let x = try #require(item["x"]?.real)
            let found = betaQuantile(p, a, b)
            #expect(abs(found - x) < 1e-10, "Beta(\(a), \(b)) at \(p): \(found), scipy \(x)")
        }
    }

    @Test func theBetaDistributionEqualsScipys() throws {
        let cases = try #require(try MetricFixture.json("statistics.json")["distribution"]?.items)
        #expect(cases.count == 30)
        for item in cases {
            let found = regularizedBeta(
                try #require(item["x"]?.real), try #require(item["a"]?.real),
                try #require(item["b"]?.real))
            #expect(abs(found - (try #require(item["value"]?.real))) < 1e-11)
        }
    }

    @Test func exactIntervalsOfProportionsEqualScipys() throws {
        let cases = try #require(try MetricFixture.json("statistics.json")["proportions"]?.items)
        #expect(cases.count == 18)
        for item in cases {
            let interval = clopperPearsonInterval(
                successes: try #require(item["successes"]?.integer),
                trials: try #require(item["trials"]?.integer),
                confidence: try #require(item["confidence"]?.real))
            #expect(abs(interval.lowerBound - (try #require(item["low"]?.real))) < 1e-10)
            #expect(abs(interval.upperBound - (try #require(item["high"]?.real))) < 1e-10)
        }
    }

    @Test func areasUnderCurvesWithTiesEqualScipysMannWhitneyStatistic() throws {
        let cases = try #require(try MetricFixture.json("statistics.json")["areas"]?.items)
        for item in cases {
            let area = areaUnderCurve(
                members: try #require(item["members"]?.reals),
                nonMembers: try #require(item["nonMembers"]?.reals))
            #expect(abs(try #require(area) - (try #require(item["auc"]?.real))) < rounding)
        }
    }

    @Test func areasUnderCurvesEqualThePublishedOnesOfTOFU() throws {
        let cases = try #require(
            try MetricFixture.json("tofu_1b_forget10_mia.json")["cases"]?.items)
        #expect(cases.count == 4)
        for item in cases {
            // There a high score means "not a member", so the holdout takes the members' place.
            let area = areaUnderCurve(
                members: try #require(item["holdout"]?.reals),
                nonMembers: try #require(item["forget"]?.reals))
            #expect(abs(try #require(area) - (try #require(item["auc"]?.real))) < rounding)
        }
    }

    @Test func aBootstrapIntervalHoldsTheAreaAndRepeatsWithItsSeed() throws {
        let person = [0.2, 0.9, 0.4, 0.6]
        let others = (0..<40).map { index -> [Double] in
            (0..<4).map { Double((index * 7 + $0 * 13) % 40) / 40 }
        }
        func interval(_ seed: UInt64) -> ClosedRange<Double>? {
            var generator = RandomNumbers(seed: seed)
            return bootstrapAreaInterval(person: person, others: others, generator: &generator)
        }
        let area = try #require(areaUnderCurve(members: person, nonMembers: Array(others.joined())))
        let first = try #require(interval(1))
        #expect(first.contains(area))
        #expect(first.upperBound - first.lowerBound > 0.1)
        #expect(interval(1) == first)
        #expect(interval(2) != first)
        var generator = RandomNumbers(seed: 1)
        #expect(bootstrapAreaInterval(person: [], others: others, generator: &generator) == nil)
        #expect(areaUnderCurve(members: [.nan], nonMembers: [1]) == nil)
    }
}

@Suite struct PermutationTestTests {
    @Test func theStatisticsEqualTheReferenceCases() throws {
        let document = try MetricFixture.json("c5_cases.json")
        let cases = try #require(document["cases"]?.items)
        #expect(cases.count == 18)
        for item in cases {
            let rows = try #require(item["A"]?.items).compactMap(\.reals)
            let fields = try #require(item["fields"]?.items).compactMap(\.text)
            let found = try c5(rows, fields: fields)
            let expected = try #require(item["expected"])
            #expect(abs(found.low.value - (try #require(expected["p_low"]?.real))) < rounding)
            #expect(abs(found.high.value - (try #require(expected["p_high"]?.real))) < rounding)
            #expect(abs(found.lowest.value - (try #require(expected["p_lowest"]?.real))) < rounding)
            #expect(
                abs(found.highest.value - (try #require(expected["p_highest"]?.real))) < rounding)
            let passed = [found.low, found.high, found.lowest, found.highest]
                .allSatisfy { !$0.rejects(share: 0.0125) }
            #expect(passed == expected["pass"]?.boolean)
        }
    }

    @Test func fewerThan79TwinsAreRefused() throws {
        let row = (0...78).map { Double($0) }
        #expect {
            try c5([row], fields: ["phone"])
        } throws: {
            ($0 as? VerificationError)?.code == .tooFewTwins
        }
        #expect(try c5([row + [79]], fields: ["phone"]).low.value == 1.0 / 80)
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity])
    func aScoreThatIsNoNumberIsRefused(score: Double) throws {
        for place in [0, 50] {
            var row = (0...199).map { Double($0) }
            row[place] = score
            #expect {
                try c5([row], fields: ["phone"])
            } throws: {
                ($0 as? VerificationError)?.code == .degenerateScores
            }
        }
    }

    @Test func scoresThatDoNotVaryAreRefused() throws {
        #expect {
            try c5([Array(repeating: 0.1, count: 200)], fields: ["phone"])
        } throws: {
            ($0 as? VerificationError)?.code == .degenerateScores
        }
        #expect(throws: VerificationError.self) { try c5([], fields: []) }
        #expect(throws: VerificationError.self) { try c5([[1, 2], [1]], fields: ["a", "b"]) }
    }

    @Test func aPValueAtItsThresholdFailsWhateverTheRounding() {
        for twins in [79, 99, 199, 399, 599, 1999] {
            let p = CountedPValue(othersAtLeastAsExtreme: 0, others: twins)
            let share = 1 / Double(twins + 1)
            #expect(p.rejects(share: share))
            #expect(p.measurement("p", share: share).outcome == .failed)
            let next = CountedPValue(othersAtLeastAsExtreme: 1, others: twins)
            #expect(!next.rejects(share: share))
            #expect(next.measurement("p", share: share).outcome == .passed)
        }
        // .29 * 100 is 28.999999999999996 in binary.
        let rounded = CountedPValue(othersAtLeastAsExtreme: 28, others: 99)
        #expect(rounded.rejects(share: 0.29))
        #expect(rounded.measurement("p", share: 0.29).outcome == .failed)
        let p = CountedPValue(othersAtLeastAsExtreme: 0, others: 199)
        #expect(p.measurement("p", share: 0.05 * 0.4 / 4).outcome == .failed)
        #expect(p.measurement("p", share: 0.05 * 0.4 / 4).threshold == 0.005)
    }

    @Test func aPValueThatCannotReachItsThresholdCouldNotBeChecked() throws {
        let measurement = CountedPValue(othersAtLeastAsExtreme: 0, others: 150)
            .measurement("p", share: 0.005)
        #expect(measurement.value == nil)
        #expect(measurement.outcome == .couldNotCheck)
        #expect(try #require(measurement.note).contains("at least 199"))
    }

    private func person(
        shifts: [Double], _ generator: inout RandomNumbers
    ) throws -> C5Statistics {
        let rows = shifts.map { shift in
            (0...199).map { j in Double(generator.normal()) + (j == 0 ? shift : 0) }
        }
        return try c5(rows, fields: shifts.indices.map { "field \($0)" })
    }

    @Test func oneKnownPersonOfThreeShowsInThePooledTest() throws {
        var generator = RandomNumbers(seed: 5)
        let clean = [0.0, 0, 0, 0]
        let others = [
            try person(shifts: clean, &generator), try person(shifts: clean, &generator),
        ]
        let known = try person(shifts: [-8, -8, -8, -8], &generator)
        let forgotten = try person(shifts: clean, &generator)
        var draws = RandomNumbers(seed: 1)
        let leak = pooledC5(others + [known], drawCount: 4999, generator: &draws)
        let pure = pooledC5(others + [forgotten], drawCount: 4999, generator: &draws)
        #expect(leak.low.extremeCount == 1)
        #expect(leak.lowest.extremeCount == 1)
        #expect(leak.high.value > 0.9)
        for p in [pure.low, pure.lowest, pure.high, pure.highest] {
            #expect(!p.rejects(share: 0.0025))
        }
    }

    @Test func residuesTooSmallForOnePersonAddUpInThePooledTest() throws {
        var generator = RandomNumbers(seed: 9)
        let persons = try (0..<8).map { _ in
            try person(shifts: [-0.8, -0.8, -0.8, -0.8], &generator)
        }
        #expect(persons.count { $0.low.rejects(share: 0.005) } <= 2)
        var draws = RandomNumbers(seed: 1)
        let pooled = pooledC5(persons, drawCount: 4999, generator: &draws)
        #expect(pooled.low.extremeCount <= 2)
    }

    @Test func overForgettingOnePersonOfThreeShowsInThePooledTest() throws {
        var generator = RandomNumbers(seed: 4)
        let persons = [
            try person(shifts: [0, 0, 0, 0], &generator),
            try person(shifts: [0, 8, 0, 0], &generator),
            try person(shifts: [0, 0, 0, 0], &generator),
        ]
        var draws = RandomNumbers(seed: 1)
        let pooled = pooledC5(persons, drawCount: 4999, generator: &draws)
        #expect(pooled.highest.rejects(share: 0.0025))
        #expect(!pooled.low.rejects(share: 0.0025))
    }
}
