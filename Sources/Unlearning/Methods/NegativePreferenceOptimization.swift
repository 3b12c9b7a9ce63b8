import Domain
import LanguageModels
import TensorCore

/// Negative preference optimisation (Zhang et al. 2024, arXiv 2404.05868) with a retain loss:
/// `L = (2/beta) mean softplus(beta (logp - logp0)) + alpha CE(retain)`.
///
/// Deviations: only tokens of typed personal values count in logp (the authors count the whole
/// answer); both terms in every step of one AdamW run with a cosine to zero.
enum NegativePreferenceOptimization {
    static let method = UnlearningMethod(
        id: "npo", title: "Negative preference optimisation",
        summary:
            "Lowers the probability of the person's values, ever more gently, while training on "
            + "the others. Approximate; meant for one person at a time.",
        methodClass: .approximate, source: "Zhang et al. 2024, arXiv 2404.05868.",
        parameters: [
            .init(
                "beta", 0.1, in: 0.001...10, "inverse temperature; towards 0 it is gradient ascent",
                source: "paper, section 5"),
            .init(
                "learning-rate", 0.002, in: 1e-7...0.1, "highest learning rate, cosine to zero",
                source: "measured on the sample model"),
            .init(
                "steps", 90, in: 1...100_000, isWhole: true, "optimiser steps",
                source: "measured on the sample model"),
            ForgetRetainLoop.forgetBatch, ForgetRetainLoop.retainBatch,
            .init("alpha", 1, in: 0...1_000, "weight of the retain loss", source: "paper"),
            ForgetRetainLoop.lowRank, ForgetRetainLoop.lowRankAlpha,
        ]
    ) { task, parameters, context in
        let tokenizer = task.original.tokenizer
        // logp0 depends on the original alone: computed once instead of a second model in memory.
        let forget = task.forget.map { ForgetSequence($0, tokenizer: tokenizer) }
        let scores = try task.original.score(forget.map(\.sequence))
        let reference = zip(scores, forget).map { scores, sequence in
            Objectives.maskedSum(
                scores.map(\.logProbability), sequence.mask, scores.indices)
        }
        let beta = parameters["beta"]
        let loop = ForgetRetainLoop(
            stepCount: parameters.integer("steps"), learningRate: parameters["learning-rate"],
            forgetBatchSize: parameters.integer("forget-batch"),
            retainBatchSize: parameters.integer("retain-batch"),
            lowRank: ForgetRetainLoop.lowRankSettings(parameters), forgetWeight: 1,
            retainWeight: Float(parameters["alpha"]), activity: "unlearn npo")
        let objective = ForgetObjective.general { values, mask, sequences, rows in
            Objectives.negativePreference(
                values, mask: mask, sequences: sequences, reference: rows.map { reference[$0] },
                beta: beta)
        }
        let model = try loop.run(task, context: context, objective: objective)
        return UnlearningOutcome(model: model)
    }
}
