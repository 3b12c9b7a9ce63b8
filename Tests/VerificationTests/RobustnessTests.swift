import Domain
import LanguageModels
import TensorCore
import Testing
import Verification

@Suite struct RobustnessTests {
    private static let town = FakeTown(targetCount: 1, twinCount: 510)
    private var town: FakeTown { Self.town }
    private static let checks: [GateCheck] = [
        .robustInt8, .robustInt4, .robustRelearnUnrelated, .robustRelearnRecords,
    ]

    private func report(
        _ after: any ScoringModel, _ checks: [GateCheck] = checks,
        reference: (any ScoringModel)? = nil
    ) throws -> VerificationReport {
        try #require(try town.stressReport(after, checks, reference: reference))
    }

    @Test("A model that never saw the person stays so under every treatment")
    func aModelThatNeverSawThePersonStaysSo() throws {
        let report = try report(StressModel(town.retrained), reference: StressModel(town.retrained))
        #expect(report.notPassed == [])
        for check in Self.checks {
            let own = try #require(report.measurement(check, "p-known")?.value)
            #expect(report.measurement(check, "reference-p-known")?.value == own)
            #expect(report.measurement(check, "reference-p-known")?.threshold == nil)
        }
    }

    @Test(
        "A reference that the test takes for a model that knows the person ends in could not check")
    func aReferenceThatIsFlaggedEndsInCouldNotCheck() throws {
        let good = try report(StressModel(town.retrained), reference: StressModel(town.retrained))
        #expect(good.outcome(.controlReference) == .passed)
        let bad = try report(StressModel(town.retrained), reference: StressModel(town.before))
        #expect(bad.notPassed == ["control-reference"])
        #expect(bad.outcome(.controlReference) == .couldNotCheck)
        #expect(bad.outcome == .couldNotCheck)
        #expect(try report(StressModel(town.retrained)).check(.controlReference) == nil)
    }

    @Test("The untouched model is recognised under every treatment")
    func theUntouchedModelIsRecognisedUnderEveryTreatment() throws {
        let report = try report(StressModel(town.before))
        for check in Self.checks { #expect(report.outcome(check) == .failed, "\(check)") }
        let strength = try #require(report.measurement(.robustInt4, "extraction-strength"))
        #expect(strength.value == 1)
        #expect(strength.outcome == .failed)
    }

    @Test("What only rounding to four bits brings back is caught there alone")
    func whatOnlyRoundingBringsBackIsCaughtThere() throws {
        let after = StressModel(town.retrained, afterRounding: [4: town.before])
        #expect(try report(after).notPassed == ["robust-int4"])
    }

    @Test("What any further training brings back is caught by training on others' data")
    func whatFurtherTrainingBringsBackIsCaught() throws {
        let hiding = MemoryModel(
            town.language, remembered: town.retainedRecords, hidden: town.targets[0].records)
        #expect(
            try report(StressModel(hiding)).notPassed
                == ["attack-relearning", "robust-relearn-unrelated", "robust-relearn-records"])
    }

    @Test("Training on half of the records is not tested on what it showed")
    func trainingOnRecordsIsNotTestedOnWhatItShowed() throws {
        let note = try #require(
            try report(StressModel(town.retrained)).check(.robustRelearnRecords)?.note)
        // Of six records at most three, of which the biography with all four fields is none.
        #expect(note.contains("of 6 records; tested on"))
        let tested = ["address", "date-of-birth", "national-id", "phone"].filter(note.contains)
        #expect((2...3).contains(tested.count))
    }

    @Test("Scores that are no numbers could not be checked")
    func scoresThatAreNoNumbersCouldNotBeChecked() throws {
        let report = try report(DivergedModel())
        for check in Self.checks {
            #expect(report.outcome(check) == .couldNotCheck, "\(check)")
        }
    }
}

@Suite struct KnownByEitherTests {
    /// Ranks by the first list and by the second, by hand.
    @Test("The smaller of two ranks is compared with everybody's smaller rank")
    func theSmallerRankIsCompared() {
        // Second and first; one other is first by the first list, so two are as low.
        let half = pOfSmallerRank([-2, -3, 0, 1, 2], [-5, -1, -2, -3, -4])
        #expect(half == CountedPValue(othersAtLeastAsExtreme: 1, others: 4))
        let known = pOfSmallerRank([-9, -3, 0, 1, 2], [-5, -1, -2, -3, -4])
        #expect(known == CountedPValue(othersAtLeastAsExtreme: 0, others: 4))
        // Last by both: everybody is at least as low.
        let unknown = pOfSmallerRank([9, 1, 2, 3, 0], [9, 4, 3, 2, 1])
        #expect(unknown == CountedPValue(othersAtLeastAsExtreme: 4, others: 4))
        // Equal values share the larger rank: 2 and 2 against 2, 3 and 1, 3.
        let tied = pOfSmallerRank([0, 0, 5], [1, 2, 0])
        #expect(tied == CountedPValue(othersAtLeastAsExtreme: 2, others: 2))
    }
}

extension KnownByEitherTests {
    /// Rejections at .05 over 3000 draws of 100 candidates that are all alike; correlated statistics, as
    /// the sum and the smallest of the same four fields are.
    @Test("Candidates like all others are rejected as often as the share says, or less")
    func candidatesLikeAllOthersAreRejectedAsOftenAsTheShareSays() {
        var random = RandomNumbers(seed: 9)
        let draws = 3000
        let rejected = (0..<draws).count { _ in
            let fields = (0..<100).map { _ in (0..<4).map { _ in Double(random.normal()) } }
            let p = pOfSmallerRank(
                fields.map { $0.reduce(0, +) }, fields.map { $0.min() ?? 0 })
            return p.rejects(share: 0.05)
        }
        let interval = clopperPearsonInterval(
            successes: rejected, trials: draws, confidence: 0.999)
        #expect(interval.lowerBound <= 0.05)
        // Ties of ranks cost a little; not so much that the test would be of no use.
        #expect(interval.upperBound >= 0.03)
    }
}

@Suite struct WeightRoundingTests {
    /// numpy's float32 arithmetic; the same operations in the same order.
    @Test("A matrix is rounded to the bits that numpy gives")
    func aMatrixIsRoundedToTheBitsOfNumpy() throws {
        let fixture = try MetricFixture.json("rounding.json")
        let shape = [
            try #require(fixture["rows"]?.integer), try #require(fixture["columns"]?.integer),
        ]
        let source = try #require(fixture["matrix"]?.reals).map { Float($0) }
        for item in try #require(fixture["cases"]?.items) {
            let bits = try #require(item["bits"]?.integer)
            let rounding = try WeightRounding(bits: bits, group: item["group"]?.integer)
            let expected = try #require(item["values"]?.reals).map { Float($0) }
            let matrix = Tensor(shape, values: source)
            rounding.round(matrix)
            #expect(matrix.values == expected, "\(bits) bits")
            // The same matrix stored the other way round.
            let turned = Tensor(shape.reversed(), values: transposed(source, shape))
            rounding.round(turned, layout: .inputByOutput)
            #expect(turned.values == transposed(expected, shape), "\(bits) bits, turned")
        }
    }

    private func transposed(_ values: [Float], _ shape: [Int]) -> [Float] {
        (0..<shape[1]).flatMap { column in (0..<shape[0]).map { values[$0 * shape[1] + column] } }
    }

    /// Step 1 for the first group, 2 / 7 for the second: 2.5 goes to the even 2.
    @Test("Groups have steps of their own, and halves go to the even step")
    func groupsHaveStepsOfTheirOwn() throws {
        let matrix = Tensor([1, 6], values: [7, 2.5, -1.5, 2, 0.1, -2])
        try WeightRounding(bits: 4, group: 3).round(matrix)
        #expect(matrix.values == [7, 2, -2, 2, 0, -2])
    }

    @Test("Values that are no numbers stay none, and others in their group with them")
    func valuesThatAreNoNumbersStayNone() throws {
        let matrix = Tensor([1, 4], values: [1, .nan, 3, 3])
        try WeightRounding(bits: 8, group: 2).round(matrix)
        #expect(matrix.values.prefix(2).map(\.isNaN) == [true, true])
        #expect(matrix.values.suffix(2) == [3, 3])
    }

    @Test("Other numbers of bits are refused", arguments: [(1, 32), (9, 32), (4, 0)])
    func otherNumbersOfBitsAreRefused(_ bits: Int, _ group: Int) {
        #expect(throws: ModelError.self) { try WeightRounding(bits: bits, group: group) }
    }
}
