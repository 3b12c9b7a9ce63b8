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
    /// - Parameter accepts: asked before anything is changed, with the optimiser's steps and the state.
    /// - Returns: the state it was saved with; nil if there is none.
    /// - Throws: `malformed-safetensors`, `malformed-checkpoint`; then nothing was changed.
    ///   `file-unreadable`.
    @discardableResult
    package func restore(
        _ parameters: ParameterSet, _ optimizer: AdamW,
        accepting accepts: (_ steps: Int, _ state: [String: Double]) -> Bool = { _, _ in true }
    ) throws -> [String: Double]? {
        guard FileManager.default.fileExists(atPath: url.path) else { return nil }
        let file = try Safetensors(contentsOf: url)
        guard file.metadata["identity"] == identity.hexadecimal else { return nil }
        guard let steps = file.metadata["steps"].flatMap(Int.init), steps >= 0,
            let values = file["values"], let first = file["first-moment"],
            let second = file["second-moment"]
        else { throw malformed("lacks a part of a checkpoint") }
        let targets = [
            (values, parameters.values), (first, optimizer.firstMoment),
            (second, optimizer.secondMoment),
        ]
        for (entry, target) in targets {
            guard entry.type == .f32, entry.shape.reduce(1, *) == target.count else {
                throw malformed("holds \(entry.name) of another shape or type")
            }
        }
        var state: [String: Double] = [:]
        for (key, text) in file.metadata where key.hasPrefix(Self.statePrefix) {
            state[String(key.dropFirst(Self.statePrefix.count))] =
                UInt64(text, radix: 16).map(Double.init(bitPattern:))
        }
        guard accepts(steps, state) else { throw malformed("stands at a step that there is not") }
        try file.read(values, into: parameters.values)
        try file.read(first, into: optimizer.firstMoment)
        try file.read(second, into: optimizer.secondMoment)
        optimizer.stepCount = steps
        return state
    }

    /// As `restore`, for whoever can do without: a damaged file is shredded and the work begins anew. A
    /// file that is only needed after a crash must not be what a crash makes work impossible by.
    /// - Parameter note: told what happened, for the operator.
    /// - Throws: `file-unreadable`, `file-not-written`.
    package func resume(
        _ parameters: ParameterSet, _ optimizer: AdamW,
        accepting accepts: (_ steps: Int, _ state: [String: Double]) -> Bool = { _, _ in true },
        note: (String) -> Void
    ) throws -> [String: Double]? {
        do {
            return try restore(parameters, optimizer, accepting: accepts)
        } catch is ModelError {
            try DurableFile.shred(file: url)
            note("\(url.lastPathComponent) was damaged and is dropped; beginning anew")
            return nil
        }
    }

    private func malformed(_ what: String) -> ModelError {
        ModelError(
            .malformedCheckpoint, "\(url.lastPathComponent) \(what).",
            remedy: "Remove the file; the training starts again from its beginning.")
    }
}
