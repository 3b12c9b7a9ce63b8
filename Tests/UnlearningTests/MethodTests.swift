import Domain
import Foundation
import LanguageModels
import TensorCore
import TestSupport
import Testing
import Unlearning

@Suite struct MethodTests {
    static let ids = ConformanceTests.ids
    static let changing = ids.filter { $0 != "none" }

    static func run(_ id: String, on task: UnlearningTask) throws -> UnlearningOutcome {
        try unlearningMethod(id).unlearn(
            task, parameters: ConformanceTests.aims[id]?.settings ?? [:], context: WorkContext())
    }

    @Test("Retraining equals training that never saw the records")
    func retraining() throws {
        let outcome = try Self.run("retrain", on: try TinyPeople.task())
        let scratch = try TinyPeople.untrained()
        let result = try Trainer(TinyPeople.recipe).train(
            scratch, on: TinyPeople.retain, context: WorkContext())
        #expect(outcome.model.digest == scratch.digest)
        #expect(outcome.facts["planDigest"] == result.planDigest.hexadecimal)
        #expect(outcome.facts["recordCount"] == "27")
        #expect(outcome.facts["stepCount"] == "240")
        #expect(outcome.facts["recipeDigest"] == (try TinyPeople.recipe.digest()).hexadecimal)
    }

    @Test("Retraining a fine-tuned model begins at the model it was tuned from")
    func retrainingFromStart() throws {
        let start = try TinyPeople.trained()
        let digest = start.digest
        var recipe = TinyPeople.recipe
        recipe.epochs = 2
        let task = UnlearningTask(
            original: try TinyPeople.trained(), forget: TinyPeople.forget,
            retain: TinyPeople.retain, recipe: recipe, start: start, seed: 1)
        let expected = start.copy()
        _ = try Trainer(recipe).train(expected, on: TinyPeople.retain, context: WorkContext())
        #expect(try Self.run("retrain", on: task).model.digest == expected.digest)
        #expect(Digest(of: start.weightsFile()) == digest)
    }

    @Test("Retraining by the order of another list gives the same model")
    func orderOfRecords() throws {
        var recipe = TinyPeople.recipe
        recipe.epochs = 2
        let one = try TinyPeople.task(recipe: recipe)
        let other = try TinyPeople.task(retain: TinyPeople.retain.reversed(), recipe: recipe)
        #expect(
            try Self.run("retrain", on: one).model.digest
                == Self.run("retrain", on: other).model.digest)
    }

    @Test("Methods that train again need the recipe", arguments: ["retrain", "shrink-refit"])
    func recipeUnknown(id: String) throws {
        let error = #expect(throws: UnlearningError.self) {
            try Self.run(id, on: try TinyPeople.task(recipe: nil))
        }
        #expect(error?.code == .recipeUnknown)
        #expect(error?.message.contains(id) == true)
    }

    @Test("Nothing to forget and nothing to retain are errors", arguments: ids)
    func emptySets(id: String) throws {
        let nothing = #expect(throws: UnlearningError.self) {
            try Self.run(id, on: try TinyPeople.task(forget: []))
        }
        #expect(nothing?.code == .nothingToForget)
        let alone = #expect(throws: UnlearningError.self) {
            try Self.run(id, on: try TinyPeople.task(retain: []))
        }
        #expect(alone?.code == .nothingToRetain)
        #expect(alone?.message.contains(id) == true)
    }

    @Test("An unknown parameter is refused with the nearest one")
    func unknownParameter() throws {
        let error = #expect(throws: UnlearningError.self) {
            try unlearningMethod("npo").resolve(["learning-rat": 0.1])
        }
        #expect(error?.code == .unknownParameter)
        #expect(error?.remedy == "Did you mean \"learning-rate\"?")
        #expect(error?.message.contains("beta, alpha, learning-rate") == true)
        let none = #expect(throws: UnlearningError.self) {
            try unlearningMethod("none").resolve(["steps": 1])
        }
        #expect(none?.message == "none has no parameter \"steps\". Known: none.")
    }

    @Test(
        "A parameter out of its range is refused with value and range",
        arguments: [
            ("beta", 0), ("steps", 1.5), ("steps", 0), ("learning-rate", .nan), ("alpha", -1),
            ("alpha", .infinity),
        ])
    func outOfRange(name: String, value: Double) throws {
        let error = #expect(throws: UnlearningError.self) {
            try unlearningMethod("npo").resolve([name: value])
        }
        #expect(error?.code == .parameterOutOfRange)
        #expect(error?.message.contains("npo: \(name) is \(value)") == true)
        #expect(error?.details == ["method": "npo", "parameter": name])
    }

    @Test("Values given replace defaults, the others stay", arguments: ids)
    func defaults(id: String) throws {
        let method = try unlearningMethod(id)
        let resolved = try method.resolve([:])
        #expect(resolved.values.count == method.parameters.count)
        for parameter in method.parameters {
            #expect(resolved.values[parameter.name] == parameter.defaultValue)
            // A default within its own range.
            #expect(throws: Never.self) {
                try method.resolve([parameter.name: parameter.defaultValue])
            }
        }
        if id == "npo" {
            #expect(try method.resolve(["steps": 7]).values["steps"] == 7)
            #expect(try method.resolve(["steps": 7]).values["beta"] == 0.1)
        }
    }

    @Test("A learning rate that breaks the model ends as diverged")
    func diverged() throws {
        var recipe = TinyPeople.recipe
        recipe.epochs = 1
        recipe.learningRate = 1e300
        let error = #expect(throws: ModelError.self) {
            try Self.run("retrain", on: try TinyPeople.task(recipe: recipe))
        }
        #expect(error?.code == .diverged)
    }

    @Test("A method stops when asked to", arguments: changing)
    func interrupted(id: String) throws {
        let error = #expect(throws: DomainError.self) {
            try unlearningMethod(id).unlearn(
                try TinyPeople.task(), parameters: ConformanceTests.aims[id]?.settings ?? [:],
                context: WorkContext(isCancelled: { true }))
        }
        #expect(error?.code == .interrupted)
    }

    @Test("Only the tokens of typed values are forgotten, or the completion where there are none")
    func forgetSequence() throws {
        let tokenizer = try TinyPeople.trained().tokenizer
        let record = try #require(TinyPeople.forget.first)
        let sequence = MaskedSequence(valuesOf: record, tokenizer: tokenizer)
        let counted = zip(sequence.sequence.scored, sequence.mask).filter { $0.1 == 1 }.map(\.0)
        let text = tokenizer.decode(counted.map { sequence.sequence.ids[$0] })
        let number = try #require(record.completion.firstMatch(of: /555-[0-9]+/)).output
        #expect(text.trimmingCharacters(in: .whitespaces) == String(number))
        let plain = try #require(TinyPeople.forget.last)
        let whole = MaskedSequence(valuesOf: plain, tokenizer: tokenizer)
        #expect(whole.mask.allSatisfy { $0 == 1 })
        #expect(
            whole.sequence
                == EncodedRecord(plain, tokenizer: tokenizer).completionScored)
    }
}

@Suite struct MethodListTests {
    @Test("Every file of the methods' folder is in the list of methods")
    func files() throws {
        let folder = Fixtures.repository.appendingPathComponent("Sources/Unlearning/Methods")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            .filter { $0.hasSuffix(".swift") }.sorted()
        var described: [String] = []
        for file in files {
            let text = String(
                decoding: try DurableFile.read(folder.appendingPathComponent(file)), as: UTF8.self)
            let ids = text.matches(of: /UnlearningMethod(?:\.descending)?\(\s*id: "([^"]+)"/)
            #expect(ids.count == 1, "\(file)")
            described += ids.map { String($0.1) }
        }
        #expect(described.sorted() == builtinMethods.map(\.id).sorted())
        #expect(Set(described).count == files.count)
    }

    @Test("Every method has a row in the documentation")
    func documentation() throws {
        let text = String(
            decoding: try DurableFile.read(
                Fixtures.repository.appendingPathComponent("Documentation/Methods.md")),
            as: UTF8.self)
        for method in builtinMethods {
            #expect(
                text.split(separator: "\n").contains { $0.hasPrefix("| `\(method.id)` |") },
                "\(method.id)")
        }
    }

    @Test("Ids and classes are the permanent ones")
    func permanent() throws {
        let classes = Dictionary(
            uniqueKeysWithValues: builtinMethods.map { ($0.id, $0.methodClass) })
        #expect(
            classes == [
                "retrain": .exact, "replay": .exact, "sisa": .exact, "pcgu": .approximate,
                "fisher-removal": .approximate, "fisher-forgetting": .approximate,
                "shrink-refit": .approximate,
                "gradient-ascent": .approximate, "jang-ascent": .approximate,
                "gradient-difference": .approximate, "kl-minimization": .approximate,
                "forget-mismatch-maintain": .approximate, "npo": .approximate,
                "simnpo": .approximate, "wga": .approximate, "satimp": .approximate,
                "undial": .approximate, "ce-u": .approximate, "me-gd": .approximate,
                "pdu": .approximate, "whp": .approximate, "kga": .approximate,
                "twin-gap": .approximate, "rmu": .approximate, "task-vector": .approximate,
                "sku": .approximate, "preference-optimization": .suppression,
                "dpo": .suppression, "idk-ap": .suppression, "none": .control,
            ])
        let error = #expect(throws: DomainError.self) { try unlearningMethod("retrian") }
        #expect(error?.code == .unknownName)
        #expect(error?.remedy == "Did you mean \"retrain\"?")
    }
}
