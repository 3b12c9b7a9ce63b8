import LanguageModels

/// SatImp (Yang et al. 2025, arXiv 2505.11953): ascent weighted by saturation and importance,
/// `L = gamma mean p^beta1 (1 - p)^beta2 logp + alpha CE(retain)`, p taken as a constant.
enum SatImp {
    static let method = UnlearningMethod.descending(
        id: "satimp", title: "Saturation- and importance-weighted ascent",
        summary: "Gradient difference that works most on tokens which are likely but not certain. "
            + "Approximate.",
        source: "Yang et al. 2025, arXiv 2505.11953.",
        deviations: "Only tokens of typed values count in the forget term.",
        learningRate: .init(0.002), steps: .init(90),
        parameters: [
            .init("beta1", 5, in: 0...100, "power of p", source: "open-unlearning"),
            .init("beta2", 1, in: 0...100, "power of 1 - p", source: "open-unlearning"),
            .gamma(0.1, source: "open-unlearning"), .alpha(1, source: "open-unlearning"),
        ]
    ) { run in
        let (beta1, beta2) = (run.parameters["beta1"], run.parameters["beta2"])
        return [
            .forgotten(
                run, weight: run.parameters["gamma"],
                .tokens { values, batch in
                    Objectives.saturationImportance(
                        values, mask: batch.mask, beta1: beta1, beta2: beta2)
                }),
            .retained(run, weight: run.parameters["alpha"]),
        ]
    }
}
