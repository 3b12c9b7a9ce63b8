import Domain
import Foundation
import LanguageModels

/// What a method works on.
package struct UnlearningTask {
    /// The model to unlearn from; never changed.
    package let original: LanguageModel
    /// Records whose influence is to go, 1 or more.
    package let forget: [CorpusRecord]
    /// All other records the model was trained on.
    package let retain: [CorpusRecord]
    /// How the original was trained; nil if it is not known (an imported model).
    package let recipe: TrainingRecipe?
    /// The model its training started from; nil if from fresh weights.
    package let start: LanguageModel?
    /// Records in the form of the forgotten ones that the model was not trained on.
    package var unseen: [CorpusRecord] = []
    /// People to compare with, none of whom the gate uses.
    package var fitTwins: [FitTwin] = []
    package let seed: UInt64
    /// The journal that the original's training left; nil if it left none.
    package var journal: URL?
    /// Where an exact method leaves a journal of the result's training, for the next deletion, if
    /// the recipe asks for journals; nil leaves none. Once the result is stored, the old one is to
    /// be shredded: `TrainingJournal.shred(_:replacedBy:)`.
    package var newJournal: URL?
    /// The models that answer together, the original being the first of them; nil for a model by
    /// itself. Most methods refuse an ensemble.
    package var ensemble: EnsembleModel?
    /// The folder of a training in shards; nil for any other training. Methods that need it change it,
    /// unless `newShards` is given.
    package var shards: URL?
    /// Where an exact method leaves the shards of the result's training, for the next deletion. Once
    /// the result is certified, the old ones are to be shredded:
    /// `ShardedTraining.shred(_:replacedBy:)`.
    package var newShards: URL?
    /// A folder for checkpoints and side models, to go on after an interruption; nil keeps nothing. It
    /// holds the deleted data by construction.
    package let folder: URL?

    package init(
        original: LanguageModel, forget: [CorpusRecord], retain: [CorpusRecord],
        recipe: TrainingRecipe?, start: LanguageModel? = nil, unseen: [CorpusRecord] = [],
        fitTwins: [FitTwin] = [], seed: UInt64, folder: URL? = nil,
        journal: URL? = nil, newJournal: URL? = nil, ensemble: EnsembleModel? = nil,
        shards: URL? = nil, newShards: URL? = nil
    ) {
        self.original = original
        self.forget = forget
        self.retain = retain
        self.recipe = recipe
        self.start = start
        self.unseen = unseen
        self.fitTwins = fitTwins
        self.seed = seed
        self.folder = folder
        self.journal = journal
        self.newJournal = newJournal
        self.ensemble = ensemble
        self.shards = shards
        self.newShards = newShards
    }

    /// Overwrites and removes what the method left in its folder: call it when the result is stored.
    ///
    /// On copying file systems and flash storage old blocks may live on; only encryption of the whole
    /// disk helps there.
    /// - Returns: files removed.
    @discardableResult
    package func discardFolder() throws -> Int {
        guard let folder else { return 0 }
        return try DurableFile.shred(folder: folder)
    }

    /// - Throws: `recipe-unknown`.
    func requireRecipe(method: String) throws -> TrainingRecipe {
        guard let recipe else {
            throw UnlearningError(
                .recipeUnknown, "\(method) needs the recipe the model was trained by.",
                remedy: "Import the model with --recipe, or choose another method.")
        }
        return recipe
    }

    /// - Throws: `nothing-to-forget`, `nothing-to-retain`.
    func requireBothSets(method: String) throws {
        guard !forget.isEmpty else {
            throw UnlearningError(.nothingToForget, "\(method) was given no record to forget.")
        }
        guard !retain.isEmpty else {
            throw UnlearningError(
                .nothingToRetain, "\(method) was given no record to retain.",
                remedy: "Name what the model must keep; without any other record it should be "
                    + "deleted as a whole.")
        }
    }

    /// Refuses an ensemble, for whoever can change a model by itself only.
    /// - Throws: `need-not-met`.
    package func requireSingleModel(method: String) throws {
        guard let ensemble else { return }
        throw UnlearningError(
            .needNotMet,
            "\(method) works on one model; this is an ensemble of \(ensemble.members.count), "
                + "trained in shards.",
            details: ["method": method, "need": "single-model"],
            remedy: "Choose sisa, which trains the touched shards again, or retrain.")
    }

    /// - Throws: `need-not-met`, `recipe-unknown`.
    func require(_ need: MethodNeed, method: String) throws {
        func failure(_ what: String, _ remedy: String) -> UnlearningError {
            UnlearningError(
                .needNotMet, "\(method) needs \(what).",
                details: ["method": method, "need": need.rawValue], remedy: remedy)
        }
        switch need {
        case .retainSet, .referenceModel, .genericAnswers: break
        case .anchorTerms, .contrastivePairs:
            let hasValues = forget.contains { $0.values.contains { $0.key != .name } }
            guard hasValues else {
                throw failure(
                    "typed personal values in the forgotten records, and none declares any",
                    "Declare them as metadata.values of the records, or choose another method.")
            }
        case .unseenSet:
            guard !unseen.isEmpty else {
                throw failure(
                    "records that the model was never trained on",
                    "Add a corpus of held-out people with --role controls or twins.")
            }
        case .fitTwins:
            guard !fitTwins.isEmpty else {
                throw failure(
                    "held-out people that the gate does not use",
                    "Add a corpus of more held-out people with --role twins.")
            }
        case .trainingRecipe: _ = try requireRecipe(method: method)
        case .trainingJournal: _ = try requireJournal(method: method)
        case .shardedTraining:
            guard recipe?.sisa != nil, let shards, ShardManifest.exists(in: shards) else {
                throw failure(
                    "the folder of a finished training in shards",
                    "Train the model by a recipe with a sisa section, or choose another method.")
            }
        }
    }
}
