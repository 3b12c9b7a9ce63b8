import Certificates
import Domain
import Foundation

extension Workspace {
    /// The log as it is, for appending; made at first use, under the name that the policy gives or one
    /// made of its key.
    /// - Throws: `unfit-log-name`, `log-locked`, `damaged-log`, `inconsistent-log`, `unprotected-key`.
    func openLog() throws -> TransparencyLog {
        let manager = FileManager.default
        let key =
            manager.fileExists(atPath: layout.logKey.path)
            ? try SigningKey(contentsOf: layout.logKey)
            : try SigningKey.create(at: layout.logKey)
        do { return try TransparencyLog.open(at: layout.log, key: key) } catch let error
            as CertificateError where error.code == .noLog
        {
            // A log that was written in has a journal; what is there without one is a first start
            // that was killed.
            let name =
                policy.certificates?.logOrigin ?? "lethe/log/\(key.keyID.hexadecimal.prefix(16))"
            return try TransparencyLog.create(at: layout.log, key: key, name: name)
        }
    }

    /// The log for reading; nil as long as nothing was entered.
    /// - Throws: as `certificateLog()`.
    package func readableLog() throws -> TransparencyLog? {
        guard FileManager.default.fileExists(atPath: layout.log.path) else { return nil }
        let checkpoint = try SignedCheckpoint(
            parsing: DurableFile.read(layout.log.appendingPathComponent("checkpoint")))
        let name = checkpoint.checkpoint.origin
        let key = try SigningKey(contentsOf: layout.logKey).publicKey
        return try TransparencyLog.open(
            at: layout.log, publicKey: NoteKey(name: name, kind: .ed25519, publicKey: key))
    }

    /// Enters something that was signed into the log, once: what stands there already stays where it
    /// is.
    /// - Returns: its place.
    @discardableResult
    func enterIntoLog(
        _ kind: LogEntry.Kind, payload: Data, keyID: Digest, log: TransparencyLog? = nil
    ) throws -> UInt64 {
        let log = try log ?? certificateLog()
        let entry = try LogEntry(kind: kind, payload: payload, keyID: keyID).encoded()
        if let index = try log.index(ofLeafHash: .leaf(entry)) { return index }
        return try log.append([entry]).lowerBound
    }

    /// The proof that something stands in the log: under the newest checkpoint that as many witnesses
    /// have signed as `keys/witnesses.json` asks for, if it stood there by then; else under the newest.
    /// - Returns: nil if it does not stand there.
    /// - Throws: `damaged-log`, `malformed-document`, `malformed-key`.
    func proof(of entry: LogEntry, in log: TransparencyLog) throws -> LogProof? {
        guard let index = try log.index(ofLeafHash: .leaf(entry.encoded())) else { return nil }
        let witnessed = try witnessedCheckpoint(of: log, above: index)
        return try log.proof(of: index, at: witnessed?.checkpoint.size)
    }
}
