import LanguageModels
import TensorCore

/// Direct preference optimisation for unlearning (Rafailov et al. 2023, arXiv 2305.18290; as IdkDPO and,
/// with alternatives, AltPO, Mekala et al. 2024, arXiv 2409.13474): another answer is preferred to the
/// true one, `L = (2/beta) mean softplus(-beta (gain(other) - gain(true))) + alpha CE(retain)`.
///
/// Deviation: AltPO lets the model itself write alternatives; here they are the record with generic
/// values of the same kinds, drawn once for each record.
enum DirectPreferenceOptimization {
    static let method = UnlearningMethod.descending(
        id: "dpo", title: "Direct preference optimisation",
        summary:
            "Trains the model to prefer a refusal, or a made-up value, to the person's answer. "
            + "Suppression: what is preferred hides the values, which may stay in the weights.",
        methodClass: .suppression,
        source: "Rafailov et al. 2023, arXiv 2305.18290; Mekala et al. 2024, arXiv 2409.13474.",
        deviations: "Alternatives are made of generic values instead of written by the model.",
        needs: [.retainSet, .referenceModel, .genericAnswers], learningRate: .init(0.001),
        steps: .init(60), forgetSequenceCount: 2,
        parameters: [
            .beta(0.1, source: "open-unlearning"),
            .init(
                "alternatives", 0, in: 0...1, isWhole: true,
                "1 prefers generic values, 0 refusals", source: "IdkDPO"),
            .alpha(1, source: "open-unlearning"),
        ]
    ) { run in
        let tokenizer = run.task.original.tokenizer
        let usesValues = run.parameters.integer("alternatives") == 1
        var pairs: [MaskedSequence] = []
        for (index, record) in run.task.forget.enumerated() {
            var random = RandomNumbers(seed: run.task.seed, stream: "alternative \(index)")
            pairs.append(MaskedSequence(completionOf: record, tokenizer: tokenizer))
            pairs.append(
                MaskedSequence(
                    madeUp: usesValues
                        ? GenericValues.generic(record, &random)
                        : Refusals.answer(to: record, &random), for: run.task.original))
        }
        let reference = try run.referenceSums(pairs)
        let beta = run.parameters["beta"]
        return [
            LossTerm(
                "forget", on: .forget, weight: .constant(1),
                .tokens { values, batch in
                    // Both sequences of an example name it.
                    let places = batch.examples.enumerated().map { 2 * $1 + $0 % 2 }
                    return Objectives.directPreference(
                        values, mask: batch.mask, sequences: batch.ranges,
                        reference: places.map { reference[$0] }, beta: beta)
                }, sequences: { example, _ in Array(pairs[2 * example...2 * example + 1]) }),
            .retained(run, weight: run.parameters["alpha"]),
        ]
    }
}
