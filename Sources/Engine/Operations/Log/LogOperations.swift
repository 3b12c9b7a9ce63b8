import Certificates
import Domain
import Foundation

/// A witness's signature under a checkpoint.
package struct LogSighting: Codable, Sendable {
    package let witness: String
    /// By the witness's clock.
    package let time: Timestamp
}

/// Where the log stands.
package struct LogStatus: Codable, Sendable {
    package let schema: String
    package let origin: String
    package let size: UInt64
    /// The root as it stands in the checkpoint, base64.
    package let root: String
    /// What checkpoints are checked with, one line of text.
    package let verifierKey: String
    package let checkpointCount: Int
    /// Verifier keys of the witnesses that are known here.
    package let witnesses: [String]
    /// How many of them must have seen a checkpoint.
    package let threshold: Int
    /// Known witnesses that saw the newest checkpoint.
    package let sightings: [LogSighting]
    /// The newest checkpoint that enough witnesses saw; nil if there is none, or none is asked for.
    package let witnessedSize: UInt64?
}

/// What an audit of the whole log found to be right.
package struct LogVerification: Codable, Sendable {
    package let schema: String
    package let origin: String
    package let entryCount: UInt64
    package let checkpointCount: Int
    package let root: String
}

/// That one checkpoint continues an older one (RFC 9162, section 2.1.4).
package struct LogConsistency: Codable, Sendable {
    package let schema: String
    package let origin: String
    package let from: UInt64
    package let to: UInt64
    package let fromRoot: String
    package let toRoot: String
    /// Hashes of the proof, base64, in the order of the RFC.
    package let hashes: [String]
}

/// What was entered into the log later than it was signed.
package struct LateEntries: Codable, Sendable {
    package let schema: String
    package let certificates: Int
    package let revocations: Int
    package let size: UInt64
}

extension Workspace {
    /// - Throws: `no-log`; as `readableLog()`.
    func requireLog() throws -> TransparencyLog {
        guard let log = try readableLog() else {
            throw CertificateError.noLog(at: layout.log)
        }
        return log
    }

    package func logStatus() throws -> LogStatus {
        let log = try requireLog()
        let policy = try witnessPolicy()
        let head = log.latest.checkpoint
        return LogStatus(
            schema: "lethe.log.v1", origin: head.origin.description, size: head.size,
            root: head.root.base64, verifierKey: log.key.vkey,
            checkpointCount: try log.checkpoints().count, witnesses: policy.witnesses.map(\.vkey),
            threshold: policy.threshold,
            sightings: try sightings(of: log.latest, log).map {
                LogSighting(witness: $0.witness.name.description, time: $0.time)
            }, witnessedSize: try witnessedCheckpoint(of: log)?.checkpoint.size)
    }

    /// Reads all of the log: entries, tiles, and every checkpoint that was ever signed.
    /// - Throws: `no-log`, `damaged-log` naming the first file that is wrong, `unsigned-checkpoint`,
    ///   `invalid-note-signature`.
    package func auditLog() throws -> LogVerification {
        let log = try requireLog()
        let audit = try log.verify()
        return LogVerification(
            schema: "lethe.log-verification.v1", origin: log.key.name.description,
            entryCount: audit.entryCount, checkpointCount: audit.checkpointCount,
            root: audit.root.base64)
    }

    /// The proof that a checkpoint continues an older one; checked before it is given.
    /// - Throws: `no-such-checkpoint` unless a checkpoint was signed over each number of entries;
    ///   `no-such-log-entry` if they are not in order; `damaged-log`.
    package func logConsistency(from old: UInt64, to new: UInt64) throws -> LogConsistency {
        let log = try requireLog()
        let (before, after) = (
            try log.checkpoint(at: old).checkpoint, try log.checkpoint(at: new).checkpoint
        )
        let proof = try log.consistencyProof(from: old, to: new)
        guard
            old == 0
                || MerkleProof.verifiesConsistency(
                    from: old, before.root, to: new, after.root, proof: proof)
        else {
            throw EngineError(
                .keysDamaged, "The log's tiles do not lead from \(old) entries to \(new).",
                remedy: "Run `lethe log verify`; it names the file.")
        }
        return LogConsistency(
            schema: "lethe.log-consistency.v1", origin: log.key.name.description, from: old,
            to: new, fromRoot: before.root.base64, toRoot: after.root.base64,
            hashes: proof.map(\.base64))
    }

    /// Enters what was signed and is not in the log: keys, certificates of an earlier version,
    /// revocations. What is there already stays where it is.
    /// - Throws: as `certificateLog()`, `certificate(of:)`.
    package func enterMissing() throws -> LateEntries {
        let log = try certificateLog()
        func enter(_ kind: LogEntry.Kind, _ payload: Data, _ keyID: Digest) throws -> Int {
            let before = log.size
            try enterIntoLog(kind, payload: payload, keyID: keyID, log: log)
            return log.size > before ? 1 : 0
        }
        let certificateCount = try certificates().reduce(0) { count, row in
            let issued = try certificate(of: row.caseID)
            return try count + enter(.certificate, issued.payload, issued.key.keyID)
        }
        let names =
            (try? FileManager.default.contentsOfDirectory(atPath: layout.revocations.path)) ?? []
        let revocationCount = try names.sorted().filter { $0.hasSuffix(".dsse.json") }
            .reduce(0) { count, name in
                let envelope = try Envelope(
                    parsing: DurableFile.read(layout.revocations.appendingPathComponent(name)))
                guard let keyID = envelope.firstKeyID else { return count }
                return try count + enter(.revocation, envelope.payload, keyID)
            }
        return LateEntries(
            schema: "lethe.log-enter.v1", certificates: certificateCount,
            revocations: revocationCount, size: log.size)
    }
}

extension CertificateError {
    static func noLog(at folder: URL) -> CertificateError {
        CertificateError(
            .noLog, "This workspace has no transparency log yet.",
            details: ["log": folder.path], remedy: "`lethe log enter` begins it.")
    }
}
