import Domain
import LanguageModels

/// Retraining of the shards that learned the forgotten records, from the last checkpoint that had not
/// seen them.
///
/// Bourtoule et al. 2021, arXiv 1912.03817, section IV; see `ShardedTraining` for what is done otherwise.
enum SISA {
    static let method = UnlearningMethod(
        id: "sisa", title: "Retraining of the touched shards (SISA)",
        summary:
            "Trains the shards that learned the records again, from the last checkpoint before them; "
            + "the other shards stay as they are. Exact: the same bits as the sharded training "
            + "without them.",
        methodClass: .exact,
        source: "Bourtoule et al. 2021 (arXiv 1912.03817), section IV.",
        deviations:
            "All records of a person stand in one slice; people who share records stand together, and "
            + "the others of such a group keep their place. Probabilities are averaged instead of "
            + "labels counted. Each stage begins with a fresh optimiser and schedule.",
        needs: [.retainSet, .trainingRecipe, .shardedTraining], acceptsEnsembles: true,
        parameters: [],
        // What is known here is the number of records, not their shards: the most it can take. The
        // manifest knows the figure of a given request, `ShardManifest.cost(ofDeleting:)`.
        cost: { basis, _ in Retrain.retraining(basis) }
    ) { run in
        let task = run.task
        let recipe = try task.requireRecipe(method: "sisa")
        guard let folder = task.shards else {
            throw UnlearningError(
                .needNotMet, "sisa needs the folder of a finished training in shards.",
                details: ["method": "sisa", "need": MethodNeed.shardedTraining.rawValue])
        }
        let training = try ShardedTraining(
            recipe, start: task.start.map { .model($0) } ?? .fresh(task.original), folder: folder,
            activity: run.activity())
        let ids = Set(task.forget.map(\.id))
        let (deletion, ensemble) =
            if let successor = task.newShards {
                (
                    try training.delete(
                        ids, retain: task.retain, into: successor, context: run.context),
                    try ShardedTraining(
                        recipe, start: training.start, folder: successor
                    ).ensemble()
                )
            } else {
                (
                    try training.delete(ids, retain: task.retain, context: run.context),
                    try training.ensemble()
                )
            }
        let parts = deletion.cost.parts.map { "\($0.shard + 1) from slice \($0.firstSlice + 1)" }
        return UnlearningOutcome(
            model: ensemble.members[0],
            facts: [
                "recipeDigest": deletion.manifest.recipeDigest.hexadecimal,
                "planDigest": deletion.manifest.planDigest.hexadecimal,
                "recordCount": "\(deletion.manifest.records.count)",
                "shardCount": "\(training.settings.shards)",
                "sliceCount": "\(training.settings.slices)",
                "retrainedShards": parts.joined(separator: ", "),
                "stepCount": "\(deletion.cost.stepCount)",
                "stepCountOfAll": "\(deletion.cost.totalStepCount)",
                "ensembleDigest": ensemble.digest.hexadecimal,
                "start": task.start.map { "model \($0.digest)" }
                    ?? "fresh weights, seed \(recipe.seed)",
            ], ensemble: ensemble)
    }
}
