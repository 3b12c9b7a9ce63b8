import Domain
import LanguageModels

/// Gradient difference (Liu et al. 2022, arXiv 2203.12817; as `GradDiff` in TOFU, Maini et al. 2024):
/// `L = -gamma CE(forget) + alpha CE(retain)`.
///
/// Deviation: only tokens of typed personal values count in the forget term. It has no stopping point
/// of its own: too few steps leave the person known, too many make her conspicuous; the gate tells.
enum GradientDifference {
    static let method = UnlearningMethod(
        id: "gradient-difference", title: "Gradient difference",
        summary: "Raises the loss on the person's values and lowers it on the others. Approximate, "
            + "fast, without a natural stopping point.",
        methodClass: .approximate,
        source: "Liu et al. 2022, arXiv 2203.12817; Maini et al. 2024, arXiv 2401.06121.",
        parameters: [
            .init(
                "learning-rate", 0.0003, in: 1e-7...0.1, "highest learning rate, cosine to zero",
                source: "measured on the sample model"),
            .init(
                "steps", 20, in: 1...100_000, isWhole: true, "optimiser steps",
                source: "measured on the sample model"),
            ForgetRetainLoop.forgetBatch, ForgetRetainLoop.retainBatch,
            .init("gamma", 1, in: 0...1_000, "weight of the forget loss", source: "TOFU"),
            .init("alpha", 1, in: 0...1_000, "weight of the retain loss", source: "TOFU"),
            ForgetRetainLoop.lowRank, ForgetRetainLoop.lowRankAlpha,
        ]
    ) { task, parameters, context in
        let loop = ForgetRetainLoop(
            stepCount: parameters.integer("steps"), learningRate: parameters["learning-rate"],
            forgetBatchSize: parameters.integer("forget-batch"),
            retainBatchSize: parameters.integer("retain-batch"),
            lowRank: ForgetRetainLoop.lowRankSettings(parameters),
            forgetWeight: Float(parameters["gamma"]), retainWeight: Float(parameters["alpha"]),
            activity: "unlearn gradient-difference")
        return UnlearningOutcome(
            model: try loop.run(
                task, context: context, objective: .linear(Objectives.ascentWeights(mask:))))
    }
}
