import LanguageModels
import TensorCore

/// Fisher forgetting (Gu et al. 2024, "Second-Order Information Matters", arXiv 2403.10557), after Golatkar
/// et al. 2020 (arXiv 1911.04933): Gaussian noise where the retained records leave the weights free,
/// `theta += sigma F^-1/4 n + gamma F^-1 g_f` with n ~ N(0, I), over some small cycles. F, in blocks, is the
/// damped empirical Fisher matrix of retained records, taken anew at each cycle's weights.
///
/// Unverified: the printed algorithm was not at hand. That noise is shaped by F^-1/4 and repeated in small
/// steps is known from secondary sources; the scale of a cycle, that F is taken anew, and whether a drift
/// along the forget gradient remains are not. sigma stands for the whole factor that Golatkar et al. write
/// `(lambda sigma^2)^(1/4)`. The drift is that of the Newton step the paper starts from; `gamma` 0 leaves it
/// out, but noise alone forgot next to nothing on a small model without harming everybody alike. Noise and
/// drift of a cycle are each bounded by a share of the weights' length.
enum FisherForgetting {
    static let method = UnlearningMethod(
        id: "fisher-forgetting", title: "Fisher forgetting",
        summary:
            "Moves the weights, partly at random, where the other people's records leave them free, "
            + "in small cycles. Approximate; gentler than one large step.",
        methodClass: .approximate,
        source: "Gu et al. 2024, arXiv 2403.10557, by secondary sources; Golatkar et al. 2020.",
        deviations:
            "Block-diagonal Fisher matrix; cycles, scale and drift are own choices, since the "
            + "printed algorithm was not available.",
        parameters: [
            .init(
                "cycles", 6, in: 1...1_000, isWhole: true, "times that noise is added",
                source: "own"),
            .init(
                "noise", 0.00005, in: 0...1_000, "multiple of F^-1/4 n in a cycle (sigma)",
                source: "measured on the tests' small model"),
            .init(
                "gamma", 1, in: 0...1e9, "multiple of the drift F^-1 g_f in a cycle; 0 = none",
                source: "own: a whole Newton step, as far as step-norm lets it"),
            BoundedStep.parameter(0.005, source: "measured on the tests' small model"),
        ] + FisherEstimate.parameters(weights: .layerMatrices),
        changes: FisherEstimate.changes,
        cost: { basis, parameters in
            let cycle = FisherEstimate.cost(basis, parameters, forgets: parameters["gamma"] > 0)
            let count = parameters["cycles"]
            return CostEstimate(
                forwardTokens: count * cycle.forwardTokens,
                backwardTokens: count * cycle.backwardTokens, extraModels: cycle.extraModels)
        },
        run: { run in
            var model = run.task.original.copy()
            let bound = BoundedStep(share: run.parameters["step-norm"], of: model.parameters)
            let count = run.parameters.integer("cycles")
            for cycle in 0..<count {
                // A completed cycle is kept: a run that goes on begins with the first that is not.
                model = try run.sideModel("cycle-\(cycle)", from: model) { model in
                    try add(cycle, of: count, to: model, bound, run)
                }
            }
            return UnlearningOutcome(model: model, facts: ["cycleCount": "\(count)"])
        })

    private static func add(
        _ cycle: Int, of count: Int, to model: LanguageModel, _ bound: BoundedStep,
        _ run: MethodRun
    ) throws {
        let gradientCount = min(run.parameters.integer("gradients"), run.task.retain.count)
        let fisher = try FisherEstimate.inverse(
            of: model, run, stage: "cycle \(cycle)", done: cycle * gradientCount,
            total: count * gradientCount)
        let drift = run.parameters["gamma"]
        let gradient = drift > 0 ? try FisherEstimate.forgetGradient(of: model, run) : nil
        var random = RandomNumbers(seed: run.task.seed, stream: "fisher noise \(cycle)")
        let noise = Tensor([model.parameters.count])
        for index in 0..<noise.count { noise.pointer[index] = random.normal() }
        let shaped = fisher.inverseFourthRoot(times: noise)
        try bound.add(shaped, times: run.parameters["noise"], to: model.parameters)
        if let gradient {
            let step = fisher.inverse(times: gradient)
            try bound.add(step, times: drift, to: model.parameters)
        }
    }
}
