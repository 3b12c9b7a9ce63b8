import Casework
import Certificates
import Domain
import Foundation

/// A certificate as lists show it.
package struct CertificateRow: Codable, Sendable {
    package let caseID: CaseID
    package let issuedAt: Timestamp
    package let method: String
    package let methodClass: MethodClass
    package let model: String
    package let modelAfter: Digest
    package let payloadDigest: Digest
    package let path: String
    /// `stands`, or `revoked:` with the reason.
    package let standing: String
    /// It asks for the signature of a second person, which is missing.
    package let needsCosignature: Bool

    private enum CodingKeys: String, CodingKey {
        case caseID = "case"
        case issuedAt, method, methodClass, model, modelAfter, payloadDigest, path, standing
        case needsCosignature
    }
}

/// What checking a certificate found.
package struct CertificateVerdict: Codable, Sendable {
    package let schema: String
    package let isValid: Bool
    package let keyID: Digest
    package let payloadDigest: Digest
    package let certificate: DeletionCertificate
    /// Ids of the keys that signed, the issuer's first.
    package let signers: [Digest]
    /// Nil as long as none was stored, and without a workspace.
    package let timestamp: StoredTimestamp?
    /// What became of the records themselves since; not signed. Nil without a workspace, and as long
    /// as none was erased.
    package let erasure: ErasureStatus?
    /// `stands`, or `revoked:` with the reason, by what the workspace holds; nil without one.
    package let standing: String?

    package init(
        _ verified: VerifiedCertificate, schema: String, erasure: ErasureStatus? = nil,
        standing: String? = nil, timestamp: StoredTimestamp? = nil
    ) {
        self.timestamp = timestamp
        signers = verified.signatures.signers.map(\.keyID)
        self.erasure = erasure
        self.standing = standing
        self.schema = schema
        isValid = true
        keyID = verified.key.keyID
        payloadDigest = verified.payloadDigest
        certificate = verified.certificate
    }
}

extension Workspace {
    package func certificates() throws -> [CertificateRow] {
        let revoked = Dictionary(
            try revocations().map { ($0.certificate, $0.reason) }, uniquingKeysWith: { $1 })
        return try cases.list(state: .certified).compactMap { record in
            guard let summary = record.progress.certificate, let run = record.progress.unlearning
            else { return nil }
            return CertificateRow(
                caseID: record.id, issuedAt: summary.issuedAt, method: run.method,
                methodClass: run.methodClass, model: record.modelName ?? "",
                modelAfter: run.outputModel, payloadDigest: summary.payloadDigest,
                path: folder.appendingPathComponent(summary.path).path,
                standing: revoked[summary.payloadDigest].map { "revoked: \($0.rawValue)" }
                    ?? "stands", needsCosignature: needsCosignature(record))
        }
    }

    /// A case's certificate, checked against the workspace's own keys.
    /// - Throws: `no-certificate`, and kind `integrity` if it was changed.
    package func certificate(of id: CaseID) throws -> VerifiedCertificate {
        let record = try cases.load(id)
        guard let summary = record.progress.certificate else {
            throw EngineError(
                .noCertificate, "\(id) has no certificate; it is \(record.state.rawValue).",
                details: ["case": id.description, "state": record.state.rawValue],
                remedy: "See `lethe case explain \(id)`.")
        }
        return try verified(DurableFile.read(folder.appendingPathComponent(summary.path)))
    }

    /// Writes a case's certificate with everything to read and check it into a folder.
    /// - Throws: as `certificate(of:)`; `bundle-exists`, `file-not-written`, `no-weasyprint`.
    /// - Parameter withPDF: also as PDF/A, through WeasyPrint.
    package func exportCertificate(
        of id: CaseID, to folder: URL, withPDF: Bool = false
    ) throws -> [URL] {
        var bundle = try bundle(of: try certificate(of: id), log: try readableLog())
        let own = layout.certificates.appendingPathComponent(id.description)
        func stored(_ name: String) -> Data? {
            try? Data(contentsOf: own.appendingPathComponent(name))
        }
        bundle.sshSignature = try stored(BundleFile.sshSignature).map(SSHSignature.init(parsing:))
        bundle.timestamp = stored(BundleFile.timestamp)
        if let timestamp = bundle.timestamp {
            try TimestampToken(parsing: timestamp).check(covers: bundle.verified.payload)
        }
        return try bundle.write(to: folder) + (withPDF ? bundle.writePDF(to: folder) : [])
    }

    /// A certificate with its proof, and what the issuer says of revocations and keys by now.
    func bundle(
        of verified: VerifiedCertificate, log: TransparencyLog?
    ) throws -> CertificateBundle {
        var bundle = CertificateBundle(verified)
        bundle.logProof = try log.flatMap { try proof(of: verified.logEntry, in: $0) }
        // Whether the log knows more is looked at where the list itself is asked for, and by doctor.
        bundle.revocations = try signedRevocationList(heldAgainstLog: false)
        bundle.keyHistory = try keyHistory()
        bundle.standing =
            switch try certificateStanding(of: verified.payloadDigest) {
            case .good(let date): .good(asOf: date)
            case .revoked(let entry): .revoked(at: entry.revokedAt, reason: entry.reason.rawValue)
            }
        return bundle
    }

    package var publicKeyFile: URL { layout.publicKey }
}
