import Domain
import Foundation
import LanguageModels
import TensorCore
import TestSupport
import Testing

@Suite struct TrainerLowRankTests {
    static func recipe(
        targets: [String] = [LowRankSettings.allLinear], epochs: Int = 6
    ) -> TrainingRecipe {
        TrainingRecipe(
            epochs: epochs, batchSize: 4, learningRate: 0.02, seed: 5, checkpointEverySteps: 7,
            lowRank: LowRankSettings(rank: 4, alpha: 8, targets: targets))
    }

    static func train(
        _ recipe: TrainingRecipe = recipe(), family: String = "llama", checkpoint: URL? = nil,
        baseSeed: UInt64 = 1, context: WorkContext = WorkContext()
    ) throws -> (model: LanguageModel, result: TrainingResult) {
        let model = try TinyModel.make(family: family, seed: baseSeed)
        let result = try Trainer(recipe, checkpoint: checkpoint)
            .train(model, on: TinyModel.corpus, context: context)
        return (model, result)
    }

    @Test(
        "Adapters learn, and the weights outside their targets keep every bit",
        arguments: ["llama", "gpt2"])
    func learns(family: String) throws {
        // A model that knows how such sentences go, and eight of the twelve by heart.
        let base = try TinyModel.make(family: family)
        _ = try Trainer(TinyModel.recipe).train(
            base, on: Array(TinyModel.corpus.prefix(8)), context: WorkContext())
        let model = base.copy()
        let result = try Trainer(Self.recipe(epochs: 40)).train(
            model, on: TinyModel.corpus, context: WorkContext())
        let before = try TinyModel.loss(base, TinyModel.corpus)
        let after = try TinyModel.loss(model, TinyModel.corpus)
        #expect(after < before / 3, "\(before) -> \(after)")
        let targets = Set(model.architecture.linearWeights.map(\.name))
        for (old, new) in zip(base.parameters.parameters, model.parameters.parameters) {
            #expect((old.value.values == new.value.values) != targets.contains(old.name))
        }
        #expect(model.parameters.parameters.allSatisfy { $0.adapter == nil })
        #expect(model.parameters.isTrainable)
        // The adapters that come with the result are those in the weights.
        let adapters = try #require(result.adapters)
        try adapters.merge(into: base)
        #expect(base.parameters.values.values == model.parameters.values.values)
    }

    @Test("Only the named targets change")
    func targets() throws {
        let base = try TinyModel.make()
        let model = try Self.train(Self.recipe(targets: ["q_proj", "v_proj"])).model
        let changed = zip(base.parameters.parameters, model.parameters.parameters)
            .filter { $0.value.values != $1.value.values }.map(\.0.name)
        #expect(
            changed == [
                "model.layers.0.self_attn.q_proj.weight", "model.layers.0.self_attn.v_proj.weight",
            ])
    }

    @Test("The change of a matrix has the rank of its adapter")
    func rank() throws {
        var recipe = Self.recipe(targets: ["up_proj"])
        recipe.lowRank?.rank = 1
        let base = try TinyModel.make()
        let model = try Self.train(recipe).model
        let name = "model.layers.0.mlp.up_proj.weight"
        let old = try #require(base.parameters[name]).value
        let new = try #require(model.parameters[name]).value
        let width = old.width
        func change(_ row: Int, _ column: Int) -> Double {
            Double(new.pointer[row * width + column]) - Double(old.pointer[row * width + column])
        }
        // Every two rows of a matrix of rank 1 are multiples of each other.
        let largest = (0..<old.count).map { abs(change($0 / width, $0 % width)) }.max() ?? 0
        #expect(largest > 0.01)
        for row in 1..<old.rowCount {
            for column in 1..<width {
                let minor = change(0, 0) * change(row, column) - change(0, column) * change(row, 0)
                #expect(abs(minor) < 1e-5 * largest)
            }
        }
    }

    @Test(
        "Adapters interrupted anywhere and resumed are those trained in one go",
        arguments: [1, 7, 17])
    func resumed(steps: Int) throws {
        let whole = try Self.train()
        let scratch = try ScratchFolder()
        let file = scratch.url.appendingPathComponent("checkpoint")
        let error = #expect(throws: DomainError.self) {
            try Self.train(
                checkpoint: file, context: TrainerTests.context(stoppingAfter: steps))
        }
        #expect(error?.code == .interrupted)
        let saved = try Safetensors(contentsOf: file)
        let adapters = try #require(whole.result.adapters)
        // The checkpoint holds adapters and their moments, nothing of the model below.
        for name in ["values", "first-moment", "second-moment"] {
            #expect(saved[name]?.shape == [adapters.parameters.count])
        }
        let resumed = try Self.train(checkpoint: file)
        #expect(resumed.model.digest == whole.model.digest)
        #expect(
            resumed.result.adapters?.parameters.values.values == adapters.parameters.values.values)
    }

    @Test("Interrupted, the model is as it was before")
    func interrupted() throws {
        let model = try TinyModel.make()
        let before = model.parameters.values.values
        #expect(throws: DomainError.self) {
            try Trainer(Self.recipe()).train(
                model, on: TinyModel.corpus, context: TrainerTests.context(stoppingAfter: 3))
        }
        #expect(model.parameters.values.values == before)
        #expect(model.parameters.isTrainable)
        #expect(model.parameters.parameters.allSatisfy { $0.adapter == nil })
    }

    @Test("A checkpoint of adapters on another base model is not taken for this one's")
    func foreignBase() throws {
        let whole = try Self.train()
        let scratch = try ScratchFolder()
        let file = scratch.url.appendingPathComponent("checkpoint")
        #expect(throws: DomainError.self) {
            try Self.train(
                checkpoint: file, baseSeed: 9, context: TrainerTests.context(stoppingAfter: 5))
        }
        #expect(try Self.train(checkpoint: file).model.digest == whole.model.digest)
    }

    @Test("An unknown target is refused before any step")
    func unknownTarget() throws {
        let error = #expect(throws: ModelError.self) {
            try Self.train(Self.recipe(targets: ["c_attn"]))
        }
        #expect(error?.code == .unknownTarget)
    }

    @Test(
        "Gradient checkpointing gives the same weights, bit by bit", arguments: ["llama", "gpt2"])
    func checkpointing(family: String) throws {
        for recipe in [TrainerTests.recipe, Self.recipe()] {
            var checkpointed = recipe
            checkpointed.gradientCheckpointing = true
            let plain = try Self.train(recipe, family: family)
            let again = try Self.train(checkpointed, family: family)
            #expect(again.model.digest == plain.model.digest)
            #expect(again.result.finalLoss == plain.result.finalLoss)
        }
    }
}
