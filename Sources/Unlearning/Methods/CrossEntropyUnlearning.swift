import LanguageModels

/// CE-U (Yang 2025, arXiv 2503.01224): the model learns its own distribution without the true token,
/// taken as a constant in every step.
///
/// The published program leaves an answer's first token out; here the counted tokens are those of the
/// values, of which the first one is as telling as the others.
enum CrossEntropyUnlearning {
    static let method = UnlearningMethod.descending(
        id: "ce-u", title: "Cross-entropy unlearning",
        summary:
            "Teaches the model to say what it would say if the person's values were impossible. "
            + "Approximate.",
        source: "Yang 2025, arXiv 2503.01224.",
        deviations:
            "Only tokens of typed values count, the first of them too; a retain term (alpha "
            + "0 is the paper's form).",
        learningRate: .init(0.001), steps: .init(60),
        parameters: [.alpha(1, source: "own; the paper has no retain term (0)")]
    ) { run in
        [
            .forgotten(
                run,
                .logits { logits, batch in
                    Objectives.crossEntropyUnlearning(
                        targets: batch.packed.targets, logits, mask: batch.mask)
                }),
            .retained(run, weight: run.parameters["alpha"]),
        ]
    }
}
