import Domain
import Foundation
import LanguageModels
import Synchronization
import TensorCore
import TestSupport
import Testing
import Unlearning

/// Methods that step on the weights themselves: PCGU, Fisher removal and Fisher forgetting.
@Suite struct DirectStepMethodTests {
    static let ids = ["pcgu", "fisher-removal", "fisher-forgetting"]

    static func run(
        _ id: String, on task: UnlearningTask, _ given: [String: Double] = [:],
        context: WorkContext = WorkContext()
    ) throws -> LanguageModel {
        try unlearningMethod(id).unlearn(task, parameters: given, context: context).model
    }

    /// What a run added to every weight.
    static func change(from old: LanguageModel, to new: LanguageModel) -> [Double] {
        zip(old.parameters.values.values, new.parameters.values.values).map {
            Double($1) - Double($0)
        }
    }

    static func length(_ values: [Double]) -> Double {
        values.reduce(0) { $0 + $1 * $1 }.squareRoot()
    }

    static func length(of model: LanguageModel) -> Double {
        length(model.parameters.values.values.map(Double.init))
    }

    /// A model that stores its matrices [in, out].
    static func transposedModel() throws -> LanguageModel {
        let recipe = try RecipeFile.parse(
            """
            lethe-recipe: 1
            family: gpt2
            model: {hidden-size: 32, intermediate-size: 64, layers: 1, heads: 4,
                    maximum-positions: 48}
            epochs: 1
            learning-rate: 0.01
            """)
        let tokenizer = try TokenizerTraining.train(
            on: TinyPeople.records.map(\.text), vocabularySize: 280, splitDigits: true)
        let model = try LanguageModel(
            configuration: try recipe.configuration(
                vocabularySize: tokenizer.vocabularySize, endID: tokenizer.endID),
            tokenizer: tokenizer, seed: 2)
        _ = try Trainer(TinyPeople.recipe).train(
            model, on: TinyPeople.records, context: WorkContext())
        return model
    }

    // MARK: all three

    /// A run and what is asked of it: the forgotten values' loss in nats a token rises by `rise` at least,
    /// that of the others by `bound` at most.
    struct Expectation: Sendable, CustomTestStringConvertible {
        let id: String
        var given: [String: Double] = [:]
        let isTransposed: Bool
        let rise: Double
        let bound: Double

        var testDescription: String {
            "\(id) \(given) on a model stored \(isTransposed ? "[in, out]" : "[out, in]")"
        }
    }

    /// Raw logits of a model with a tied embedding sink for everybody; by log-probability others stay.
    static let expectations = [
        Expectation(id: "pcgu", isTransposed: false, rise: 1.4, bound: 0.2),
        Expectation(id: "pcgu", isTransposed: true, rise: 1.4, bound: 0.7),
        Expectation(
            id: "pcgu", given: ["log-probability": 1, "learning-rate": 0.002],
            isTransposed: false, rise: 1.4, bound: 0.05),
        Expectation(
            id: "pcgu", given: ["log-probability": 1, "learning-rate": 0.002],
            isTransposed: true, rise: 1.4, bound: 0.2),
        Expectation(id: "fisher-removal", isTransposed: false, rise: 1, bound: 0.15),
        Expectation(id: "fisher-removal", isTransposed: true, rise: 1, bound: 0.15),
        Expectation(id: "fisher-forgetting", isTransposed: false, rise: 2, bound: 0.05),
        Expectation(id: "fisher-forgetting", isTransposed: true, rise: 2, bound: 0.05),
    ]

    @Test(
        "The forgotten values' loss rises by a nat a token or more, the others' within bounds",
        arguments: expectations)
    func forgets(expected: Expectation) throws {
        let task = try TinyPeople.task(
            original: expected.isTransposed ? Self.transposedModel() : nil)
        let numbers = task.forget.filter { !$0.values.isEmpty }
        let before = try TinyPeople.loss(task.original, numbers)
        let kept = try TinyPeople.loss(task.original, task.retain)
        let model = try Self.run(expected.id, on: task, expected.given)
        let forgotten = try TinyPeople.loss(model, numbers)
        let retained = try TinyPeople.loss(model, task.retain)
        #expect(forgotten > before + expected.rise, "\(before) -> \(forgotten)")
        #expect(retained < kept + expected.bound, "\(kept) -> \(retained)")
    }

    @Test("Equal runs give equal bits and leave the original as it is", arguments: ids)
    func deterministic(id: String) throws {
        let task = try TinyPeople.task()
        let digest = Digest(of: task.original.weightsFile())
        let first = try Self.run(id, on: task)
        #expect(Digest(of: task.original.weightsFile()) == digest)
        #expect(first.digest != digest)
        #expect(try Self.run(id, on: try TinyPeople.task()).digest == first.digest)
    }

    @Test("Interrupted anywhere and started again, a run ends with the same bits", arguments: ids)
    func interrupted(id: String) throws {
        let whole = try Self.run(id, on: try TinyPeople.task()).digest
        let scratch = try ScratchFolder()
        let task = try TinyPeople.task(folder: scratch.url)
        for limit in [0, 5, 60] {
            let count = Mutex(0)
            let context = WorkContext(
                report: { _ in count.withLock { $0 += 1 } },
                isCancelled: { count.withLock { $0 >= limit } })
            if id == "fisher-removal", limit > 27 { continue }
            let error = #expect(throws: DomainError.self) {
                try Self.run(id, on: task, context: context)
            }
            #expect(error?.code == .interrupted)
        }
        let count = Mutex(0)
        let context = WorkContext(report: { _ in count.withLock { $0 += 1 } })
        #expect(try Self.run(id, on: task, context: context).digest == whole)
        // 27 retained records a cycle: of 6 cycles, two were done when the last run stopped.
        if id == "fisher-forgetting" { #expect(count.withLock { $0 } == 4 * 27) }
    }

    // MARK: PCGU

    /// Sum of the raw logits of the forgotten values' tokens.
    static func score(_ model: LanguageModel) throws -> Double {
        var sum = 0.0
        for record in TinyPeople.forget where !record.values.isEmpty {
            let sequence = MaskedSequence(valuesOf: record, tokenizer: model.tokenizer)
            let batch = PackedBatch([sequence.sequence])
            let logits = try model.logits(of: batch, rows: batch.scoredRows)
            for (row, target) in batch.targets.enumerated() where sequence.mask[row] == 1 {
                sum += Double(logits.pointer[row * logits.width + Int(target)])
            }
        }
        return sum
    }

    @Test("A step goes down the gradient of the true values' raw logits")
    func descent() throws {
        let task = try TinyPeople.task()
        let rate = 1e-5
        let model = try Self.run(
            "pcgu", on: task,
            ["steps": 1, "share": 1, "learning-rate": rate, "step-norm": 1])
        let length = Self.length(Self.change(from: task.original, to: model))
        // s(theta - lr g) = s - lr |g|^2 to first order. With this seed both generic numbers differ
        // from the true one in their first digit, so that all its tokens are scored.
        let expected = -length * length / rate
        let fall = try Self.score(model) - Self.score(task.original)
        #expect(abs(fall - expected) < 0.03 * abs(expected), "\(fall), expected \(expected)")
    }

    /// For each parameter, how many of its rows and how many of its columns a run touched.
    static func touched(
        _ old: LanguageModel, _ new: LanguageModel
    ) -> [(name: String, isMatrix: Bool, rows: Int, columns: Int)] {
        zip(old.parameters.parameters, new.parameters.parameters).map { old, new in
            var rows = Set<Int>()
            var columns = Set<Int>()
            for index in 0..<old.value.count
            where old.value.pointer[index] != new.value.pointer[index] {
                rows.insert(index / old.value.width)
                columns.insert(index % old.value.width)
            }
            return (old.name, old.value.shape.count > 1, rows.count, columns.count)
        }
    }

    @Test(
        "The share of vectors bounds what changes, by output or input unit, in both layouts",
        arguments: [false, true], [0.0, 1.0])
    func vectors(isTransposed: Bool, aggregation: Double) throws {
        let task = try TinyPeople.task(original: isTransposed ? Self.transposedModel() : nil)
        let architecture = task.original.architecture
        let stored = Set(
            architecture.linearWeights.filter { $0.layout == .inputByOutput }.map(\.name))
        #expect(stored.isEmpty == !isTransposed)
        let parameters = task.original.parameters.parameters
        func cutsRows(_ name: String) -> Bool { (aggregation == 0) != stored.contains(name) }
        let all = parameters.reduce(0) { sum, parameter in
            let value = parameter.value
            guard value.shape.count > 1 else { return sum + 1 }
            return sum + (cutsRows(parameter.name) ? value.rowCount : value.width)
        }
        // Chosen once, so that all steps together touch no more than one.
        let model = try Self.run(
            "pcgu", on: task,
            [
                "aggregation": aggregation, "share": 0.05, "select-once": 1, "steps": 3,
                "learning-rate": 0.01, "step-norm": 0.1,
            ])
        let touched = Self.touched(task.original, model)
        let changed = touched.reduce(0) { sum, part in
            guard part.isMatrix else { return sum + min(1, part.columns) }
            return sum + (cutsRows(part.name) ? part.rows : part.columns)
        }
        let limit = Int((0.05 * Double(all)).rounded())
        #expect(changed > limit / 2 && changed <= limit, "\(changed) of \(limit)")
        // Cut the other way, the same change would touch more.
        let others = touched.reduce(0) { sum, part in
            part.isMatrix ? sum + (cutsRows(part.name) ? part.columns : part.rows) : sum
        }
        #expect(others > limit)
    }

    @Test("By log-probability too, the values' loss rises to where the method is told to stop")
    func logProbability() throws {
        let task = try TinyPeople.task()
        let numbers = task.forget.filter { !$0.values.isEmpty }
        let kept = try TinyPeople.loss(task.original, task.retain)
        let outcome = try unlearningMethod("pcgu").unlearn(
            task, parameters: ["log-probability": 1, "learning-rate": 0.002, "stop-loss": 2],
            context: WorkContext())
        let forgotten = try TinyPeople.loss(outcome.model, numbers)
        #expect(forgotten >= 2 && forgotten < 3, "\(forgotten)")
        #expect(try TinyPeople.loss(outcome.model, task.retain) < kept + 0.1)
        let steps = try #require(outcome.facts["stepCount"].flatMap(Int.init))
        #expect(steps < 200)
    }

    @Test("A generic value that is longer than the model reads is cut there")
    func longGenericValue() throws {
        let task = try TinyPeople.task()
        func record(_ padding: Int) -> CorpusRecord {
            CorpusRecord(
                id: "long", prompt: String(repeating: "7", count: padding) + "?",
                completion: "Write to q@x.yz", subjects: ["Eve"], values: [.email: "q@x.yz"],
                digest: Digest(of: "long"))
        }
        func tokenCount(_ padding: Int) -> Int {
            EncodedRecord(record(padding), tokenizer: task.original.tokenizer).ids.count
        }
        // A digit is a token: the text fits, and another address of more tokens does not.
        let limit = task.original.architecture.maximumPositions
        let full = record(limit - tokenCount(0))
        #expect(tokenCount(limit - tokenCount(0)) == limit)
        let model = try Self.run(
            "pcgu", on: try TinyPeople.task(forget: [full]), ["steps": 2, "stop-loss": 100])
        #expect(model.digest != task.original.digest)
    }

    @Test("Declared values that stand nowhere in the text are refused")
    func noPairs() throws {
        let record = CorpusRecord(
            id: "other", prompt: "Who?", completion: "Nobody.", subjects: ["Eve"],
            values: [.phone: "5550000"], digest: Digest(of: "other"))
        let error = #expect(throws: UnlearningError.self) {
            try Self.run("pcgu", on: try TinyPeople.task(forget: [record]))
        }
        #expect(error?.code == .needNotMet)
        #expect(error?.message.contains("5550000") == false)
    }

    @Test(
        "No step is longer than its share of the weights' length",
        arguments: [
            ("pcgu", ["steps": 1, "learning-rate": 1]),
            ("fisher-removal", ["gamma": 1e6, "retain-loss-rise": 100]),
            ("fisher-forgetting", ["gamma": 0, "noise": 1_000, "cycles": 1]),
        ])
    func bounded(id: String, given: [String: Double]) throws {
        let task = try TinyPeople.task()
        let model = try Self.run(id, on: task, given.merging(["step-norm": 0.02]) { $1 })
        let share =
            Self.length(Self.change(from: task.original, to: model))
            / Self.length(of: task.original)
        #expect(abs(share - 0.02) < 1e-5, "\(share)")
    }

    // MARK: Fisher

    /// Mean squares of the gradients of single retained records' mean losses.
    static func meanSquares(_ task: UnlearningTask) throws -> [Double] {
        let model = task.original.copy()
        var sum = [Double](repeating: 0, count: model.parameters.count)
        for record in task.retain {
            let sequence = MaskedSequence(allOf: record, tokenizer: model.tokenizer)
            let count = Float(sequence.mask.count)
            model.parameters.zeroGradients()
            try model.accumulateGradient(of: PackedBatch([sequence.sequence])) { values in
                (0, values.map { _ in -1 / count })
            }
            let gradient = model.parameters.gradients.values
            for index in sum.indices {
                sum[index] += Double(gradient[index]) * Double(gradient[index])
            }
        }
        return sum.map { $0 / Double(task.retain.count) }
    }

    @Test(
        "Removal with blocks of one weight adds gamma g / (lambda + mean g^2), up the forget loss")
    func removal() throws {
        let task = try TinyPeople.task()
        let model = try Self.run(
            "fisher-removal", on: task,
            [
                "block-size": 1, "damping": 0.01, "gamma": 0.01, "step-norm": 1,
                "retain-loss-rise": 100, "weights": 0,
            ])
        let squares = try Self.meanSquares(task)
        let copy = task.original.copy()
        let sequences = task.forget.map {
            MaskedSequence(valuesOf: $0, tokenizer: copy.tokenizer)
        }
        let count = sequences.reduce(Float(0)) { $0 + $1.mask.reduce(0, +) }
        for sequence in sequences {
            try copy.accumulateGradient(of: PackedBatch([sequence.sequence])) { _ in
                (0, sequence.mask.map { -$0 / count })
            }
        }
        let gradient = copy.parameters.gradients.values
        let expected = zip(gradient, squares).map { 0.01 * Double($0) / (0.01 + $1) }
        let found = Self.change(from: task.original, to: model)
        let error = Self.length(zip(found, expected).map { $0 - $1 })
        #expect(error < 1e-4 * Self.length(expected), "\(error) of \(Self.length(expected))")
    }

    @Test("Forgetting without drift is seeded normal noise, scaled by F^-1/4")
    func noise() throws {
        let task = try TinyPeople.task()
        let sigma = 0.001
        let given = [
            "block-size": 1, "damping": 0.0001, "gamma": 0, "noise": sigma, "cycles": 1,
            "step-norm": 1, "weights": 0,
        ]
        let model = try Self.run("fisher-forgetting", on: task, given)
        let squares = try Self.meanSquares(task)
        let numbers = zip(Self.change(from: task.original, to: model), squares).map {
            $0 / sigma * pow(0.0001 + $1, 0.25)
        }
        let count = Double(numbers.count)
        let mean = numbers.reduce(0, +) / count
        let variance = numbers.reduce(0) { $0 + $1 * $1 } / count
        // Five standard errors.
        #expect(abs(mean) < 5 / count.squareRoot(), "\(mean)")
        #expect(abs(variance - 1) < 5 * (2 / count).squareRoot(), "\(variance)")
        let other = UnlearningTask(
            original: task.original, forget: task.forget, retain: task.retain, recipe: task.recipe,
            seed: task.seed + 1)
        #expect(try Self.run("fisher-forgetting", on: other, given).digest != model.digest)
    }

    @Test(
        "Only the declared parameters change",
        arguments: ["fisher-removal", "fisher-forgetting"], [0.0, 1, 2])
    func changes(id: String, weights: Double) throws {
        let task = try TinyPeople.task()
        let method = try unlearningMethod(id)
        let given = ["weights": weights]
        let architecture = task.original.architecture
        let changes = try #require(method.changes)
        let declared = changes(try method.resolve(given), architecture)
        let expected: Set<String> =
            switch weights {
            case 0: Set(architecture.parameterShapes.map(\.name))
            case 1: Set(architecture.linearWeights.map(\.name))
            default: Set(architecture.feedForwardOutputs.map(\.name))
            }
        #expect(declared == expected)
        let model = try Self.run(id, on: task, given)
        for (name, _, rows, _) in Self.touched(task.original, model) {
            #expect((rows > 0) == expected.contains(name), "\(name)")
        }
    }

    @Test("Blocks that would take more than a gibibyte are refused, and what would help is said")
    func memory() throws {
        let recipe = try RecipeFile.parse(
            """
            lethe-recipe: 1
            family: llama
            model: {hidden-size: 256, intermediate-size: 512, layers: 1, heads: 4,
                    maximum-positions: 48}
            epochs: 1
            learning-rate: 0.01
            """)
        let tokenizer = try TokenizerTraining.train(
            on: TinyPeople.records.map(\.text), vocabularySize: 280, splitDigits: true)
        let model = try LanguageModel(
            configuration: try recipe.configuration(
                vocabularySize: tokenizer.vocabularySize, endID: tokenizer.endID),
            tokenizer: tokenizer, seed: 1)
        let error = #expect(throws: UnlearningError.self) {
            try Self.run(
                "fisher-removal", on: try TinyPeople.task(original: model), ["block-size": 256])
        }
        #expect(error?.code == .parameterOutOfRange)
        #expect(error?.details["parameter"] == "block-size")
        #expect(error?.remedy?.contains("weights") == true)
    }
}
