import Domain
import Foundation
import LanguageModels
import Synchronization
import TensorCore
import TestSupport
import Testing

@Suite struct TrainerTests {
    static let recipe = TrainingRecipe(
        epochs: 6, batchSize: 4, learningRate: 0.01, seed: 5, checkpointEverySteps: 7)
    /// 12 records by 4, 6 times.
    static let stepCount = 18

    /// Reports progress into a counter and stops once it reaches `limit`.
    static func context(stoppingAfter limit: Int) -> WorkContext {
        let done = Counter()
        return WorkContext(
            report: { update in done.value.withLock { $0 = max($0, update.completed) } },
            isCancelled: { done.value.withLock { $0 } >= limit })
    }

    final class Counter: Sendable {
        let value = Mutex(0)
    }

    static func train(
        _ recipe: TrainingRecipe = recipe, checkpoint: URL? = nil,
        context: WorkContext = WorkContext()
    ) throws -> (model: LanguageModel, result: TrainingResult) {
        let model = try TinyModel.make()
        let result = try Trainer(recipe, checkpoint: checkpoint)
            .train(model, on: TinyModel.corpus, context: context)
        return (model, result)
    }

    @Test("Loss falls from that of chance to that of knowing")
    func lossFalls() throws {
        let fresh = try TinyModel.loss(try TinyModel.make(), TinyModel.corpus)
        // 280 tokens, all about as likely at first.
        #expect(abs(fresh - log(280)) < 0.1)
        let trained = try TinyModel.loss(try TinyModel.trained(), TinyModel.corpus)
        #expect(trained < 0.35)
    }

    @Test("The same seed gives the same weights, another gives others")
    func repeatable() throws {
        let first = try Self.train()
        let second = try Self.train()
        #expect(first.model.digest == second.model.digest)
        #expect(first.result.planDigest == second.result.planDigest)
        #expect(first.result.finalLoss == second.result.finalLoss)
        var other = Self.recipe
        other.seed = 6
        let third = try Self.train(other)
        #expect(third.model.digest != first.model.digest)
        #expect(third.result.planDigest != first.result.planDigest)
    }

    @Test("A result counts steps and tokens and gives the last epoch's loss")
    func result() throws {
        let (model, result) = try Self.train()
        #expect(result.stepCount == Self.stepCount)
        let tokens = TinyModel.corpus.reduce(0) {
            $0 + EncodedRecord($1, tokenizer: model.tokenizer).ids.count - 1
        }
        #expect(result.tokenCount == 6 * tokens)
        #expect(result.finalLoss > (try TinyModel.loss(model, TinyModel.corpus)))
        #expect(result.finalLoss < 4)
    }

    @Test(
        "Training interrupted anywhere and resumed gives the bits of training in one go",
        arguments: [1, 7, 8, 17])
    func resumed(steps: Int) throws {
        let whole = try Self.train()
        let scratch = try ScratchFolder()
        let file = scratch.url.appendingPathComponent("checkpoint")
        let error = #expect(throws: DomainError.self) {
            try Self.train(checkpoint: file, context: Self.context(stoppingAfter: steps))
        }
        #expect(error?.code == .interrupted)
        let saved = try Safetensors(contentsOf: file)
        #expect(saved.metadata["steps"] == "\(steps)")
        let resumed = try Self.train(checkpoint: file)
        #expect(resumed.model.digest == whole.model.digest)
        #expect(resumed.result.stepCount == Self.stepCount)
    }

    @Test("A stop asked for in the last step comes too late to matter")
    func stopAtTheEnd() throws {
        let whole = try Self.train()
        let stopped = try Self.train(context: Self.context(stoppingAfter: Self.stepCount))
        #expect(stopped.model.digest == whole.model.digest)
        #expect(stopped.result.finalLoss == whole.result.finalLoss)
    }

    @Test("Interrupted twice, training still ends the same")
    func resumedTwice() throws {
        let whole = try Self.train()
        let scratch = try ScratchFolder()
        let file = scratch.url.appendingPathComponent("checkpoint")
        for steps in [3, 11] {
            #expect(throws: DomainError.self) {
                try Self.train(checkpoint: file, context: Self.context(stoppingAfter: steps))
            }
        }
        #expect(try Self.train(checkpoint: file).model.digest == whole.model.digest)
    }

    @Test("A checkpoint of another run is not taken for this one's")
    func foreignCheckpoint() throws {
        let whole = try Self.train()
        let scratch = try ScratchFolder()
        let file = scratch.url.appendingPathComponent("checkpoint")
        var other = Self.recipe
        other.learningRate = 0.02
        #expect(throws: DomainError.self) {
            try Self.train(other, checkpoint: file, context: Self.context(stoppingAfter: 5))
        }
        #expect(try Self.train(checkpoint: file).model.digest == whole.model.digest)
    }

    @Test("A damaged checkpoint is shredded and named, and the training begins anew")
    func damagedCheckpoint() throws {
        let undisturbed = try Self.train()
        let scratch = try ScratchFolder()
        let file = scratch.url.appendingPathComponent("checkpoint")
        #expect(throws: DomainError.self) {
            try Self.train(checkpoint: file, context: Self.context(stoppingAfter: 5))
        }
        let whole = try DurableFile.read(file)
        let good = try Safetensors(whole, name: "checkpoint")
        let tensors = try good.entries.map { ($0.name, try #require(try good.tensor($0.name))) }
        var beyond = good.metadata
        beyond["steps"] = "1000000"
        let damaged = [
            // Cut off; overwritten from its beginning, as a killed shredding leaves it; a step there is
            // not; no moments.
            Data(whole.prefix(whole.count / 2)),
            Data(count: whole.count / 2) + whole.suffix(whole.count - whole.count / 2),
            Safetensors.encode(tensors, metadata: beyond),
            Safetensors.encode([tensors[0]], metadata: good.metadata),
        ]
        for content in damaged {
            try content.write(to: file)
            let notes = Notes()
            let context = WorkContext(report: { update in
                notes.texts.withLock { $0.append(update.note) }
            })
            #expect(
                try Self.train(checkpoint: file, context: context).model.digest
                    == undisturbed.model.digest)
            #expect(notes.texts.withLock { $0.filter { $0.contains("damaged") }.count } == 1)
        }
        // It is whole again, or another one is there.
        if FileManager.default.fileExists(atPath: file.path) {
            _ = try Safetensors(contentsOf: file)
        }
    }

    private final class Notes: Sendable {
        let texts = Mutex<[String]>([])
    }

    @Test(
        "A learning rate beyond reason ends as diverged, even in the last step", arguments: [1, 6])
    func diverged(epochs: Int) throws {
        var recipe = Self.recipe
        recipe.epochs = epochs
        recipe.batchSize = 12
        recipe.learningRate = 1e300
        recipe.warmupShare = 0
        let error = #expect(throws: ModelError.self) { try Self.train(recipe) }
        #expect(error?.code == .diverged)
        #expect(error?.details["step"] == "1")
    }

    @Test("A record longer than the model reads is refused by its id, before any step")
    func tooLong() throws {
        let model = try TinyModel.make()
        let before = model.parameters.values.values
        let long = TinyModel.record(
            "long-one", prompt: "", completion: String(repeating: "xq ", count: 60))
        let error = #expect(throws: ModelError.self) {
            try Trainer(Self.recipe).train(
                model, on: TinyModel.corpus + [long], context: WorkContext())
        }
        #expect(error?.code == .sequenceTooLong)
        #expect(error?.details["record"] == "long-one")
        #expect(error?.message.contains("xq") == false)
        #expect(model.parameters.values.values == before)
    }

    @Test("The loss on completions leaves prompts unlearned")
    func completions() throws {
        var recipe = TinyModel.recipe
        recipe.loss = .completion
        let model = try Self.train(recipe).model
        let records = TinyModel.corpus.map { EncodedRecord($0, tokenizer: model.tokenizer) }
        func mean(_ sequences: [ScoredSequence]) throws -> Double {
            let scores = try model.score(sequences).flatMap { $0 }
            return scores.reduce(0) { $0 - Double($1.logProbability) } / Double(scores.count)
        }
        #expect(try mean(records.map(\.completionScored)) < 0.3)
        let prompts = records.map {
            ScoredSequence(ids: $0.promptIDs, scored: 1..<$0.promptIDs.count)
        }
        #expect(try mean(prompts) > 3)
    }

    @Test("Relearning changes a copy and brings the loss down")
    func relearning() throws {
        let model = try TinyModel.make()
        let digest = Digest(of: model.weightsFile())
        let sequences = TinyModel.corpus.map {
            EncodedRecord($0, tokenizer: model.tokenizer).allScored
        }
        let student = try model.relearned(on: sequences, stepCount: 5, learningRate: 0.01)
        #expect(Digest(of: model.weightsFile()) == digest)
        let losses = try [model, student].map { model in
            let scores = try model.score(sequences).flatMap { $0 }
            return scores.reduce(0) { $0 - Double($1.logProbability) } / Double(scores.count)
        }
        #expect(losses[1] < losses[0] - 0.5)
    }
}
