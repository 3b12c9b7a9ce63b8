import Domain
import Foundation
import LanguageModels
import TensorCore

/// A method's result.
package struct UnlearningOutcome {
    package let model: LanguageModel
    /// Facts for the certificate, e.g. digests of plan and recipe. No personal data.
    package let facts: [String: String]
    /// The adapters merged into `model` where it is a base model with adapters trained on retained
    /// records alone; nil otherwise.
    package let adapters: AdapterSet?
    /// The models that answer together, `model` being the first of them; nil for a model by itself.
    package let ensemble: EnsembleModel?

    package init(
        model: LanguageModel, facts: [String: String] = [:], adapters: AdapterSet? = nil,
        ensemble: EnsembleModel? = nil
    ) {
        self.model = model
        self.facts = facts
        self.adapters = adapters
        self.ensemble = ensemble
    }

    /// What is to be verified: the ensemble where there is one.
    package var answering: any ScoringModel { ensemble ?? model }
}

/// An unlearning method as a plug-in: one value in `builtinMethods`, one file in `Methods/`.
package struct UnlearningMethod: Sendable {
    /// Permanent id, e.g. `npo`.
    package let id: String
    package let title: String
    /// What it does and guarantees, in two sentences for an operator.
    package let summary: String
    package let methodClass: MethodClass
    /// Paper and equation.
    package let source: String
    /// What is done otherwise than in the paper; empty for nothing.
    package let deviations: String
    /// What it cannot work without.
    package let needs: Set<MethodNeed>
    /// Whether it can work on an ensemble that was trained in shards.
    package let acceptsEnsembles: Bool
    package let parameters: [ParameterDescription]
    /// Which parameters of the model it may change, for these settings; nil = all.
    package let changes: (@Sendable (MethodParameters, any DecoderArchitecture) -> Set<String>)?
    package let cost: @Sendable (CostBasis, MethodParameters) -> CostEstimate
    let run: @Sendable (MethodRun) throws -> UnlearningOutcome

    init(
        id: String, title: String, summary: String, methodClass: MethodClass, source: String,
        deviations: String = "", needs: Set<MethodNeed> = [.retainSet],
        acceptsEnsembles: Bool = false, parameters: [ParameterDescription],
        changes: (@Sendable (MethodParameters, any DecoderArchitecture) -> Set<String>)? = nil,
        cost: @escaping @Sendable (CostBasis, MethodParameters) -> CostEstimate,
        run: @escaping @Sendable (MethodRun) throws -> UnlearningOutcome
    ) {
        self.id = id
        self.title = title
        self.summary = summary
        self.methodClass = methodClass
        self.source = source
        self.deviations = deviations
        self.needs = needs
        self.acceptsEnsembles = acceptsEnsembles
        self.parameters = parameters
        self.changes = changes
        self.cost = cost
        self.run = run
    }

    /// Runs the method. Deterministic for equal task, parameters, machine and thread count;
    /// interrupted, the same call goes on from what the task's folder holds.
    ///
    /// The folder, with models that hold the deleted data by construction, stays until the caller has
    /// stored the result and calls `UnlearningTask.discardFolder`.
    /// - Parameter given: parameters that differ from the defaults.
    /// - Throws: `unknown-parameter`, `parameter-out-of-range`, `nothing-to-forget`,
    ///   `nothing-to-retain`, `need-not-met`, `recipe-unknown`, `interrupted`, `diverged`.
    package func unlearn(
        _ task: UnlearningTask, parameters given: [String: Double], context: WorkContext
    ) throws -> UnlearningOutcome {
        let parameters = try resolve(given)
        try check(task)
        return try run(
            MethodRun(methodID: id, task: task, parameters: parameters, context: context))
    }

    /// Refuses a task that lacks something the method needs, before any work.
    /// - Throws: `nothing-to-forget`, `nothing-to-retain`, `need-not-met`, `recipe-unknown`.
    package func check(_ task: UnlearningTask) throws {
        if !acceptsEnsembles { try task.requireSingleModel(method: id) }
        try task.requireBothSets(method: id)
        for need in MethodNeed.allCases where needs.contains(need) {
            try task.require(need, method: id)
        }
    }

    /// Every parameter's value in effect.
    package func resolve(_ given: [String: Double]) throws -> MethodParameters {
        try MethodParameters(given, descriptions: parameters, method: id)
    }
}

/// The method with this id.
/// - Throws: `unknown-name` listing the known ones.
package func unlearningMethod(_ id: String) throws -> UnlearningMethod {
    try lookUp(id, in: builtinMethods, kind: "method", by: \.id)
}
