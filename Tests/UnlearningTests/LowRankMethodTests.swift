import Domain
import Foundation
import LanguageModels
import TensorCore
import TestSupport
import Testing
import Unlearning

/// Methods that change a model through adapters.
@Suite struct LowRankMethodTests {
    static let settings: [String: [String: Double]] = [
        "npo": ["steps": 60, "learning-rate": 0.01, "low-rank": 4, "low-rank-alpha": 8],
        "gradient-difference": [
            "steps": 12, "learning-rate": 0.004, "low-rank": 4, "low-rank-alpha": 8,
        ],
    ]

    static func run(
        _ id: String, on task: UnlearningTask, changing change: [String: Double] = [:]
    ) throws -> UnlearningOutcome {
        try unlearningMethod(id).unlearn(
            task, parameters: (settings[id] ?? [:]).merging(change) { $1 },
            context: WorkContext())
    }

    @Test(
        "Adapters raise the forgotten values' loss, keep the others' and leave all else alone",
        arguments: ["npo", "gradient-difference"])
    func forgets(id: String) throws {
        let task = try TinyPeople.task()
        let numbers = task.forget.filter { !$0.values.isEmpty }
        let before = try TinyPeople.loss(task.original, numbers)
        let kept = try TinyPeople.loss(task.original, task.retain)
        let digest = Digest(of: task.original.weightsFile())
        let model = try Self.run(id, on: task).model
        let forgotten = try TinyPeople.loss(model, numbers)
        let retained = try TinyPeople.loss(model, task.retain)
        #expect(forgotten > before + 0.7, "\(before) -> \(forgotten)")
        #expect(retained < kept + 0.2, "\(kept) -> \(retained)")
        #expect(Digest(of: task.original.weightsFile()) == digest)
        let linear = Set(model.architecture.linearWeights.map(\.name))
        for (old, new) in zip(task.original.parameters.parameters, model.parameters.parameters) {
            #expect((old.value.values == new.value.values) != linear.contains(old.name))
            #expect(new.adapter == nil)
        }
        #expect(try Self.run(id, on: try TinyPeople.task()).model.digest == model.digest)
    }

    @Test("A rank of 0 trains all weights, as without the parameter")
    func rankZero() throws {
        let task = try TinyPeople.task()
        let change: [String: Double] = ["steps": 3, "low-rank": 0]
        let all = try Self.run("npo", on: task, changing: change).model
        let plain = try unlearningMethod("npo").unlearn(
            task, parameters: ["steps": 3, "learning-rate": 0.01], context: WorkContext()
        ).model
        #expect(all.digest == plain.digest)
        let embedding = all.architecture.headName
        #expect(
            all.parameters[embedding]?.value.values
                != task.original.parameters[embedding]?.value.values)
    }

    @Test("Checkpointing from the recipe changes no bit of a method's result")
    func checkpointing() throws {
        var recipe = TinyPeople.recipe
        recipe.gradientCheckpointing = true
        let change: [String: Double] = ["steps": 4]
        #expect(
            try Self.run("npo", on: try TinyPeople.task(recipe: recipe), changing: change)
                .model.digest
                == Self.run("npo", on: try TinyPeople.task(), changing: change).model.digest)
    }

    /// A fine-tuning by adapters on the model that already knows everybody.
    static let recipe = TrainingRecipe(
        epochs: 3, batchSize: 5, learningRate: 0.01, seed: 4,
        lowRank: LowRankSettings(rank: 2, alpha: 4, targets: ["q_proj", "up_proj"]))

    static func tuned(recipe: TrainingRecipe = recipe) throws -> UnlearningTask {
        let start = try TinyPeople.trained()
        let original = start.copy()
        _ = try Trainer(recipe).train(
            original, on: TinyPeople.records, context: WorkContext())
        return UnlearningTask(
            original: original, forget: TinyPeople.forget, retain: TinyPeople.retain,
            recipe: recipe, start: start, seed: 1)
    }

    @Test("Retraining by a recipe with adapters equals training them without the records")
    func retraining() throws {
        let task = try Self.tuned()
        let start = try #require(task.start)
        let digest = Digest(of: start.weightsFile())
        let outcome = try Self.run("retrain", on: task)
        let expected = start.copy()
        let result = try Trainer(Self.recipe).train(
            expected, on: TinyPeople.retain, context: WorkContext())
        #expect(outcome.model.digest == expected.digest)
        #expect(outcome.model.digest != task.original.digest)
        #expect(
            outcome.adapters?.parameters.values.values
                == result.adapters?.parameters.values.values)
        #expect(outcome.adapters?.parts.count == 2)
        #expect(outcome.facts["recipeDigest"] == (try Self.recipe.digest()).hexadecimal)
        #expect(Digest(of: start.weightsFile()) == digest)
    }

    @Test("Without the model the adapters were trained on, retraining is refused")
    func startUnknown() throws {
        let error = #expect(throws: UnlearningError.self) {
            try Self.run("retrain", on: try TinyPeople.task(recipe: Self.recipe))
        }
        #expect(error?.code == .startUnknown)
    }

    @Test("Shrink and refit trains all weights, whatever the recipe trains")
    func shrinkRefit() throws {
        var full = Self.recipe
        full.lowRank = nil
        let change: [String: Double] = ["epochs": 1]
        let outcomes = try [Self.recipe, full].map {
            try Self.run("shrink-refit", on: try TinyPeople.task(recipe: $0), changing: change)
        }
        #expect(outcomes[0].model.digest == outcomes[1].model.digest)
        #expect(outcomes[0].adapters == nil)
    }
}
