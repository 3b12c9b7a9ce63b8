import LanguageModels
import TensorCore

/// SKU, selective knowledge negation (Liu et al. 2024, arXiv 2402.10058). First a bad model is trained from
/// theta0 on `L = e1 CE(forgotten answer) + e2 mean CE(K other answers) - e3 KL(p0 || p on retained)`:
/// guided distortion, random disassociation, preservation divergence; then what it learned is taken back:
/// `theta = theta0 - s (theta_bad - theta0)`.
///
/// The divergence is to grow because it is taken back in turn; it has no bound of its own and is capped.
/// Read for personal data: harmful = the person's records, other answers = the same with generic values.
enum SKU {
    static let method = UnlearningMethod(
        id: "sku", title: "Selective knowledge negation",
        summary:
            "Trains a copy to know the person better and the others worse, then subtracts what "
            + "it learned. Approximate.",
        methodClass: .approximate, source: "Liu et al. 2024, arXiv 2402.10058, section 3.",
        deviations: "The divergence is capped; the multiple is chosen on retained records.",
        needs: [.retainSet, .referenceModel, .anchorTerms],
        parameters: [
            .init("distortion", 2.5, in: 0...1_000, "weight e1", source: "authors' example"),
            .init("disassociation", 2.5, in: 0...1_000, "weight e2", source: "authors' example"),
            .init("preservation", 1, in: 0...1_000, "weight e3", source: "authors' example"),
            .init(
                "answers", 5, in: 1...64, isWhole: true, "other answers to each question (K)",
                source: "authors' code"),
            .init(
                "divergence-cap", 1, in: 0.001...100, "nats beyond which divergence is not raised",
                source: "own"),
            TaskArithmetic.scale, TaskArithmetic.retainLossRise,
        ] + UnlearningMethod.stepParameters(learningRate: .init(0.0003), steps: .init(20)),
        cost: { basis, parameters in
            let forget = basis.forgetTokens(of: parameters) * (1 + parameters["answers"])
            let retain = basis.retainTokens(of: parameters)
            return .descent(
                steps: parameters["steps"], tokens: forget + retain, referenceTokens: retain,
                extraModels: 2)
        },
        run: { run in
            let bad = try run.sideModel("bad") { model in
                try badModelLoop(run).run(on: model, run, stage: "bad")
            }
            let (model, scale) = try TaskArithmetic.negated(bad, run)
            return UnlearningOutcome(model: model, facts: ["scale": "\(scale)"])
        })

    private static func badModelLoop(_ run: MethodRun) -> DescentLoop {
        let parameters = run.parameters
        let tokenizer = run.task.original.tokenizer
        let records = run.task.forget
        let answers = parameters.integer("answers")
        let cap = parameters["divergence-cap"]
        let retained = run.retainSequences
        let teacher = TeacherLogits(run.task.original, sequences: retained)
        return DescentLoop(
            terms: [
                LossTerm(
                    "distortion", on: .forget, weight: parameters["distortion"], .crossEntropy,
                    records.map { MaskedSequence(completionOf: $0, tokenizer: tokenizer) }),
                LossTerm(
                    "disassociation", on: .forget,
                    weight: .constant(parameters["disassociation"]), .crossEntropy
                ) { example, random in
                    (0..<answers).map { _ in
                        MaskedSequence(
                            madeUp: GenericValues.generic(records[example], &random),
                            for: run.task.original)
                    }
                },
                LossTerm(
                    "preservation", on: .retain, weight: parameters["preservation"],
                    .logits { logits, batch in
                        let value = Objectives.divergence(
                            from: try teacher.logits(of: batch), logits, mask: batch.mask)
                        logits.scale(by: value < cap ? -1 : 0)
                        return -value
                    }, retained),
            ], stepCount: parameters.integer("steps"), learningRate: parameters["learning-rate"],
            batchSizes: [
                .forget: parameters.integer("forget-batch"),
                .retain: parameters.integer("retain-batch"),
            ], counts: [.forget: records.count, .retain: retained.count])
    }
}
