import Casework
import Certificates
import Domain
import Foundation

/// What a witness's answer came to.
package struct LogCosignature: Codable, Sendable {
    package let schema: String
    package let origin: String
    /// Entries under the checkpoint that was signed.
    package let size: UInt64
    /// Witnesses among those asked for whose signatures it holds now.
    package let sightings: [LogSighting]
}

/// What was written for a witness.
package struct WitnessRequest: Codable, Sendable {
    package let schema: String
    package let path: String
    package let origin: String
    /// What the witness is taken to have signed last.
    package let from: UInt64
    package let size: UInt64
}

extension Workspace {
    /// `keys/witnesses.json`.
    private struct WitnessFile: Codable {
        let threshold: Int
        let witnesses: [String]
    }

    /// Whom the operator asks to watch the log; nobody without `keys/witnesses.json`.
    /// - Throws: `malformed-document`, `malformed-key`.
    package func witnessPolicy() throws -> WitnessPolicy {
        guard FileManager.default.fileExists(atPath: layout.witnesses.path) else { return .none }
        let file = try CanonicalJSON.decode(
            WitnessFile.self, from: DurableFile.read(layout.witnesses))
        return try WitnessPolicy(
            witnesses: file.witnesses.map { try NoteKey(vkey: $0) }, threshold: file.threshold)
    }

    /// Known witnesses that signed a checkpoint.
    /// - Throws: `invalid-note-signature`.
    func sightings(
        of checkpoint: SignedCheckpoint, _ log: TransparencyLog
    ) throws -> [WitnessPolicy.Sighting] {
        try checkpoint.verify(
            logKey: log.key,
            witnesses: WitnessPolicy(witnesses: witnessPolicy().witnesses, threshold: 0))
    }

    /// The newest checkpoint that as many witnesses have signed as are asked for; nil if none are.
    /// - Parameter index: of an entry that it covers; nil for any.
    func witnessedCheckpoint(
        of log: TransparencyLog, above index: UInt64? = nil
    ) throws -> SignedCheckpoint? {
        let threshold = try witnessPolicy().threshold
        guard threshold > 0 else { return nil }
        return try log.newestCheckpoint(above: index) {
            // Most have the log's own signature alone.
            try $0.note.signatures.count > threshold && sightings(of: $0, log).count >= threshold
        }
    }

    /// Writes what a witness is sent so that it signs the newest checkpoint (C2SP tlog-witness,
    /// `add-checkpoint`).
    /// - Parameter old: entries under what it signed last; the newest checkpoint that a known witness
    ///   signed if nil, or 0.
    /// - Throws: `no-log`, `no-such-log-entry`, `file-not-written`.
    package func writeWitnessRequest(to file: URL, from old: UInt64?) throws -> WitnessRequest {
        let log = try requireLog()
        let seen = try log.newestCheckpoint {
            try $0.note.signatures.count > 1 && !sightings(of: $0, log).isEmpty
        }
        let start = old ?? seen?.checkpoint.size ?? 0
        try DurableFile.write(try log.witnessRequest(from: start), to: file)
        return WitnessRequest(
            schema: "lethe.log-witness-request.v1", path: file.path,
            origin: log.key.name.description, from: start, size: log.size)
    }

    /// Takes a witness's answer into the checkpoint it is about; the same answer again changes nothing.
    /// - Parameters:
    ///   - lines: signature lines; those of other keys are ignored.
    ///   - keys: verifier keys; the known witnesses' if empty.
    ///   - size: entries under the checkpoint that was sent; if nil, it is looked for.
    /// - Throws: `no-log`, `no-witness`, `malformed-key`, `malformed-note`, `invalid-note-signature`,
    ///   `too-few-witnesses` if no line is by one of the keys; `no-such-checkpoint`, `log-locked`.
    package func addCosignatures(
        _ lines: Data, keys: [String], at size: UInt64?, actor: String
    ) throws -> LogCosignature {
        let witnesses =
            try keys.isEmpty ? witnessPolicy().witnesses : keys.map { try NoteKey(vkey: $0) }
        guard !witnesses.isEmpty else {
            throw EngineError(
                .noWitness, "No witness is known.",
                remedy: "Give --witness with its verifier key, or list it in keys/witnesses.json.")
        }
        _ = try requireLog()
        let log = try openLog()
        let sizes =
            try size.map { [$0] } ?? log.checkpoints().map(\.checkpoint.size).reversed()
        let (found, seen) = try add(lines, to: sizes, of: log, witnesses)
        try noteOnce(
            "log-cosigned", actor: actor,
            digests: ["root": "\(try log.checkpoint(at: found).checkpoint.root)"],
            facts: [
                "size": "\(found)",
                "witnesses": seen.map { "\($0.witness.name)" }.joined(separator: ", "),
            ])
        return LogCosignature(
            schema: "lethe.log-cosignature.v1", origin: log.key.name.description, size: found,
            sightings: seen.map {
                LogSighting(witness: $0.witness.name.description, time: $0.time)
            })
    }

    /// The log may have grown since the checkpoint was sent: the newest one that the lines belong to.
    private func add(
        _ lines: Data, to sizes: [UInt64], of log: TransparencyLog, _ witnesses: [NoteKey]
    ) throws -> (size: UInt64, seen: [WitnessPolicy.Sighting]) {
        var first: (any Error)?
        for size in sizes {
            do {
                return (size, try log.addCosignatures(lines, at: size, witnesses: witnesses))
            } catch let error as CertificateError where error.code == .invalidNoteSignature {
                first = first ?? error
            }
        }
        throw first ?? CertificateError.noLog(at: layout.log)
    }
}
