import Domain

/// A plan with all that decides how its steps are gone through.
package struct TrainingCourse: Sendable {
    package let plan: TrainingPlan
    /// One for each step of the plan.
    package let learningRates: [Float]
    /// The journal of an earlier training that this one repeats in part; nil = from the start.
    let origin: Origin?

    /// Where a replay takes up an earlier training.
    struct Origin: Sendable {
        let journal: TrainingJournal
        /// Checkpoints from before the first step that differs, ascending; the last is restored.
        let checkpoints: [JournalCheckpoint]
    }

    /// The whole plan with the recipe's learning rates.
    package init(_ plan: TrainingPlan, recipe: TrainingRecipe) {
        self.plan = plan
        learningRates = plan.steps.indices.map {
            Float(recipe.learningRate(step: $0, of: plan.steps.count))
        }
        origin = nil
    }

    init(_ plan: TrainingPlan, learningRates: [Float], origin: Origin?) {
        self.plan = plan
        self.learningRates = learningRates
        self.origin = origin
    }

    /// The same steps from the start, without the checkpoints of an earlier training.
    package var fromStart: TrainingCourse {
        TrainingCourse(plan, learningRates: learningRates, origin: nil)
    }
}
