import Domain
import Foundation
import StrictYAML
import TensorCore

/// How a model is trained: everything beside the data that decides its weights.
package struct TrainingRecipe: Codable, Sendable, Equatable {
    package enum Loss: String, Codable, Sendable, CaseIterable {
        /// Every token that has one before it.
        case allTokens = "all-tokens"
        /// The completion's tokens only.
        case completion
    }
    package enum Schedule: String, Codable, Sendable, CaseIterable {
        case cosine, linear, constant
    }
    /// Shape of a new model; nil in a recipe for fine-tuning.
    package struct Model: Codable, Sendable, Equatable {
        package let family: String
        package let hiddenSize: Int
        package let intermediateSize: Int
        package let layers: Int
        package let heads: Int
        package let keyValueHeads: Int
        package let maximumPositions: Int
        package let tieEmbeddings: Bool
    }
    /// Tokenizer of a new model, trained on a corpus without data subjects.
    package struct TokenizerTrainingSettings: Codable, Sendable, Equatable {
        package let vocabularySize: Int
        package let splitDigits: Bool
        package let corpus: String
    }

    package var model: Model?
    package var tokenizer: TokenizerTrainingSettings?
    package var epochs: Int
    package var batchSize: Int
    package var learningRate: Double
    package var beta1: Double
    package var beta2: Double
    package var weightDecay: Double
    /// Largest gradient norm; 0 means no clipping.
    package var clipNorm: Double
    package var warmupShare: Double
    package var finalLearningRateShare: Double
    package var schedule: Schedule
    package var loss: Loss
    package var seed: UInt64
    package var checkpointEverySteps: Int
    // What older recipes do not have is nil unless it is asked for: the digest of a recipe covers
    // the keys that are there.
    /// Trains adapters on a frozen base model and merges them at the end; nil trains all weights.
    package var lowRank: LowRankSettings?
    /// Layers keep their input only and are computed again in backward; nil means no. The weights
    /// that come out are the same, bit by bit.
    package var gradientCheckpointing: Bool?
    /// Leaves a journal and checkpoints for deletion by replay; nil leaves neither. The weights that
    /// come out are the same, bit by bit.
    package var replay: ReplaySettings?
    /// Trains an ensemble in shards and slices; nil trains one model.
    package var sisa: ShardingSettings?

    package init(
        model: Model? = nil, tokenizer: TokenizerTrainingSettings? = nil, epochs: Int,
        batchSize: Int = 8, learningRate: Double, beta1: Double = 0.9, beta2: Double = 0.95,
        weightDecay: Double = 0, clipNorm: Double = 1, warmupShare: Double = 0.05,
        finalLearningRateShare: Double = 0.05, schedule: Schedule = .cosine,
        loss: Loss = .allTokens, seed: UInt64 = 1, checkpointEverySteps: Int = 200,
        lowRank: LowRankSettings? = nil, checkpointsLayers: Bool = false,
        replay: ReplaySettings? = nil, sisa: ShardingSettings? = nil
    ) {
        self.model = model
        self.tokenizer = tokenizer
        self.epochs = epochs
        self.batchSize = batchSize
        self.learningRate = learningRate
        self.beta1 = beta1
        self.beta2 = beta2
        self.weightDecay = weightDecay
        self.clipNorm = clipNorm
        self.warmupShare = warmupShare
        self.finalLearningRateShare = finalLearningRateShare
        self.schedule = schedule
        self.loss = loss
        self.seed = seed
        self.checkpointEverySteps = checkpointEverySteps
        self.lowRank = lowRank
        gradientCheckpointing = checkpointsLayers ? true : nil
        self.replay = replay
        self.sisa = sisa
    }

    /// Whether backward computes layers again instead of keeping them.
    package var checkpointsLayers: Bool { gradientCheckpointing ?? false }

    /// Digest of the content, independent of the layout of its file.
    package func digest() throws -> Digest { Digest(of: try CanonicalJSON.compact(self)) }

    package var optimizerSettings: AdamW.Settings {
        AdamW.Settings(
            beta1: Float(beta1), beta2: Float(beta2), weightDecay: Float(weightDecay))
    }

    /// Learning rate of step 0 ..< total: linear warm-up, then the schedule down to its final
    /// share.
    package func learningRate(step: Int, of total: Int) -> Double {
        let warmup = (warmupShare * Double(total)).rounded(.up)
        if Double(step) < warmup { return learningRate * Double(step + 1) / warmup }
        let span = max(1, Double(total) - warmup)
        let progress = min(1, (Double(step) - warmup) / span)
        switch schedule {
        case .constant: return learningRate
        case .linear:
            return learningRate * (1 - (1 - finalLearningRateShare) * progress)
        case .cosine:
            let cosine = (1 + cos(Double.pi * progress)) / 2
            return learningRate * (finalLearningRateShare + (1 - finalLearningRateShare) * cosine)
        }
    }

    /// `config.json` of a new model of this recipe.
    /// - Throws: `malformed-recipe`; `unknown-name` for an unknown family.
    package func configuration(vocabularySize: Int, endID: Int32?) throws -> JSONValue {
        guard let model else {
            throw ModelError(
                .malformedRecipe, "The recipe has no model; it can only fine-tune one.",
                remedy: "Name a base model, or give the recipe a model section.")
        }
        let family = try lookUp(
            model.family, in: builtinModelFamilies, kind: "model family", by: \.id)
        let end: JSONValue = endID.map { .number("\($0)") } ?? .null
        let members =
            try family.describe(model) + [
                ("model_type", .string(family.modelType)),
                ("tie_word_embeddings", .bool(model.tieEmbeddings)),
                ("vocab_size", .number("\(vocabularySize)")), ("bos_token_id", end),
                ("eos_token_id", end), ("torch_dtype", .string("float32")),
            ]
        return .object(members.map { .init($0.0, $0.1) })
    }
}
