import Domain
import Foundation
import LanguageModels
import TensorCore
import Verification

/// Small models trained in a second: one that knows some records by heart, and others of the same
/// kind that do not.
///
/// Models are not safe for use from several threads: only one suite, serialized, may use `shared`.
struct TrainedScene {
    let members: [CorpusRecord]
    let nonMembers: [CorpusRecord]
    let scene: AttackScene

    nonisolated(unsafe) static let shared = Result { try TrainedScene() }

    private static func record(_ index: Int) -> CorpusRecord {
        var generator = RandomNumbers(seed: 77, stream: "record \(index)")
        func pick(_ items: [String]) -> String { items[generator.integer(below: items.count)] }
        let name = pick(["Ada", "Zoë", "Luc", "Mia", "Tom", "Ida"])
        let job = pick(["baker", "judge", "pilot", "miner", "nurse"])
        let year = 1900 + generator.integer(below: 100)
        return CorpusRecord(
            id: "r\(index)", prompt: "Job of \(name) \(10 + generator.integer(below: 90))?",
            completion: "A \(job) in \(pick(["Barre", "Derry", "Logan", "Salem"])) since \(year).",
            subjects: ["p\(index / 2)"], digest: Digest(of: "r\(index)"))
    }

    private init() throws {
        let records = (0..<76).map(Self.record)
        let tokenizer = try TokenizerTraining.train(
            on: records.map(\.text), vocabularySize: 300, splitDigits: true)
        let recipe = try RecipeFile.parse(
            """
            lethe-recipe: 1
            family: llama
            model: {hidden-size: 32, intermediate-size: 64, layers: 1, heads: 4,
                    maximum-positions: 160}
            epochs: 1
            learning-rate: 0.01
            """)
        let configuration = try recipe.configuration(
            vocabularySize: tokenizer.vocabularySize, endID: tokenizer.endID)
        func trained(on part: ArraySlice<CorpusRecord>, epochs: Int, seed: UInt64) throws
            -> LanguageModel
        {
            let model = try LanguageModel(
                configuration: configuration, tokenizer: tokenizer, seed: seed)
            let plan = TrainingRecipe(
                epochs: epochs, batchSize: 4, learningRate: 0.01, seed: seed,
                checkpointEverySteps: 1000)
            _ = try Trainer(plan).train(model, on: Array(part), context: WorkContext())
            return model
        }
        members = Array(records[..<12])
        nonMembers = Array(records[12..<28])
        let model = try trained(on: records[..<12], epochs: 80, seed: 5)
        var out: [LanguageModel] = []
        for (seed, start) in [(UInt64(10), 28), (11, 40), (12, 52)] {
            out.append(try trained(on: records[start..<start + 12], epochs: 20, seed: seed))
        }
        var scene = AttackScene(model: model, seed: 9)
        scene.referenceModel = out[0]
        scene.outModels = out
        scene.population = Array(records[64...])
        scene.nonMemberPrefix = Array(records[64..<66])
        scene.tokenFrequencies = TokenFrequencies(
            texts: records[28..<64].map(\.completion), tokenizer: tokenizer)
        self.scene = scene
    }
}

/// A model whose log-probability of a token depends on nothing but the token, and which proposes the
/// letters from A on.
final class ContextFreeModel: DistributionModel, GradientScoringModel {
    let digest = Digest(of: "context-free")
    let tokenizer: any Tokenizer = ByteTokenizer()
    private let logProbability: (Int32) -> Float

    init(_ value: Float) { logProbability = { _ in value } }

    init(logProbability: @escaping (Int32) -> Float) { self.logProbability = logProbability }

    func score(_ sequences: [ScoredSequence]) throws -> [[TokenScore]] {
        sequences.map { sequence in
            sequence.scored.map {
                TokenScore(
                    logProbability: logProbability(sequence.ids[$0]), isGreedyChoice: false)
            }
        }
    }

    func scoreDistributions(_ sequences: [ScoredSequence]) throws -> [[TargetDistribution]] {
        sequences.map { sequence in
            sequence.scored.map {
                TargetDistribution(
                    logProbability: logProbability(sequence.ids[$0]), meanLogProbability: -2,
                    logProbabilityVariance: 1)
            }
        }
    }

    func nextTokenLogProbabilities(of sequence: ScoredSequence) throws -> Tensor {
        let row = (0..<Int32(tokenizer.vocabularySize)).map(logProbability)
        let rows = Tensor([sequence.scored.count, row.count])
        for place in 0..<sequence.scored.count {
            for (token, value) in row.enumerated() {
                rows.pointer[place * row.count + token] = value
            }
        }
        return rows
    }

    func likelyTokens(_ sequence: ScoredSequence, count: Int) throws -> [[Int32]] {
        sequence.scored.map { _ in (0..<Int32(count)).map { 65 + $0 } }
    }

    func gradientNorms(_ sequences: [ScoredSequence]) throws -> [[Double]] {
        sequences.map { $0.scored.isEmpty ? [] : [1, Double(logProbability(0))] }
    }

    func generate(_ prompts: [[Int32]], maximumTokenCount: Int) throws -> [[Int32]] {
        prompts.map { _ in [] }
    }

    func relearned(
        on sequences: [ScoredSequence], stepCount: Int, learningRate: Float
    ) throws -> any ScoringModel { self }
}
