import Domain
import LanguageModels

/// Replay: the original training is taken up at the last checkpoint that the forgotten records had
/// no part in, and the rest of the same plan is run without them. Exact by construction: neither
/// that checkpoint nor any step after it depends on them.
///
/// The idea of keeping a journal and checkpoints of a deterministic training to leave records out of
/// it afterwards is that of "Unlearning at Scale" (arXiv 2508.12220). Steps are those of the journal:
/// forgotten records are taken out of their batch, which is not filled up again; learning rates
/// stay; the mean of a batch is that of the records left in it; a step without any moves nothing.
/// On the machine and with the thread count of the first training the result equals, bit by bit, a
/// training from the start by that plan. It is another plan than `retrain` follows, which makes
/// batches anew.
///
/// What it saves is the share of the training before the person's first record. In a training of
/// several epochs nearly everybody is met in the first one; records that came in late, at the end of
/// a long single pass, cost little. `TrainingJournal.cost` tells beforehand.
enum Replay {
    static let method = UnlearningMethod(
        id: "replay", title: "Replay of the training without the records",
        summary:
            "Goes back to the last checkpoint before the person's first record and runs the rest of "
            + "the training without them. Exact: the result does not depend on them in any way.",
        methodClass: .exact, source: "Unlearning at Scale (arXiv 2508.12220).",
        deviations:
            "The journal names records by digest in lines of text with chained checksums instead of "
            + "32-byte entries with a manifest beside; a step left without records is left out "
            + "altogether; checkpoints stand wider with age so that a disk budget holds.",
        needs: [.retainSet, .trainingRecipe, .trainingJournal], parameters: [],
        // Without the journal only the most it can take is known: all steps.
        cost: { basis, _ in Retrain.retraining(basis) }
    ) { run in
        let task = run.task
        let recipe = try task.requireRecipe(method: "replay")
        guard recipe.lowRank == nil || task.start != nil else {
            throw UnlearningError(
                .startUnknown,
                "replay needs the model that the adapters of this recipe were trained on.",
                remedy: "Train it with Lethe from its base model, or choose another method.")
        }
        let journal = try task.requireJournal(method: "replay")
        let cost = try journal.cost(ofForgetting: task.forget)
        let course = try journal.course(forgetting: task.forget, retaining: task.retain)
        let model = task.start?.copy() ?? task.original.reinitialized(seed: recipe.seed)
        let result = try Trainer(
            recipe, activity: run.activity(), checkpoint: run.file("training"),
            journal: task.newJournal
        ).train(model, on: task.retain, following: course, context: run.context)
        return UnlearningOutcome(
            model: model,
            facts: [
                "recipeDigest": try recipe.digest().hexadecimal,
                "planDigest": result.planDigest.hexadecimal,
                "originalPlanDigest": journal.header.plan.hexadecimal,
                "stepCount": "\(result.stepCount)", "recordCount": "\(task.retain.count)",
                "firstTouchedStep": "\(cost.firstTouchedStep)",
                "checkpointStep": "\(cost.checkpointStep)",
                "replayedStepCount": "\(cost.replayedStepCount)",
                "start": task.start.map { "model \($0.digest)" }
                    ?? "fresh weights, seed \(recipe.seed)",
            ], adapters: result.adapters)
    }
}

extension UnlearningTask {
    /// The journal of the original's training, whole and undamaged.
    /// - Throws: `need-not-met`, with what is wrong and where.
    func requireJournal(method: String) throws -> TrainingJournal {
        func failure(_ what: String, cause: (any Error)? = nil) -> UnlearningError {
            UnlearningError(
                .needNotMet, "\(method) needs the journal of the model's training: \(what)",
                details: ["method": method, "need": MethodNeed.trainingJournal.rawValue],
                remedy: "Train with a replay section in the recipe, or choose another method.",
                cause: cause)
        }
        guard let journal else { throw failure("there is none.") }
        let read: TrainingJournal
        do { read = try TrainingJournal(folder: journal) } catch {
            throw failure((error as? any ReportableError)?.message ?? "unreadable.", cause: error)
        }
        guard read.isFinished else {
            throw failure(
                "it ends after \(read.steps.count) of \(read.header.stepCount) steps.")
        }
        return read
    }
}
