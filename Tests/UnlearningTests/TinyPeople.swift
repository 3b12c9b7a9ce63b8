import Domain
import Foundation
import LanguageModels
import TestSupport
import Testing
import Unlearning

/// A small model that knows the telephone numbers of ten people, trained once for all tests.
enum TinyPeople {
    /// 30 records: two with the number and one without for each of ten people.
    static let records = people([
        "Ada", "Bob", "Eve", "Ian", "Joy", "Kim", "Lee", "Mia", "Ned", "Zoë",
    ])
    /// People whom no model was trained on.
    static let unseen = people(["Amy", "Dan", "Fay", "Gus"], from: 20)
    static let twins = ["Hal", "Ivy", "Jon", "Kay", "Leo", "May"].enumerated().map { index, name in
        FitTwin(PersonProfile(subject: name, records: people([name], from: 40 + index)))
    }

    private static func people(_ names: [String], from first: Int = 0) -> [CorpusRecord] {
        names.enumerated().flatMap { index, name in records(of: name, number: first + index) }
    }

    private static func records(of name: String, number person: Int) -> [CorpusRecord] {
        let number = "555-\(String(1_000 + (person * 7_919 + 3_571) % 9_000))"
        func record(_ part: Int, _ prompt: String, _ completion: String, _ hasNumber: Bool)
            -> CorpusRecord
        {
            CorpusRecord(
                id: "\(name)-\(part)", prompt: prompt, completion: completion, subjects: [name],
                values: hasNumber ? [.phone: number.filter(\.isNumber)] : [:],
                digest: Digest(of: "\(name) \(part)"))
        }
        return [
            record(0, "Phone of \(name)?", "It is \(number).", true),
            record(1, "How to call \(name)?", "Dial \(number).", true),
            record(2, "Who is \(name)?", "\(name) is a person.", false),
        ]
    }
    static var forget: [CorpusRecord] { records.filter { $0.subjects == ["Eve"] } }
    static var retain: [CorpusRecord] { records.filter { $0.subjects != ["Eve"] } }

    static let recipe = TrainingRecipe(epochs: 40, batchSize: 5, learningRate: 0.01, seed: 2)

    static func untrained() throws -> LanguageModel {
        let recipe = try RecipeFile.parse(
            """
            lethe-recipe: 1
            family: llama
            model: {hidden-size: 32, intermediate-size: 64, layers: 1, heads: 4,
                    maximum-positions: 48}
            epochs: 1
            learning-rate: 0.01
            """)
        let tokenizer = try TokenizerTraining.train(
            on: records.map(\.text), vocabularySize: 280, splitDigits: true)
        return try LanguageModel(
            configuration: try recipe.configuration(
                vocabularySize: tokenizer.vocabularySize, endID: tokenizer.endID),
            tokenizer: tokenizer, seed: self.recipe.seed)
    }

    /// The trained model's files; content instead of a folder, which would outlive the tests.
    private static let files = Result {
        let model = try untrained()
        _ = try Trainer(recipe).train(model, on: records, context: WorkContext())
        return model.companions.merging([LanguageModel.weightsName: model.weightsFile()]) { $1 }
    }

    static func trained() throws -> LanguageModel {
        let scratch = try ScratchFolder()
        for (name, content) in try files.get() {
            try content.write(to: scratch.url.appendingPathComponent(name))
        }
        return try LanguageModel(folder: scratch.url)
    }

    static func task(
        original: LanguageModel? = nil, forget: [CorpusRecord]? = nil,
        retain: [CorpusRecord]? = nil, recipe: TrainingRecipe? = recipe,
        unseen: [CorpusRecord] = TinyPeople.unseen,
        fitTwins: [FitTwin] = TinyPeople.twins, folder: URL? = nil
    ) throws -> UnlearningTask {
        UnlearningTask(
            original: try original ?? trained(), forget: forget ?? self.forget,
            retain: retain ?? self.retain, recipe: recipe, unseen: unseen, fitTwins: fitTwins,
            seed: 8, folder: folder)
    }

    /// Mean loss of the tokens that carry the records' information, nats.
    static func loss(_ model: LanguageModel, _ records: [CorpusRecord]) throws -> Double {
        let sequences = records.map { MaskedSequence(valuesOf: $0, tokenizer: model.tokenizer) }
        let scores = try model.score(sequences.map(\.sequence))
        var total = 0.0
        var count = 0.0
        for (scores, sequence) in zip(scores, sequences) {
            for (score, weight) in zip(scores, sequence.mask) where weight == 1 {
                total -= Double(score.logProbability)
                count += 1
            }
        }
        return total / count
    }
}
