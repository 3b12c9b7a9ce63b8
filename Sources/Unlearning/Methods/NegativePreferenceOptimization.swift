import LanguageModels

/// Negative preference optimisation (Zhang et al. 2024, arXiv 2404.05868) with a retain loss:
/// `L = (2/beta) mean softplus(beta (logp - logp0)) + alpha CE(retain)`.
///
/// Deviations: only tokens of typed personal values count in logp (the authors count the whole
/// answer); both terms in every step of one AdamW run with a cosine to zero.
enum NegativePreferenceOptimization {
    static let method = UnlearningMethod.descending(
        id: "npo", title: "Negative preference optimisation",
        summary:
            "Lowers the probability of the person's values, ever more gently, while training on "
            + "the others. Approximate; meant for one person at a time.",
        source: "Zhang et al. 2024, arXiv 2404.05868, eq. 3.",
        deviations: "Only tokens of typed values count in the forget term.",
        needs: [.retainSet, .referenceModel],
        learningRate: .init(0.002, "measured on the sample model"),
        steps: .init(90, "measured on the sample model"),
        parameters: [
            .beta(
                0.1, "inverse temperature; towards 0 it is gradient ascent",
                source: "paper, section 5"),
            .alpha(1, source: "paper"),
        ]
    ) { run in
        let sequences = run.forgetSequences
        let reference = try run.referenceSums(sequences)
        let beta = run.parameters["beta"]
        return [
            LossTerm(
                "forget", on: .forget, weight: 1,
                .tokens { values, batch in
                    Objectives.negativePreference(
                        values, mask: batch.mask, sequences: batch.ranges,
                        reference: batch.examples.map { reference[$0] }, beta: beta)
                }, sequences),
            .retained(run, weight: run.parameters["alpha"]),
        ]
    }
}

extension MethodRun {
    /// Log-probability of each sequence's counted tokens under the original, nats. It depends on the
    /// original alone: computed once instead of a second model in memory.
    func referenceSums(_ sequences: [MaskedSequence]) throws -> [Double] {
        let scores = try task.original.score(sequences.map(\.sequence))
        return zip(scores, sequences).map { scores, sequence in
            Objectives.maskedSum(
                scores.map(\.logProbability), sequence.mask, scores.indices)
        }
    }
}
