import Domain

extension Gate {
    /// The second half of each value, given the first: memory that only a prefix brings up.
    func forgetTails(
        _ subject: GateSubject, _ budget: ErrorBudget, _ scorer: Scorer
    ) throws -> CheckResult {
        if let obstacle = subject.obstacle { return GateCheck.forgetTails.couldNotCheck(obstacle) }
        let scores = try scorer.tailScores(subject)
        guard !scores.fields.isEmpty else {
            return GateCheck.forgetTails.couldNotCheck("no tested value can be cut in two halves")
        }
        switch try PermutationOutcome({ scores }) {
        case .impossible(let reason): return GateCheck.forgetTails.couldNotCheck(reason)
        case .statistics(let c5):
            let missing = subject.fields.map(\.rawValue).filter { !scores.fields.contains($0) }
            return GateCheck.forgetTails.result(
                [
                    c5.low.measurement("p-low", share: budget.other),
                    c5.lowest.measurement("p-lowest", share: budget.other),
                ],
                note: missing.isEmpty
                    ? nil : "not cut in two: \(missing.joined(separator: ", "))",
                figures: permutationFigures(c5, lowShare: budget.other))
        }
    }
}
