import LanguageModels
import TensorCore

/// The sets that terms draw examples from. All terms on one set read the same examples in a step.
enum ExampleSet: String, CaseIterable {
    case forget, retain, unseen
}

/// One summand of a step's loss: an objective on sequences made of the step's examples.
///
/// A method is a list of terms: a forget objective, a retain objective, and what else its paper has.
struct LossTerm {
    let name: String
    let examples: ExampleSet
    /// The sequences of an example, one or more, e.g. the true answer and then another one. The random
    /// numbers are the step's and the term's own.
    let sequences: (_ example: Int, _ random: inout RandomNumbers) -> [MaskedSequence]
    let weight: Weight
    let objective: TermObjective

    /// What a term's loss is multiplied by.
    enum Weight {
        case constant(Double)
        /// A number of the loop's state, under this name: for weights that change.
        case state(String)
    }

    init(
        _ name: String, on examples: ExampleSet, weight: Weight,
        _ objective: TermObjective,
        sequences: @escaping (_ example: Int, _ random: inout RandomNumbers) -> [MaskedSequence]
    ) {
        self.name = name
        self.examples = examples
        self.sequences = sequences
        self.weight = weight
        self.objective = objective
    }

    /// A term on one fixed sequence for each example.
    init(
        _ name: String, on examples: ExampleSet, weight: Double, _ objective: TermObjective,
        _ sequences: [MaskedSequence]
    ) {
        self.init(name, on: examples, weight: .constant(weight), objective) { example, _ in
            [sequences[example]]
        }
    }
}

/// What a term computes from the model's view of its sequences.
enum TermObjective {
    /// Linear in the log-probabilities: a weight for each. Cheapest; terms of this kind go through the
    /// model as one packed batch.
    case linear((_ batch: TermBatch) -> [Float])
    /// Any loss of the log-probabilities, with its derivative by each.
    case tokens(
        (_ logProbabilities: [Float], _ batch: TermBatch) -> (loss: Double, slope: [Float]))
    /// Any loss of the logits [tokens, vocabulary]; leaves its derivative in their place.
    case logits((_ logits: Tensor, _ batch: TermBatch) throws -> Double)
    /// Any loss of the hidden states [rows, width] after some layers, with its derivative.
    case hidden(
        depth: Int, (_ states: Tensor, _ batch: TermBatch) throws -> (loss: Double, slope: Tensor))

    /// The mean loss of the counted tokens, nats.
    static var crossEntropy: TermObjective {
        .linear { Objectives.descentWeights(mask: $0.mask) }
    }
    /// The mean loss of the counted tokens with its sign turned.
    static var ascent: TermObjective { .linear { Objectives.ascentWeights(mask: $0.mask) } }
}

/// A term's part of a step.
struct TermBatch {
    let packed: PackedBatch
    /// One number for each of `packed.targets`.
    let mask: [Float]
    /// For each sequence of `packed`, the example it was made from.
    let examples: [Int]
    /// Steps done before.
    let step: Int

    /// For each sequence, which targets are its own.
    var ranges: [Range<Int>] { packed.scoredRanges }
}
