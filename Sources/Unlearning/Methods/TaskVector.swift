import LanguageModels

/// Task-vector negation (Ilharco et al. 2022, arXiv 2212.04089): fine-tune on what is to be forgotten, then
/// take the change back: `theta = theta0 - s (theta_f - theta0)`, s the largest multiple that the retained
/// records bear.
enum TaskVector {
    static let method = UnlearningMethod(
        id: "task-vector", title: "Task-vector negation",
        summary:
            "Trains a copy on the person's records and subtracts what it learned. Approximate; "
            + "needs no gradient of the others.",
        methodClass: .approximate, source: "Ilharco et al. 2022, arXiv 2212.04089, section 3.",
        deviations: "The multiple is chosen on retained records.", needs: [.retainSet],
        parameters: [TaskArithmetic.scale, TaskArithmetic.retainLossRise]
            + UnlearningMethod.stepParameters(
                learningRate: .init(0.0003), steps: .init(20), retainBatch: nil),
        cost: { basis, parameters in
            .descent(
                steps: parameters["steps"],
                tokens: basis.forgetTokens(of: parameters), extraModels: 1)
        },
        run: { run in
            let trained = try run.sideModel("task") { model in
                let tokenizer = run.task.original.tokenizer
                let loop = DescentLoop(
                    terms: [
                        LossTerm(
                            "task", on: .forget, weight: 1, .crossEntropy,
                            run.task.forget.map {
                                MaskedSequence(allOf: $0, tokenizer: tokenizer)
                            })
                    ], stepCount: run.parameters.integer("steps"),
                    learningRate: run.parameters["learning-rate"],
                    batchSizes: [.forget: run.parameters.integer("forget-batch")],
                    counts: [.forget: run.task.forget.count])
                try loop.run(on: model, run, stage: "task")
            }
            let (model, scale) = try TaskArithmetic.negated(trained, run)
            return UnlearningOutcome(model: model, facts: ["scale": "\(scale)"])
        })
}
