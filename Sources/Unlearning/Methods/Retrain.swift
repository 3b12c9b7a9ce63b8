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
        parameters: []
    ) { task, _, context in
        let recipe = try task.requireRecipe(method: "retrain")
        guard recipe.lowRank == nil || task.start != nil else {
            throw UnlearningError(
                .startUnknown,
                "retrain needs the model that the adapters of this recipe were trained on.",
                remedy: "Train it with Lethe from its base model, or choose another method.")
        }
        let model = task.start?.copy() ?? task.original.reinitialized(seed: recipe.seed)
        let result = try Trainer(
            recipe, activity: "unlearn retrain", checkpoint: task.checkpoint
        ).train(model, on: task.retain, context: context)
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
}
