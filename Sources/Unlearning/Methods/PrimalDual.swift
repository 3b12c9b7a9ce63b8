import LanguageModels

/// PDU, primal-dual unlearning (Entesari et al. 2025, arXiv 2506.05314): the forget loss is descended
/// under the constraint that the retain loss stays below epsilon:
/// `L = gamma mean (max z - mean z)^2 + lambda (CE(retain) - epsilon)`, and after a warm-up, each step,
/// `lambda := max(0, lambda + eta (CE(retain) - epsilon))`.
///
/// Deviation: the published program masks logits by labels that are one place off; here a logit row counts
/// where its own target does.
enum PrimalDual {
    static let method = UnlearningMethod.descending(
        id: "pdu", title: "Primal-dual unlearning",
        summary:
            "Flattens the predictions of the person's values, with a price on the others' loss "
            + "that rises and falls as needed. Approximate.",
        source: "Entesari et al. 2025, arXiv 2506.05314.",
        deviations: "Only tokens of typed values count; the mask is not shifted by one.",
        learningRate: .init(0.001), steps: .init(60),
        parameters: [
            .gamma(1, source: "authors' settings for TOFU"),
            .init(
                "lambda", 100, in: 0...1_000_000, "first price of the retain loss",
                source: "authors' settings for TOFU"),
            .init(
                "eta", 5, in: 0...1_000, "how fast the price follows the retain loss",
                source: "authors' settings for TOFU"),
            .init(
                "epsilon", 0.3, in: 0...100, "retain loss allowed, nats a token",
                source: "authors' settings for TOFU"),
            .init(
                "price-warmup", 12, in: 0...100_000, isWhole: true,
                "steps before the price moves", source: "a fifth of the steps; authors: 5 epochs"),
        ],
        configure: { loop, run in
            let (eta, epsilon) = (run.parameters["eta"], run.parameters["epsilon"])
            let warmup = run.parameters.integer("price-warmup")
            loop.initialValues = ["lambda": run.parameters["lambda"]]
            loop.afterStep = { state in
                guard state.step > warmup else { return }
                let excess = (state.losses["retain"] ?? 0) - epsilon
                state.values["lambda"] = max(0, (state.values["lambda"] ?? 0) + eta * excess)
            }
        }
    ) { run in
        let sequences = run.retainSequences
        return [
            .forgotten(
                run, weight: run.parameters["gamma"],
                .logits { logits, batch in
                    Objectives.logitMargin(logits, mask: batch.mask)
                }),
            LossTerm("retain", on: .retain, weight: .state("lambda"), .crossEntropy) {
                example, _ in [sequences[example]]
            },
        ]
    }
}
