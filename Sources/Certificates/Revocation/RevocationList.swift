import Domain
import Foundation

/// All revocations of an issuer up to a moment, signed: what a verifier without a workspace asks whether
/// a certificate still stands. An older list says nothing about what happened since.
package struct RevocationList: Codable, Sendable, Equatable {
    static let schema = "lethe.revocations.v1"
    static let payloadType = "application/vnd.lethe.revocations+json"

    package struct Entry: Codable, Sendable, Equatable {
        /// SHA-256 of the revoked certificate's signed content.
        package let certificate: Digest
        package let revokedAt: Timestamp
        package let reason: Revocation.Reason
        /// SHA-256 of the revocation's signed content, as the log holds it.
        package let revocation: Digest
        /// Place in the log; nil where the issuer keeps none.
        package let logIndex: Int?

        package init(_ verified: VerifiedRevocation, logIndex: Int?) {
            certificate = verified.revocation.certificate
            revokedAt = verified.revocation.revokedAt
            reason = verified.revocation.reason
            revocation = verified.payloadDigest
            self.logIndex = logIndex
        }
    }

    private let schema: String
    package let issuedAt: Timestamp
    /// Size of the log when it was made: it speaks for the entries below; nil without a log.
    package let logSize: Int?
    /// Oldest first.
    package let revocations: [Entry]

    package init(issuedAt: Timestamp, logSize: Int?, revocations: [Entry]) {
        schema = Self.schema
        self.issuedAt = issuedAt
        self.logSize = logSize
        self.revocations = revocations
    }

    /// The signed list as a file.
    package func signed(with key: SigningKey) throws -> Data {
        try Envelope(
            signing: try CanonicalJSON.pretty(self), payloadType: Self.payloadType, key: key
        ).encoded()
    }

    /// Reads a signed list. Only the issuer may make one: an approver, or whoever has a key that was
    /// withdrawn, could otherwise make a revocation disappear.
    /// - Throws: kind `integrity`: `malformed-envelope`, `untrusted-key`, `invalid-signature`,
    ///   `malformed-revocation-list`; as `KeyJudgement.require` if the key was not in force.
    package init(verifying data: Data, trust: TrustedKeys) throws {
        let envelope = try Envelope(parsing: data)
        let signers = try envelope.verification(keys: trust.keys(role: .issuer)).signers
        guard envelope.payloadType.utf8.elementsEqual(Self.payloadType.utf8) else {
            throw Self.malformed("Its content is of another type.")
        }
        do {
            _ = try JSONParser.parse(
                envelope.payload, limits: .init(depth: 8, byteCount: Envelope.maximumByteCount))
            self = try JSONDecoder().decode(Self.self, from: envelope.payload)
        } catch { throw Self.malformed("Its content is not a whole list.") }
        guard schema == Self.schema else { throw Self.malformed("Its schema is another one.") }
        for key in signers {
            try trust.judge(keyID: key.keyID, role: .issuer, signedAt: issuedAt).require(
                keyID: key.keyID, role: .issuer, signedAt: issuedAt)
        }
    }

    /// The revocation of a certificate, if it stands in the list.
    package func entry(for certificate: Digest) -> Entry? {
        revocations.first { $0.certificate == certificate }
    }

    private static func malformed(_ why: String) -> CertificateError {
        CertificateError(
            .malformedRevocationList, "This is not a list of revocations. \(why)",
            remedy: "Get the present list from the issuer.")
    }
}
