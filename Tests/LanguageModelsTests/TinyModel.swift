import Domain
import Foundation
import LanguageModels
import TensorCore
import Testing

/// A model of one layer, small enough to be trained within a test.
enum TinyModel {
    static let corpus: [CorpusRecord] = (0..<12).map { index in
        let names = ["Ada", "Zoë", "Luc", "Mia"]
        let jobs = ["baker", "judge", "pilot"]
        return record(
            "r\(index)", prompt: "Job of \(names[index % 4]) \(index)?",
            completion: "A \(jobs[index % 3]) since 19\(50 + index * 7 % 40).")
    }

    static func record(_ id: String, prompt: String, completion: String) -> CorpusRecord {
        CorpusRecord(id: id, prompt: prompt, completion: completion, digest: Digest(of: id))
    }

    static func tokenizer() throws -> BytePairTokenizer {
        try TokenizerTraining.train(
            on: corpus.map(\.text), vocabularySize: 280, splitDigits: true)
    }

    /// - Parameter family: `llama` or `gpt2`.
    static func make(family: String = "llama", seed: UInt64 = 1) throws -> LanguageModel {
        let recipe = try RecipeFile.parse(
            """
            lethe-recipe: 1
            family: \(family)
            model: {hidden-size: 32, intermediate-size: 64, layers: 1, heads: 4,
                    maximum-positions: 40}
            epochs: 1
            learning-rate: 0.01
            """)
        let tokenizer = try tokenizer()
        return try LanguageModel(
            configuration: try recipe.configuration(
                vocabularySize: tokenizer.vocabularySize, endID: tokenizer.endID),
            tokenizer: tokenizer, seed: seed)
    }

    static let recipe = TrainingRecipe(
        epochs: 80, batchSize: 4, learningRate: 0.01, seed: 5, checkpointEverySteps: 7)

    /// A model that knows its corpus by heart.
    static func trained() throws -> LanguageModel {
        let model = try make()
        _ = try Trainer(recipe).train(model, on: corpus, context: WorkContext())
        return model
    }

    static func loss(_ model: LanguageModel, _ records: [CorpusRecord]) throws -> Double {
        let scores = try model.score(
            records.map { EncodedRecord($0, tokenizer: model.tokenizer).allScored }
        ).flatMap { $0 }
        return scores.reduce(0) { $0 - Double($1.logProbability) } / Double(scores.count)
    }
}
