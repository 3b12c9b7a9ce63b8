import Domain
import Foundation
import Testing
import Verification

/// Rounding of a few hundred double operations on numbers near 1.
private let rounding = 1e-12

@Suite struct MembershipStatisticsTests {
    struct Curve {
        let members: [Double]
        let nonMembers: [Double]
        let values: JSONValue
    }

    static func curves() throws -> [Curve] {
        let cases = try #require(try MetricFixture.json("membership.json")["curves"]?.items)
        return try cases.map {
            Curve(
                members: try #require($0["members"]?.reals),
                nonMembers: try #require($0["nonMembers"]?.reals), values: $0)
        }
    }

    @Test func normalQuantilesEqualScipys() throws {
        let cases = try #require(try MetricFixture.json("membership.json")["quantiles"]?.items)
        #expect(cases.count == 10)
        for item in cases {
            let p = try #require(item["p"]?.real)
            let expected = try #require(item["x"]?.real)
            #expect(abs(normalQuantile(p) - expected) < 1e-9, "\(p)")
            #expect(abs(normalDistribution(expected) - p) < 1e-12)
        }
        #expect(normalQuantile(0) == -.infinity && normalQuantile(1) == .infinity)
        #expect(normalQuantile(1.5).isNaN)
    }

    @Test func deLongsVarianceAndIntervalEqualNumpys() throws {
        let curves = try Self.curves()
        #expect(curves.count == 5)
        for curve in curves {
            let found = try #require(
                DeLongArea(members: curve.members, nonMembers: curve.nonMembers))
            #expect(abs(found.area - (try #require(curve.values["area"]?.real))) < rounding)
            #expect(
                abs(found.variance - (try #require(curve.values["variance"]?.real))) < rounding)
            let interval = try #require(found.interval())
            #expect(abs(interval.lowerBound - (try #require(curve.values["low"]?.real))) < 1e-9)
            #expect(abs(interval.upperBound - (try #require(curve.values["high"]?.real))) < 1e-9)
        }
    }

    @Test func deLongClaimsNoCertaintyWhereItHasNone() throws {
        let apart = try #require(DeLongArea(members: [3, 4, 5], nonMembers: [0, 1]))
        #expect(apart.area == 1 && apart.variance == 0)
        #expect(apart.interval() == nil)
        #expect(DeLongArea(members: [1], nonMembers: [0, 2]) == nil)
        #expect(DeLongArea(members: [1, .nan], nonMembers: [0, 2]) == nil)
    }

    @Test func truePositiveRatesEqualThoseOnSklearnsCurve() throws {
        var missing = 0
        for curve in try Self.curves() {
            for item in try #require(curve.values["rates"]?.items) {
                let found = TruePositiveRate(
                    members: curve.members, nonMembers: curve.nonMembers,
                    falsePositiveLimit: try #require(item["limit"]?.real))
                if let expected = item["rate"]?.real {
                    let value = try #require(found.value)
                    #expect(abs(value - expected) < rounding)
                    let interval = try #require(found.interval)
                    #expect(interval[0] <= value && value <= interval[1])
                } else {
                    missing += 1
                    #expect(found.value == nil && found.interval == nil)
                }
            }
        }
        #expect(missing > 5)
    }

    @Test func tooFewNonMembersAreNamedWithTheNumberNeeded() {
        let members = (0..<20).map { Double($0) }
        for (limit, needed) in [(0.001, 1000), (0.01, 100), (0.05, 20)] {
            let few = TruePositiveRate(
                members: members, nonMembers: (1..<needed).map { -Double($0) },
                falsePositiveLimit: limit)
            #expect(few.value == nil)
            #expect(few.note == "\(needed - 1) non-members; at least \(needed) are needed")
            let enough = TruePositiveRate(
                members: members, nonMembers: (1...needed).map { -Double($0) },
                falsePositiveLimit: limit)
            #expect(enough.value == 1)
            // scipy: binomtest(20, 20).proportion_ci(method="exact").low
            #expect(abs((enough.interval?.first ?? 0) - 0.831_566_529_016_914_5) < 1e-9)
        }
        #expect(
            TruePositiveRate(members: [.nan], nonMembers: members, falsePositiveLimit: 0.05).note
                == "a score is not a finite number")
        #expect(
            TruePositiveRate(members: [], nonMembers: members, falsePositiveLimit: 0.05).value
                == nil)
    }

    @Test func aNonMemberThatTiesWithMembersCountsAgainstTheAttack() {
        // One of 20 may be refused; two tie at the top, so nothing at their height may be taken.
        let nonMembers = [5.0, 5] + (0..<18).map { -Double($0) }
        let rate = TruePositiveRate(
            members: [5, 5, 6, 0.5], nonMembers: nonMembers, falsePositiveLimit: 0.05)
        #expect(rate.value == 0.25)
    }

    @Test func theCurveHasTheCornersOfSklearnsAndTheAreaUnderIt() throws {
        for curve in try Self.curves() {
            let corners = rocCurve(members: curve.members, nonMembers: curve.nonMembers)
            let full = try #require(curve.values["curve"]?.items).map { try #require($0.reals) }
            #expect(corners.count <= full.count)
            for corner in corners {
                #expect(
                    full.contains {
                        abs($0[0] - corner.falsePositiveRate) < rounding
                            && abs($0[1] - corner.truePositiveRate) < rounding
                    })
            }
            let area = zip(corners, corners.dropFirst()).reduce(0.0) { sum, pair in
                sum + (pair.1.falsePositiveRate - pair.0.falsePositiveRate)
                    * (pair.1.truePositiveRate + pair.0.truePositiveRate) / 2
            }
            #expect(abs(area - (try #require(curve.values["area"]?.real))) < rounding)
            #expect(corners.first == ROCPoint(falsePositiveRate: 0, truePositiveRate: 0))
            #expect(corners.last == ROCPoint(falsePositiveRate: 1, truePositiveRate: 1))
        }
        #expect(rocCurve(members: [.nan], nonMembers: [1]).isEmpty)
        #expect(
            rocCurve(members: [3, 2], nonMembers: [1, 0]) == [
                ROCPoint(falsePositiveRate: 0, truePositiveRate: 0),
                ROCPoint(falsePositiveRate: 0, truePositiveRate: 1),
                ROCPoint(falsePositiveRate: 1, truePositiveRate: 1),
            ])
    }

    @Test func privLeakEqualsThePublishedNumbers() throws {
        let cases = try #require(
            try MetricFixture.json("tofu_1b_forget10_mia.json")["privleak"]?.items)
        #expect(cases.count == 3)
        for item in cases {
            let area = PublishedSigns.openUnlearningArea(
                try #require(item["auc_unlearned"]?.real))
            let reference = PublishedSigns.openUnlearningArea(
                try #require(item["auc_ref"]?.real))
            let leak = try #require(PrivLeak(area: area, referenceArea: reference))
            let expected = try #require(item["privleak"]?.real)
            #expect(abs(leak.openUnlearning - expected) < 1e-9)
            // Without the guard of 1e-10.
            #expect(abs(try #require(leak.muse) - expected) < 1e-6)
        }
        #expect(PrivLeak(area: 0.5, referenceArea: 1)?.muse == nil)
        #expect(PrivLeak(area: .nan, referenceArea: 0.5) == nil)
        #expect(PrivLeak(area: 0.5, referenceArea: 1.1) == nil)
    }
}

@Suite struct MembershipEvaluationTests {
    @Test func publishedScoresOfTOFUGiveThePublishedAreaInOurSign() throws {
        let cases = try #require(
            try MetricFixture.json("tofu_1b_forget10_mia.json")["cases"]?.items)
        #expect(cases.count == 4)
        for item in cases {
            func ours(_ key: String) throws -> AttackOutcome {
                .scores(
                    try #require(item[key]?.reals).map(PublishedSigns.openUnlearningScore))
            }
            let published = try #require(item["auc"]?.real)
            let found = MembershipEvaluation(
                attack: "loss", members: try ours("forget"), nonMembers: try ours("holdout"),
                referenceArea: 0.3873625, seed: 1)
            let area = try #require(found.area)
            #expect(abs(area - PublishedSigns.openUnlearningArea(published)) < rounding)
            #expect(found.memberCount == 400 && found.nonMemberCount == 400)
            let interval = try #require(found.interval)
            #expect(interval[0] < area && area < interval[1])
            #expect(interval[1] - interval[0] < 0.1)
            #expect(found.truePositiveRates.map { $0.value == nil } == [true, false, false])
            #expect(found.truePositiveRates[0].note == "400 non-members; at least 1000 are needed")
            let leak = try #require(found.privLeak?.openUnlearning)
            #expect(abs(leak - (0.3873625 - published) / (1 - 0.3873625) * 100) < 1e-6)
        }
    }

    @Test func anEvaluationSurvivesCodingAndHoldsNoScore() throws {
        let found = MembershipEvaluation(
            attack: "min-k", members: .scores([0.8765, nil, 0.25]),
            nonMembers: .scores([0.125, 0.4321, nil, 0.3]),
            nonMemberPersons: ["a", "a", "b", "c"], seed: 1)
        #expect(found.memberCount == 2 && found.nonMemberCount == 3 && found.unscoredCount == 2)
        #expect(found.bootstrapInterval != nil)
        let data = try JSONEncoder().encode(found)
        #expect(try JSONDecoder().decode(MembershipEvaluation.self, from: data) == found)
        let text = String(decoding: data, as: UTF8.self)
        #expect(!text.contains("8765") && !text.contains("4321"))
    }

    @Test func whatCouldNotBeCheckedHasNoNumbers() {
        let good = AttackOutcome.scores([0.1, 0.2])
        for (members, nonMembers, reason) in [
            (AttackOutcome.couldNotCheck("no reference model"), good, "no reference model"),
            (good, .couldNotCheck("no population records"), "no population records"),
            (.scores([nil]), good, "no member has a score"),
            (good, .scores([]), "no non-member has a score"),
            (good, .scores([.nan, 1]), "1 scores are not finite numbers"),
            (.scores([-.infinity]), good, "1 scores are not finite numbers"),
        ] {
            let found = MembershipEvaluation(
                attack: "loss", members: members, nonMembers: nonMembers, referenceArea: 0.5,
                seed: 1)
            #expect(found.obstacle == reason)
            #expect(found.area == nil && found.interval == nil && found.privLeak == nil)
            #expect(found.truePositiveRates.isEmpty && found.curve.isEmpty)
        }
    }

    @Test func withoutAReferenceThereIsNoPrivLeak() {
        let found = MembershipEvaluation(
            attack: "loss", members: .scores([1, 2]), nonMembers: .scores([0, 1.5]), seed: 1)
        #expect(found.area == 0.75)
        #expect(found.privLeak == nil)
        #expect(found.bootstrapInterval == nil)
    }

    @Test func membersAndNonMembersThatDoNotOverlapHaveNoDeLongInterval() {
        let found = MembershipEvaluation(
            attack: "loss", members: .scores([2, 3]), nonMembers: .scores([0, 1]), seed: 1)
        #expect(found.area == 1 && found.interval == nil)
        #expect(found.intervalNote?.contains("do not overlap") == true)
    }
}
