import LanguageModels

/// Gradient difference (Liu et al. 2022, arXiv 2203.12817; as `GradDiff` in TOFU, Maini et al. 2024):
/// `L = -gamma CE(forget) + alpha CE(retain)`.
///
/// It has no stopping point of its own: too few steps leave the person known, too many make her
/// conspicuous; the gate tells.
enum GradientDifference {
    static let method = UnlearningMethod.descending(
        id: "gradient-difference", title: "Gradient difference",
        summary: "Raises the loss on the person's values and lowers it on the others. Approximate, "
            + "fast, without a natural stopping point.",
        source: "Liu et al. 2022, arXiv 2203.12817; Maini et al. 2024, arXiv 2401.06121.",
        deviations: "Only tokens of typed values count in the forget term.",
        learningRate: .init(0.0003, "measured on the sample model"),
        steps: .init(20, "measured on the sample model"),
        parameters: [.gamma(1, source: "TOFU"), .alpha(1, source: "TOFU")]
    ) { run in
        [
            .forgotten(run, weight: run.parameters["gamma"], .ascent),
            .retained(run, weight: run.parameters["alpha"]),
        ]
    }
}
