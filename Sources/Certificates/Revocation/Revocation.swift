import Domain
import Foundation

/// The statement that a certificate no longer stands: signed, entered into the log, never taken back.
package struct Revocation: Codable, Sendable, Equatable {
    /// Identifies this predicate; an identifier, not the address of a page.
    package static let predicateType = "https://lethe.dev/attestation/revocation/v1"

    /// The raw values are permanent.
    package enum Reason: String, Codable, CaseIterable, Sendable {
        /// What was to be gone came out of the model again, or came back with a backup.
        case reappearance
        /// The certificate said something that was not so.
        case error
        /// Somebody else may have used the key that signed it.
        case keyCompromise = "key-compromise"
        /// Another certificate took its place.
        case superseded
    }

    package let caseID: CaseID
    /// SHA-256 of the certificate's signed content.
    package let certificate: Digest
    package let revokedAt: Timestamp
    package let reason: Reason
    /// In a sentence; no personal data.
    package let explanation: String
    /// SHA-256 of the report of the test that showed it; nil where there was none.
    package let evidence: Digest?
    package let operatorName: String

    package init(
        caseID: CaseID, certificate: Digest, revokedAt: Timestamp, reason: Reason,
        explanation: String, evidence: Digest? = nil, operatorName: String
    ) {
        self.caseID = caseID
        self.certificate = certificate
        self.revokedAt = revokedAt
        self.reason = reason
        self.explanation = explanation
        self.evidence = evidence
        self.operatorName = operatorName
    }

    private enum CodingKeys: String, CodingKey {
        case caseID = "case"
        case certificate, revokedAt, reason, explanation, evidence
        case operatorName = "operator"
    }
}

/// A revocation whose signature was checked.
package struct VerifiedRevocation: Sendable {
    package let revocation: Revocation
    package let envelope: Envelope
    package let key: PublicKey
    package var payloadDigest: Digest { Digest(of: envelope.payload) }
}

extension Revocation {
    private struct Document: Codable {
        let type: String
        let subject: [Statement.Subject]
        let predicateType: String
        let predicate: Revocation

        enum CodingKeys: String, CodingKey {
            case type = "_type"
            case subject, predicateType, predicate
        }
    }

    private var subject: Statement.Subject { .init("certificate \(caseID)", certificate) }

    /// Signs it: an in-toto Statement v1 about the certificate, in a DSSE envelope.
    /// - Throws: `personal-data` if one of the values stands in it.
    package func signed(
        with key: SigningKey, personalValues: [Sensitive<String>] = []
    ) throws -> VerifiedRevocation {
        let payload = try CanonicalJSON.pretty(
            Document(
                type: Statement.type, subject: [subject], predicateType: Self.predicateType,
                predicate: self))
        try refusePersonalData(in: payload, values: personalValues, case: caseID)
        let envelope = try Envelope(
            signing: payload, payloadType: Statement.payloadType, key: key)
        return try Self.verified(envelope: envelope.encoded(), trustedKeys: [key.publicKey])
    }

    /// - Throws: kind `integrity`: `malformed-envelope`, `untrusted-key`, `invalid-signature`,
    ///   `malformed-revocation`.
    package static func verified(
        envelope data: Data, trustedKeys: [PublicKey]
    ) throws -> VerifiedRevocation {
        let envelope = try Envelope(parsing: data)
        let signers = try envelope.verification(keys: trustedKeys).signers
        guard let key = signers.first else { throw malformed("Nobody signed it.") }
        guard envelope.payloadType.utf8.elementsEqual(Statement.payloadType.utf8) else {
            throw malformed("Its content is of another type.")
        }
        let document: Document
        do {
            _ = try JSONParser.parse(
                envelope.payload, limits: .init(depth: 16, byteCount: 1 << 20))
            document = try JSONDecoder().decode(Document.self, from: envelope.payload)
        } catch { throw malformed("Its content is not a whole statement of a revocation.") }
        guard document.type == Statement.type, document.predicateType == predicateType,
            document.subject == [document.predicate.subject]
        else { throw malformed("It is a statement about something else.") }
        return VerifiedRevocation(
            revocation: document.predicate, envelope: envelope, key: key)
    }

    private static func malformed(_ why: String) -> CertificateError {
        CertificateError(
            .malformedRevocation, "This is not a revocation. \(why)",
            remedy: "Ask the issuer for the original file.")
    }
}
