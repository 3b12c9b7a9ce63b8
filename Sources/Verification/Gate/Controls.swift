import Domain

extension Gate {
    /// The model before must be recognised as knowing the person: only then does a pass of the model
    /// after mean anything.
    func controlUntouched(
        _ subject: GateSubject, _ budget: ErrorBudget, _ scorer: Scorer
    ) throws -> CheckResult {
        let check = GateCheck.controlUntouched
        switch try valueStatistics(subject, .before, scorer) {
        case .impossible(let reason): return check.couldNotCheck(reason)
        case .statistics(let c5):
            let measurements = [c5.low.information("p-low"), c5.lowest.information("p-lowest")]
            let figures = permutationFigures(
                c5, role: .before, lowShare: budget.values, limit: "recognised below")
            guard isKnown(c5, share: budget.values) else {
                return check.result(
                    .couldNotCheck, measurements,
                    note: "the test does not recognise the person in the model before deletion, so "
                        + "it has no power here", figures: figures)
            }
            return check.result(
                .passed, measurements, note: "recognised at the thresholds of forget-values",
                figures: figures)
        }
    }

    /// Retained persons must still be recognised in the model after.
    func controlRetainedKnown(
        _ tested: Set<String>, _ budget: ErrorBudget, _ scorer: Scorer
    ) throws -> CheckResult {
        if let known = findings.retainedControl[tested] { return known }
        let persons = try statistics(
            of: retained.filter { !tested.contains($0.subject) },
            atMost: policy.retainedControlCount, budget, scorer)
        let result = share(
            persons.map { isKnown($0, share: budget.control) },
            pictured: pValueFigure(
                persons, [.low, .lowest], .retained, share: budget.control),
            check: .controlRetainedKnown, name: "known-share", needed: 4,
            of: policy.retainedControlCount, threshold: policy.retainedControlShare,
            direction: .atLeast)
        findings.retainedControl[tested] = result
        return result
    }

    /// Persons who were never trained on must rarely be flagged, on either side.
    func controlNeverTrained(
        _ tested: Set<String>, _ budget: ErrorBudget, _ scorer: Scorer
    ) throws -> CheckResult {
        if let known = findings.neverTrainedControl[tested] { return known }
        let persons = try statistics(
            of: strangers.filter { !tested.contains($0.subject) },
            atMost: policy.neverTrainedControlCount, budget, scorer)
        let result = share(
            persons.map { c5 in
                [c5.low, c5.lowest, c5.high, c5.highest]
                    .contains { $0.rejects(share: budget.control) }
            },
            pictured: pValueFigure(
                persons, PermutationStatistic.allCases, .strangers, share: budget.control),
            check: .controlNeverTrained, name: "flagged-share", needed: 8,
            of: policy.neverTrainedControlCount, threshold: policy.neverTrainedControlShare,
            direction: .atMost)
        findings.neverTrainedControl[tested] = result
        return result
    }

    private func isKnown(_ c5: C5Statistics, share: Double) -> Bool {
        c5.low.rejects(share: share) || c5.lowest.rejects(share: share)
    }

    /// Tests the first persons that can be tested, each field in its shortest record.
    private func statistics(
        of persons: [PersonProfile], atMost limit: Int, _ budget: ErrorBudget, _ scorer: Scorer
    ) throws -> [C5Statistics] {
        var found: [C5Statistics] = []
        for person in persons {
            guard found.count < limit else { break }
            let subject = subject(
                person, neededTwinCount: budget.controlTwinCount,
                twinCount: budget.controlTwinCount)
            guard subject.obstacle == nil else { continue }
            let outcome = try PermutationOutcome {
                try scorer.valueScores(
                    subject, fields: subject.fields, extent: .shortestRecords)
            }
            if case .statistics(let c5) = outcome { found.append(c5) }
        }
        return found
    }

    private func share(
        _ flags: [Bool], pictured figure: ReportFigure, check: GateCheck, name: String, needed: Int,
        of wanted: Int,
        threshold: Double, direction: ThresholdDirection
    ) -> CheckResult {
        guard flags.count >= needed else {
            return check.couldNotCheck(
                "only \(flags.count) persons can be tested; at least \(needed) are needed")
        }
        let count = flags.count { $0 }
        return check.result(
            [
                Measurement(
                    name, Double(count) / Double(flags.count), threshold: threshold,
                    direction: direction,
                    interval: clopperPearsonInterval(successes: count, trials: flags.count),
                    intervalKind: "95 % Clopper-Pearson",
                    note:
                        "\(count) of \(flags.count) persons, each field in its shortest record, with the fewest twins"
                )
            ],
            note: flags.count < wanted
                ? "\(flags.count) persons could be tested; the policy asks for \(wanted)" : nil,
            figures: [figure])
    }
}
