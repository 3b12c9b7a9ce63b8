/// Codes of the failures of the transparency log.
extension CertificateErrorCode {
    /// The text is no signed note, checkpoint or signature line.
    package static let malformedNote = CertificateErrorCode("malformed-note", .integrity)
    /// A signature that names a known key does not belong to the text.
    package static let invalidNoteSignature = CertificateErrorCode(
        "invalid-note-signature", .integrity)
    /// The log's own signature is missing.
    package static let unsignedCheckpoint = CertificateErrorCode("unsigned-checkpoint", .integrity)
    /// The checkpoint is of another log than the key.
    package static let wrongLog = CertificateErrorCode("wrong-log", .integrity)
    package static let tooFewWitnesses = CertificateErrorCode("too-few-witnesses", .integrity)
    package static let malformedLogProof = CertificateErrorCode("malformed-log-proof", .integrity)
    /// The proof does not lead from the entry to the root.
    package static let notInLog = CertificateErrorCode("not-in-log", .integrity)
    package static let malformedLogEntry = CertificateErrorCode("malformed-log-entry", .integrity)

    /// A file of the log is missing, changed or contradicts another one.
    package static let damagedLog = CertificateErrorCode("damaged-log", .integrity)
    /// The checkpoint on disk is not one that the present tree continues: nothing is signed.
    package static let inconsistentLog = CertificateErrorCode("inconsistent-log", .integrity)
    package static let logExists = CertificateErrorCode("log-exists", .cannotCreate)
    package static let noLog = CertificateErrorCode("no-log", .notFound)
    package static let noSuchLogEntry = CertificateErrorCode("no-such-log-entry", .notFound)
    /// No checkpoint of that size was ever signed.
    package static let noSuchCheckpoint = CertificateErrorCode("no-such-checkpoint", .notFound)
    /// An entry has more than 65 535 bytes.
    package static let unfitLogEntry = CertificateErrorCode("unfit-log-entry", .badInput)
    /// The name of a log holds a space or a plus.
    package static let unfitLogName = CertificateErrorCode("unfit-log-name", .badInput)
    package static let readOnlyLog = CertificateErrorCode("read-only-log", .refused)
    /// Another process appends to the log.
    package static let logLocked = CertificateErrorCode("log-locked", .locked)
}
