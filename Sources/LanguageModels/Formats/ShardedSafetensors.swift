import Domain
import Foundation
import TensorCore

/// A checkpoint in several safetensors files with `model.safetensors.index.json`, whose
/// `weight_map` says which file holds which tensor.
///
/// Stricter than transformers: the index and the files must agree on every tensor.
package struct ShardedSafetensors: TensorSource {
    package static let indexName = "model.safetensors.index.json"

    /// Sorted by the bytes of their names.
    package let tensors: [TensorDescription]
    private let shards: [Safetensors]
    /// Index into `shards` for each tensor.
    private let places: [String: Int]

    /// Opens the index and every shard, all in the index's folder.
    /// - Throws: `malformed-safetensors` for an index or shard that is damaged or names files outside
    ///   its folder; `incomplete-model-folder` for a missing shard; `missing-tensor` and
    ///   `unexpected-tensor` where index and shards disagree; `file-unreadable`.
    package init(index: URL) throws {
        let assignments = try Self.weightMap(DurableFile.read(index))
        var tensorNames: [String: Set<String>] = [:]
        for (tensor, shard) in assignments { tensorNames[shard, default: []].insert(tensor) }
        var tensors: [TensorDescription] = []
        var shards: [Safetensors] = []
        var places: [String: Int] = [:]
        for shard in tensorNames.keys.sorted(by: Self.isBefore) {
            let url = index.deletingLastPathComponent().appendingPathComponent(shard)
            guard FileManager.default.fileExists(atPath: url.path) else {
                throw ModelError(
                    .incompleteFolder,
                    "The shard \(shard), named in \(Self.indexName), is missing.",
                    details: ["path": url.deletingLastPathComponent().path, "file": shard],
                    remedy: "Fetch all files of the model.")
            }
            let file = try Safetensors(contentsOf: url)
            for tensor in file.tensors {
                guard tensorNames[shard]?.contains(tensor.name) == true else {
                    throw Self.disagreement(tensor.name, shard, assignments)
                }
                tensors.append(tensor)
                places[tensor.name] = shards.count
            }
            shards.append(file)
        }
        for (tensor, shard) in assignments where places[tensor] == nil {
            throw ModelError(
                .missingTensor,
                "\(shard) does not hold \(tensor), which \(Self.indexName) says it does.",
                details: ["tensor": tensor, "file": shard], remedy: Self.remedy)
        }
        self.tensors = tensors.sorted { Self.isBefore($0.name, $1.name) }
        self.shards = shards
        self.places = places
    }

    package func read(_ name: String, into target: Tensor) throws {
        guard let place = places[name] else { throw Safetensors.missing(name) }
        try shards[place].read(name, into: target)
    }

    private static let remedy = "Fetch the index and all shards of one and the same model again."

    private static func isBefore(_ a: String, _ b: String) -> Bool {
        a.utf8.lexicographicallyPrecedes(b.utf8)
    }

    /// A tensor in a shard to which the index does not assign it.
    private static func disagreement(
        _ tensor: String, _ shard: String, _ assignments: [(tensor: String, shard: String)]
    ) -> ModelError {
        if let other = assignments.first(where: { $0.tensor == tensor })?.shard {
            return ModelError(
                .malformedSafetensors,
                "\(shard) holds \(tensor), which \(indexName) assigns to \(other).",
                details: ["tensor": tensor, "file": shard], remedy: remedy)
        }
        return ModelError(
            .unexpectedTensor, "\(shard) holds \(tensor), which \(indexName) does not list.",
            details: ["tensor": tensor, "file": shard], remedy: remedy)
    }

    /// Tensors with the names of their shards, in the order of the index.
    private static func weightMap(_ data: Data) throws -> [(tensor: String, shard: String)] {
        func failure(_ rule: String, _ details: [String: String] = [:]) -> ModelError {
            ModelError(
                .malformedSafetensors, "\(indexName) is not a valid index: \(rule).",
                details: details.merging(["file": indexName]) { a, _ in a }, remedy: remedy)
        }
        let json: JSONValue
        do { json = try JSONParser.parse(data) } catch let error as DomainError {
            throw failure("it is malformed (\(error.message))")
        }
        guard let members = json["weight_map"]?.members else {
            throw failure("it has no object weight_map")
        }
        guard !members.isEmpty else { throw failure("its weight_map is empty") }
        return try members.map { member in
            guard let shard = member.value.text else {
                throw failure("\(member.key) is not assigned to a file", ["tensor": member.key])
            }
            // A name, not a path: the index must not lead out of its folder.
            guard shard.utf8.count <= 255, shard.hasSuffix(".safetensors"), !shard.hasPrefix("."),
                shard.utf8.allSatisfy({
                    $0 >= 0x20 && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "\\")
                })
            else {
                throw failure(
                    "\(member.key) is assigned to something that is no name of a safetensors file "
                        + "in its folder", ["tensor": member.key])
            }
            return (member.key, shard)
        }
    }
}
