import Domain
import Foundation

/// A certificate whose signature was checked and whose content supports it. There is no other way
/// to make one than `issue` and `verifyCertificate`, so pages and bundles show only such.
package struct VerifiedCertificate: Sendable {
    package let certificate: DeletionCertificate
    /// The bytes that were signed: the statement.
    package let payload: Data
    package let envelope: Envelope
    /// Which trusted key made which signature.
    package let signatures: EnvelopeVerification
    /// The first trusted key that signed.
    package let key: PublicKey

    /// Names the certificate; signatures may differ between platforms, this does not.
    package var payloadDigest: Digest { Digest(of: payload) }

    fileprivate init(
        certificate: DeletionCertificate, payload: Data, envelope: Envelope,
        signatures: EnvelopeVerification, key: PublicKey
    ) {
        self.certificate = certificate
        self.payload = payload
        self.envelope = envelope
        self.signatures = signatures
        self.key = key
    }
}

/// Signs a certificate: an in-toto Statement v1 in a DSSE envelope, with the key's id.
///
/// Nothing is written. The result was read back and verified from its own bytes.
/// - Parameter personalValues: the person's values (names, numbers, addresses, ...); none of them
///   may stand in the certificate. Values of fewer than five bytes are not searched for.
/// - Throws: `not-issuable` with all reasons, e.g. a report that did not pass; `personal-data`
///   naming the place, not the value; `not-encodable`.
package func issue(
    _ certificate: DeletionCertificate, key: SigningKey,
    personalValues: [Sensitive<String>] = []
) throws -> VerifiedCertificate {
    let problems = certificate.problems()
    guard problems.isEmpty else {
        throw CertificateError(
            .notIssuable,
            "No certificate can be issued for case \(certificate.caseID). "
                + problems.joined(separator: " "),
            details: [
                "case": certificate.caseID.description,
                "checksNotPassed": certificate.checksNotPassed.joined(separator: ","),
            ],
            remedy: "See `lethe case explain \(certificate.caseID)` for the way on.")
    }
    let payload: Data
    do { payload = try CanonicalJSON.pretty(Statement(certificate)) } catch {
        throw CertificateError(
            .notEncodable,
            "The certificate of case \(certificate.caseID) holds a number that JSON cannot "
                + "express (not a number, or infinite).",
            details: ["case": certificate.caseID.description],
            remedy: "A measurement without a finite value must be reported as missing.",
            cause: error)
    }
    try refusePersonalData(in: payload, values: personalValues, case: certificate.caseID)
    let envelope = try Envelope(signing: payload, payloadType: Statement.payloadType, key: key)
    return try verifyCertificate(envelope: envelope.encoded(), trustedKeys: [key.publicKey])
}

/// Checks a certificate completely and offline: envelope, signature, statement, subject, and that
/// its content supports it.
/// - Parameters:
///   - envelope: content of a `certificate.dsse.json`.
///   - trustedKeys: keys of issuers the caller trusts; got from the issuer, not with the file.
///   - threshold: how many different keys of them must have signed; 2 where four eyes are asked for.
/// - Throws: kind `integrity` throughout: `malformed-envelope`, `untrusted-key`,
///   `invalid-signature`, `unknown-algorithm`, `not-enough-signatures`, `wrong-payload-type`,
///   `malformed-statement`, `wrong-statement-type`, `wrong-predicate-type`, `malformed-subject`,
///   `malformed-predicate`, `subject-mismatch`, `unsupported-claim`.
package func verifyCertificate(
    envelope data: Data, trustedKeys: [PublicKey], threshold: Int = 1
) throws -> VerifiedCertificate {
    let envelope = try Envelope(parsing: data)
    // DSSE takes the key id for a hint. Certificates always name their keys, so that no byte that
    // carries meaning can be changed unnoticed, and readers of the file are not misled.
    let signatures = try envelope.verification(keys: trustedKeys, threshold: threshold)
    guard envelope.payloadType.utf8.elementsEqual(Statement.payloadType.utf8) else {
        throw CertificateError(
            .wrongPayloadType,
            "The signed content is of type \(shown(envelope.payloadType)), not \(Statement.payloadType).",
            remedy: "This file is signed, but it is not a deletion certificate.")
    }
    let certificate = try Statement(parsing: envelope.payload).certificate
    let problems = certificate.problems()
    guard problems.isEmpty else {
        throw CertificateError(
            .unsupportedClaim,
            "The signature is good, but the content does not support a certificate. "
                + problems.joined(separator: " "),
            details: ["case": certificate.caseID.description],
            remedy: "Do not rely on it; ask the issuer how it came to be signed.")
    }
    return VerifiedCertificate(
        certificate: certificate, payload: envelope.payload, envelope: envelope,
        signatures: signatures, key: signatures.signers[0])
}
