import Domain

/// Codes of the failures of keys, envelopes and certificates.
package struct CertificateErrorCode: ErrorCode {
    package let rawValue: String
    package let kind: FailureKind

    package init(rawValue: String) { self.init(rawValue, .failed) }
    init(_ rawValue: String, _ kind: FailureKind) {
        self.rawValue = rawValue
        self.kind = kind
    }

    /// The verification did not pass, or the certificate contradicts itself: it is not signed.
    package static let notIssuable = CertificateErrorCode("not-issuable", .refused)
    /// A value of the person stands in the text that would be signed.
    package static let personalData = CertificateErrorCode("personal-data", .refused)
    /// A number has no form in JSON (NaN, infinity).
    package static let notEncodable = CertificateErrorCode("not-encodable", .failed)

    /// The file is no DSSE envelope.
    package static let malformedEnvelope = CertificateErrorCode("malformed-envelope", .integrity)
    /// No signature was made by a key that is trusted.
    package static let untrustedKey = CertificateErrorCode("untrusted-key", .integrity)
    /// The signature does not belong to these bytes.
    package static let invalidSignature = CertificateErrorCode("invalid-signature", .integrity)
    /// The signed content is no in-toto statement.
    package static let wrongPayloadType = CertificateErrorCode("wrong-payload-type", .integrity)
    package static let malformedStatement = CertificateErrorCode("malformed-statement", .integrity)
    package static let wrongStatementType = CertificateErrorCode(
        "wrong-statement-type", .integrity)
    package static let wrongPredicateType = CertificateErrorCode(
        "wrong-predicate-type", .integrity)
    package static let malformedSubject = CertificateErrorCode("malformed-subject", .integrity)
    /// The statement is about another model than its predicate says.
    package static let subjectMismatch = CertificateErrorCode("subject-mismatch", .integrity)
    package static let malformedPredicate = CertificateErrorCode("malformed-predicate", .integrity)
    /// It is signed, but what it says does not support a certificate.
    package static let unsupportedClaim = CertificateErrorCode("unsupported-claim", .integrity)

    package static let malformedRevocation = CertificateErrorCode(
        "malformed-revocation", .integrity)
    package static let malformedRevocationList = CertificateErrorCode(
        "malformed-revocation-list", .integrity)
    /// The issuer took the certificate back.
    package static let revoked = CertificateErrorCode("revoked", .integrity)
    /// A file of the model is another than the certificate names, missing, or not named.
    package static let modelMismatch = CertificateErrorCode("model-mismatch", .integrity)
    /// The receipt is for another certificate or another person.
    package static let foreignReceipt = CertificateErrorCode("foreign-receipt", .integrity)
    package static let malformedReceipt = CertificateErrorCode("malformed-receipt", .badInput)

    /// Fewer different keys signed than are needed.
    package static let notEnoughSignatures = CertificateErrorCode(
        "not-enough-signatures", .integrity)
    /// A signature, key or digest of a kind that is not known here.
    package static let unknownAlgorithm = CertificateErrorCode("unknown-algorithm", .integrity)
    package static let malformedSSHSignature = CertificateErrorCode(
        "malformed-ssh-signature", .integrity)
    package static let malformedBundle = CertificateErrorCode("malformed-bundle", .integrity)
    package static let malformedTimestamp = CertificateErrorCode("malformed-timestamp", .integrity)
    /// A nonce or policy that no authority could be asked with.
    package static let malformedTimestampQuery = CertificateErrorCode(
        "malformed-timestamp-query", .badInput)
    /// The time-stamp is about other bytes.
    package static let timestampMismatch = CertificateErrorCode("timestamp-mismatch", .integrity)

    /// The file of keys is not as it was written, or contradicts itself.
    package static let malformedKeyHistory = CertificateErrorCode(
        "malformed-key-history", .integrity)
    /// A file of keys that does not go on from the one that is trusted.
    package static let divergedKeyHistory = CertificateErrorCode(
        "diverged-key-history", .integrity)
    /// The key is not among those trusted for this.
    package static let unknownKey = CertificateErrorCode("unknown-key", .integrity)
    package static let keyNotYetValid = CertificateErrorCode("key-not-yet-valid", .integrity)
    package static let keyExpired = CertificateErrorCode("key-expired", .integrity)
    package static let keyRevoked = CertificateErrorCode("key-revoked", .integrity)
    /// A change of keys that the rules do not allow.
    package static let keyChangeRefused = CertificateErrorCode("key-change-refused", .refused)

    /// The key's signature is there already.
    package static let alreadySigned = CertificateErrorCode("already-signed", .refused)
    package static let passphraseNeeded = CertificateErrorCode("passphrase-needed", .refused)
    package static let passphraseWrong = CertificateErrorCode("passphrase-wrong", .refused)
    /// A name that SSH's list of allowed signers cannot hold.
    package static let malformedIdentity = CertificateErrorCode("malformed-identity", .badInput)
    package static let malformedKey = CertificateErrorCode("malformed-key", .badInput)
    package static let unprotectedKey = CertificateErrorCode("unprotected-key", .refused)
    package static let keyExists = CertificateErrorCode("key-exists", .cannotCreate)
    /// The program that makes PDF files is not installed.
    package static let noWeasyPrint = CertificateErrorCode("no-weasyprint", .failed)
    package static let pdfNotMade = CertificateErrorCode("pdf-not-made", .failed)
    package static let bundleExists = CertificateErrorCode("bundle-exists", .cannotCreate)
}

package typealias CertificateError = CodedError<CertificateErrorCode>
