import LanguageModels

/// UNDIAL (Dong et al. 2024, arXiv 2402.10052): the model learns its own original distribution with the
/// true token's logit lowered by beta: `L = CE(softmax(z0 - beta onehot(y)), p) + alpha CE(retain)`.
///
/// Deviation: a mean over the counted tokens, where the published program averages over prompts and
/// padding too and lets their label -100 index from the end of the vocabulary.
enum UNDIAL {
    static let method = UnlearningMethod.descending(
        id: "undial", title: "Self-distillation with lowered logits",
        summary: "Teaches the model its own predictions with the person's values made unlikely. "
            + "Approximate, bounded.",
        source: "Dong et al. 2024, arXiv 2402.10052.",
        deviations: "Only tokens of typed values count; no prompts and padding in the mean.",
        needs: [.retainSet, .referenceModel], learningRate: .init(0.001), steps: .init(60),
        readsReference: true,
        parameters: [
            .beta(10, "how far the true token's logit is lowered", source: "open-unlearning"),
            .alpha(1, source: "own; the paper has no retain term (0)"),
        ]
    ) { run in
        let sequences = run.forgetSequences
        let teacher = TeacherLogits(run.task.original, sequences: sequences)
        let beta = Float(run.parameters["beta"])
        return [
            .forgotten(
                run,
                .logits { logits, batch in
                    Objectives.selfDistillation(
                        reference: try teacher.logits(of: batch), targets: batch.packed.targets,
                        logits, mask: batch.mask, beta: beta)
                }),
            .retained(run, weight: run.parameters["alpha"]),
        ]
    }
}
