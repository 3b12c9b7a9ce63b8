import Domain
import Foundation
import LanguageModels
import TensorCore

// SISA training: Bourtoule et al. 2021, "Machine Unlearning", arXiv 1912.03817, section IV.
//
// S shards, each with a model of its own; within a shard R stages, of which stage r goes on from stage
// r - 1 and reads slices 1 ... r; a checkpoint after each; the S models answer together. Deleting a
// record trains its shard again from the checkpoint before the record's slice.
//
// Deviations: records of one person share a slice (the paper places records one by one); probabilities
// are averaged (the paper lets class labels vote); optimiser, learning-rate schedule and order of records
// begin anew with every stage, so that a checkpoint is weights alone.

/// A training in shards and slices, in a folder of its own.
///
/// The folder holds `manifest.json` and a checkpoint `shard-S/slice-R-IDENTITY.safetensors` for every
/// stage. A file's identity is a digest of all that decides it, among them the records it has seen: what
/// of an interrupted run is finished is found under its name, and what a deletion leaves behind is every
/// file that the new manifest does not name.
///
/// Equal records, places, recipe, start, machine and thread count give the same bits: trained at once,
/// with interruptions, or with more records that were deleted later. One process at a time.
package struct ShardedTraining {
    /// What every shard starts from.
    package enum Start {
        /// Fresh weights in this model's shape, from a seed for each shard.
        case fresh(LanguageModel)
        /// This model's weights; those that low-rank adapters are trained on.
        case model(LanguageModel)
    }

    package let recipe: TrainingRecipe
    package let settings: ShardingSettings
    package let folder: URL
    let start: Start
    let activity: String

    /// - Parameters:
    ///   - recipe: with a `sisa` section.
    ///   - folder: made if needed; it holds what every record taught.
    ///   - activity: name of the work in progress reports.
    /// - Throws: `recipe-unknown` for one without the section; `start-unknown` for adapters without a
    ///   model to put them on.
    package init(
        _ recipe: TrainingRecipe, start: Start, folder: URL, activity: String = "train"
    ) throws {
        guard let settings = recipe.sisa else {
            throw UnlearningError(
                .recipeUnknown, "The recipe does not say how to divide the training.",
                remedy: "Add a section sisa with shards and slices.")
        }
        if recipe.lowRank != nil, case .fresh = start {
            throw UnlearningError(
                .startUnknown, "Adapters need the model that they are trained on.",
                remedy: "Name a base model, or leave low-rank out of the recipe.")
        }
        self.recipe = recipe
        self.settings = settings
        self.folder = folder
        self.start = start
        self.activity = activity
    }

    /// Trains all shards and records the manifest; goes on where an interrupted call stopped, and does
    /// nothing where all is there.
    /// - Parameter placement: that of an earlier training with these records among others; nil places
    ///   them anew.
    /// - Throws: `nothing-to-retain` without records; `malformed-shards` where the folder holds another
    ///   training; `record-unknown`, and what `Trainer` throws.
    package func train(
        on records: [CorpusRecord], placement: ShardPlacement? = nil, context: WorkContext
    ) throws -> ShardManifest {
        guard !records.isEmpty else {
            throw UnlearningError(.nothingToRetain, "There are no records to train on.")
        }
        var manifest = try ShardManifest(
            records: records,
            placement: placement
                ?? ShardPlacement(of: records, settings: settings, seed: recipe.seed),
            recipe: recipe, settings: settings, startDigest: startDigest)
        if ShardManifest.exists(in: folder) {
            let known = try self.manifest()
            guard known.records == manifest.records else {
                throw ShardManifest.malformed("is that of other records")
            }
            manifest = known
        }
        let trained = try complete(manifest, with: records, context: context)
        manifest.secondsPerStep = trained.secondsPerStep ?? manifest.secondsPerStep
        try commit(manifest)
        return manifest
    }

    /// The manifest in the folder.
    /// - Throws: `malformed-shards`, also for one of another recipe or start; `file-unreadable`.
    package func manifest() throws -> ShardManifest {
        let manifest = try ShardManifest(folder: folder)
        guard manifest.recipeDigest == (try recipe.digest()), manifest.settings == settings else {
            throw ShardManifest.malformed("is that of another recipe")
        }
        guard manifest.startDigest == startDigest else {
            throw ShardManifest.malformed("is that of a training from another start")
        }
        return manifest
    }

    /// Whether an earlier call has left a checkpoint in the folder to go on with.
    package static func hasBegun(in folder: URL) -> Bool {
        let files =
            FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
        return files.contains { $0.hasPrefix("shard-") && $0.contains("/slice-") }
    }

    /// The trained models together, read from their last checkpoints. A shard without records has
    /// learned nothing and is left out.
    /// - Throws: `malformed-checkpoint`, `malformed-shards`, `nothing-to-retain`.
    package func ensemble() throws -> EnsembleModel {
        let last = try manifest().stages.compactMap(\.last)
        guard !last.isEmpty else {
            throw UnlearningError(.nothingToRetain, "No shard of the training has any record.")
        }
        return try EnsembleModel(
            last.map { stage in
                let model = untrained(shard: stage.shard)
                let adapters = try adapters(for: model, shard: stage.shard)
                try checkpoint(stage).read(into: (adapters?.parameters ?? model.parameters).values)
                try adapters?.merge(into: model)
                return model
            })
    }

    /// The seed of a stage's order of records, and in a shard's first stage of its fresh weights or
    /// adapters: the recipe's own for the first stage of all, so that one shard with one slice is the
    /// plain training.
    func seed(shard: Int, slice: Int) -> UInt64 {
        if shard == 0, slice == 0 { return recipe.seed }
        var random = RandomNumbers(seed: recipe.seed, stream: "sisa \(shard)/\(slice)")
        return random.next()
    }

    private func untrained(shard: Int) -> LanguageModel {
        switch start {
        case .fresh(let shape): shape.reinitialized(seed: seed(shard: shard, slice: 0))
        case .model(let model): model.copy()
        }
    }

    private func adapters(for model: LanguageModel, shard: Int) throws -> AdapterSet? {
        try recipe.lowRank.map {
            try AdapterSet(
                for: model.architecture, settings: $0, seed: seed(shard: shard, slice: 0))
        }
    }

    private var startDigest: Digest {
        switch start {
        case .model(let model): Digest(of: "model \(model.digest)")
        case .fresh(let shape):
            Digest(
                of: "fresh"
                    + ["config.json", "tokenizer.json"].map {
                        " \(Digest(of: shape.companions[$0] ?? Data()))"
                    }.joined())
        }
    }

    func checkpoint(_ stage: ShardManifest.Stage) -> SliceCheckpoint {
        SliceCheckpoint(stage, in: folder)
    }

    /// What a call has trained.
    struct Work {
        var stepCount = 0
        /// Stages that ran from their beginning to their end.
        fileprivate var measured = (steps: 0, seconds: 0.0)

        var secondsPerStep: Double? {
            measured.steps > 0 ? measured.seconds / Double(measured.steps) : nil
        }
    }

    /// Trains every stage whose checkpoint is not there.
    /// - Parameter records: those of the manifest, and perhaps others.
    /// - Throws: `record-unknown` for a record of the manifest that is missing or changed.
    func complete(
        _ manifest: ShardManifest, with records: [CorpusRecord], context: WorkContext
    ) throws -> Work {
        let given = Dictionary(records.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        for entry in manifest.records where given[entry.id]?.digest != entry.digest {
            throw UnlearningError(
                .recordUnknown,
                "Record \(entry.id) of the sharded training is missing or was changed.",
                details: ["record": entry.id],
                remedy: "Add the corpus as it was trained on; only the records to delete may go.")
        }
        var work = Work()
        for stages in manifest.stages {
            guard let last = stages.last, !checkpoint(last).exists else { continue }
            let done = stages.lastIndex { checkpoint($0).exists }
            var model = untrained(shard: last.shard)
            var adapters: AdapterSet?
            if let done {
                adapters = try self.adapters(for: model, shard: last.shard)
                try checkpoint(stages[done]).read(
                    into: (adapters?.parameters ?? model.parameters).values)
            }
            for stage in stages[(done.map { $0 + 1 } ?? 0)...] {
                try context.checkCancellation()
                // Adapters go on from the frozen base: merged at the end of a stage, they were only for
                // that stage's model.
                if recipe.lowRank != nil { model = untrained(shard: stage.shard) }
                adapters = try train(
                    stage, model, adapters, on: stage.recordIDs.compactMap { given[$0] }, &work,
                    context)
            }
        }
        return work
    }

    private func train(
        _ stage: ShardManifest.Stage, _ model: LanguageModel, _ adapters: AdapterSet?,
        on records: [CorpusRecord], _ work: inout Work, _ context: WorkContext
    ) throws -> AdapterSet? {
        var recipe = recipe
        recipe.sisa = nil
        recipe.epochs = settings.epochsPerSlice(epochs: recipe.epochs)
        recipe.seed = seed(shard: stage.shard, slice: stage.slice)
        let target = checkpoint(stage)
        let partial = target.url.deletingPathExtension().appendingPathExtension("partial")
        let isWhole = !FileManager.default.fileExists(atPath: partial.path)
        let result = try Trainer(
            recipe,
            activity: "\(activity) (shard \(stage.shard + 1) of \(settings.shards), "
                + "slice \(stage.slice + 1) of \(settings.slices))",
            checkpoint: partial
        ).train(model, on: records, continuing: adapters, context: context)
        try target.save((result.adapters?.parameters ?? model.parameters).values)
        try shred([partial])
        work.stepCount += result.stepCount
        if isWhole {
            work.measured.steps += result.stepCount
            work.measured.seconds += result.seconds
        }
        return result.adapters
    }
}
