import Domain
import Foundation

/// What is sent to a time-stamp authority: a digest, never the content.
///
/// Reference: RFC 3161, section 2.4.1; the like of `openssl ts -query -data FILE -sha256 -cert`. The answer is
/// fetched by the operator, e.g. with `curl -H "Content-Type: application/timestamp-query"
/// --data-binary @FILE URL`.
package struct TimestampQuery: Sendable, Equatable {
    package let imprint: MessageImprint
    /// Returned in the token, so that an old answer cannot be passed off as new; not negative,
    /// big-endian.
    package let nonce: Data?
    /// The policy the authority is asked to follow, as dotted decimal.
    package let policy: String?

    /// - Parameters:
    ///   - nonce: 1 to 32 bytes; nil for none.
    ///   - policy: dotted decimal.
    /// - Throws: `malformed-timestamp-query` for a nonce or a policy of another form.
    package init(
        _ imprint: MessageImprint, nonce: Data? = nil, policy: String? = nil
    ) throws {
        guard nonce.map({ (1...32).contains($0.count) }) ?? true else {
            throw CertificateError(
                .malformedTimestampQuery, "A query's nonce has 1 to 32 bytes.",
                remedy: "Give 8 random bytes, or none.")
        }
        guard policy.map({ ObjectIdentifierText($0) != nil }) ?? true else {
            throw CertificateError(
                .malformedTimestampQuery,
                "A time-stamp policy is an identifier like 1.3.6.1.4.1.4146.2.2.",
                remedy: "Give the identifier that the authority publishes, or none.")
        }
        self.imprint = imprint
        self.nonce = nonce
        self.policy = policy
    }

    /// `TimeStampReq`, asking for the authority's certificate in the answer.
    package var derRepresentation: Data {
        var parts = [DERWriter.unsignedInteger(1), imprint.derRepresentation]
        if let policy = policy.flatMap({ ObjectIdentifierText($0) }) {
            parts.append(DERWriter.objectIdentifier(policy))
        }
        if let nonce { parts.append(DERWriter.unsignedInteger(nonce)) }
        return DERWriter.sequence(parts + [DERWriter.boolean(true)])
    }
}
