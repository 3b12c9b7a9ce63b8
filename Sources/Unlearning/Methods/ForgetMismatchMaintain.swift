import LanguageModels
import TensorCore

/// Forget, mismatch, maintain (Yao et al. 2023, arXiv 2310.10683): `L = e1 L_fgt + e2 L_rdn + e3 L_nor`,
/// L_fgt ascent on the forgotten answers, L_rdn the mean loss of K unrelated answers to the forgotten
/// questions, L_nor the mean KL(p0 || p) on retained records. Stops when the forgotten answers' loss is
/// beyond a bound.
///
/// Deviation: the published program takes the wrong answer start, pads with a fixed id and never meets
/// its bound; none of that is repeated.
enum ForgetMismatchMaintain {
    static let method = UnlearningMethod.descending(
        id: "forget-mismatch-maintain", title: "Forget, mismatch, maintain",
        summary:
            "Raises the loss on the person's values, answers her questions with other people's "
            + "unrelated answers, and keeps the model's distribution elsewhere. Approximate.",
        source: "Yao et al. 2023, arXiv 2310.10683, eq. 1 to 4.",
        deviations:
            "Only tokens of typed values count in the forget term; the unrelated answers are "
            + "made of generic values, so that no other person's data is taught.",
        needs: [.retainSet, .referenceModel, .genericAnswers], learningRate: .init(0.0003),
        steps: .init(40), readsReference: true, forgetSequenceCount: 6,
        parameters: [
            .init("forget", 0.5, in: 0...1_000, "weight of the ascent (e1)", source: "paper"),
            .init(
                "mismatch", 1, in: 0...1_000, "weight of unrelated answers (e2)", source: "paper"),
            .init("maintain", 1, in: 0...1_000, "weight of the divergence (e3)", source: "paper"),
            .init(
                "answers", 5, in: 1...64, isWhole: true, "unrelated answers to each question (K)",
                source: "authors' code"),
            .init(
                "stop-loss", 100, in: 0.1...1_000,
                "ends when the forgotten values' loss, nats a token, is above",
                source: "authors' code"),
        ],
        configure: { loop, run in
            let bound = run.parameters["stop-loss"]
            loop.stopRule = StopRule(everySteps: 1) { _, state in
                // The ascent's own loss is the negative of the tokens'.
                -(state.losses["forget"] ?? 0) > bound
            }
        }
    ) { run in
        [
            .forgotten(run, weight: run.parameters["forget"], .ascent),
            .mismatched(
                run, weight: run.parameters["mismatch"], count: run.parameters.integer("answers")),
            .retainedDivergence(run, weight: run.parameters["maintain"]),
        ]
    }
}

extension LossTerm {
    /// The mean loss of answers to the forgotten questions that carry generic values, `count` for each.
    static func mismatched(_ run: MethodRun, weight: Double, count: Int) -> LossTerm {
        let original = run.task.original
        let records = run.task.forget
        let retained = run.task.retain
        return LossTerm("mismatch", on: .forget, weight: .constant(weight), .crossEntropy) {
            example, random in
            (0..<count).map { _ in
                let other = retained[Int.random(in: 0..<retained.count, using: &random)]
                let answer = GenericValues.generic(other, names: true, &random)
                let question = Refusals.question(of: records[example])
                return MaskedSequence(
                    madeUp: records[example].with(
                        prompt: question, completion: answer.completion), for: original)
            }
        }
    }
}
