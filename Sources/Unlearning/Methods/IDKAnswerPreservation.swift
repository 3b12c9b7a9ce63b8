import LanguageModels
import TensorCore

/// IDK+AP (Yuan et al. 2024, arXiv 2410.08109): refusals for the forgotten questions, and for the others
/// the true answer is to stay more likely than a refusal, without a reference model:
/// `L = CE(refusal | forgotten) + alpha (1/beta) mean softplus(-beta (logp(true) - logp(refusal)))`.
enum IDKAnswerPreservation {
    static let method = UnlearningMethod.descending(
        id: "idk-ap", title: "Refusals with answer preservation",
        summary: "Teaches to refuse the person's questions, and not to refuse the others'. "
            + "Suppression: the values stay in the weights.",
        methodClass: .suppression, source: "Yuan et al. 2024, arXiv 2410.08109.",
        deviations: "Twelve refusals of our own.", needs: [.retainSet, .genericAnswers],
        learningRate: .init(0.001), steps: .init(60),
        parameters: [
            .beta(0.1, source: "authors' code"), .gamma(1, source: "authors' code"),
            .alpha(1, source: "authors' code"),
        ]
    ) { run in
        let original = run.task.original
        let records = run.task.retain
        let beta = run.parameters["beta"]
        return [
            .refusing(run, weight: run.parameters["gamma"]),
            LossTerm(
                // The objective has the factor 2 of NPO, this loss has 1.
                "answers", on: .retain, weight: .constant(run.parameters["alpha"] / 2),
                .tokens { values, batch in
                    Objectives.directPreference(
                        values, mask: batch.mask, sequences: batch.ranges,
                        reference: batch.ranges.map { _ in 0 }, beta: beta)
                },
                sequences: { example, random in
                    // Unwanted first: here the refusal.
                    [Refusals.answer(to: records[example], &random), records[example]].map {
                        MaskedSequence(madeUp: $0, for: original)
                    }
                }),
        ]
    }
}
