import Domain
import Foundation

/// A model's folder as Hugging Face writes it: `config.json`, `tokenizer.json`, small files beside
/// them, and the weights in one safetensors file or in shards with an index.
struct ModelFolder {
    let url: URL
    /// Content of `config.json`.
    let configuration: JSONValue
    /// The small files that travel with the model, as they were read.
    let companions: [String: Data]
    let weights: any TensorSource
    /// The file that holds all weights; nil for shards.
    private let weightsFile: URL?

    private static let companionNames = [
        "config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json",
        "generation_config.json", "added_tokens.json", "vocab.json", "merges.txt",
    ]

    /// Reads everything but the tensors' data. One file is preferred to shards, as in transformers.
    /// - Throws: `incomplete-model-folder`, `malformed-safetensors`, `missing-tensor`,
    ///   `unexpected-tensor`, `file-unreadable`, `malformed-json`; `unsupported-model` for an
    ///   ensemble's folder.
    init(_ url: URL) throws {
        guard !EnsembleModel.isEnsemble(url) else {
            throw ModelError(
                .unsupportedModel, "\(url.path) holds an ensemble of models, not one model.",
                details: ["path": url.path],
                remedy:
                    "Each member's folder in it is one model. An ensemble from which people can "
                    + "be deleted is trained in a workspace, by a recipe with sisa.")
        }
        var companions: [String: Data] = [:]
        for name in Self.companionNames {
            let file = url.appendingPathComponent(name)
            if FileManager.default.fileExists(atPath: file.path) {
                companions[name] = try DurableFile.read(file)
            }
        }
        self.url = url
        self.companions = companions
        guard let data = companions["config.json"] else {
            throw Self.incomplete(url, "config.json")
        }
        configuration = try JSONParser.parse(data)
        let single = url.appendingPathComponent(LanguageModel.weightsName)
        let index = url.appendingPathComponent(ShardedSafetensors.indexName)
        if FileManager.default.fileExists(atPath: single.path) {
            weights = try Safetensors(contentsOf: single)
            weightsFile = single
        } else if FileManager.default.fileExists(atPath: index.path) {
            weights = try ShardedSafetensors(index: index)
            weightsFile = nil
        } else {
            throw Self.incomplete(url, LanguageModel.weightsName)
        }
    }

    /// - Throws: `incomplete-model-folder`, `malformed-tokenizer`.
    func tokenizer() throws -> any Tokenizer {
        guard let file = companions["tokenizer.json"] else {
            throw Self.incomplete(url, "tokenizer.json")
        }
        return try readTokenizer(file: file, configuration: configuration)
    }

    /// SHA-256 of the file of all weights; nil for shards, which have no such file.
    func weightsDigest() throws -> Digest? {
        try weightsFile.map { try Digest(ofFileAt: $0) }
    }

    private static func incomplete(_ url: URL, _ name: String) -> ModelError {
        ModelError(
            .incompleteFolder, "\(url.path) holds no \(name).",
            details: ["path": url.path, "file": name],
            remedy: "Give a Hugging Face folder with config.json, tokenizer.json and "
                + "model.safetensors or its shards.")
    }
}
