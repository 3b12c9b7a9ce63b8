import Casework
import Certificates
import Domain
import Foundation

/// A new signing key in an old one's place.
package struct KeyRotation: Codable, Sendable {
    package let schema: String
    package let oldKey: KeyRow
    package let newKey: KeyRow
    /// A rotation that was stopped was brought to its end; no further key was made.
    package let wasResumed: Bool
}

extension Workspace {
    /// Makes a new signing key; the old one stays valid until the overlap ends.
    ///
    /// In this order, each step durable: the new private key is on disk; the history names it, signed by
    /// both; the log has the statement; the old private key is laid aside; the new one takes its place.
    /// The file of the new key goes last, so that a rotation that was stopped is known by it, and the
    /// same command brings it to its end.
    /// - Parameter shreddingOld: the old private key is destroyed instead of laid aside.
    /// - Throws: `key-change-refused`; as `presentSigningKey()` and `certificateLog()`.
    package func rotateSigningKey(
        overlapDays: Int, shreddingOld: Bool, actor: String
    ) throws -> KeyRotation {
        let present = try presentSigningKey()
        let passphrase = openedSigningKey?.passphrase
        let log = try openLog()
        var history = try recordKeys(in: log)
        let wasResumed = FileManager.default.fileExists(atPath: layout.nextSigningKey.path)
        let next =
            wasResumed
            ? try SigningKey(contentsOf: layout.nextSigningKey, passphrase: passphrase)
            : try SigningKey.create(at: layout.nextSigningKey, passphrase: passphrase)
        if history.entry(next.keyID) == nil {
            history = try history.rotating(
                from: present, to: next, at: clock.now(),
                overlapSeconds: Int64(overlapDays) * 86_400)
            try history.write(to: layout.keyHistory)
        }
        guard let newEntry = history.entry(next.keyID),
            let oldEntry = newEntry.replaces.flatMap({ history.entry($0) })
        else {
            throw EngineError(
                .keysDamaged, "The next signing key is in the history, but takes no key's place.",
                details: ["keyID": next.keyID.hexadecimal],
                remedy: "Restore the folder keys from its backup.")
        }
        try enterStatements(of: history, into: log)
        try replace(present, by: next, old: oldEntry.keyID, shreddingOld: shreddingOld)
        try noteOnce(
            "signing-key-rotated", actor: actor,
            digests: ["old-key": oldEntry.keyID.hexadecimal, "new-key": next.keyID.hexadecimal],
            facts: oldEntry.notAfter.map { ["overlap-ends-at": $0.description] } ?? [:])
        try DurableFile.shred(file: layout.nextSigningKey, isRead: true)
        openedSigningKey = (next, passphrase)
        return KeyRotation(
            schema: "lethe.keys-rotate.v1", oldKey: try row(oldEntry), newKey: try row(newEntry),
            wasResumed: wasResumed)
    }

    private func replace(
        _ present: SigningKey, by next: SigningKey, old: Digest, shreddingOld: Bool
    ) throws {
        let retired = retiredKey(old)
        if present.keyID == old {
            if !shreddingOld {
                try DurableFile.makeFolder(layout.retiredKeys, permissions: 0o700)
                try DurableFile.write(
                    DurableFile.read(layout.signingKey), to: retired, permissions: 0o600)
            }
            try DurableFile.replaceSecret(
                DurableFile.read(layout.nextSigningKey), at: layout.signingKey)
        } else if shreddingOld, FileManager.default.fileExists(atPath: retired.path) {
            // Stopped after the old key was laid aside, and now it is to go.
            try DurableFile.shred(file: retired)
        }
        try DurableFile.write(Data(next.publicKey.pemRepresentation.utf8), to: layout.publicKey)
    }
}
