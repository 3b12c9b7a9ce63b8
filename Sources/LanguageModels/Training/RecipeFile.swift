import Domain
import Foundation
import StrictYAML

/// Reads a training recipe from YAML; unknown keys are refused with their line.
package enum RecipeFile {
    /// The version of the form, given as `lethe-recipe`.
    package static let version = 1

    private static let keys = [
        "lethe-recipe", "family", "model", "tokenizer", "epochs", "batch-size", "learning-rate",
        "adam-beta1", "adam-beta2", "weight-decay", "clip-norm", "warmup-share",
        "final-learning-rate-share", "schedule", "loss", "seed", "checkpoint-every-steps",
        "low-rank", "gradient-checkpointing", "replay", "sisa",
    ]

    /// - Throws: `malformed-document`, `unknown-key`, `file-unreadable`.
    package static func read(_ url: URL) throws -> TrainingRecipe {
        let (source, text) = try YAMLSource.read(url)
        return try parse(text, source: source)
    }

    package static func parse(
        _ text: String, source: YAMLSource = YAMLSource(name: "recipe")
    ) throws -> TrainingRecipe {
        let root = try source.compose(text)
        let top = try source.mapping(root, "the recipe", keys: keys)
        _ = try source.integer("lethe-recipe", in: top, of: root, range: version...version)
        func share(_ key: String, default fallback: Double) throws -> Double {
            try source.real(key, in: top, of: root, "in [0, 1]", default: fallback) {
                (0...1).contains($0)
            }
        }
        func beta(_ key: String, default fallback: Double) throws -> Double {
            try source.real(key, in: top, of: root, "in [0, 1)", default: fallback) {
                $0 >= 0 && $0 < 1
            }
        }
        func atLeastZero(_ key: String, default fallback: Double) throws -> Double {
            try source.real(key, in: top, of: root, "at least 0", default: fallback) { $0 >= 0 }
        }
        let schedule = try source.word(
            "schedule", in: top, of: root, oneOf: TrainingRecipe.Schedule.allCases.map(\.rawValue),
            default: "cosine")
        let loss = try source.word(
            "loss", in: top, of: root, oneOf: TrainingRecipe.Loss.allCases.map(\.rawValue),
            default: "all-tokens")
        return TrainingRecipe(
            model: try model(top, root, source), tokenizer: try tokenizer(top, root, source),
            epochs: try source.integer("epochs", in: top, of: root, range: 1...100_000),
            batchSize: try source.integer(
                "batch-size", in: top, of: root, range: 1...65_536, default: 8),
            learningRate: try source.real(
                "learning-rate", in: top, of: root, "a positive number"
            ) { $0 > 0 },
            beta1: try beta("adam-beta1", default: 0.9),
            beta2: try beta("adam-beta2", default: 0.95),
            weightDecay: try atLeastZero("weight-decay", default: 0),
            clipNorm: try atLeastZero("clip-norm", default: 1),
            warmupShare: try share("warmup-share", default: 0.05),
            finalLearningRateShare: try share("final-learning-rate-share", default: 0.05),
            schedule: TrainingRecipe.Schedule(rawValue: schedule) ?? .cosine,
            loss: TrainingRecipe.Loss(rawValue: loss) ?? .allTokens,
            seed: UInt64(
                try source.integer("seed", in: top, of: root, range: 0...Int.max, default: 1)),
            checkpointEverySteps: try source.integer(
                "checkpoint-every-steps", in: top, of: root, range: 1...1_000_000, default: 200),
            lowRank: try lowRank(top, source),
            checkpointsLayers: try source.boolean(
                "gradient-checkpointing", in: top, default: false),
            replay: try replay(top, source), sisa: try sharding(top, source))
    }

    private static func sharding(
        _ top: YAMLSource.Mapping, _ source: YAMLSource
    ) throws -> ShardingSettings? {
        guard let entry = top["sisa"] else { return nil }
        guard top["replay"] == nil else {
            throw source.malformed(
                "sisa and replay exclude each other: shards keep their own checkpoints",
                at: entry.value)
        }
        let map = try source.mapping(entry.value, "sisa", keys: ["shards", "slices"])
        func count(_ key: String) throws -> Int {
            try source.integer(key, in: map, of: entry.value, range: ShardingSettings.counts)
        }
        return ShardingSettings(shards: try count("shards"), slices: try count("slices"))
    }

    private static func replay(
        _ top: YAMLSource.Mapping, _ source: YAMLSource
    ) throws -> ReplaySettings? {
        guard let entry = top["replay"] else { return nil }
        let map = try source.mapping(
            entry.value, "replay", keys: ["checkpoint-every-steps", "disk-budget-mb"])
        return ReplaySettings(
            checkpointEverySteps: try source.integer(
                "checkpoint-every-steps", in: map, of: entry.value, range: 1...1_000_000),
            diskBudgetMegabytes: try source.integer(
                "disk-budget-mb", in: map, of: entry.value, range: 1...1_000_000_000))
    }

    private static func lowRank(
        _ top: YAMLSource.Mapping, _ source: YAMLSource
    ) throws -> LowRankSettings? {
        guard let entry = top["low-rank"] else { return nil }
        guard top["model"] == nil else {
            throw source.malformed(
                "low-rank adapts a model that is there; a recipe with a model section makes a new "
                    + "one", at: entry.key)
        }
        let map = try source.mapping(entry.value, "low-rank", keys: ["rank", "alpha", "targets"])
        let rank = try source.integer(
            "rank", in: map, of: entry.value, range: LowRankSettings.ranks)
        let alpha = try source.real("alpha", in: map, of: entry.value, "a positive number") {
            $0 > 0
        }
        guard let given = map["targets"] else { return LowRankSettings(rank: rank, alpha: alpha) }
        let names = given.value.sequence.map { $0.map(\.string) } ?? [given.value.string]
        guard !names.isEmpty, names.allSatisfy({ $0?.isEmpty == false }),
            given.value.sequence != nil || names == [LowRankSettings.allLinear]
        else {
            throw source.malformed(
                "targets must be a list of names or all-linear", at: given.value)
        }
        return LowRankSettings(rank: rank, alpha: alpha, targets: names.compactMap(\.self))
    }

    private static func model(
        _ top: YAMLSource.Mapping, _ root: YAMLNode, _ source: YAMLSource
    ) throws -> TrainingRecipe.Model? {
        guard let entry = top["model"] else { return nil }
        let family = try source.word(
            "family", in: top, of: root, oneOf: builtinModelFamilies.map(\.id))
        let map = try source.mapping(
            entry.value, "model",
            keys: [
                "hidden-size", "intermediate-size", "layers", "heads", "key-value-heads",
                "maximum-positions", "tie-embeddings",
            ])
        func integer(_ key: String, default fallback: Int? = nil) throws -> Int {
            try source.integer(
                key, in: map, of: entry.value, range: 1...1_000_000, default: fallback)
        }
        let heads = try integer("heads")
        return TrainingRecipe.Model(
            family: family, hiddenSize: try integer("hidden-size"),
            intermediateSize: try integer("intermediate-size"), layers: try integer("layers"),
            heads: heads, keyValueHeads: try integer("key-value-heads", default: heads),
            maximumPositions: try integer("maximum-positions", default: 256),
            tieEmbeddings: try source.boolean("tie-embeddings", in: map, default: true))
    }

    private static func tokenizer(
        _ top: YAMLSource.Mapping, _ root: YAMLNode, _ source: YAMLSource
    ) throws -> TrainingRecipe.TokenizerTrainingSettings? {
        guard let entry = top["tokenizer"] else { return nil }
        let map = try source.mapping(
            entry.value, "tokenizer", keys: ["vocabulary-size", "split-digits", "corpus"])
        let corpus = try source.required("corpus", in: map, of: entry.value)
        guard let name = corpus.value.string, !name.isEmpty else {
            throw source.malformed("corpus must be the name of a corpus", at: corpus.value)
        }
        return TrainingRecipe.TokenizerTrainingSettings(
            vocabularySize: try source.integer(
                "vocabulary-size", in: map, of: entry.value, range: 257...1_000_000),
            splitDigits: try source.boolean("split-digits", in: map, default: true), corpus: name)
    }
}
