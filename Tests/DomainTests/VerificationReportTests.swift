import Domain
import Testing

@Suite struct CheckOutcomeTests {
    private func measured(
        _ value: Double?, _ threshold: Double?, _ direction: ThresholdDirection = .atLeast
    ) -> Measurement {
        Measurement(
            "m", value, threshold: threshold, direction: threshold == nil ? nil : direction)
    }

    private func outcome(_ measurements: [Measurement]) -> CheckOutcome {
        CheckResult(id: "c", family: "forget", title: "?", measurements: measurements).outcome
    }

    @Test(
        "A threshold holds on its side",
        arguments: [
            (0.5, ThresholdDirection.above, false), (0.5, .atLeast, true), (0.5, .below, false),
            (0.5, .atMost, true), (0.6, .above, true), (0.6, .atMost, false), (0.4, .below, true),
            (0.4, .atLeast, false),
        ])
    func aThresholdHoldsOnItsSide(_ value: Double, _ direction: ThresholdDirection, _ holds: Bool) {
        #expect(direction.holds(value, 0.5) == holds)
        #expect(measured(value, 0.5, direction).outcome == (holds ? .passed : .failed))
    }

    @Test(
        "A number that is missing or not finite could not be checked",
        arguments: [nil, Double.nan, Double.infinity, -Double.infinity])
    func aNumberThatIsMissingOrNotFiniteCouldNotBeChecked(_ value: Double?) {
        #expect(measured(value, 0.5).outcome == .couldNotCheck)
        #expect(measured(value, 0.5, .below).outcome == .couldNotCheck)
    }

    @Test("A check passes only if every threshold held") func aCheckPassesOnlyIfEveryThresholdHeld()
    {
        #expect(outcome([measured(1, 0.5), measured(1, 0.5)]) == .passed)
        #expect(outcome([measured(1, 0.5), measured(0, 0.5)]) == .failed)
        #expect(outcome([measured(1, 0.5), measured(nil, 0.5)]) == .couldNotCheck)
        #expect(outcome([measured(nil, 0.5), measured(0, 0.5)]) == .failed)
        #expect(outcome([measured(1, 0.5), measured(nil, nil)]) == .passed)
    }

    @Test("A check without any threshold could not be checked")
    func aCheckWithoutAnyThresholdCouldNotBeChecked() {
        #expect(outcome([]) == .couldNotCheck)
        #expect(outcome([measured(1, nil)]) == .couldNotCheck)
    }

    private func report(_ outcomes: [CheckOutcome]) -> VerificationReport {
        VerificationReport(
            modelBefore: Digest(of: "a"), modelAfter: Digest(of: "b"),
            policyDigest: Digest(of: "c"),
            seed: 1,
            checks: outcomes.map {
                CheckResult(id: "c", family: "forget", title: "?", outcome: $0, measurements: [])
            }, twinSource: "test", twinCount: 199, testedFields: [], untestedFields: [:],
            notTested: [], environment: [:])
    }

    @Test("A report passes only if it has checks and all passed")
    func aReportPassesOnlyIfItHasChecksAndAllPassed() throws {
        #expect(report([]).outcome == .couldNotCheck)
        #expect(report([.passed]).outcome == .passed)
        #expect(report([.passed, .couldNotCheck]).outcome == .couldNotCheck)
        #expect(report([.couldNotCheck, .failed, .passed]).outcome == .failed)
        let coded = try CanonicalJSON.compact(report([.couldNotCheck]))
        #expect(
            try CanonicalJSON.decode(VerificationReport.self, from: coded)
                == report([.couldNotCheck]))
    }
}
