import Domain
import Foundation
import TensorCore

/// The state of an interrupted training in one file: what is trained (all weights, or the adapters),
/// both moments and the step count, written atomically.
struct TrainingCheckpoint {
    let url: URL
    /// What the checkpoint belongs to; one of another run is refused.
    let identity: Digest

    func save(_ parameters: ParameterSet, _ optimizer: AdamW) throws {
        let data = Safetensors.encode(
            [
                ("values", parameters.values), ("first-moment", optimizer.firstMoment),
                ("second-moment", optimizer.secondMoment),
            ],
            metadata: [
                "identity": identity.hexadecimal, "steps": "\(optimizer.stepCount)",
                "format": "lethe-checkpoint-1",
            ])
        try DurableFile.write(data, to: url, permissions: 0o600)
    }

    /// Loads the checkpoint, if there is one of this run. A damaged file is an error; one that
    /// belongs to another recipe or plan is ignored and will be overwritten.
    func restore(_ parameters: ParameterSet, _ optimizer: AdamW) throws {
        guard FileManager.default.fileExists(atPath: url.path) else { return }
        let file = try Safetensors(contentsOf: url)
        guard file.metadata["identity"] == identity.hexadecimal else { return }
        guard let steps = file.metadata["steps"].flatMap(Int.init), steps >= 0,
            let values = file["values"], let first = file["first-moment"],
            let second = file["second-moment"]
        else {
            throw ModelError(
                .malformedCheckpoint, "\(url.lastPathComponent) lacks a part of a checkpoint.",
                remedy: "Remove the file; the training starts again from its beginning.")
        }
        try file.read(values, into: parameters.values)
        try file.read(first, into: optimizer.firstMoment)
        try file.read(second, into: optimizer.secondMoment)
        optimizer.stepCount = steps
    }
}
