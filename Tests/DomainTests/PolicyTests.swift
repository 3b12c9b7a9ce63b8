import Domain
import Testing

@Suite struct PolicyTests {
    private let policy = Policy(
        name: "test", regime: .gdprEU,
        ladder: [
            PolicyRung(method: "shrink-refit", maximumPersons: 4),
            PolicyRung(method: "npo", parameters: ["beta": 0.1], maximumPersons: 1),
            PolicyRung(method: "retrain"),
        ], gate: GatePolicy())

    @Test(
        "Rungs for fewer persons are skipped",
        arguments: [
            (1, ["shrink-refit", "npo", "retrain"]), (2, ["shrink-refit", "retrain"]),
            (4, ["shrink-refit", "retrain"]), (5, ["retrain"]),
        ])
    func rungsForFewerPersonsAreSkipped(_ personCount: Int, _ methods: [String]) {
        #expect(policy.rungs(personCount: personCount).map(\.method) == methods)
    }

    @Test("A named method starts the ladder there with its parameters")
    func aNamedMethodStartsTheLadderThereWithItsParameters() {
        let rungs = policy.rungs(personCount: 9, startingAt: "npo")
        #expect(rungs.map(\.method) == ["npo", "retrain"])
        #expect(rungs.first?.parameters == ["beta": 0.1])
        #expect(policy.rungs(personCount: 1, startingAt: "retrain").map(\.method) == ["retrain"])
    }

    @Test("A named method off the ladder comes before it")
    func aNamedMethodOffTheLadderComesBeforeIt() {
        let rungs = policy.rungs(personCount: 5, startingAt: "none")
        #expect(rungs == [PolicyRung(method: "none"), PolicyRung(method: "retrain")])
    }

    @Test("The digest follows the content") func theDigestFollowsTheContent() throws {
        var stricter = policy.gate
        stricter.alpha = 0.01
        let other = Policy(
            name: policy.name, regime: policy.regime, ladder: policy.ladder, gate: stricter)
        #expect(try policy.digest() == policy.digest())
        #expect(try policy.digest() != other.digest())
    }
}

@Suite struct GatePolicyTests {
    /// 1/(k+1) <= threshold: k = 79 at .05/4, 19 at .05, 199 at .005.
    @Test(
        "The smallest twin count reaches the threshold",
        arguments: [(0.05 / 4, 79), (0.05, 19), (0.005, 199), (0.02 / 4, 199), (1.0 / 3, 2)])
    func theSmallestTwinCountReachesTheThreshold(_ threshold: Double, _ count: Int) {
        #expect(GatePolicy.smallestTwinCount(threshold: threshold) == count)
        // Reached with count, not with one fewer; the tolerance is that of 1/3 and 0.05 in binary.
        #expect(1 / Double(count + 1) <= threshold * (1 + 1e-9))
        #expect(1 / Double(count) > threshold)
    }

    @Test("The defaults are valid") func theDefaultsAreValid() {
        #expect(throws: Never.self) { try GatePolicy().validate() }
        #expect(GatePolicy().twinCount == 199)
        #expect(GatePolicy.minimumTwinCount == 79)
    }

    private static let outOfRange: [(key: String, change: @Sendable (inout GatePolicy) -> Void)] = [
        ("alpha", { $0.alpha = 0.051 }), ("alpha", { $0.alpha = 0.009 }),
        ("alpha", { $0.alpha = .nan }), ("values-share", { $0.valuesShare = 1 }),
        ("twin-count", { $0.twinCount = 78 }),
        ("ceiling-person-count", { $0.ceilingPersonCount = 39 }),
        ("ceiling-margin", { $0.ceilingMargin = 0.06 }),
        ("ceiling-margin", { $0.ceilingMargin = -0.01 }),
        ("retained-control-count", { $0.retainedControlCount = 3 }),
        ("retained-control-share", { $0.retainedControlShare = 0.49 }),
        ("never-trained-control-count", { $0.neverTrainedControlCount = 7 }),
        ("never-trained-control-share", { $0.neverTrainedControlShare = 0.26 }),
        ("maintain-token-match", { $0.maintainTokenMatch = 1.01 }),
        ("maintain-whole-record", { $0.maintainWholeRecord = 0 }),
        ("maintain-loss-rise", { $0.maintainLossRise = .nan }),
        ("maintain-perplexity-ratio", { $0.maintainPerplexityRatio = 0.99 }),
        ("fluency-margin", { $0.fluencyMargin = -1 }), ("min-k-share", { $0.minKShare = 0 }),
        ("relearning-step-count", { $0.relearningStepCount = 2 }),
        ("relearning-rate", { $0.relearningRate = 0.0009 }),
    ]

    @Test("A value out of range is refused by its key", arguments: outOfRange.indices)
    func aValueOutOfRangeIsRefusedByItsKey(_ index: Int) throws {
        let (key, change) = Self.outOfRange[index]
        var policy = GatePolicy()
        change(&policy)
        let error = #expect(throws: DomainError.self) { try policy.validate() }
        #expect(error?.code == .malformedValue)
        #expect(error?.details == ["key": "gate.\(key)"])
    }
}
