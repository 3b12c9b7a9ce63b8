import LanguageModels

/// Preference optimisation as TOFU means it (Maini et al. 2024, arXiv 2401.06121, section 4):
/// `L = CE(retain) + CE(refusal | forgotten question)`; no preference loss is in it.
///
/// Teaches to say something else and takes nothing away: the class is suppression. The refusals are
/// Lethe's own, one drawn for each record and step.
enum PreferenceOptimization {
    static let method = UnlearningMethod.descending(
        id: "preference-optimization", title: "Preference optimisation (refusals)",
        summary: "Trains the model to refuse the person's questions while keeping the others. "
            + "Suppression: the values stay in the weights.",
        methodClass: .suppression, source: "Maini et al. 2024, arXiv 2401.06121.",
        deviations: "Twelve refusals of our own instead of TOFU's hundred.",
        needs: [.retainSet, .genericAnswers], learningRate: .init(0.001), steps: .init(60),
        parameters: [.gamma(1, source: "TOFU"), .alpha(1, source: "TOFU")]
    ) { run in
        [
            .refusing(run, weight: run.parameters["gamma"]),
            .retained(run, weight: run.parameters["alpha"]),
        ]
    }
}

extension LossTerm {
    /// The mean loss of a refusal as the answer to a forgotten record's question.
    static func refusing(_ run: MethodRun, weight: Double) -> LossTerm {
        let original = run.task.original
        let records = run.task.forget
        return LossTerm("refusal", on: .forget, weight: .constant(weight), .crossEntropy) {
            example, random in
            [
                MaskedSequence(
                    madeUp: Refusals.answer(to: records[example], &random), for: original)
            ]
        }
    }
}
