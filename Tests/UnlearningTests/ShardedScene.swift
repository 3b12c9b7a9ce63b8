import Domain
import Foundation
import LanguageModels
import Synchronization
import TestSupport
import Testing
import Unlearning

/// Small trainings in shards of the people that `TinyPeople` has.
struct ShardedScene {
    enum Kind: String, CaseIterable, CustomTestStringConvertible {
        case llama, gpt2, lowRank
        var testDescription: String { rawValue }
    }

    let recipe: TrainingRecipe
    let start: ShardedTraining.Start
    private let scratch: ScratchFolder

    init(_ kind: Kind = .llama, seed: UInt64 = 2, shards: Int = 2, slices: Int = 3) throws {
        var recipe = TrainingRecipe(
            epochs: 4, batchSize: 4, learningRate: 0.01, seed: seed, checkpointEverySteps: 2,
            sisa: ShardingSettings(shards: shards, slices: slices))
        let model = try Self.untrained(family: kind == .gpt2 ? "gpt2" : "llama")
        if kind == .lowRank { recipe.lowRank = LowRankSettings(rank: 2, alpha: 4) }
        self.recipe = recipe
        start = kind == .lowRank ? .model(model) : .fresh(model)
        scratch = try ScratchFolder()
    }

    private static func untrained(family: String) throws -> LanguageModel {
        let recipe = try RecipeFile.parse(
            """
            lethe-recipe: 1
            family: \(family)
            model: {hidden-size: 16, intermediate-size: 32, layers: 1, heads: 2,
                    maximum-positions: 48}
            epochs: 1
            learning-rate: 0.01
            """)
        let tokenizer = try TokenizerTraining.train(
            on: TinyPeople.records.map(\.text), vocabularySize: 280, splitDigits: true)
        return try LanguageModel(
            configuration: try recipe.configuration(
                vocabularySize: tokenizer.vocabularySize, endID: tokenizer.endID),
            tokenizer: tokenizer, seed: 5)
    }

    func training(_ name: String) throws -> ShardedTraining {
        try ShardedTraining(
            recipe, start: start, folder: scratch.url.appendingPathComponent(name))
    }

    /// A training in a folder of its own, done.
    func trained(
        _ name: String, on records: [CorpusRecord] = TinyPeople.records,
        placement: ShardPlacement? = nil
    ) throws -> ShardedTraining {
        let training = try training(name)
        _ = try training.train(on: records, placement: placement, context: WorkContext())
        return training
    }

    /// The same as it stands, in a folder of its own.
    func copy(_ training: ShardedTraining, _ name: String) throws -> ShardedTraining {
        let other = try self.training(name)
        try FileManager.default.copyItem(at: training.folder, to: other.folder)
        return other
    }

    static let people = TinyPeople.records.map(\.subjects[0]).reduce(into: [String]()) {
        if !$0.contains($1) { $0.append($1) }
    }

    static func ids(_ person: String) -> Set<String> {
        Set(TinyPeople.records.filter { $0.subjects.contains(person) }.map(\.id))
    }

    static func without(_ people: String...) -> [CorpusRecord] {
        TinyPeople.records.filter { !people.contains($0.subjects[0]) }
    }

    /// Digest of each file but the manifest, which holds measured times.
    static func files(_ training: ShardedTraining) throws -> [String: Digest] {
        var result: [String: Digest] = [:]
        let names =
            FileManager.default.enumerator(atPath: training.folder.path)?
            .compactMap { $0 as? String } ?? []
        for name in names {
            let url = training.folder.appendingPathComponent(name)
            guard (try url.resourceValues(forKeys: [.isRegularFileKey])).isRegularFile == true,
                name != ShardManifest.fileName
            else { continue }
            result[name] = try Digest(ofFileAt: url)
        }
        return result
    }

    /// A context that asks to stop at its n-th question, once.
    static func interrupting(at count: Int) -> WorkContext {
        let counter = Counter()
        return WorkContext(isCancelled: { counter.next() == count })
    }

    private final class Counter: Sendable {
        private let value = Mutex(0)
        func next() -> Int {
            value.withLock {
                $0 += 1
                return $0
            }
        }
    }
}
