import Domain
import Foundation
import LanguageModels
import Unlearning

/// Models of a workspace, each in a folder named by the digest of its weights. A folder is
/// published by one rename, so it is whole or not there.
final class ModelShelf {
    private let folder: URL

    init(folder: URL) { self.folder = folder }

    func path(of digest: Digest) -> URL { folder.appendingPathComponent(digest.hexadecimal) }

    /// Folder in a model's folder for the adapters that were merged into it. Not beside
    /// `config.json`: loaders would apply them a second time.
    static let adapterFolder = "adapter"

    /// Writes a model; nothing happens if it is there already.
    /// - Parameters:
    ///   - adapters: what was merged into it, kept so that it can be exported.
    ///   - start: digest of the model below them.
    func store(
        _ model: LanguageModel, adapters: AdapterSet? = nil, start: Digest? = nil
    ) throws -> Digest {
        let draft = self.draft()
        let digest = try model.save(to: draft)
        try adapters?.save(
            to: draft.appendingPathComponent(Self.adapterFolder), start: start)
        try DurableFile.publish(folder: draft, to: path(of: digest))
        return digest
    }

    /// Writes models that answer together; nothing happens if they are there already.
    func store(_ ensemble: EnsembleModel) throws -> Digest {
        let draft = self.draft()
        let digest = try ensemble.save(to: draft)
        try DurableFile.publish(folder: draft, to: path(of: digest))
        return digest
    }

    /// Writes what a method made.
    func store(_ outcome: UnlearningOutcome, start: Digest?) throws -> Digest {
        if let ensemble = outcome.ensemble { return try store(ensemble) }
        return try store(outcome.model, adapters: outcome.adapters, start: start)
    }

    /// A Hugging Face folder or a GGUF file.
    static func read(_ source: URL) throws -> LanguageModel {
        source.pathExtension.lowercased() == "gguf"
            ? try LanguageModel(gguf: source) : try LanguageModel(folder: source)
    }

    /// Takes a model in: a folder as it is, byte by byte; shards and a GGUF file's tensors become one
    /// file of weights.
    /// - Throws: what reading the model throws: what cannot be read is not stored.
    func importModel(_ source: URL) throws -> LanguageModel {
        let model = try Self.read(source)
        let weights = source.appendingPathComponent(LanguageModel.weightsName)
        guard FileManager.default.fileExists(atPath: weights.path) else {
            _ = try store(model)
            return model
        }
        let draft = self.draft()
        for name in model.companions.keys.sorted() + [LanguageModel.weightsName] {
            try DurableFile.write(
                try DurableFile.read(source.appendingPathComponent(name)),
                to: draft.appendingPathComponent(name))
        }
        try DurableFile.publish(folder: draft, to: path(of: model.digest))
        return model
    }

    /// Merges a PEFT adapter into a model's weights and stores the result.
    /// - Returns: the stored model, and the digests of what it was made from.
    /// - Throws: what reading either throws.
    func importModel(
        _ source: URL, adapter: URL
    ) throws -> (model: LanguageModel, origins: [String: Digest]) {
        let base = try Self.read(source)
        let adapters = try AdapterSet(folder: adapter, for: base.architecture)
        let model = base.copy()
        try adapters.merge(into: model)
        guard model.parameters.isFinite else {
            throw ModelError(
                .malformedAdapter,
                "\(adapter.lastPathComponent) merged into the model gives weights that are no numbers.",
                remedy: "Check lora_alpha and the adapter's values.")
        }
        _ = try store(model, adapters: adapters, start: base.digest)
        let weights = adapter.appendingPathComponent(AdapterSet.weightsName)
        return (model, ["base": base.digest, "adapter": try Digest(ofFileAt: weights)])
    }

    /// Reads a model by itself and checks that it is what its name says.
    /// - Throws: `model-damaged`; `is-an-ensemble`.
    func load(_ digest: Digest) throws -> LanguageModel {
        switch try stored(digest) {
        case .single(let model): return model
        case .ensemble(let ensemble):
            throw EngineError(
                .isAnEnsemble,
                "Model \(digest.short) is an ensemble of \(ensemble.members.count), trained in "
                    + "shards; this takes one model.",
                details: ["model": digest.hexadecimal],
                remedy: "Name a model that was trained without sisa in its recipe.")
        }
    }

    /// Reads a model or an ensemble and checks that it is what its name says.
    /// - Throws: `model-damaged`.
    func stored(_ digest: Digest) throws -> StoredModel {
        let place = path(of: digest)
        let model: StoredModel
        if EnsembleModel.isEnsemble(place) {
            do { model = .ensemble(try EnsembleModel(folder: place)) } catch let error as ModelError
                where error.code == .malformedEnsemble
            {
                throw damaged(digest, ["cause": error.message])
            }
        } else {
            model = .single(try LanguageModel(folder: place))
        }
        let found = model.answering.digest
        guard found == digest else {
            throw damaged(
                digest, ["expected": digest.hexadecimal, "found": found.hexadecimal])
        }
        return model
    }

    private func damaged(_ digest: Digest, _ details: [String: String]) -> EngineError {
        EngineError(
            .modelDamaged, "The weights of model \(digest.short) were changed on disk.",
            details: details,
            remedy: "Restore \(path(of: digest).path) from a backup, or train it again.")
    }

    private static let draftPrefix = ".draft-"

    private func draft() -> URL {
        folder.appendingPathComponent(Self.draftPrefix + UUID().uuidString)
    }

    /// Shreds drafts that a killed process left, and models whose shredding it did not end: both are
    /// weights that may know people who were deleted.
    /// - Throws: `file-not-written`.
    func removeLeftovers() throws {
        try DurableFile.shredLeftovers(in: folder) { $0.hasPrefix(Self.draftPrefix) }
    }
}
