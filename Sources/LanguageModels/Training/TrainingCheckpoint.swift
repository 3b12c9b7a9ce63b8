import Domain
import Foundation
import TensorCore

/// The state of an interrupted training in one file: what is trained (all weights, or the adapters),
/// both moments, the step count and what else a loop carries, written atomically.
package struct TrainingCheckpoint {
    package let url: URL
    /// What the checkpoint belongs to; one of another run is refused.
    package let identity: Digest

    package init(url: URL, identity: Digest) {
        self.url = url
        self.identity = identity
    }

    private static let statePrefix = "state."

    /// - Parameter state: numbers kept bit by bit.
    package func save(
        _ parameters: ParameterSet, _ optimizer: AdamW, state: [String: Double] = [:]
    ) throws {
        var metadata = [
            "identity": identity.hexadecimal, "steps": "\(optimizer.stepCount)",
            "format": "lethe-checkpoint-1",
        ]
        for (name, value) in state {
            metadata[Self.statePrefix + name] = String(value.bitPattern, radix: 16)
        }
        let data = Safetensors.encode(
            [
                ("values", parameters.values), ("first-moment", optimizer.firstMoment),
                ("second-moment", optimizer.secondMoment),
            ], metadata: metadata)
        try DurableFile.write(data, to: url, permissions: 0o600)
    }

    /// Loads the checkpoint, if there is one of this run. A damaged file is an error; one that
    /// belongs to another recipe or plan is ignored and will be overwritten.
    /// - Returns: the state it was saved with; nil if there is none.
    @discardableResult
    package func restore(
        _ parameters: ParameterSet, _ optimizer: AdamW
    ) throws -> [String: Double]? {
        guard FileManager.default.fileExists(atPath: url.path) else { return nil }
        let file = try Safetensors(contentsOf: url)
        guard file.metadata["identity"] == identity.hexadecimal else { return nil }
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
        var state: [String: Double] = [:]
        for (key, text) in file.metadata where key.hasPrefix(Self.statePrefix) {
            state[String(key.dropFirst(Self.statePrefix.count))] =
                UInt64(text, radix: 16).map(Double.init(bitPattern:))
        }
        return state
    }
}
