import Domain

/// What a method cannot work without. The raw values are shown by `lethe methods`.
package enum MethodNeed: String, Codable, CaseIterable, Sendable {
    /// Other records the model was trained on, which it must keep.
    case retainSet = "retain-set"
    /// A frozen copy of the model as it was, in memory beside the changed one.
    case referenceModel = "reference-model"
    /// Refusals to answer with instead ("I do not know that").
    case genericAnswers = "generic-answers"
    /// Typed personal values of the forgotten records, and values of the same kinds from nobody.
    case anchorTerms = "anchor-terms"
    /// The same text once with the true and once with another value.
    case contrastivePairs = "contrastive-pairs"
    /// Records that the model was not trained on, in the form of the forgotten ones.
    case unseenSet = "unseen-set"
    /// Invented people to compare with, none of whom the gate uses.
    case fitTwins = "fit-twins"
    /// The recipe the model was trained by.
    case trainingRecipe = "training-recipe"
    /// The journal and checkpoints that a training with `replay` in its recipe leaves behind.
    case trainingJournal = "training-journal"
    /// A model trained in shards, by `sisa` in its recipe.
    case shardedTraining = "sharded-training"
}

/// A person of a pool that methods may look at. The gate's own twins are of another type and never
/// become one: a method fitted to them would make its own examination.
package struct FitTwin: Sendable {
    package let profile: PersonProfile

    package init(_ profile: PersonProfile) { self.profile = profile }
}

/// What a run of a method takes, in passes over tokens. Backward of a token costs about two forward
/// passes.
package struct CostEstimate: Sendable, Equatable {
    package var forwardTokens: Double
    package var backwardTokens: Double
    /// Models in memory beside the one that is changed.
    package var extraModels: Int

    package init(forwardTokens: Double, backwardTokens: Double, extraModels: Int = 0) {
        self.forwardTokens = forwardTokens
        self.backwardTokens = backwardTokens
        self.extraModels = extraModels
    }

    /// `steps` steps on this many tokens each, forward and backward.
    package static func descent(
        steps: Double, tokens: Double, referenceTokens: Double = 0, extraModels: Int = 0
    ) -> CostEstimate {
        CostEstimate(
            forwardTokens: steps * (tokens + referenceTokens), backwardTokens: steps * tokens,
            extraModels: extraModels)
    }

    package static func + (a: CostEstimate, b: CostEstimate) -> CostEstimate {
        CostEstimate(
            forwardTokens: a.forwardTokens + b.forwardTokens,
            backwardTokens: a.backwardTokens + b.backwardTokens,
            extraModels: max(a.extraModels, b.extraModels))
    }

    /// Floating-point operations for a model of this many parameters: 2 a parameter and token
    /// forward, 4 backward (Kaplan et al. 2020, arXiv 2001.08361, section 2.1).
    package func operations(parameterCount: Int) -> Double {
        Double(parameterCount) * (2 * forwardTokens + 4 * backwardTokens)
    }
}

/// What an estimate is made from.
package struct CostBasis: Sendable {
    package let forgetRecordCount: Int
    package let retainRecordCount: Int
    /// Mean tokens of a record.
    package let forgetTokens: Double
    package let retainTokens: Double
    /// Tokens of one epoch of the original training, and its epochs; 0 if unknown.
    package let epochTokens: Double
    package let epochs: Double

    package init(
        forgetRecordCount: Int, retainRecordCount: Int, forgetTokens: Double,
        retainTokens: Double, epochTokens: Double, epochs: Double
    ) {
        self.forgetRecordCount = forgetRecordCount
        self.retainRecordCount = retainRecordCount
        self.forgetTokens = forgetTokens
        self.retainTokens = retainTokens
        self.epochTokens = epochTokens
        self.epochs = epochs
    }
}
