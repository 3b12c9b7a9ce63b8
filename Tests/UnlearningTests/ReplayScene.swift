import Domain
import Foundation
import LanguageModels
import Synchronization
import TensorCore
import TestSupport
import Testing
import Unlearning

/// A training with a journal, the models that belong to it, and what a replay of it must equal.
struct ReplayScene {
    static let records = TinyPeople.records
    let scratch: ScratchFolder
    let family: String
    let recipe: TrainingRecipe
    let base: LanguageModel?
    let original: LanguageModel

    var journal: URL { folder("journal") }
    func folder(_ name: String) -> URL { scratch.url.appendingPathComponent(name) }

    /// 30 records by 5, 4 times: 24 steps, a checkpoint after every third.
    static func recipe(
        epochs: Int = 4, batchSize: Int = 5, seed: UInt64 = 2, spacing: Int = 3,
        megabytes: Int = 100, lowRank: LowRankSettings? = nil
    ) -> TrainingRecipe {
        TrainingRecipe(
            epochs: epochs, batchSize: batchSize, learningRate: 0.01, weightDecay: 0.01,
            seed: seed, checkpointEverySteps: 7, lowRank: lowRank,
            replay: ReplaySettings(
                checkpointEverySteps: spacing, diskBudgetMegabytes: megabytes))
    }

    /// Trains, in one go unless a context stops it.
    /// - Parameter base: what is tuned; nil trains from fresh weights.
    init(
        _ recipe: TrainingRecipe = recipe(), family: String = "llama", base: LanguageModel? = nil
    ) throws {
        scratch = try ScratchFolder()
        self.recipe = recipe
        self.family = family
        self.base = base
        original = try base?.copy() ?? Self.fresh(family, seed: recipe.seed)
        _ = try Trainer(recipe, journal: scratch.url.appendingPathComponent("journal"))
            .train(original, on: Self.records, context: WorkContext())
    }

    /// A model of one layer with weights nobody trained.
    static func fresh(_ family: String, seed: UInt64, width: Int = 32) throws -> LanguageModel {
        let recipe = try RecipeFile.parse(
            """
            lethe-recipe: 1
            family: \(family)
            model: {hidden-size: \(width), intermediate-size: 64, layers: 1, heads: 4,
                    maximum-positions: 48}
            epochs: 1
            learning-rate: 0.01
            """)
        let tokenizer = try TokenizerTraining.train(
            on: records.map(\.text), vocabularySize: 280, splitDigits: true)
        return try LanguageModel(
            configuration: try recipe.configuration(
                vocabularySize: tokenizer.vocabularySize, endID: tokenizer.endID),
            tokenizer: tokenizer, seed: seed)
    }

    static func records(of people: String...) -> [CorpusRecord] {
        records.filter { people.contains($0.subjects[0]) }
    }

    func task(
        forget: [CorpusRecord] = ReplayScene.records(of: "Eve"), without: [CorpusRecord] = [],
        original: LanguageModel? = nil, journal: URL? = nil, work: String? = nil,
        newJournal: String? = nil
    ) -> UnlearningTask {
        let gone = Set((forget + without).map(\.id))
        return UnlearningTask(
            original: original ?? self.original, forget: forget,
            retain: Self.records.filter { !gone.contains($0.id) }, recipe: recipe, start: base,
            seed: 1, folder: work.map(folder), journal: journal ?? self.journal,
            newJournal: newJournal.map(folder))
    }

    func replay(
        _ task: UnlearningTask, context: WorkContext = WorkContext()
    ) throws -> UnlearningOutcome {
        try unlearningMethod("replay").unlearn(task, parameters: [:], context: context)
    }

    /// Steps of the whole plan, as record ids.
    static func plan(_ recipe: TrainingRecipe) -> [[String]] {
        let ids = records.map(\.id)
        return TrainingPlan(
            recordIDs: ids, seed: recipe.seed, epochs: recipe.epochs, batchSize: recipe.batchSize
        ).steps.map { $0.map { ids[$0] } }
    }

    /// The training from its start, written out once more: no journal, no checkpoints, and each step
    /// without the forgotten records.
    func trainedWithout(_ forget: [CorpusRecord]) throws -> LanguageModel {
        let model = try base?.copy() ?? Self.fresh(family, seed: recipe.seed)
        let gone = Set(forget.map(\.id))
        let adapters = try recipe.lowRank.map {
            try AdapterSet(for: model.architecture, settings: $0, seed: recipe.seed)
        }
        try adapters?.attach(to: model)
        let trained = adapters?.parameters ?? model.parameters
        let optimizer = AdamW(trained, settings: recipe.optimizerSettings)
        trained.zeroGradients()
        let plan = Self.plan(recipe)
        for (step, ids) in plan.enumerated() {
            let batch = PackedBatch(
                ids.filter { !gone.contains($0) }
                    .compactMap { id in Self.records.first { $0.id == id } }
                    .map { EncodedRecord($0, tokenizer: model.tokenizer).allScored })
            if batch.tokenCount == 0 { continue }
            try model.accumulateGradient(
                of: batch, weights: meanLossWeights(batch.targets.count))
            trained.clipGradients(to: Float(recipe.clipNorm))
            optimizer.step(
                learningRate: Float(recipe.learningRate(step: step, of: plan.count)))
            trained.zeroGradients()
        }
        try adapters?.merge(into: model)
        return model
    }

    /// Files of a journal that must not depend on when it was written, with their contents.
    static func contents(of journal: URL) throws -> [String: Data] {
        let names = FileManager.default.enumerator(atPath: journal.path)?
            .compactMap { $0 as? String }
        var contents: [String: Data] = [:]
        for name in names ?? [] where name != "timing.json" {
            contents[name] = try? Data(contentsOf: journal.appendingPathComponent(name))
        }
        return contents
    }
}

/// Counts reports of progress and stops after some of them.
final class StepCounter: Sendable {
    private let count = Mutex(0)
    private let limit: Int

    init(stoppingAfter limit: Int = .max) { self.limit = limit }

    var steps: Int { count.withLock { $0 } }
    var context: WorkContext {
        WorkContext(
            report: { _ in self.count.withLock { $0 += 1 } },
            isCancelled: { self.steps >= self.limit })
    }
}
