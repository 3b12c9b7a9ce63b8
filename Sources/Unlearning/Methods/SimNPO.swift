import LanguageModels

/// SimNPO (Fan et al. 2024, arXiv 2410.07163): NPO with the mean log-probability of a sequence and
/// without a reference model: `L = gamma (2/beta) mean softplus(beta m) + alpha CE(retain)`.
enum SimNPO {
    static let method = UnlearningMethod.descending(
        id: "simnpo", title: "Simple negative preference optimisation",
        summary: "Like npo, but by the mean probability of a value's tokens and without the "
            + "original model. Approximate.",
        source: "Fan et al. 2024, arXiv 2410.07163; settings of open-unlearning.",
        deviations: "Only tokens of typed values count; delta inside beta as in the authors' code.",
        learningRate: .init(0.002), steps: .init(90),
        parameters: [
            .beta(4.5, source: "authors' settings for TOFU forget10"),
            .init(
                "delta", 0, in: -100...100, "reward margin, nats", source: "authors' settings"),
            .gamma(0.125, source: "authors' settings for TOFU forget10"),
            .alpha(1, source: "authors' settings"),
        ]
    ) { run in
        let (beta, delta) = (run.parameters["beta"], run.parameters["delta"])
        return [
            .forgotten(
                run, weight: run.parameters["gamma"],
                .tokens { values, batch in
                    Objectives.simpleNegativePreference(
                        values, mask: batch.mask, sequences: batch.ranges, beta: beta,
                        // Their loss has beta (nll - delta) under the sigmoid, this one -m = nll.
                        delta: delta)
                }),
            .retained(run, weight: run.parameters["alpha"]),
        ]
    }
}
