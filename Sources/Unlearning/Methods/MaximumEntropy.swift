import LanguageModels

/// ME+GD (Yuan et al. 2024, arXiv 2410.08109): the predictions of what is forgotten become uniform,
/// `L = gamma mean KL(uniform || p) + alpha CE(retain)`.
enum MaximumEntropy {
    static let method = UnlearningMethod.descending(
        id: "me-gd", title: "Maximum entropy with gradient difference",
        summary:
            "Makes every token equally likely where the person's values stood, and trains on the "
            + "others. Approximate.",
        source: "Yuan et al. 2024, arXiv 2410.08109.",
        deviations: "Only tokens of typed values count in the forget term.",
        learningRate: .init(0.001), steps: .init(60),
        parameters: [
            .gamma(0.1, source: "authors' code"), .alpha(1, source: "authors' code"),
        ]
    ) { run in
        [
            .forgotten(
                run, weight: run.parameters["gamma"],
                .logits { logits, batch in Objectives.uniformity(logits, mask: batch.mask) }),
            .retained(run, weight: run.parameters["alpha"]),
        ]
    }
}
