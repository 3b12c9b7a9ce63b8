import Domain

/// The control: nothing is changed. Verification must fail on it, and it can never be certified.
enum NoneControl {
    static let method = UnlearningMethod(
        id: "none", title: "No unlearning (control)",
        summary: "Leaves the model as it is, to show that verification fails then. "
            + "Can never be certified.",
        methodClass: .control, source: "Negative control.", acceptsEnsembles: true,
        parameters: [],
        cost: { _, _ in CostEstimate(forwardTokens: 0, backwardTokens: 0) },
        run: { run in
            UnlearningOutcome(model: run.task.original.copy(), ensemble: run.task.ensemble)
        })
}
