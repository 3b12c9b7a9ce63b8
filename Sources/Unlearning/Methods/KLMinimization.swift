import LanguageModels

/// KL minimisation (TOFU, Maini et al. 2024, arXiv 2401.06121, section 4):
/// `L = -gamma CE(forget) + alpha mean KL(p0 || p)` on retained records.
///
/// Deviations: values only in the forget term; the divergence is a mean over tokens, where the authors'
/// program averages over padding too, so that its size depends on the batch.
enum KLMinimization {
    static let method = UnlearningMethod.descending(
        id: "kl-minimization", title: "KL minimisation",
        summary: "Raises the loss on the person's values and keeps the model's distribution on the "
            + "others. Approximate, without a natural stopping point.",
        source: "Maini et al. 2024, arXiv 2401.06121.",
        deviations: "Only tokens of typed values count in the forget term; no padding in the mean.",
        needs: [.retainSet, .referenceModel], learningRate: .init(0.0003), steps: .init(20),
        readsReference: true,
        parameters: [.gamma(1, source: "TOFU"), .alpha(1, source: "TOFU")]
    ) { run in
        [
            .forgotten(run, weight: run.parameters["gamma"], .ascent),
            .retainedDivergence(run, weight: run.parameters["alpha"]),
        ]
    }
}
