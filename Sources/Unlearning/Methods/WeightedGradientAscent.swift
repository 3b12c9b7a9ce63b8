import LanguageModels

/// Weighted gradient ascent (Wang et al. 2025, arXiv 2502.19301):
/// `L = mean p^beta logp + alpha CE(retain)`, p taken as a constant: tokens that are unlikely already are
/// left alone.
enum WeightedGradientAscent {
    static let method = UnlearningMethod.descending(
        id: "wga", title: "Weighted gradient ascent",
        summary: "Gradient difference that lets go of tokens as they become unlikely. Approximate.",
        source: "Wang et al. 2025, arXiv 2502.19301.",
        deviations: "Only tokens of typed values count in the forget term.",
        learningRate: .init(0.001), steps: .init(60),
        parameters: [
            .beta(1, "power of the probability", source: "open-unlearning"),
            .gamma(1, source: "open-unlearning"), .alpha(1, source: "open-unlearning"),
        ]
    ) { run in
        let beta = run.parameters["beta"]
        return [
            .forgotten(
                run, weight: run.parameters["gamma"],
                .tokens { values, batch in
                    Objectives.probabilityWeightedAscent(values, mask: batch.mask, beta: beta)
                }),
            .retained(run, weight: run.parameters["alpha"]),
        ]
    }
}
