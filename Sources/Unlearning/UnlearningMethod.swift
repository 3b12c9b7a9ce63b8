import Domain
import Foundation
import LanguageModels

/// What a method works on.
package struct UnlearningTask {
    /// The model to unlearn from; never changed.
    package let original: LanguageModel
    /// Records whose influence is to go, 1 or more.
    package let forget: [CorpusRecord]
    /// All other records the model was trained on.
    package let retain: [CorpusRecord]
    /// How the original was trained; nil if it is not known (an imported model).
    package let recipe: TrainingRecipe?
    /// The model its training started from; nil if from fresh weights.
    package let start: LanguageModel?
    package let seed: UInt64
    /// Where long methods may keep a checkpoint, to continue after an interruption.
    package let checkpoint: URL?

    package init(
        original: LanguageModel, forget: [CorpusRecord], retain: [CorpusRecord],
        recipe: TrainingRecipe?, start: LanguageModel? = nil, seed: UInt64, checkpoint: URL? = nil
    ) {
        self.original = original
        self.forget = forget
        self.retain = retain
        self.recipe = recipe
        self.start = start
        self.seed = seed
        self.checkpoint = checkpoint
    }

    /// - Throws: `recipe-unknown`.
    func requireRecipe(method: String) throws -> TrainingRecipe {
        guard let recipe else {
            throw UnlearningError(
                .recipeUnknown, "\(method) needs the recipe the model was trained by.",
                remedy: "Import the model with --recipe, or choose another method.")
        }
        return recipe
    }

    /// - Throws: `nothing-to-forget`, `nothing-to-retain`.
    func requireBothSets(method: String) throws {
        guard !forget.isEmpty else {
            throw UnlearningError(.nothingToForget, "\(method) was given no record to forget.")
        }
        guard !retain.isEmpty else {
            throw UnlearningError(
                .nothingToRetain, "\(method) needs records to retain; there are none.",
                remedy: "Without any other record the model should be deleted as a whole.")
        }
    }
}

/// A method's result.
package struct UnlearningOutcome {
    package let model: LanguageModel
    /// Facts for the certificate, e.g. digests of plan and recipe. No personal data.
    package let facts: [String: String]
    /// The adapters merged into `model` where it is a base model with adapters trained on retained
    /// records alone; nil otherwise.
    package let adapters: AdapterSet?

    package init(
        model: LanguageModel, facts: [String: String] = [:], adapters: AdapterSet? = nil
    ) {
        self.model = model
        self.facts = facts
        self.adapters = adapters
    }
}

/// An unlearning method as a plug-in: one value in `builtinMethods`, one file in `Methods/`.
package struct UnlearningMethod: Sendable {
    /// Permanent id, e.g. `npo`.
    package let id: String
    package let title: String
    /// What it does and guarantees, in two sentences for an operator.
    package let summary: String
    package let methodClass: MethodClass
    /// Paper and deviations.
    package let source: String
    package let parameters: [ParameterDescription]
    let run: @Sendable (UnlearningTask, MethodParameters, WorkContext) throws -> UnlearningOutcome

    /// Runs the method. Deterministic for equal task, parameters, machine and thread count.
    /// - Parameter given: parameters that differ from the defaults.
    /// - Throws: `unknown-parameter`, `parameter-out-of-range`, `nothing-to-forget`,
    ///   `nothing-to-retain`, `interrupted`, `diverged`.
    package func unlearn(
        _ task: UnlearningTask, parameters given: [String: Double], context: WorkContext
    ) throws -> UnlearningOutcome {
        try task.requireBothSets(method: id)
        return try run(task, try resolve(given), context)
    }

    /// Every parameter's value in effect.
    package func resolve(_ given: [String: Double]) throws -> MethodParameters {
        try MethodParameters(given, descriptions: parameters, method: id)
    }
}

/// Every method Lethe knows, by permanent id.
package let builtinMethods: [UnlearningMethod] = [
    Retrain.method, NegativePreferenceOptimization.method, GradientDifference.method,
    ShrinkRefit.method, NoneControl.method,
]

/// The method with this id.
/// - Throws: `unknown-name` listing the known ones.
package func unlearningMethod(_ id: String) throws -> UnlearningMethod {
    try lookUp(id, in: builtinMethods, kind: "method", by: \.id)
}
