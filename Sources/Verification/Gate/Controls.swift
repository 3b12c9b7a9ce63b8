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
        let control = ShareControl(
            check: .controlRetainedKnown, name: "known-share", needed: 4,
            wanted: policy.retainedControlCount, threshold: policy.retainedControlShare,
            direction: .atLeast
        ) { [self] in isKnown($0, share: budget.control) }
        let result = try result(
            of: control, retained.filter { !tested.contains($0.subject) }, [.low, .lowest],
            .retained, budget, scorer)
        findings.retainedControl[tested] = result
        return result
    }

    /// Persons who were never trained on must rarely be flagged, on either side.
    func controlNeverTrained(
        _ tested: Set<String>, _ budget: ErrorBudget, _ scorer: Scorer
    ) throws -> CheckResult {
        if let known = findings.neverTrainedControl[tested] { return known }
        let control = ShareControl(
            check: .controlNeverTrained, name: "flagged-share", needed: 8,
            wanted: policy.neverTrainedControlCount, threshold: policy.neverTrainedControlShare,
            direction: .atMost
        ) { c5 in
            [c5.low, c5.lowest, c5.high, c5.highest]
                .contains { $0.rejects(share: budget.control) }
        }
        let result = try result(
            of: control, strangers.filter { !tested.contains($0.subject) },
            PermutationStatistic.allCases, .strangers, budget, scorer)
        findings.neverTrainedControl[tested] = result
        return result
    }

    private func isKnown(_ c5: C5Statistics, share: Double) -> Bool {
        c5.low.rejects(share: share) || c5.lowest.rejects(share: share)
    }

    /// Tests the first persons that can be tested, each field in its shortest record, until the share
    /// is decided.
    private func result(
        of control: ShareControl, _ persons: [PersonProfile],
        _ pictured: [PermutationStatistic], _ role: ReportFigure.Role, _ budget: ErrorBudget,
        _ scorer: Scorer
    ) throws -> CheckResult {
        var found: [C5Statistics] = []
        for person in persons {
            guard found.count < control.wanted, !control.isDecided(by: found) else { break }
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
        return control.result(
            found, figure: pValueFigure(found, pictured, role, share: budget.control))
    }
}

/// A control on the share of some persons for whom something holds.
private struct ShareControl {
    let check: GateCheck
    let name: String
    /// With fewer persons it could not be checked.
    let needed: Int
    let wanted: Int
    let threshold: Double
    let direction: ThresholdDirection
    let holds: (C5Statistics) -> Bool

    /// Whether the persons still to come cannot turn the outcome any more, whatever is found of them
    /// and however many of them can be tested.
    func isDecided(by persons: [C5Statistics]) -> Bool {
        guard persons.count >= needed else { return false }
        let count = persons.count { holds($0) }
        let outcomes = (0...max(0, wanted - persons.count)).flatMap { more in
            [count, count + more].map {
                direction.holds(Double($0) / Double(persons.count + more), threshold)
            }
        }
        return Set(outcomes).count == 1
    }

    func result(_ persons: [C5Statistics], figure: ReportFigure) -> CheckResult {
        guard persons.count >= needed else {
            return check.couldNotCheck(
                "only \(persons.count) persons can be tested; at least \(needed) are needed")
        }
        let count = persons.count { holds($0) }
        let ending =
            isDecided(by: persons)
            ? "more could not have changed the outcome" : "no others could be tested"
        return check.result(
            [
                Measurement(
                    name, Double(count) / Double(persons.count), threshold: threshold,
                    direction: direction,
                    interval: clopperPearsonInterval(successes: count, trials: persons.count),
                    intervalKind: "95 % Clopper-Pearson",
                    note:
                        "\(count) of \(persons.count) persons, each field in its shortest record, with the fewest twins"
                )
            ],
            note: persons.count < wanted
                ? "\(persons.count) of the \(wanted) persons that the policy asks for were tested; "
                    + ending
                : nil,
            figures: [figure])
    }
}
