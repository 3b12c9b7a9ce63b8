import Domain
import Foundation
import LanguageModels
import Unlearning

/// A training as `Workspace.train` runs it, of one model or of an ensemble.
protocol WorkspaceTraining {
    /// Trains, or goes on where an interrupted call stopped, and puts the result on the shelf.
    func train(
        on records: [CorpusRecord], storingIn shelf: ModelShelf, context: WorkContext
    ) throws -> StoredTraining

    /// Shreds what was only kept for an interruption, once the result is registered.
    /// - Throws: `file-not-written`.
    func discardCheckpoint() throws
}

/// Whether an interrupted training by this recipe has left anything in the run's folder to go on with.
func hasBegun(_ recipe: TrainingRecipe, in folder: URL) -> Bool {
    guard recipe.sisa == nil else {
        return ShardedTraining.hasBegun(
            in: folder.appendingPathComponent(Workspace.shardsName))
    }
    return FileManager.default.fileExists(atPath: PlainTraining.checkpoint(in: folder).path)
}

/// A finished training whose result is on the shelf.
struct StoredTraining {
    let digest: Digest
    let planDigest: Digest
    let parameterCount: Int
    /// nil for a model by itself.
    var memberCount: Int?
    let stepCount: Int
    /// Mean loss of the last epoch, nats per token; nil for an ensemble.
    var finalLoss: Double?
    /// Wall time of this call.
    let seconds: Double
    /// Expected wall time of the whole training; nil if it is not known.
    let wholeSeconds: Double?
}

/// The training of one model; its journal, if the recipe asks for one, stays in the run's folder.
struct PlainTraining: WorkspaceTraining {
    let recipe: TrainingRecipe
    /// Changed in place.
    let model: LanguageModel
    /// Its weights' digest; nil for fresh ones.
    let start: Digest?
    /// Of the run.
    let folder: URL

    private var checkpoint: URL { Self.checkpoint(in: folder) }

    static let checkpointName = "checkpoint.safetensors"

    static func checkpoint(in folder: URL) -> URL {
        folder.appendingPathComponent(checkpointName)
    }

    func train(
        on records: [CorpusRecord], storingIn shelf: ModelShelf, context: WorkContext
    ) throws -> StoredTraining {
        let result = try Trainer(
            recipe, checkpoint: checkpoint,
            journal: folder.appendingPathComponent(Workspace.journalName)
        ).train(model, on: records, context: context)
        return StoredTraining(
            digest: try shelf.store(model, adapters: result.adapters, start: start),
            planDigest: result.planDigest, parameterCount: model.parameterCount,
            stepCount: result.stepCount, finalLoss: result.finalLoss, seconds: result.seconds,
            wholeSeconds: result.wholeSeconds)
    }

    func discardCheckpoint() throws {
        guard FileManager.default.fileExists(atPath: checkpoint.path) else { return }
        try DurableFile.shred(file: checkpoint)
    }
}

/// The training of an ensemble in shards and slices, whose checkpoints stay in the run's folder.
struct EnsembleTraining: WorkspaceTraining {
    private let training: ShardedTraining

    /// - Parameter model: the start, or the shape of fresh weights.
    /// - Throws: `recipe-unknown`, `start-unknown`.
    init(recipe: TrainingRecipe, model: LanguageModel, start: Digest?, folder: URL) throws {
        training = try ShardedTraining(
            recipe, start: start == nil ? .fresh(model) : .model(model),
            folder: folder.appendingPathComponent(Workspace.shardsName))
    }

    func train(
        on records: [CorpusRecord], storingIn shelf: ModelShelf, context: WorkContext
    ) throws -> StoredTraining {
        var seen: Set<String> = []
        if let record = records.first(where: { !seen.insert($0.id).inserted }) {
            throw EngineError(
                .sharedRecords, "Two records of the corpora have the id \(record.id).",
                details: ["record": record.id],
                remedy: "Shards know records by id: give one of the two another, as a new corpus.")
        }
        let started = DispatchTime.now().uptimeNanoseconds
        let manifest = try training.train(on: records, context: context)
        let ensemble = try training.ensemble()
        let cost = manifest.cost(ofDeleting: [])
        return StoredTraining(
            digest: try shelf.store(ensemble), planDigest: manifest.planDigest,
            parameterCount: ensemble.members.reduce(0) { $0 + $1.parameterCount },
            memberCount: ensemble.members.count,
            stepCount: cost.totalStepCount,
            seconds: Double(DispatchTime.now().uptimeNanoseconds - started) / 1e9,
            wholeSeconds: manifest.secondsPerStep.map { $0 * Double(cost.totalStepCount) })
    }

    /// The checkpoints are what people are deleted from.
    func discardCheckpoint() {}
}
