import Casework
import Certificates
import Domain
import Foundation
import Lineage

/// `verified -> certified`: signs what was measured, makes the model's name stand for the new weights
/// and excludes the person's records from every later run.
///
/// Each part can be repeated: a certificate already written for the same run is taken instead of a
/// second one.
struct CertifyStep: CaseCertifier, @unchecked Sendable {
    let workspace: Workspace
    let actor: String

    func certify(_ record: CaseRecord, context: WorkContext) throws -> CertificateSummary {
        guard let run = record.progress.unlearning, let scope = record.progress.scope,
            let verification = record.progress.verification, let name = record.modelName
        else {
            throw EngineError(
                .noCertificate, "\(record.id) has nothing to certify.",
                details: ["case": record.id.description])
        }
        let folder = workspace.layout.certificates.appendingPathComponent(record.id.description)
        let log = try workspace.certificateLog()
        let issued: VerifiedCertificate
        if let present = try written(folder, for: run) {
            issued = present
        } else {
            issued = try sign(record, run, scope, verification, name, log: log)
            try putAside(folder)
            // Before it is logged: what is in the log can be found again.
            try DurableFile.write(
                issued.envelope.encoded(),
                to: folder.appendingPathComponent(BundleFile.envelope))
        }
        // Of a command that was killed while it wrote the same certificate.
        try DurableFile.shredLeftovers(in: folder)
        try workspace.enterIntoLog(
            .certificate, payload: issued.payload, keyID: issued.key.keyID, log: log)
        var bundle = try workspace.bundle(of: issued, log: log)
        let key = try workspace.signingKey()
        // The key may have been rotated since a command that was killed signed it.
        if key.keyID == issued.key.keyID {
            bundle.sshSignature = try SSHSignature(signing: issued.payload, key: key)
        }
        try bundle.write(to: folder)
        let current = try workspace.lineage.model(named: name).digest
        if current != run.outputModel {
            try workspace.lineage.setCurrent(
                name: name, digest: run.outputModel, replacing: run.baseModel)
        }
        let keys = try CaseSubjectFinder(workspace: workspace).scope(of: record).allRecords
        try workspace.lineage.markDeleted(keys, by: record.id.description)
        try workspace.shredJournal(of: run.baseModel, replacedBy: run.outputModel)
        try workspace.shredShards(ofModel: name, holding: keys)
        return CertificateSummary(
            payloadDigest: issued.payloadDigest,
            path: workspace.relativePath(
                of: folder.appendingPathComponent(BundleFile.envelope)),
            issuedAt: issued.certificate.issuedAt)
    }

    /// An earlier certificate of the case stays readable beside the others, with what belongs to it.
    private func putAside(_ folder: URL) throws {
        guard FileManager.default.fileExists(atPath: folder.path) else { return }
        let envelope = try? Envelope(
            parsing: DurableFile.read(folder.appendingPathComponent(BundleFile.envelope)))
        // Without an envelope nothing was issued.
        guard let envelope else { return try FileManager.default.removeItem(at: folder) }
        let earlier = workspace.layout.certificates.appendingPathComponent("earlier")
        try DurableFile.makeFolder(earlier, permissions: 0o700)
        let place = earlier.appendingPathComponent("\(Digest(of: envelope.payload))")
        guard !FileManager.default.fileExists(atPath: place.path) else {
            return try FileManager.default.removeItem(at: folder)
        }
        try FileManager.default.moveItem(at: folder, to: place)
    }

    /// A certificate of the same run that a killed command left.
    private func written(
        _ folder: URL, for run: UnlearningSummary
    ) throws -> VerifiedCertificate? {
        let file = folder.appendingPathComponent(BundleFile.envelope)
        guard let data = try? Data(contentsOf: file),
            let verified = try? workspace.verified(data),
            verified.certificate.method.runID == run.runID,
            try workspace.revocation(of: verified.payloadDigest) == nil
        else { return nil }
        return verified
    }

    private func sign(
        _ record: CaseRecord, _ run: UnlearningSummary, _ scope: ScopeSummary,
        _ verification: VerificationSummary, _ name: String, log: TransparencyLog
    ) throws -> VerifiedCertificate {
        let content = try CertificateContent(
            workspace: workspace, record: record, run: run, scope: scope,
            verification: verification, modelName: name, issuer: actor, log: log.key)
        return try issue(
            content.certificate(), key: try workspace.signingKey(),
            personalValues: content.personalValues)
    }
}
