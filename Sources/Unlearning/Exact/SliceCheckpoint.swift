import Domain
import Foundation
import LanguageModels
import TensorCore

/// What a shard has learned after a stage, in one file: all weights, or the adapters on a frozen base
/// model. No optimiser state, since every stage begins with a fresh optimiser.
struct SliceCheckpoint {
    let url: URL
    /// Of everything that decides the values.
    let identity: Digest

    private static let format = "lethe-slice-1"

    /// - Parameter folder: of the whole training.
    init(_ stage: ShardManifest.Stage, in folder: URL) {
        url = folder.appendingPathComponent(ShardManifest.Stage.folderName(shard: stage.shard))
            .appendingPathComponent(stage.fileName)
        identity = stage.identity
    }

    var exists: Bool { FileManager.default.fileExists(atPath: url.path) }

    /// Written atomically, mode 0600; equal values give equal bytes.
    func save(_ values: Tensor) throws {
        let data = Safetensors.encode(
            [("values", values)],
            metadata: [
                "format": Self.format, "identity": identity.hexadecimal,
                "values-sha256": Self.digest(values).hexadecimal,
            ])
        try DurableFile.write(data, to: url, permissions: 0o600)
    }

    /// Reads the values and checks every bit of them.
    /// - Throws: `malformed-checkpoint` with the file's place.
    func read(into values: Tensor) throws {
        guard exists else { throw damaged("is missing") }
        do {
            let file = try Safetensors(contentsOf: url)
            guard file.metadata["format"] == Self.format,
                file.metadata["identity"] == identity.hexadecimal
            else { throw damaged("belongs to another training") }
            try file.read("values", into: values)
            guard file.metadata["values-sha256"] == Self.digest(values).hexadecimal else {
                throw damaged("does not have the values that were written")
            }
        } catch let error as ModelError where error.code != .malformedCheckpoint {
            throw damaged("cannot be read", cause: error)
        }
    }

    /// Reads the file and checks every bit of it.
    /// - Throws: `malformed-checkpoint` with the file's place.
    func check() throws {
        guard exists else { throw damaged("is missing") }
        guard let shape = try? Safetensors(contentsOf: url)["values"]?.shape else {
            throw damaged("cannot be read")
        }
        let values = Tensor(shape)
        try read(into: values)
    }

    /// For a file that is missing too.
    func damaged(_ what: String, cause: (any Error)? = nil) -> ModelError {
        let place = url.deletingLastPathComponent().lastPathComponent + "/" + url.lastPathComponent
        return ModelError(
            .malformedCheckpoint, "Checkpoint \(place) of the sharded training \(what).",
            details: ["file": place],
            remedy: "Restore the folder from a backup, or train again; retrain needs no shards.",
            cause: cause)
    }

    private static func digest(_ values: Tensor) -> Digest {
        Digest(of: UnsafeRawBufferPointer(start: values.pointer, count: 4 * values.count))
    }
}
