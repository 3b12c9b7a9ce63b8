import Domain
import LanguageModels
import TensorCore

/// Shrink and refit: every weight matrix becomes `keep * theta + fresh * init` with newly drawn initial
/// weights, norm gains and biases stay, and the mixture is trained on the retained records alone.
///
/// In the spirit of shrink-and-perturb (Ash & Adams 2020, arXiv 1910.08475), used here to forget: what
/// the retained records do not teach again fades. Own composition; measured in
/// `Documentation/Methods.md`. All weights are refitted, also by a recipe that trains adapters.
enum ShrinkRefit {
    static let method = UnlearningMethod(
        id: "shrink-refit", title: "Shrink and refit",
        summary: "Mixes the weights with fresh ones and trains on the other records only. "
            + "Approximate, for one person or a group, at under half the cost of retraining.",
        methodClass: .approximate,
        source: "After Ash & Adams 2020, arXiv 1910.08475; own use for unlearning.",
        needs: [.retainSet, .trainingRecipe],
        parameters: [
            .init(
                "keep", 0.2, in: 0...1, "share of the old weights that stays",
                source: "measured on the sample model"),
            .init(
                "fresh", 0.98, in: 0...2, "weight of the newly drawn initial weights",
                source: "sqrt(1 - keep^2): keeps the variance of an initial matrix"),
            .init(
                "epochs", 20, in: 1...10_000, isWhole: true, "passes over the retained records",
                source: "measured on the sample model"),
            .init(
                "learning-rate", 0.003, in: 1e-7...0.1, "highest learning rate, cosine schedule",
                source: "the sample recipe"),
        ],
        cost: { basis, parameters in
            Retrain.retraining(basis, epochs: parameters["epochs"])
        }
    ) { run in
        let (task, parameters) = (run.task, run.parameters)
        var recipe = try task.requireRecipe(method: "shrink-refit")
        let model = task.original.copy()
        // A seed of its own: the recipe's would give back the very start of the original training.
        let fresh = task.original.reinitialized(seed: recipe.seed ^ task.seed ^ 0x5eed)
        let keep = Float(parameters["keep"])
        let weight = Float(parameters["fresh"])
        for (old, new) in zip(model.parameters.parameters, fresh.parameters.parameters)
        where old.value.shape.count > 1 {
            for index in 0..<old.value.count {
                old.value.pointer[index] =
                    keep * old.value.pointer[index] + weight * new.value.pointer[index]
            }
        }
        // Most of every matrix is drawn anew: what is left cannot be refitted by a matrix of low rank.
        recipe.lowRank = nil
        recipe.epochs = parameters.integer("epochs")
        recipe.learningRate = parameters["learning-rate"]
        let result = try Trainer(
            recipe, activity: run.activity(), checkpoint: run.file("training")
        ).train(model, on: task.retain, context: run.context)
        return UnlearningOutcome(
            model: model,
            facts: [
                "planDigest": result.planDigest.hexadecimal, "stepCount": "\(result.stepCount)",
            ])
    }
}
