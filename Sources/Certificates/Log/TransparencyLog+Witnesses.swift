import Domain
import Foundation

extension TransparencyLog {
    /// The body of a request for a witness to sign the newest checkpoint (C2SP tlog-witness,
    /// `add-checkpoint`): to be posted, or carried in a file.
    /// - Parameter oldSize: what the witness signed last; 0 if nothing. A witness that answers 409 says
    ///   the right one.
    /// - Throws: `no-such-log-entry`, `damaged-log`.
    package func witnessRequest(from oldSize: UInt64) throws -> Data {
        let lines =
            ["old \(oldSize)"]
            + (try consistencyProof(from: oldSize, to: size)).map(\.base64)
        return Data((lines.joined(separator: "\n") + "\n\n").utf8) + latest.encoded()
    }

    /// Takes a witness's answer, signature lines, into a stored checkpoint. When it returns, they survive
    /// a crash; the same lines again change nothing.
    /// - Parameters:
    ///   - lines: lines of other keys are ignored; every line of a known one must be right.
    ///   - size: of the checkpoint that was sent; the newest if nil.
    /// - Returns: the witnesses whose signatures it holds now, in the order given.
    /// - Throws: `malformed-note`, `invalid-note-signature`, `too-few-witnesses` if no line is by a known
    ///   witness, `no-such-checkpoint`, `read-only-log`, `inconsistent-log`, `file-not-written`.
    @discardableResult
    package func addCosignatures(
        _ lines: Data, at size: UInt64? = nil, witnesses: [NoteKey]
    ) throws -> [WitnessPolicy.Sighting] {
        try requireWritable()
        guard lines.count <= SignedNote.maximumByteCount else {
            throw malformedNote("it is larger than \(SignedNote.maximumByteCount) bytes")
        }
        guard let text = String(validating: lines, as: UTF8.self) else {
            throw malformedNote("it is not valid UTF-8")
        }
        let signatures = try noteLines(Substring(text)).map {
            try SignedNote.Signature(line: $0)
        }
        let stored = try size.map { try checkpoint(at: $0) } ?? latest
        // Only what the known witnesses signed is kept.
        let given = SignedNote(text: stored.note.text, signatures: signatures)
        let known = try WitnessPolicy(
            witnesses: witnesses, threshold: min(1, witnesses.count)
        ).check(given)
        let accepted = try known.compactMap { try given.signature(of: $0.witness)?.signature }
        let signed = try stored.adding(accepted)
        let all = try WitnessPolicy(witnesses: witnesses, threshold: 0).check(signed.note)
        if signed != stored { try record(signed) }
        return all
    }

    private func requireWritable() throws {
        guard signingKey != nil else {
            throw CertificateError(
                .readOnlyLog, "The log \(layout.root.path) was opened to be read only.",
                details: ["log": layout.root.path])
        }
    }

    private func record(_ signed: SignedCheckpoint) throws {
        try confirmCheckpoint()
        let bundle = signed.checkpoint.size / LogLayout.width
        let record = LogJournal.encode(
            .init(previous: signed.checkpoint.size, entries: [], checkpoint: signed))
        guard bundle == edge.bundle else {
            let url = layout.journal(bundle)
            let whole = try LogJournal(bundle: bundle, in: layout, isFinished: true).byteCount
            let old = try DurableFile.read(url).prefix(whole)
            return try DurableFile.write(old + record, to: url)
        }
        isUnsure = true
        try DurableFile.append(record, to: layout.journal(bundle), at: journalByteCount)
        isUnsure = false
        journalByteCount += record.count
        guard signed.checkpoint.size == latest.checkpoint.size else { return }
        latest = signed
        published = nil
        try publish()
    }
}
