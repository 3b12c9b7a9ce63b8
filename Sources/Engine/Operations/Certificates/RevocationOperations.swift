import Casework
import Certificates
import Domain
import Foundation

/// What revoking a certificate came to.
package struct RevocationOutcome: Codable, Sendable {
    package let schema: String
    package let revocation: RevocationRow
    /// False if the certificate was revoked before, by a command that was killed or given twice.
    package let isNew: Bool
    /// This call opened the case again.
    package let isReopened: Bool
    package let state: CaseState
}

extension Revocation.Reason {
    /// Why the case is opened again; nil where it stays closed.
    var reopeningCause: ReopeningCause? {
        switch self {
        case .reappearance: .regurgitationClaim
        case .error, .keyCompromise: .certificateRevoked
        case .superseded: nil
        }
    }
}

extension ReopeningCause {
    /// Every cause that opens a certified case contradicts its certificate.
    /// - Returns: nil where there is no certificate, or it has been revoked before.
    var revocationReason: Revocation.Reason? {
        switch self {
        // The records that were found were not all there were.
        case .newHit: .error
        case .regurgitationClaim, .restore: .reappearance
        case .certificateRevoked, .reviewOutcome, .supersederClosed, .identityConfirmed: nil
        }
    }
}

extension Workspace {
    static let revokedEvent = "certificate-revoked"

    /// Revokes a case's certificate: signs the revocation, writes it durably, enters it into the log,
    /// notes it in the history, and opens the case again unless another certificate took its place.
    ///
    /// It counts as revoked once the file is written. A call that was killed after that is completed by
    /// the same call; repeated after its end it changes nothing.
    /// - Parameters:
    ///   - explanation: in a sentence, kept for ever and given to everybody: no personal data.
    ///   - evidence: SHA-256 of the report of a test.
    /// - Throws: `no-certificate`; `reason-missing`, `personal-data-in-reason`, `personal-data`;
    ///   `already-revoked` for another reason; what signing key, log and store throw.
    package func revokeCertificate(
        of id: CaseID, reason: Revocation.Reason, because explanation: String,
        evidence: Digest? = nil, actor: String
    ) throws -> RevocationOutcome {
        let record = try cases.load(id)
        let certificate = try answerableCertificate(of: record)
        if let known = try revocation(of: certificate)?.verified.revocation, known.reason != reason
        {
            throw EngineError(
                .alreadyRevoked,
                "The certificate of \(id) was revoked on \(known.revokedAt) with the reason "
                    + "\(known.reason.rawValue).",
                details: [
                    "case": id.description, "certificate": certificate.hexadecimal,
                    "reason": known.reason.rawValue,
                ],
                remedy: "A certificate is revoked once. If the case has to be worked on again, see "
                    + "`lethe case reopen --help`.")
        }
        let (stored, isNew) = try ensureRevoked(
            certificate, of: id, reason: reason, because: explanation, evidence: evidence,
            actor: actor)
        let opened = try reopenRevoked(
            record, certificate, cause: reason.reopeningCause,
            because: stored.verified.revocation.explanation, actor: actor)
        return RevocationOutcome(
            schema: "lethe.certificate-revocation.v1", revocation: stored.row, isNew: isNew,
            isReopened: opened != nil, state: (opened ?? record).state)
    }

    /// Opens a closed case again, and revokes the certificate that the cause contradicts, first: a
    /// command that is killed in between leaves a certificate that nobody trusts too long.
    /// - Throws: what `CaseStore.reopen` and `revokeCertificate` throw; `cause-unfit` for
    ///   `certificate-revoked` where it was not.
    package func reopen(
        _ id: CaseID, cause: ReopeningCause, actor: String, reason: String
    ) throws -> CaseRecord {
        let record = try cases.load(id)
        if let certificate = record.progress.certificate?.payloadDigest,
            cause.opens == record.state, !Self.trimmed(reason).isEmpty
        {
            if let contradiction = cause.revocationReason {
                _ = try ensureRevoked(
                    certificate, of: id, reason: contradiction, because: reason, evidence: nil,
                    actor: actor)
            } else if try revocation(of: certificate) == nil {
                throw CaseworkError(
                    .causeUnfit, "The certificate of \(id) was not revoked.",
                    details: ["case": id.description, "cause": cause.rawValue],
                    remedy: "Revoke it with `lethe certificate revoke \(id)`, which opens the case."
                )
            }
        }
        return try cases.reopen(
            id, cause: cause, actor: actor, reason: reason, at: clock.now())
    }

    /// - Returns: nil if there is nothing to open: no cause, or the case went on since.
    func reopenRevoked(
        _ record: CaseRecord, _ certificate: Digest, cause: ReopeningCause?,
        because explanation: String, actor: String
    ) throws -> CaseRecord? {
        guard let cause, cause.opens == record.state,
            record.progress.certificate?.payloadDigest == certificate
        else { return nil }
        let opened = try cases.reopen(
            record.id, cause: cause, actor: actor, reason: explanation, at: clock.now())
        try discardAbandonedWork()
        return opened
    }

    /// The revocation of a certificate with its place in the log and its note in the history; whatever
    /// is there already stays as it is.
    func ensureRevoked(
        _ certificate: Digest, of id: CaseID, reason: Revocation.Reason,
        because explanation: String, evidence: Digest?, actor: String
    ) throws -> (revocation: StoredRevocation, isNew: Bool) {
        let known = try revocation(of: certificate)?.verified
        let verified =
            try known
            ?? signedRevocation(
                of: certificate, of: id, reason: reason, because: explanation, evidence: evidence,
                actor: actor)
        if known == nil {
            try DurableFile.write(
                verified.envelope.encoded(), to: revocationFile(verified.payloadDigest))
        }
        let index = try enterIntoLog(
            .revocation, payload: verified.envelope.payload, keyID: verified.key.keyID)
        try noteRevocation(verified, logIndex: index, actor: actor)
        return (StoredRevocation(verified: verified, logIndex: Int(index)), known == nil)
    }

    private func signedRevocation(
        of certificate: Digest, of id: CaseID, reason: Revocation.Reason,
        because explanation: String, evidence: Digest?, actor: String
    ) throws -> VerifiedRevocation {
        let text = Self.trimmed(explanation)
        guard !text.isEmpty else {
            throw CaseworkError(
                .reasonMissing, "A revocation needs an explanation.",
                details: ["case": id.description],
                remedy: "Say why in a sentence, without any of the person's data.")
        }
        // Before the first byte is written: neither history nor log can forget it.
        try cases.refusePersonalData(in: text, of: id)
        return try Revocation(
            caseID: id, certificate: certificate, revokedAt: clock.now(), reason: reason,
            explanation: text, evidence: evidence, operatorName: actor
        ).signed(with: try signingKey(), personalValues: try identifiers(of: id))
    }

    private func noteRevocation(
        _ verified: VerifiedRevocation, logIndex: UInt64, actor: String
    ) throws {
        let content = verified.revocation
        let digest = verified.payloadDigest.hexadecimal
        let isNoted = try cases.history(of: content.caseID).contains {
            $0.event == Self.revokedEvent && $0.digests["revocation"] == digest
        }
        guard !isNoted else { return }
        var digests = ["certificate": content.certificate.hexadecimal, "revocation": digest]
        digests["evidence"] = content.evidence?.hexadecimal
        try cases.appendNote(
            event: Self.revokedEvent, on: content.caseID, actor: actor,
            reason: content.explanation, digests: digests,
            facts: ["reason": content.reason.rawValue, "log-index": "\(logIndex)"])
    }

    /// None once the request was shredded.
    private func identifiers(of id: CaseID) throws -> [Sensitive<String>] {
        do {
            return try cases.request(of: id).identifiers.filter { $0.format == .raw }.map(\.value)
        } catch let error as CaseworkError where error.code == .vaultShredded { return [] }
    }

    private static func trimmed(_ text: String) -> String {
        text.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
