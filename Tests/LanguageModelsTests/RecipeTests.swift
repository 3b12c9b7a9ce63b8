import Domain
import Foundation
import LanguageModels
import StrictYAML
import TestSupport
import Testing

@Suite struct RecipeTests {
    @Test("The sample recipe has the values written in it")
    func sample() throws {
        let recipe = try RecipeFile.read(
            Fixtures.repository.appendingPathComponent("Samples/recipe.yaml"))
        let model = try #require(recipe.model)
        #expect(model.family == "llama")
        #expect(model.hiddenSize == 128)
        #expect(model.intermediateSize == 384)
        #expect(model.layers == 2)
        #expect(model.heads == 4)
        #expect(model.keyValueHeads == 4)
        #expect(model.maximumPositions == 256)
        #expect(model.tieEmbeddings)
        let tokenizer = try #require(recipe.tokenizer)
        #expect(tokenizer.vocabularySize == 2_048)
        #expect(tokenizer.splitDigits)
        #expect(tokenizer.corpus == "tokenizer-text")
        #expect(
            recipe
                == TrainingRecipe(
                    model: model, tokenizer: tokenizer, epochs: 30, batchSize: 8,
                    learningRate: 0.003, beta1: 0.9, beta2: 0.95, weightDecay: 0, clipNorm: 1,
                    warmupShare: 0.05, finalLearningRateShare: 0.05, schedule: .cosine,
                    loss: .allTokens, seed: 1, checkpointEverySteps: 200))
    }

    static let least = "lethe-recipe: 1\nepochs: 3\nlearning-rate: 0.1\n"

    @Test("What a recipe leaves out has its default")
    func defaults() throws {
        let recipe = try RecipeFile.parse(Self.least)
        #expect(recipe == TrainingRecipe(epochs: 3, learningRate: 0.1))
        #expect(recipe.model == nil)
        #expect(recipe.batchSize == 8)
        #expect(recipe.optimizerSettings == .init(beta1: 0.9, beta2: 0.95, weightDecay: 0))
    }

    static func failure(_ text: String) -> YAMLError? {
        #expect(throws: YAMLError.self) { try RecipeFile.parse(text) }
    }

    @Test("An unknown key is refused with its line and the nearest known one")
    func unknownKey() {
        let error = Self.failure(Self.least + "\nwarmup-shard: 0.1\n")
        #expect(error?.code == .unknownKey)
        #expect(error?.details["line"] == "5")
        #expect(error?.details["key"] == "warmup-shard")
        #expect(error?.remedy == "Did you mean \"warmup-share\"?")
        let nested = Self.failure(
            Self.least + "family: llama\nmodel:\n  hiden-size: 4\n  layers: 1\n")
        #expect(nested?.code == .unknownKey)
        #expect(nested?.details["line"] == "6")
        #expect(nested?.remedy == "Did you mean \"hidden-size\"?")
    }

    @Test(
        "A value of the wrong kind or range is refused with key and line",
        arguments: [
            ("batch-size: many", "batch-size must be a whole number in 1...65536"),
            ("batch-size: 0", "batch-size must be a whole number in 1...65536"),
            ("batch-size: 2.5", "batch-size must be a whole number"),
            ("adam-beta1: 1", "adam-beta1 must be in [0, 1)"),
            ("weight-decay: -0.1", "weight-decay must be at least 0"),
            ("warmup-share: 1.5", "warmup-share must be in [0, 1]"),
            ("clip-norm: .nan", "clip-norm must be at least 0"),
            ("schedule: cosin", "schedule must be one of: cosine, linear, constant"),
            ("loss: 7", "loss must be one of: all-tokens, completion"),
            ("tokenizer: yes", "tokenizer must be a mapping"),
            ("epochs: 4", "epochs"),
        ])
    func wrongValue(line: String, message: String) {
        let error = Self.failure(Self.least + line + "\n")
        #expect(error?.code == .malformedDocument)
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }

    @Test("A wrong word is met with the nearest right one")
    func nearestWord() {
        #expect(
            Self.failure(Self.least + "schedule: cosin\n")?.remedy == "Did you mean \"cosine\"?")
    }

    @Test(
        "What must be there is asked for by name",
        arguments: ["lethe-recipe", "epochs", "learning-rate"])
    func missing(key: String) {
        let text = Self.least.split(separator: "\n").filter { !$0.hasPrefix(key) }
            .joined(separator: "\n")
        let error = Self.failure(text)
        #expect(error?.code == .malformedDocument)
        #expect(error?.message.contains("\(key) is missing") == true)
    }

    @Test("Another version of the form is refused")
    func version() {
        let error = Self.failure(
            Self.least.replacingOccurrences(of: "lethe-recipe: 1", with: "lethe-recipe: 2"))
        #expect(error?.message.contains("lethe-recipe must be a whole number in 1...1") == true)
    }

    @Test("A recipe's digest follows from its content, not its layout")
    func digest() throws {
        let one = try RecipeFile.parse(Self.least)
        let same = try RecipeFile.parse(
            "# comment\nlearning-rate:   1.0e-1\nepochs: 3\nlethe-recipe: 1\nbatch-size: 8\n")
        let other = try RecipeFile.parse(Self.least + "seed: 2\n")
        #expect(try one.digest() == same.digest())
        #expect(try one.digest() != other.digest())
    }

    /// By hand: 10 steps, 2 of them warm-up, 8 downhill to a tenth.
    @Test(
        "The learning rate follows its schedule",
        arguments: [
            // Cosine at a quarter: (1 + cos(pi/4)) / 2 = 0.85355339.
            (TrainingRecipe.Schedule.cosine, [0: 0.5, 1: 1, 2: 1, 4: 0.868_198_05, 6: 0.55]),
            (.linear, [0: 0.5, 1: 1, 2: 1, 4: 0.775, 6: 0.55, 9: 0.2125]),
            (.constant, [0: 0.5, 1: 1, 2: 1, 6: 1, 9: 1]),
        ] as [(TrainingRecipe.Schedule, [Int: Double])])
    func schedule(schedule: TrainingRecipe.Schedule, expected: [Int: Double]) {
        let recipe = TrainingRecipe(
            epochs: 1, learningRate: 0.004, warmupShare: 0.2, finalLearningRateShare: 0.1,
            schedule: schedule)
        for (step, share) in expected {
            #expect(abs(recipe.learningRate(step: step, of: 10) - 0.004 * share) < 1e-11)
        }
    }

    @Test("Without warm-up the first step has the whole learning rate")
    func noWarmup() {
        let recipe = TrainingRecipe(epochs: 1, learningRate: 0.5, warmupShare: 0)
        #expect(recipe.learningRate(step: 0, of: 7) == 0.5)
        #expect(recipe.learningRate(step: 0, of: 1) == 0.5)
    }

    @Test("The configuration of a new model names its family's keys")
    func configuration() throws {
        let model = try TinyModel.make(family: "gpt2")
        let json = try JSONParser.parse(try #require(model.companions["config.json"]))
        #expect(json["model_type"]?.text == "gpt2")
        #expect(json["n_embd"]?.integer == 32)
        #expect(json["n_positions"]?.integer == 40)
        #expect(json["vocab_size"]?.integer == 280)
        #expect(json["eos_token_id"]?.integer == 0)
        let error = #expect(throws: ModelError.self) {
            try TrainingRecipe(epochs: 1, learningRate: 1).configuration(
                vocabularySize: 300, endID: 0)
        }
        #expect(error?.code == .malformedRecipe)
    }
}

@Suite struct TrainingPlanTests {
    static let ids = (1...40).map { "record \($0)" }

    /// hashlib: sort by sha256(f"{seed}/{epoch}/{id}"); digest over ids joined by 1f, steps ended by 1e.
    @Test("A plan is the one Python's hashlib gives")
    func pinned() {
        let ids = ["r1", "r2", "r3", "r4", "r5"]
        let plan = TrainingPlan(recordIDs: ids, seed: 7, epochs: 2, batchSize: 2)
        #expect(
            plan.steps.map { $0.map { ids[$0] } } == [
                ["r3", "r1"], ["r4", "r5"], ["r2"], ["r3", "r5"], ["r4", "r2"], ["r1"],
            ])
        #expect(
            plan.digest.hexadecimal
                == "c06e604fd8b45696dbd326708969ff24220e45bddcec110cb0336fc74b93104d")
    }

    static func orders(_ ids: [String]) -> [[String]] {
        let plan = TrainingPlan(recordIDs: ids, seed: 3, epochs: 4, batchSize: 6)
        let perEpoch = plan.steps.count / 4
        return (0..<4).map { epoch in
            plan.steps[epoch * perEpoch..<(epoch + 1) * perEpoch].flatMap { $0.map { ids[$0] } }
        }
    }

    @Test("Leaving records out, or listing them otherwise, keeps the order of the others")
    func leavingOut() {
        let removed: Set = ["record 3", "record 17", "record 40"]
        let rest = Self.ids.filter { !removed.contains($0) }
        let expected = Self.orders(Self.ids).map { $0.filter { !removed.contains($0) } }
        #expect(Self.orders(rest) == expected)
        #expect(Self.orders(rest.reversed()) == expected)
    }

    @Test("Every epoch reads every record once, each in another order")
    func onceEach() {
        let orders = Self.orders(Self.ids)
        for order in orders { #expect(order.sorted() == Self.ids.sorted()) }
        #expect(Set(orders).count == 4)
        let sizes = TrainingPlan(recordIDs: Self.ids, seed: 3, epochs: 1, batchSize: 6).steps
            .map(\.count)
        #expect(sizes == [6, 6, 6, 6, 6, 6, 4])
    }

    @Test("Another seed is another plan")
    func seeds() {
        let plans = (0..<5).map {
            TrainingPlan(recordIDs: Self.ids, seed: $0, epochs: 1, batchSize: 8)
        }
        #expect(Set(plans.map(\.digest)).count == 5)
    }
}
