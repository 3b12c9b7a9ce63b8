import Domain
import Foundation
import LanguageModels

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
        let draft = folder.appendingPathComponent(".draft-\(UUID().uuidString)")
        let digest = try model.save(to: draft)
        try adapters?.save(
            to: draft.appendingPathComponent(Self.adapterFolder), start: start)
        try DurableFile.publish(folder: draft, to: path(of: digest))
        return digest
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
        let draft = folder.appendingPathComponent(".draft-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: draft, withIntermediateDirectories: true)
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

    /// Reads a model and checks that it is what its name says.
    /// - Throws: `model-damaged`.
    func load(_ digest: Digest) throws -> LanguageModel {
        let model = try LanguageModel(folder: path(of: digest))
        guard model.digest == digest else {
            throw EngineError(
                .modelDamaged, "The weights of model \(digest.short) were changed on disk.",
                details: ["expected": digest.hexadecimal, "found": model.digest.hexadecimal],
                remedy: "Restore \(path(of: digest).path) from a backup, or train it again.")
        }
        return model
    }

    /// Removes drafts that a killed process left.
    func removeDrafts() {
        let entries =
            (try? FileManager.default.contentsOfDirectory(
                at: folder, includingPropertiesForKeys: nil)) ?? []
        for entry in entries where entry.lastPathComponent.hasPrefix(".draft-") {
            try? FileManager.default.removeItem(at: entry)
        }
    }
}
