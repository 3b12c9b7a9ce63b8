import Casework
import Certificates
import Domain
import Foundation

/// A time-stamp that lies beside a certificate. The authority's signature is not checked by Lethe.
package struct StoredTimestamp: Codable, Sendable {
    /// When the authority says it saw the certificate's digest.
    package let time: Timestamp
    package let serialNumber: String
    /// The authority's policy as dotted decimal.
    package let policy: String
    package let path: String
    /// Checks what Lethe does not; `tsa-ca.pem` is the authority's root certificate.
    package let command: String
    package let notChecked: [String]
}

/// What `lethe certificate timestamp` did.
package struct TimestampReport: Codable, Sendable {
    package let schema: String
    package let caseID: CaseID
    package let payloadDigest: Digest
    /// The query that was written; nil if a token was taken in.
    package let request: String?
    /// Nil as long as there is only a query.
    package let timestamp: StoredTimestamp?

    private enum CodingKeys: String, CodingKey {
        case caseID = "case"
        case schema, payloadDigest, request, timestamp
    }
}

extension Workspace {
    private func certificateFile(_ name: String, of id: CaseID) -> URL {
        layout.certificates.appendingPathComponent(id.description).appendingPathComponent(name)
    }

    private func queryFile(of id: CaseID) -> URL { certificateFile("timestamp.tsq", of: id) }
    private func tokenFile(of id: CaseID) -> URL { certificateFile("timestamp.tsr", of: id) }

    /// Writes the query for a time-stamp over what was signed: its SHA-256 and a random number, which
    /// are kept beside the certificate. Asked again, it is the same query.
    /// - Throws: `no-certificate`, `file-not-written`, and kind `integrity` if the certificate was changed.
    package func writeTimestampQuery(
        of id: CaseID, to file: URL
    ) throws -> TimestampReport {
        let verified = try certificate(of: id)
        let imprint = MessageImprint(of: verified.payload)
        let kept = try? TimestampQuery(parsing: DurableFile.read(queryFile(of: id)))
        let query: TimestampQuery
        if let kept, kept.imprint == imprint {
            query = kept
        } else {
            query = try .withFreshNonce(imprint)
            try DurableFile.write(query.derRepresentation, to: queryFile(of: id))
        }
        try DurableFile.write(query.derRepresentation, to: file)
        return TimestampReport(
            schema: "lethe.certificate-timestamp.v1", caseID: id,
            payloadDigest: verified.payloadDigest, request: file.path,
            timestamp: try storedTimestamp(of: verified))
    }

    /// Takes in an authority's answer: it must be about what was signed, and answer the query that was
    /// written, if one was. The same answer again changes nothing.
    /// - Throws: `timestamp-mismatch`, `malformed-timestamp`, `unknown-algorithm`; `timestamp-exists` if
    ///   there is another one, which is the earlier and stays; as `certificate(of:)`.
    package func storeTimestamp(
        _ file: URL, of id: CaseID, actor: String
    ) throws -> TimestampReport {
        let verified = try certificate(of: id)
        let data = try DurableFile.read(file)
        let token = try TimestampToken(parsing: data)
        let query = try? TimestampQuery(parsing: DurableFile.read(queryFile(of: id)))
        let isOurs = query?.imprint == MessageImprint(of: verified.payload)
        try token.check(covers: verified.payload, nonce: isOurs ? query?.nonce : nil)
        let target = tokenFile(of: id)
        if let present = try? DurableFile.read(target), present != data,
            let other = try? TimestampToken(parsing: present),
            (try? other.check(covers: verified.payload)) != nil
        {
            throw EngineError(
                .timestampExists, "\(id) has a time-stamp of \(other.time) already; it stays.",
                details: ["case": id.description, "path": target.path],
                remedy: "Keep the new one elsewhere, or move the file away first.")
        }
        try DurableFile.write(data, to: target)
        try noteOnce(
            "certificate-timestamped", on: id, actor: actor,
            digests: [
                "payload": verified.payloadDigest.hexadecimal,
                "token": Digest(of: data).hexadecimal,
            ], facts: ["time": token.time.description])
        return TimestampReport(
            schema: "lethe.certificate-timestamp.v1", caseID: id,
            payloadDigest: verified.payloadDigest, request: nil,
            timestamp: try storedTimestamp(of: verified))
    }

    /// The time-stamp beside a certificate; nil if there is none.
    /// - Throws: `timestamp-mismatch`, `malformed-timestamp`, `unknown-algorithm`.
    package func storedTimestamp(of verified: VerifiedCertificate) throws -> StoredTimestamp? {
        let file = tokenFile(of: verified.certificate.caseID)
        guard FileManager.default.fileExists(atPath: file.path) else { return nil }
        let data = try DurableFile.read(file)
        let token = try TimestampToken(parsing: data)
        try token.check(covers: verified.payload)
        return StoredTimestamp(
            time: token.time, serialNumber: token.serialNumber, policy: token.policy,
            path: file.path,
            command: TimestampToken.verificationCommand(
                data: "statement.json", file: file.lastPathComponent,
                isToken: token.token == data),
            notChecked: TimestampToken.notChecked)
    }
}
