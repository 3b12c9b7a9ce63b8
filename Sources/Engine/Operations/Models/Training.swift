import Domain
import Foundation
import LanguageModels
import Lineage

/// What `lethe train` and `lethe model import` report.
package struct TrainedModel: Codable, Sendable {
    package let schema: String
    package let name: String
    package let version: Int
    package let digest: Digest
    package let family: String
    /// Of all members together.
    package let parameterCount: Int
    /// Models that answer together, trained in shards; nil for a model by itself.
    package let memberCount: Int?
    package let runID: String?
    package let recordCount: Int
    package let stepCount: Int?
    package let finalLoss: Double?
    package let seconds: Double?
}

extension Workspace {
    /// Trains a new model, or fine-tunes `base`, on a corpus, and records which records went in.
    ///
    /// The run's folder and the model's are on disk and registered when it returns. Interrupted or
    /// killed, the same command continues from the last checkpoint.
    /// - Throws: `model-exists`, `nothing-to-train-on`, `wrong-corpus-role`, `suppressed-records`, and what the recipe,
    ///   index and trainer throw.
    package func train(
        name: String, corpora: [String], recipe: TrainingRecipe, base: String?,
        mustResume: Bool = false,
        actor: String, context: WorkContext
    ) throws -> TrainedModel {
        try checkName(name)
        for corpus in corpora { try require(corpus, role: .training, for: "train on") }
        let keys = try corpora.flatMap { try lineage.recordKeys(ofCorpus: $0) }
        guard !keys.isEmpty else {
            throw EngineError(
                .nothingToTrainOn,
                "There is no record to train on in \(corpora.joined(separator: ", ")).")
        }
        let start = try base.map { try lineage.model(named: $0).digest }
        let recordsDigest = combinedDigest(keys.map(\.digest))
        let identity = [
            name, try recipe.digest().hexadecimal, recordsDigest.hexadecimal,
            start?.hexadecimal ?? "fresh",
        ].joined(separator: "/")
        let runID = "R-" + Digest(of: identity).short
        if let present = try lineage.models().first(where: { $0.name == name && $0.runID == runID })
        {
            return try report(
                present, model: try models.stored(present.digest), recordCount: keys.count,
                schema: "lethe.train.v1")
        }
        try refuseExisting(name)
        let folder = layout.runs.appendingPathComponent(runID)
        guard !mustResume || hasBegun(recipe, in: folder) else {
            throw EngineError(
                .nothingToResume, "There is no checkpoint of this training.",
                details: ["model": name, "run": runID],
                remedy:
                    "Leave out --resume to start it; corpus and recipe must be those it began with."
            )
        }
        try refuseSuppressed(keys, ofCorpora: corpora, context: context)
        let model: LanguageModel
        if let start {
            model = try models.load(start).copy()
        } else {
            let tokenizer = try trainTokenizer(recipe)
            model = try LanguageModel(
                configuration: recipe.configuration(
                    vocabularySize: tokenizer.vocabularySize, endID: tokenizer.endID),
                tokenizer: tokenizer, seed: recipe.seed)
        }
        let work: any WorkspaceTraining =
            recipe.sisa == nil
            ? PlainTraining(recipe: recipe, model: model, start: start, folder: folder)
            : try EnsembleTraining(recipe: recipe, model: model, start: start, folder: folder)
        var runFile = RunFile(
            runID: runID, modelName: name, corpora: corpora, recipe: recipe, startModel: start,
            recordsDigest: recordsDigest)
        try runFile.write(to: folder)
        let result = try work.train(
            on: try lineage.records(keys), storingIn: models, context: context)
        if let seconds = result.wholeSeconds {
            runFile.seconds = seconds
            try runFile.write(to: folder)
        }
        let digest = result.digest
        try lineage.register(
            run: TrainingRunEntry(
                id: runID, corpora: corpora, recipeDigest: try recipe.digest(),
                planDigest: result.planDigest, recordCount: keys.count,
                folder: relativePath(of: folder), modelDigest: digest), records: keys)
        let entry = try lineage.register(
            model: ModelEntry(
                name: name, version: try lineage.nextVersion(ofModel: name), digest: digest,
                path: relativePath(of: models.path(of: digest)),
                family: model.architecture.familyID, parent: start, runID: runID, how: "trained",
                createdAt: clock.now(), isCurrent: true))
        _ = try cases.appendNote(
            event: "model-trained", actor: actor,
            digests: [
                "model": digest.hexadecimal, "recipe": try recipe.digest().hexadecimal,
                "plan": result.planDigest.hexadecimal, "records": recordsDigest.hexadecimal,
            ],
            facts: ["model": name, "run": runID, "corpora": corpora.joined(separator: " ")])
        // Only now: until the model is registered, its checkpoint is all there is of the work.
        try work.discardCheckpoint()
        return TrainedModel(
            schema: "lethe.train.v1", name: name, version: entry.version, digest: digest,
            family: entry.family, parameterCount: result.parameterCount,
            memberCount: result.memberCount, runID: runID, recordCount: keys.count,
            stepCount: result.stepCount, finalLoss: result.finalLoss, seconds: result.seconds)
    }

    private func trainTokenizer(_ recipe: TrainingRecipe) throws -> BytePairTokenizer {
        guard let settings = recipe.tokenizer else {
            throw ModelError(
                .malformedRecipe,
                "The recipe has no tokenizer section, and no base model is named.",
                remedy: "Add one, or fine-tune a model with --base.")
        }
        try require(settings.corpus, role: .general, for: "train the tokenizer on")
        let texts = try lineage.records(ofCorpus: settings.corpus).map(\.text)
        return try TokenizerTraining.train(
            on: texts, vocabularySize: settings.vocabularySize, splitDigits: settings.splitDigits)
    }

    private func require(_ corpus: String, role: CorpusRole, for use: String) throws {
        let summary = try lineage.corpus(named: corpus)
        guard summary.role == role else {
            throw EngineError(
                .wrongCorpusRole,
                "The corpus \"\(corpus)\" has the role \(summary.role.rawValue); to \(use) it must be \(role.rawValue).",
                details: ["corpus": corpus, "role": summary.role.rawValue],
                remedy: role == .general
                    ? "A tokenizer keeps what it was trained on, whatever happens to the weights: use text without data subjects."
                    : "Held-out people must never be trained on.")
        }
    }

    func checkName(_ name: String) throws {
        let allowed = name.utf8.allSatisfy {
            (97...122).contains($0) || (65...90).contains($0) || (48...57).contains($0)
                || [45, 46, 95].contains($0)
        }
        guard allowed, !name.isEmpty, name.utf8.count <= 64, !name.hasPrefix(".") else {
            throw EngineError(
                .badName,
                "A model's name has up to 64 letters, digits, hyphens, points and underscores.")
        }
    }

    private func refuseExisting(_ name: String) throws {
        guard try !lineage.models().contains(where: { $0.name == name }) else {
            throw EngineError(
                .modelExists, "There is a model named \"\(name)\" already.",
                details: ["model": name], remedy: "Choose another name; see `lethe model list`.")
        }
    }

    private func report(
        _ entry: ModelEntry, model: StoredModel, recordCount: Int, schema: String
    ) throws -> TrainedModel {
        TrainedModel(
            schema: schema, name: entry.name, version: entry.version,
            digest: entry.digest, family: entry.family,
            parameterCount: model.parameterCount, memberCount: model.memberCount,
            runID: entry.runID, recordCount: recordCount, stepCount: nil, finalLoss: nil,
            seconds: nil)
    }

    /// Takes a Hugging Face folder or a GGUF file in, unchanged, or with a PEFT adapter merged into its
    /// weights.
    /// - Parameters:
    ///   - adapter: PEFT's folder; nil for none.
    ///   - corpora: what it was trained on, as far as known; without it no request finds the model.
    ///   - recipe: how it was trained; needed for exact retraining.
    package func importModel(
        name: String, from source: URL, adapter: URL? = nil, corpora: [String],
        recipe: TrainingRecipe?, actor: String
    ) throws -> TrainedModel {
        try checkName(name)
        try refuseExisting(name)
        guard recipe?.sisa == nil else {
            throw ModelError(
                .malformedRecipe,
                "A recipe with sisa trains an ensemble; an imported model is one model.",
                details: ["key": "sisa"],
                remedy: "Give the recipe of this model, or train the ensemble with lethe train.")
        }
        for corpus in corpora { try require(corpus, role: .training, for: "link") }
        let (model, origins) = try importedModel(from: source, adapter: adapter)
        var runID: String?
        let keys = try corpora.flatMap { try lineage.recordKeys(ofCorpus: $0) }
        if !keys.isEmpty {
            let recordsDigest = combinedDigest(keys.map(\.digest))
            let id = "I-" + Digest(of: "\(name)/\(model.digest)/\(recordsDigest)").short
            let folder = layout.runs.appendingPathComponent(id)
            if let recipe {
                try RunFile(
                    runID: id, modelName: name, corpora: corpora, recipe: recipe, startModel: nil,
                    architectureModel: model.digest, recordsDigest: recordsDigest
                ).write(to: folder)
            }
            try lineage.register(
                run: TrainingRunEntry(
                    id: id, corpora: corpora,
                    recipeDigest: try recipe?.digest() ?? Digest(of: "unknown"),
                    planDigest: Digest(of: "unknown"), recordCount: keys.count,
                    folder: relativePath(of: folder), modelDigest: model.digest), records: keys)
            runID = id
        }
        let entry = try lineage.register(
            model: ModelEntry(
                name: name, version: try lineage.nextVersion(ofModel: name), digest: model.digest,
                path: relativePath(of: models.path(of: model.digest)),
                family: model.architecture.familyID, runID: runID,
                how: (["imported"] + origins.keys.sorted().filter { $0 != "base" })
                    .joined(separator: ":"), createdAt: clock.now(),
                isCurrent: true))
        _ = try cases.appendNote(
            event: "model-imported", actor: actor,
            digests: ["model": model.digest.hexadecimal].merging(
                origins.mapValues(\.hexadecimal)
            ) { first, _ in first },
            facts: ["model": name, "corpora": corpora.joined(separator: " ")])
        return try report(
            entry, model: .single(model), recordCount: keys.count,
            schema: "lethe.model-import.v1")
    }

    /// The stored model, and the digests of the files that became its weights where they are others.
    private func importedModel(
        from source: URL, adapter: URL?
    ) throws -> (model: LanguageModel, origins: [String: Digest]) {
        if let adapter { return try models.importModel(source, adapter: adapter) }
        let model = try models.importModel(source)
        let isFile = source.pathExtension.lowercased() == "gguf"
        return (model, isFile ? ["gguf": try Digest(ofFileAt: source)] : [:])
    }
}
