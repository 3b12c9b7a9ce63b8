import Domain
import Foundation
import LanguageModels

/// Models of a workspace, each in a folder named by the digest of its weights. A folder is published
/// by one rename, so it is whole or not there.
final class ModelShelf {
    private let folder: URL

    init(folder: URL) { self.folder = folder }

    func path(of digest: Digest) -> URL { folder.appendingPathComponent(digest.hexadecimal) }

    /// Writes a model; nothing happens if it is there already.
    func store(_ model: LanguageModel) throws -> Digest {
        let draft = folder.appendingPathComponent(".draft-\(UUID().uuidString)")
        let digest = try model.save(to: draft)
        try DurableFile.publish(folder: draft, to: path(of: digest))
        return digest
    }

    /// Copies a folder as it is, byte by byte.
    /// - Throws: what reading the model throws: a folder that cannot be read is not stored.
    func importFolder(_ source: URL) throws -> LanguageModel {
        let model = try LanguageModel(folder: source)
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
