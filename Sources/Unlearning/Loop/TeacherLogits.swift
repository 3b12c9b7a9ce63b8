import LanguageModels
import TensorCore

/// Logits of a frozen model for the sequences a loop shows; kept where all of them are small enough.
///
/// Kept ones are computed for each example alone, others for each batch, so that a loop that goes on
/// after an interruption meets the same bits.
final class TeacherLogits {
    private let model: LanguageModel
    private let keeps: Bool
    /// Logits of an example, [tokens, vocabulary].
    private var kept: [Int: Tensor] = [:]
    /// Elements kept at most: 256 MiB.
    private static let elementLimit = 1 << 26

    /// - Parameter sequences: the one sequence of each example; nil if they change from step to step.
    init(_ model: LanguageModel, sequences: [MaskedSequence]?) {
        self.model = model
        let tokens = sequences?.reduce(0) { $0 + $1.mask.count }
        keeps = tokens.map { $0 * model.architecture.vocabularySize <= Self.elementLimit } ?? false
    }

    /// For each of the batch's targets the frozen model's logits, [targets, vocabulary].
    func logits(of batch: TermBatch) throws -> Tensor {
        guard keeps else { return try all(batch.packed) }
        let width = model.architecture.vocabularySize
        let result = Tensor([batch.packed.targets.count, width])
        for (place, example) in batch.examples.enumerated() {
            let range = batch.ranges[place]
            let part = try kept[example] ?? all(batch.packed.sequence(place))
            kept[example] = part
            (result.pointer + range.lowerBound * width).update(
                from: part.pointer, count: range.count * width)
        }
        return result
    }

    private func all(_ batch: PackedBatch) throws -> Tensor {
        try model.logits(of: batch, rows: batch.scoredRows)
    }
}
