import Domain
import LanguageModels

/// A model trained without the persons under test, measured beside the model after.
package struct GateReference {
    package let model: any ScoringModel
    /// Which model it is and how its training differs, in a sentence for the report.
    package let origin: String

    package init(model: any ScoringModel, origin: String) {
        self.model = model
        self.origin = origin
    }
}

extension Gate {
    /// The reference never saw the person: if the test flags it all the same, then it does not tell
    /// deleted from known here, or the reference is not what it is said to be.
    /// - Returns: nil where there is no reference.
    func controlReference(
        _ subject: GateSubject, _ budget: ErrorBudget, _ context: WorkContext
    ) throws -> CheckResult? {
        guard let reference else { return nil }
        let check = GateCheck.controlReference
        let scorer = Scorer(reference.model, context)
        switch try valueStatistics(subject, .reference, scorer) {
        case .impossible(let reason):
            return check.couldNotCheck("\(reference.origin) \(reason)")
        case .statistics(let c5):
            let isFlagged =
                c5.low.rejects(share: budget.values) || c5.lowest.rejects(share: budget.values)
            return check.result(
                isFlagged ? .couldNotCheck : .passed,
                [c5.low.information("p-low"), c5.lowest.information("p-lowest")],
                note: reference.origin
                    + (isFlagged
                        ? " The test takes it for a model that knows the person: nothing can be "
                            + "concluded from it, nor from the test."
                        : " Not flagged at the thresholds of forget-values."),
                figures: permutationFigures(
                    c5, role: .reference, lowShare: budget.values, limit: "flagged below"))
        }
    }
}
