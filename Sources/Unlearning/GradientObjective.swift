import Domain
import Foundation
import LanguageModels
import TensorCore

/// A record made ready for a forget objective.
package struct ForgetSequence: Sendable {
    package let sequence: ScoredSequence
    /// 1 for each scored token that carries the record's information, else 0. At least one is 1.
    package let mask: [Float]

    /// The completion is scored; only tokens of typed personal values count, where the record has
    /// any, else all of the completion. Pushing down the words of a template that everybody's
    /// records share would only damage the rest.
    package init(_ record: CorpusRecord, tokenizer: some Tokenizer) {
        let encoded = EncodedRecord(record, tokenizer: tokenizer)
        let all = encoded.allScored
        var isValue = Array(repeating: false, count: encoded.ids.count)
        for kind in IdentifierKind.allCases where kind != .name {
            guard let value = record.values[kind] else { continue }
            for occurrence in valueOccurrences(of: value, kind: kind, in: record.text) {
                for index in encoded.tokens(covering: occurrence.bytes) { isValue[index] = true }
            }
        }
        let mask = all.scored.map { Float(isValue[$0] ? 1 : 0) }
        if mask.contains(1) {
            sequence = all
            self.mask = mask
        } else {
            sequence = encoded.completionScored
            self.mask = Array(repeating: 1, count: sequence.scored.count)
        }
    }
}

/// What is descended on a batch of records to forget.
enum ForgetObjective {
    /// Linear in the log-probabilities: their weights, from the mask (laid out like them). Both sets
    /// of a step then go through the model as one packed batch.
    case linear(_ weights: (_ mask: [Float]) -> [Float])
    /// Any loss, with its derivative by each token's log-probability. `sequences` are the ranges of
    /// each sequence's tokens, `rows` the sequences' places among the records to forget.
    case general(
        _ loss: (
            _ logProbabilities: [Float], _ mask: [Float], _ sequences: [Range<Int>], _ rows: [Int]
        ) -> (loss: Double, slope: [Float]))
}

/// Descends `gamma * forget objective + alpha * mean loss on retained records`, both in each step.
///
/// Keeping the retained records in the same loop matters: repairing them afterwards brings the
/// memory back.
struct ForgetRetainLoop {
    /// Parameters that every method of this shape has.
    static let forgetBatch = ParameterDescription(
        "forget-batch", 6, in: 1...4_096, isWhole: true, "forgotten records a step",
        source: "measured on the sample model")
    static let retainBatch = ParameterDescription(
        "retain-batch", 32, in: 1...4_096, isWhole: true, "retained records a step",
        source: "measured on the sample model")

    static let lowRank = ParameterDescription(
        "low-rank", 0, in: 0...Double(LowRankSettings.ranks.upperBound), isWhole: true,
        "rank of adapters on all linear matrices, trained instead of the weights; 0 trains all",
        source: "Hu et al. 2021, arXiv 2106.09685, for the adapters")
    static let lowRankAlpha = ParameterDescription(
        "low-rank-alpha", 16, in: 0.001...65_536, "the adapters' product is scaled by alpha / rank",
        source: "Dettmers et al. 2023, arXiv 2305.14314")

    /// What these two parameters ask for; nil for all weights.
    static func lowRankSettings(_ parameters: MethodParameters) -> LowRankSettings? {
        let rank = parameters.integer("low-rank")
        return rank == 0
            ? nil : LowRankSettings(rank: rank, alpha: parameters["low-rank-alpha"])
    }

    let stepCount: Int
    let learningRate: Double
    let forgetBatchSize: Int
    let retainBatchSize: Int
    /// Trains adapters on the frozen original and merges them; nil trains all weights.
    let lowRank: LowRankSettings?
    let forgetWeight: Float
    let retainWeight: Float
    let activity: String

    func run(
        _ task: UnlearningTask, context: WorkContext, objective: ForgetObjective
    ) throws -> LanguageModel {
        let model = task.original.copy()
        let tokenizer = model.tokenizer
        let forget = task.forget.map { ForgetSequence($0, tokenizer: tokenizer) }
        let retain = task.retain.map { EncodedRecord($0, tokenizer: tokenizer).allScored }
        var forgetOrder = Cycle(count: forget.count, seed: task.seed, stream: "forget")
        var retainOrder = Cycle(count: retain.count, seed: task.seed, stream: "retain")
        let adapters = try lowRank.map {
            try AdapterSet(for: model.architecture, settings: $0, seed: task.seed)
        }
        try adapters?.attach(to: model)
        let trained = adapters?.parameters ?? model.parameters
        // A model that only fits into memory with checkpoints is unlearned with them too.
        let checkpointsLayers = task.recipe?.checkpointsLayers ?? false
        let optimizer = AdamW(
            trained, settings: .init(beta1: 0.9, beta2: 0.95, weightDecay: 0))
        trained.zeroGradients()
        // Cosine to zero: the last steps settle instead of jumping.
        let schedule = TrainingRecipe(
            epochs: 1, learningRate: learningRate, warmupShare: 0.05, finalLearningRateShare: 0)
        for step in 0..<stepCount {
            try context.checkCancellation()
            let rows = forgetOrder.next(forgetBatchSize)
            var batch = PackedBatch(rows.map { forget[$0].sequence })
            let mask = rows.flatMap { forget[$0].mask }
            let kept = retainOrder.next(retainBatchSize).map { retain[$0] }
            let forgetLoss: Double
            let keptLogProbabilities: [Float]
            switch objective {
            case .linear(let weigh):
                let forgetWeights = weigh(mask)
                for sequence in kept { batch.append(sequence) }
                let keptWeights = meanLossWeights(batch.targets.count - mask.count)
                let values = try model.accumulateGradient(
                    of: batch, checkpointsLayers: checkpointsLayers,
                    weights: forgetWeights.map { $0 * forgetWeight }
                        + keptWeights.map { $0 * retainWeight })
                forgetLoss = zip(forgetWeights, values).reduce(0.0) { $0 + Double($1.0 * $1.1) }
                keptLogProbabilities = Array(values[mask.count...])
            case .general(let loss):
                forgetLoss = try model.accumulateGradient(
                    of: batch, checkpointsLayers: checkpointsLayers
                ) { values in
                    let (loss, slope) = loss(values, mask, batch.scoredRanges, rows)
                    return (loss, slope.map { $0 * forgetWeight })
                }
                let keptBatch = PackedBatch(kept)
                keptLogProbabilities = try model.accumulateGradient(
                    of: keptBatch, checkpointsLayers: checkpointsLayers,
                    weights: meanLossWeights(keptBatch.targets.count).map { $0 * retainWeight })
            }
            let retainLoss = meanLoss(keptLogProbabilities)
            guard forgetLoss.isFinite, retainLoss.isFinite else {
                throw ModelError(
                    .diverged, "The loss is no longer a number at step \(step).",
                    details: ["step": "\(step)"], remedy: "Lower the learning rate.")
            }
            trained.clipGradients(to: 1)
            optimizer.step(
                learningRate: Float(schedule.learningRate(step: step, of: stepCount)),
                clearsGradients: true)
            context.progress(
                activity, step + 1, of: stepCount,
                note: String(format: "forget %.3f  retain %.4f", forgetLoss, retainLoss))
        }
        guard trained.isFinite else {
            throw ModelError(
                .diverged, "The weights are no longer numbers after the last step.",
                details: ["step": "\(stepCount)"], remedy: "Lower the learning rate.")
        }
        try adapters?.merge(into: model)
        return model
    }
}

/// Endless passes over 0 ..< count, each in a new seeded order.
struct Cycle {
    private let count: Int
    private var random: RandomNumbers
    private var pending: [Int] = []

    init(count: Int, seed: UInt64, stream: String) {
        self.count = count
        random = RandomNumbers(seed: seed, stream: stream)
    }

    /// The next `size` different indices, fewer if there are not as many.
    mutating func next(_ size: Int) -> [Int] {
        let size = min(size, count)
        var result: [Int] = []
        while result.count < size {
            if pending.isEmpty { pending = Array(0..<count).shuffled(using: &random) }
            // At the seam of two passes an index may come up again; it waits for the next batch.
            guard let place = pending.firstIndex(where: { !result.contains($0) }) else {
                pending += Array(0..<count).shuffled(using: &random)
                continue
            }
            result.append(pending.remove(at: place))
        }
        return result
    }
}
