import LanguageModels
import TensorCore

/// Fisher removal (Gu et al. 2024, "Second-Order Information Matters", arXiv 2403.10557): one Newton-like
/// step up the forgotten records' loss, `theta = theta0 + gamma F^-1 g_f`, where F is the damped empirical
/// Fisher matrix of retained records in place of their Hessian, in blocks (`BlockFisher`), and g_f the mean
/// gradient of the forget loss.
///
/// The paper's body was not at hand: form and sign follow secondary sources that agree with each other;
/// block size, damping and number of gradients follow oBERT or are own choices. gamma has to be searched:
/// here the largest of some shares of the step is taken that the retained records bear, and no step is
/// longer than a share of the weights' length, because an over-fitted model has a Fisher matrix of nearly
/// zero and its inverse is huge.
enum FisherRemoval {
    static let method = UnlearningMethod(
        id: "fisher-removal", title: "Fisher removal",
        summary:
            "One second-order step away from the person's records that spares what the others' "
            + "records depend on. Approximate; aggressive, other answers may suffer.",
        methodClass: .approximate,
        source: "Gu et al. 2024, arXiv 2403.10557, by secondary sources.",
        deviations:
            "Block-diagonal Fisher matrix; the step's multiple is chosen on retained records and its "
            + "length is bounded.",
        parameters: [
            .init(
                "gamma", 1, in: 1e-9...1e9, "largest multiple of the step that is tried",
                source: "own: a whole Newton step, as far as step-norm lets it")
        ] + [
            TaskArithmetic.retainLossRise,
            BoundedStep.parameter(0.03, source: "measured on the tests' small model"),
        ] + FisherEstimate.parameters(weights: .all),
        changes: FisherEstimate.changes,
        cost: { FisherEstimate.cost($0, $1, forgets: true) },
        run: { run in
            // Interrupted, it begins again: one pass over some records leads to the same bits.
            let model = run.task.original.copy()
            let fisher = try FisherEstimate.inverse(of: model, run)
            let step = fisher.inverse(times: try FisherEstimate.forgetGradient(of: model, run))
            let bound = BoundedStep(share: run.parameters["step-norm"], of: model.parameters)
            let moved = model.copy()
            let shortening = try bound.add(
                step, times: run.parameters["gamma"], to: moved.parameters)
            let (result, share) = try TaskArithmetic.largest(of: 1, toward: moved, run)
            return UnlearningOutcome(
                model: result,
                facts: ["scale": "\(share * shortening * run.parameters["gamma"])"])
        })
}
