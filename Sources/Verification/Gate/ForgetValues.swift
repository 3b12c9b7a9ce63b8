import Domain

extension Gate {
    /// C5 on the person's values in all their records.
    func forgetValues(
        _ subject: GateSubject, _ budget: ErrorBudget, _ scorer: Scorer
    ) throws -> CheckResult {
        switch try valueStatistics(subject, .after, scorer) {
        case .impossible(let reason): return GateCheck.forgetValues.couldNotCheck(reason)
        case .statistics(let c5):
            var measurements = [
                c5.low.measurement("p-low", share: budget.values),
                c5.lowest.measurement("p-lowest", share: budget.values),
            ]
            if budget.gatesOverForgettingPerPerson {
                measurements += [
                    c5.high.measurement("p-high", share: budget.values),
                    c5.highest.measurement("p-highest", share: budget.values),
                ]
            } else {
                let note = "gated in forget-group, over all persons of the deletion"
                measurements += [
                    c5.high.information("p-high", note: note),
                    c5.highest.information("p-highest", note: note),
                ]
            }
            let untested = subject.untestedRecordCount
            return GateCheck.forgetValues.result(
                measurements,
                note: untested == 0
                    ? nil
                    : "\(untested) of \(subject.person.records.count) records hold no tested value",
                figures: permutationFigures(
                    c5, before: measuredStatistics(subject, .before),
                    reference: measuredStatistics(subject, .reference), lowShare: budget.values,
                    highShare: budget.gatesOverForgettingPerPerson ? budget.values : nil))
        }
    }
}
