import LanguageModels
import TensorCore

/// RMU, representation misdirection (Li et al. 2024, arXiv 2403.03218): after layer l the hidden states of
/// forgotten tokens are driven to `c u`, u a random unit vector with entries from [0, 1), those of retained
/// tokens stay: `L = mean |h - c u|^2 / d + alpha mean |h - h0|^2 / d`. Only the feed-forward outputs of the
/// layers l - 2 ... l change.
///
/// Deviation: a mean over tokens; the open-unlearning program divides every sequence's sum by every
/// sequence's count.
enum RMU {
    static let method = UnlearningMethod.descending(
        id: "rmu", title: "Representation misdirection",
        summary:
            "Scrambles what the model thinks inside when it reads about the person. Approximate; "
            + "known to come back with a few steps of training, which the gate tries.",
        source: "Li et al. 2024, arXiv 2403.03218, section 4.",
        deviations: "Whole records of the person, means over tokens.",
        needs: [.retainSet, .referenceModel], learningRate: .init(0.001), steps: .init(60),
        readsReference: true,
        parameters: [
            .init(
                "layer", 0, in: 0...1_000, isWhole: true,
                "layers whose output is steered, counted from the first; 0 = half of them",
                source: "paper: 7 of 32"),
            .init(
                "steering", 2, in: 0.001...10_000, "length of the target vector (c)",
                source: "open-unlearning"),
            .alpha(1, source: "open-unlearning"),
        ],
        changes: { parameters, architecture in
            let depth = depth(parameters, architecture)
            return Set(
                architecture.feedForwardOutputs.filter { (depth - 3..<depth).contains($0.layer) }
                    .map(\.name))
        }
    ) { run in
        let original = run.task.original
        let depth = depth(run.parameters, original.architecture)
        let tokenizer = original.tokenizer
        let target = direction(
            run, width: try original.hiddenWidth(), length: run.parameters["steering"])
        return [
            LossTerm(
                "forget", on: .forget, weight: 1,
                .hidden(depth: depth) { states, batch in
                    distance(states, batch) { _, column in target[column] }
                }, run.task.forget.map { MaskedSequence(allOf: $0, tokenizer: tokenizer) }),
            LossTerm(
                "retain", on: .retain, weight: run.parameters["alpha"],
                .hidden(depth: depth) { states, batch in
                    let before = try original.hiddenStates(
                        of: batch.packed, tape: Tape(recording: false), depth: depth
                    ).value
                    return distance(states, batch) { row, column in
                        before.pointer[row * before.width + column]
                    }
                }, run.retainSequences),
        ]
    }

    private static func depth(
        _ parameters: MethodParameters, _ architecture: any DecoderArchitecture
    ) -> Int {
        let layer = parameters.integer("layer")
        let count = architecture.layerCount
        return layer == 0 ? max(1, count / 2) : min(layer, count)
    }

    private static func direction(_ run: MethodRun, width: Int, length: Double) -> [Float] {
        var random = RandomNumbers(seed: run.task.seed, stream: "rmu direction")
        let entries = (0..<width).map { _ in random.uniform() }
        let norm = entries.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return entries.map { Float($0 / norm * length) }
    }

    /// Mean over counted tokens of the mean squared distance, with its slope.
    private static func distance(
        _ states: Tensor, _ batch: TermBatch, _ target: (_ row: Int, _ column: Int) -> Float
    ) -> (loss: Double, slope: Tensor) {
        let slope = Tensor.zeros(states.shape)
        let width = states.width
        let rows = zip(batch.packed.scoredRows, batch.mask).filter { $0.1 > 0 }.map(\.0)
        let share = 1 / Double(max(1, rows.count) * width)
        var loss = 0.0
        for row in rows {
            for column in 0..<width {
                let index = row * width + column
                let gap = states.pointer[index] - target(row, column)
                loss += Double(gap) * Double(gap) * share
                slope.pointer[index] = Float(2 * share) * gap
            }
        }
        return (loss, slope)
    }
}
