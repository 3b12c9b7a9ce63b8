import LanguageModels

/// Gradient ascent (Jang et al. 2022, arXiv 2210.01504; the baseline of TOFU): `L = -CE(forget)`.
///
/// Deviation: only tokens of typed personal values count. Without a retain term it destroys the model if
/// it is not stopped in time; it is here to be compared with.
enum GradientAscent {
    static let method = UnlearningMethod.descending(
        id: "gradient-ascent", title: "Gradient ascent",
        summary:
            "Raises the loss on the person's values and on nothing else. Approximate; destroys "
            + "the rest of the model unless it is stopped in time.",
        source: "Maini et al. 2024, arXiv 2401.06121; Jang et al. 2022, arXiv 2210.01504.",
        deviations: "Only tokens of typed values count, where a record has any.", needs: [],
        learningRate: .init(0.0003), steps: .init(10), retains: false
    ) { run in [.forgotten(run, .ascent)] }
}
