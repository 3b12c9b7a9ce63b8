import Casework
import Certificates
import Domain
import Foundation

extension Workspace {
    /// Checks a certificate by the workspace's own keys: an issuer's key signed first, every known key
    /// was in force when the certificate is dated, and one that is compromised only counts where
    /// witnesses saw the certificate in the log before.
    /// - Throws: what `verifyCertificate` throws; `key-expired`, `key-revoked`, `key-not-yet-valid`.
    func verified(_ envelope: Data) throws -> VerifiedCertificate {
        let trust = try trustedKeys()
        let issuers = trust.keys(role: .issuer)
        let approvers = trust.keys(role: .approver).filter { !issuers.contains($0) }
        let verified = try verifyCertificate(envelope: envelope, trustedKeys: issuers + approvers)
        guard issuers.contains(verified.key) else {
            throw CertificateError(
                .untrustedKey, "The first signature is not by a key of the issuer.",
                details: ["signer": verified.key.keyID.hexadecimal],
                remedy: "Restore the certificate from its backup.")
        }
        let time = verified.certificate.issuedAt
        for key in verified.signatures.signers {
            let role: KeyHistory.Role = issuers.contains(key) ? .issuer : .approver
            var judgement = trust.judge(keyID: key.keyID, role: role, signedAt: time)
            if case .revoked(let revocation) = judgement, revocation.reason == .compromised,
                role == .issuer
            {
                judgement = trust.judge(
                    keyID: key.keyID, role: role, signedAt: time,
                    provenBefore: try seenByWitnesses(verified))
            }
            try judgement.require(keyID: key.keyID, role: role, signedAt: time)
        }
        return verified
    }

    /// When enough witnesses had first seen the log with this certificate in it; nil if none are
    /// configured, or they did not.
    func seenByWitnesses(_ verified: VerifiedCertificate) throws -> Timestamp? {
        let policy = try witnessPolicy()
        guard policy.threshold > 0, let log = try readableLog() else { return nil }
        let entry = try LogEntry(
            kind: .certificate, payload: verified.payload, keyID: verified.key.keyID
        ).encoded()
        guard let index = try log.index(ofLeafHash: .leaf(entry)) else { return nil }
        for checkpoint in try log.checkpoints() where checkpoint.checkpoint.size > index {
            let sightings = try sightings(of: checkpoint, log)
            guard sightings.count >= policy.threshold else { continue }
            // Whoever signs last completes the number.
            return sightings.map(\.time).sorted()[policy.threshold - 1]
        }
        return nil
    }

    /// A certificate for which the policy asked for four eyes and that one person has signed.
    func needsCosignature(_ record: CaseRecord) -> Bool {
        guard record.state == .certified, record.progress.legal.fourEyes,
            let summary = record.progress.certificate,
            let data = try? DurableFile.read(folder.appendingPathComponent(summary.path)),
            let envelope = try? Envelope(parsing: data)
        else { return false }
        return Set(envelope.signatures.map(\.keyID)).count < 2
    }
}
