import Domain
import Foundation

/// The head of a log's tree (C2SP tlog-checkpoint): the text that a log signs.
package struct Checkpoint: Sendable, Hashable {
    /// Names the log; ours are also the name of its key.
    package let origin: NoteKeyName
    /// Entries in the tree.
    package let size: UInt64
    package let root: MerkleHash
    /// Further lines, signed but without meaning here.
    package let extensions: [String]

    init(origin: NoteKeyName, size: UInt64, root: MerkleHash) {
        self.origin = origin
        self.size = size
        self.root = root
        extensions = []
    }

    /// - Throws: `malformed-note`.
    package init(parsing text: Data) throws {
        let lines = try noteLines(Substring(String(decoding: text, as: UTF8.self)))
        guard lines.count >= 3 else { throw malformedNote("a checkpoint has at least three lines") }
        guard let origin = NoteKeyName(lines[0]) else {
            throw malformedNote("the checkpoint's origin is empty or holds a space or a plus")
        }
        guard let size = noteNumber(lines[1]) else {
            throw malformedNote("the checkpoint's size is not a decimal number")
        }
        guard let root = MerkleHash(base64: lines[2]) else {
            throw malformedNote("the checkpoint's root is not 32 bytes in canonical base64")
        }
        guard size > 0 || root == .empty else {
            throw malformedNote("the checkpoint of an empty log does not have the empty root")
        }
        guard lines.dropFirst(3).allSatisfy({ !$0.isEmpty }) else {
            throw malformedNote("the checkpoint holds an empty line")
        }
        self.origin = origin
        self.size = size
        self.root = root
        extensions = lines.dropFirst(3).map(String.init)
    }

    package var text: Data {
        let lines = ["\(origin)", "\(size)", root.base64] + extensions
        return Data(lines.map { $0 + "\n" }.joined().utf8)
    }
}

/// A checkpoint with its signatures: the file `checkpoint` of a log.
package struct SignedCheckpoint: Sendable, Equatable {
    package let note: SignedNote
    /// What the text says. Not to be believed before `verify`.
    package let checkpoint: Checkpoint

    /// - Throws: `malformed-note`.
    package init(parsing data: Data) throws { try self.init(SignedNote(parsing: data)) }

    init(_ note: SignedNote) throws {
        self.note = note
        checkpoint = try Checkpoint(parsing: note.text)
    }

    /// Signs as the log.
    init(signing checkpoint: Checkpoint, key: SigningKey) throws {
        let text = checkpoint.text
        note = SignedNote(
            text: text, signatures: [try key.sign(note: text, name: checkpoint.origin)])
        self.checkpoint = checkpoint
    }

    package func encoded() -> Data { note.encoded() }

    /// Checks that the log signed it and that as many witnesses saw it as the policy asks for.
    /// - Parameter logKey: its name must be the checkpoint's origin.
    /// - Returns: the witnesses of the policy that signed, in its order, with their times.
    /// - Throws: `wrong-log`, `unsigned-checkpoint`, `invalid-note-signature`, `too-few-witnesses`,
    ///   `malformed-note` if a key signed twice.
    @discardableResult
    package func verify(logKey: NoteKey, witnesses: WitnessPolicy = .none) throws
        -> [WitnessPolicy.Sighting]
    {
        guard checkpoint.origin == logKey.name else {
            throw CertificateError(
                .wrongLog,
                "The checkpoint is of the log \(checkpoint.origin); expected \(logKey.name).",
                details: ["origin": "\(checkpoint.origin)", "expected": "\(logKey.name)"],
                remedy: "Give the key of the log that the certificate names.")
        }
        guard logKey.kind == .ed25519, try note.signature(of: logKey) != nil else {
            throw CertificateError(
                .unsignedCheckpoint, "The checkpoint is not signed with the log's key \(logKey).",
                details: ["key": "\(logKey)"],
                remedy:
                    "The log's key may have been replaced: get the present one from its operator.")
        }
        return try witnesses.check(note)
    }

    /// The same with signatures of witnesses added; a newer one takes the place of an older one by the
    /// same key.
    func adding(_ signatures: [SignedNote.Signature]) throws -> SignedCheckpoint {
        let kept = note.signatures.filter { old in
            !signatures.contains { $0.name == old.name && $0.keyID == old.keyID }
        }
        return try SignedCheckpoint(SignedNote(text: note.text, signatures: kept + signatures))
    }
}
