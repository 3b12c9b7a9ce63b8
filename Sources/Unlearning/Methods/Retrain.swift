import Domain
import LanguageModels

/// Retraining: the recipe of the original run on everything but the forgotten records. Exact by
/// construction: the result is a function of the other records alone.
enum Retrain {
    static let method = UnlearningMethod(
        id: "retrain", title: "Retraining without the records",
        summary:
            "Trains again from the same start by the same recipe, without the person's records. "
            + "Exact: the result does not depend on them in any way.",
        methodClass: .exact, source: "Definition of exact unlearning (Bourtoule et al. 2021).",
        needs: [.retainSet, .trainingRecipe], acceptsEnsembles: true,
        parameters: [],
        cost: { basis, _ in retraining(basis) }
    ) { run in
        let task = run.task
        let recipe = try task.requireRecipe(method: "retrain")
        guard recipe.lowRank == nil || task.start != nil else {
            throw UnlearningError(
                .startUnknown,
                "retrain needs the model that the adapters of this recipe were trained on.",
                remedy: "Train it with Lethe from its base model, or choose another method.")
        }
        if recipe.sisa != nil { return try ensemble(run, recipe) }
        let model = task.start?.copy() ?? task.original.reinitialized(seed: recipe.seed)
        let result = try Trainer(
            recipe, activity: run.activity(), checkpoint: run.file("training"),
            journal: task.newJournal
        ).train(model, on: task.retain, context: run.context)
        return UnlearningOutcome(
            model: model,
            facts: [
                "recipeDigest": try recipe.digest().hexadecimal,
                "planDigest": result.planDigest.hexadecimal, "stepCount": "\(result.stepCount)",
                "recordCount": "\(task.retain.count)",
                "start": task.start.map { "model \($0.digest)" }
                    ?? "fresh weights, seed \(recipe.seed)",
            ], adapters: result.adapters)
    }

    /// All shards anew, for an ensemble whose checkpoints are damaged or gone.
    private static func ensemble(
        _ run: MethodRun, _ recipe: TrainingRecipe
    ) throws -> UnlearningOutcome {
        let task = run.task
        guard let folder = task.newShards else {
            throw UnlearningError(
                .needNotMet, "retrain needs a folder for the checkpoints of a training in shards.",
                details: ["method": "retrain", "need": MethodNeed.shardedTraining.rawValue],
                remedy: "Delete the person in the workspace in which the model was trained.")
        }
        let training = try ShardedTraining(
            recipe, start: task.start.map { .model($0) } ?? .fresh(task.original), folder: folder,
            activity: run.activity())
        let manifest = try training.train(on: task.retain, context: run.context)
        let ensemble = try training.ensemble()
        return UnlearningOutcome(
            model: ensemble.members[0],
            facts: [
                "recipeDigest": manifest.recipeDigest.hexadecimal,
                "planDigest": manifest.planDigest.hexadecimal,
                "stepCount": "\(manifest.cost(ofDeleting: []).totalStepCount)",
                "recordCount": "\(task.retain.count)",
                "shardCount": "\(training.settings.shards)",
                "sliceCount": "\(training.settings.slices)",
                "start": task.start.map { "model \($0.digest)" }
                    ?? "fresh weights, seed \(recipe.seed)",
            ], ensemble: ensemble)
    }

    /// The original training without the forgotten records.
    static func retraining(_ basis: CostBasis, epochs: Double? = nil) -> CostEstimate {
        let epochs = epochs ?? basis.epochs
        return .descent(
            steps: epochs, tokens: Double(basis.retainRecordCount) * basis.retainTokens)
    }
}
