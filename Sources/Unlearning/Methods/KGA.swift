import Domain
import LanguageModels
import TensorCore

/// KGA, knowledge gap alignment (Wang et al. 2023, arXiv 2305.06535). Four models: the original A_D, A_f
/// trained on the forgotten records, A_n trained on unseen ones, and A*, which starts as A_D. The gap
/// between A_f and A* on the forgotten records is to become that between A_n and A_D on the unseen:
/// `L = |KL(A_f || A*) - gap_n| + alpha KL(A_D || A*)` on retained records, until the two gaps are close.
///
/// Deviation: A_f and A_n are fine-tuned from the model the training started from (the original if that is
/// not known): from fresh weights a handful of records teaches nothing.
enum KGA {
    static let method = UnlearningMethod(
        id: "kga", title: "Knowledge gap alignment",
        summary:
            "Makes the model as far from one that knows the person as it is from one that knows "
            + "unseen people. Approximate; trains two helper models.",
        methodClass: .approximate, source: "Wang et al. 2023, arXiv 2305.06535, section 3.",
        deviations: "The helper models are fine-tuned, not trained from nothing.",
        needs: [.retainSet, .referenceModel, .unseenSet],
        parameters: [
            .alpha(0.3, source: "authors' README for generation"),
            .init(
                "stop-gap", 0.05, in: 0...100, "ends when the gaps, nats, are this close",
                source: "authors' code"),
            .init(
                "check-every", 5, in: 1...10_000, isWhole: true,
                "steps over which the gap is averaged before it is compared", source: "own"),
            .init(
                "helper-steps", 20, in: 1...100_000, isWhole: true, "steps of the helper models",
                source: "own"),
        ] + UnlearningMethod.stepParameters(learningRate: .init(0.0003), steps: .init(60)),
        cost: { basis, parameters in
            let forget = basis.forgetTokens(of: parameters)
            let retain = basis.retainTokens(of: parameters)
            return .descent(steps: 2 * parameters["helper-steps"], tokens: forget, extraModels: 3)
                + .descent(
                    steps: parameters["steps"], tokens: forget + retain,
                    referenceTokens: forget + retain, extraModels: 3)
        },
        run: { run in
            let parameters = run.parameters
            let original = run.task.original
            let forget = sequences(run.task.forget, run)
            let unseen = sequences(run.task.unseen, run)
            let knowing = try helper("forget-model", forget, .forget, run)
            let other = try helper("unseen-model", unseen, .unseen, run)
            let gap = try meanGap(from: other, to: original, unseen)
            let teacher = TeacherLogits(knowing, sequences: forget)
            var loop = DescentLoop(
                terms: [
                    LossTerm(
                        "gap", on: .forget, weight: 1,
                        .logits { logits, batch in
                            Objectives.gapAlignment(
                                to: gap, from: try teacher.logits(of: batch), logits,
                                mask: batch.mask
                            ).loss
                        }, forget),
                    .retainedDivergence(run, weight: parameters["alpha"]),
                ], stepCount: parameters.integer("steps"),
                learningRate: parameters["learning-rate"],
                batchSizes: [
                    .forget: parameters.integer("forget-batch"),
                    .retain: parameters.integer("retain-batch"),
                ], counts: [.forget: forget.count, .retain: run.task.retain.count])
            let every = parameters.integer("check-every")
            let bound = parameters["stop-gap"]
            loop.afterStep = { state in
                let total = (state.values["gap-sum"] ?? 0) + (state.losses["gap"] ?? 0)
                state.values["gap-sum"] = total
            }
            loop.stopRule = StopRule(everySteps: every) { _, state in
                let mean = (state.values["gap-sum"] ?? 0) / Double(every)
                state.values["gap-sum"] = 0
                return mean <= bound
            }
            let model = original.copy()
            let result = try loop.run(on: model, run)
            var facts = result.facts
            facts["unseenGap"] = String(format: "%.4f", gap)
            return UnlearningOutcome(model: model, facts: facts)
        })

    private static func sequences(
        _ records: [CorpusRecord], _ run: MethodRun
    ) -> [MaskedSequence] {
        records.map { MaskedSequence(completionOf: $0, tokenizer: run.task.original.tokenizer) }
    }

    private static func helper(
        _ name: String, _ sequences: [MaskedSequence], _ set: ExampleSet, _ run: MethodRun
    ) throws -> LanguageModel {
        try run.sideModel(name, from: run.task.start) { model in
            let loop = DescentLoop(
                terms: [LossTerm(name, on: set, weight: 1, .crossEntropy, sequences)],
                stepCount: run.parameters.integer("helper-steps"),
                learningRate: run.parameters["learning-rate"],
                batchSizes: [set: run.parameters.integer("forget-batch")],
                counts: [set: sequences.count])
            try loop.run(on: model, run, stage: name)
        }
    }

    /// `mean KL(other || model)` over all counted tokens.
    private static func meanGap(
        from other: LanguageModel, to model: LanguageModel, _ sequences: [MaskedSequence]
    ) throws -> Double {
        var total = 0.0
        var count = 0.0
        for sequence in sequences {
            let batch = PackedBatch([sequence.sequence])
            let tokens = Double(sequence.mask.reduce(0, +))
            total +=
                tokens
                * Objectives.divergence(
                    from: try other.logits(of: batch, rows: batch.scoredRows),
                    try model.logits(of: batch, rows: batch.scoredRows), mask: sequence.mask)
            count += tokens
        }
        return total / max(1, count)
    }
}
