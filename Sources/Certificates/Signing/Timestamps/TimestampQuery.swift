import Crypto
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

    /// A query with 16 random bytes as its nonce.
    package static func withFreshNonce(_ imprint: MessageImprint) throws -> TimestampQuery {
        try TimestampQuery(
            imprint, nonce: SymmetricKey(size: .bits128).withUnsafeBytes { Data($0) })
    }

    /// Reads a query as `derRepresentation` writes it.
    /// - Throws: `malformed-timestamp-query`, also for one in another form; `unknown-algorithm`.
    package init(parsing data: Data) throws {
        do { self = try Self.query(reading: data) } catch let defect as DERReader.Defect {
            guard defect.defect != .unknownAlgorithm else {
                throw TimestampToken.malformed(defect)
            }
            throw Self.malformed(defect.rule)
        }
        guard derRepresentation == data else {
            throw Self.malformed("it is not in the form that Lethe writes")
        }
    }

    private static func query(reading data: Data) throws -> TimestampQuery {
        guard data.count <= 4096 else { throw malformed("it is larger than 4096 bytes") }
        var reader = DERReader(data)
        var whole = try reader.enterSequence("the query")
        try reader.finish("the query")
        guard try whole.smallInteger("the version") == 1 else {
            throw malformed("its version is not 1")
        }
        let imprint = try MessageImprint(reading: &whole)
        let policy =
            whole.nextTag == DERReader.Tag.objectIdentifier
            ? try whole.objectIdentifier("the policy").description : nil
        let nonce =
            whole.nextTag == DERReader.Tag.integer ? try whole.unsignedInteger("the nonce") : nil
        _ = try whole.boolean("the wish for a certificate")
        try whole.finish("the query")
        return try TimestampQuery(imprint, nonce: nonce, policy: policy)
    }

    private static func malformed(_ rule: String) -> CertificateError {
        CertificateError(
            .malformedTimestampQuery, "This is not a query for a time-stamp: \(rule).",
            details: ["rule": rule], remedy: "Make a new one.")
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
