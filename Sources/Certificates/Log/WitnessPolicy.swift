import Domain
import Foundation

/// How many of which witnesses must have seen a checkpoint before it is believed.
///
/// A witness signs a log's checkpoints only if each continues the one before, so that a log which
/// shows different people different histories needs the help of that many witnesses.
package struct WitnessPolicy: Sendable, Equatable {
    /// A witness's signature under a checkpoint.
    package struct Sighting: Sendable, Equatable {
        package let witness: NoteKey
        /// By the clock of the witness.
        package let time: Timestamp
    }

    package let witnesses: [NoteKey]
    /// Distinct witnesses that must have signed.
    package let threshold: Int

    /// No witness is asked for.
    package static let none = WitnessPolicy()
    private init() { (witnesses, threshold) = ([], 0) }

    /// - Parameters:
    ///   - witnesses: keys of kind `cosignature`, no public key twice.
    ///   - threshold: 0...witnesses.count.
    /// - Throws: `malformed-key`.
    package init(witnesses: [NoteKey], threshold: Int) throws {
        func malformed(_ what: String) -> CertificateError {
            CertificateError(
                .malformedKey, "The witness policy \(what).",
                remedy: "Name each witness once, and at most as many as there are.")
        }
        guard witnesses.allSatisfy({ $0.kind == .cosignature }) else {
            throw malformed("names a key that is not a witness's (kind 4)")
        }
        guard Set(witnesses.map(\.publicKey)).count == witnesses.count else {
            throw malformed("names the same key twice, which is one witness")
        }
        guard (0...witnesses.count).contains(threshold) else {
            throw malformed("asks for \(threshold) of \(witnesses.count) witnesses")
        }
        self.witnesses = witnesses
        self.threshold = threshold
    }

    /// - Throws: `too-few-witnesses`, `invalid-note-signature` also if there are enough others.
    func check(_ note: SignedNote) throws -> [Sighting] {
        let sightings = try witnesses.compactMap { witness in
            try note.signature(of: witness)?.time.map { Sighting(witness: witness, time: $0) }
        }
        guard sightings.count >= threshold else {
            throw CertificateError(
                .tooFewWitnesses,
                "\(sightings.count) of the \(witnesses.count) known witnesses signed the "
                    + "checkpoint; \(threshold) must.",
                details: ["witnesses": "\(sightings.count)", "threshold": "\(threshold)"],
                remedy: "Get the proof again once the witnesses have signed, or a later one.")
        }
        return sightings
    }
}
