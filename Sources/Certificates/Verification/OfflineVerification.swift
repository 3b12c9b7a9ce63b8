import Domain
import Foundation

/// A certificate with everything that came with it, and what it is checked against. Nothing is fetched.
package struct OfflineVerification: Sendable {
    /// Content of a `certificate.dsse.json`.
    package var envelope: Data
    /// Got from the issuer, not with the certificate.
    package var trust: TrustedKeys
    /// Further keys, e.g. of who co-signed, where `trust` is a single key.
    package var furtherKeys: [PublicKey] = []
    /// Content of a `certificate.tlog-proof`.
    package var proof: Data?
    /// Who must have seen the log.
    package var witnesses: WitnessPolicy = .none
    /// Content of a `revocations.dsse.json`.
    package var revocations: Data?
    /// Folder of the model that the certificate is held against.
    package var model: URL?
    /// Content of a receipt.
    package var receipt: Data?
    /// Content of an RFC 3161 time-stamp.
    package var timestamp: Data?
    /// Needed checks that the caller does without; they are reported as not made.
    package var skipped: Set<VerificationFinding.Check> = []
    /// What is dated later says nothing yet.
    package var now = SystemClock().now()
    /// No file that belongs to a certificate may be larger.
    package static let maximumByteCount = Envelope.maximumByteCount
    /// Clocks may differ by so much, in seconds.
    private static let clockTolerance: Int64 = 86_400

    package init(envelope: Data, trust: TrustedKeys) {
        self.envelope = envelope
        self.trust = trust
    }

    /// What was found. A certificate is accepted only if `outcome` is `passed`.
    package struct Verdict: Sendable {
        package let verified: VerifiedCertificate
        package let findings: [VerificationFinding]
        let skipped: Set<VerificationFinding.Check>

        /// `passed`, or `couldNotCheck` if a needed check could not be made and was not skipped.
        package var outcome: CheckOutcome {
            findings.contains {
                $0.outcome != .passed && $0.check.isNeeded && !skipped.contains($0.check)
            } ? .couldNotCheck : .passed
        }
    }

    /// Checks all of it.
    /// - Throws: at the first thing that does not hold, kind `integrity`: what `verifyCertificate`,
    ///   `KeyJudgement.require`, `LogProof.verify`, `RevocationList` and `Receipt.check` throw;
    ///   `not-enough-signatures`, `revoked`, `model-mismatch`, `timestamp-mismatch`.
    package func verdict() throws -> Verdict {
        let keys = trust.keys(role: .issuer) + trust.keys(role: .approver) + furtherKeys
        let verified = try verifyCertificate(envelope: envelope, trustedKeys: unique(keys))
        let (log, proof, provenBefore) = try logFinding(verified)
        var findings = [
            try signatureFinding(verified), try keyFinding(verified, provenBefore: provenBefore),
            VerificationFinding(
                .content, .passed,
                "The content is of the form \(DeletionCertificate.predicateType) and supports what "
                    + "it claims: \(verified.certificate.claim.isPartial ? "partly " : "")"
                    + "\(verified.certificate.claim.level.text)."),
            log, try revocationFinding(verified, logSize: proof?.checkpoint.checkpoint.size),
        ]
        if let model { findings.append(try modelFinding(verified, folder: model)) }
        if let receipt {
            let count = try Receipt(parsing: receipt).check(against: verified)
            findings.append(
                .init(
                    .receipt, .passed,
                    "The certificate is about the person of the receipt (identifiers: \(count))."))
        }
        if let timestamp { findings.append(try timestampFinding(verified, timestamp)) }
        return Verdict(verified: verified, findings: findings, skipped: skipped)
    }

    private func unique(_ keys: [PublicKey]) -> [PublicKey] {
        var seen = Set<PublicKey>()
        return keys.filter { seen.insert($0).inserted }
    }

    private func signatureFinding(_ verified: VerifiedCertificate) throws -> VerificationFinding {
        let needed = verified.certificate.requiredSignatureCount
        let made = verified.signatures.signers.count
        let named = Set(verified.signatures.rows.map(\.keyID)).count
        // Two keys of the issuer are one pair of eyes.
        if made >= needed, needed > 1, case .history = trust,
            trust.keys(role: .approver).allSatisfy({ !verified.signatures.signers.contains($0) })
        {
            throw CertificateError(
                .notEnoughSignatures,
                "The certificate asks for \(needed) signatures; none of them is an approver's.",
                details: ["needed": "\(needed)"],
                remedy: "Ask the issuer for the certificate with the approver's signature.")
        }
        if made >= needed {
            return .init(
                .signature, .passed,
                "Signed by \(verified.signatures.signers.map(\.keyID.short).joined(separator: " and "))"
                    + (needed > 1 ? ", as many as it asks for." : "."))
        }
        guard named >= needed else {
            throw CertificateError(
                .notEnoughSignatures,
                "The certificate asks for \(needed) signatures by different keys; \(named) signed.",
                details: ["needed": "\(needed)", "signatures": "\(named)"],
                remedy: "Ask the issuer for the certificate with all signatures.")
        }
        return .init(
            .signature, .couldNotCheck,
            "It asks for \(needed) signatures; \(made) could be checked. Give the other key as well: "
                + verified.signatures.unchecked.map { String($0.prefix(12)) }
                .joined(separator: ", ") + ".")
    }

    private func keyFinding(
        _ verified: VerifiedCertificate, provenBefore: Timestamp?
    ) throws -> VerificationFinding {
        guard trust.keys(role: .issuer).contains(verified.key) else {
            throw CertificateError(
                .untrustedKey, "The first signature is not by a key of the issuer.",
                details: ["signer": verified.key.keyID.hexadecimal],
                remedy: "Ask the issuer for the original certificate; name the issuer's key first.")
        }
        guard
            verified.certificate.issuedAt.secondsSince1970
                <= now.secondsSince1970 + Self.clockTolerance
        else {
            return .init(
                .key, .couldNotCheck,
                "It is dated \(verified.certificate.issuedAt), which has not come yet.")
        }
        guard case .history = trust else {
            return .init(
                .key, .passed,
                "The key is the one that was given; whether it was withdrawn since is not known "
                    + "without the issuer's key history.")
        }
        for key in verified.signatures.signers {
            let role: KeyHistory.Role =
                trust.keys(role: .issuer).contains(key) ? .issuer : .approver
            try trust.judge(
                keyID: key.keyID, role: role, signedAt: verified.certificate.issuedAt,
                provenBefore: provenBefore
            ).require(
                keyID: key.keyID, role: role, signedAt: verified.certificate.issuedAt)
        }
        return .init(.key, .passed, "The key was in force on \(verified.certificate.issuedAt).")
    }

    /// Also the proof, and when as many witnesses as were asked for had seen it.
    private func logFinding(
        _ verified: VerifiedCertificate
    ) throws -> (VerificationFinding, LogProof?, provenBefore: Timestamp?) {
        guard let log = verified.certificate.log else {
            return (.init(.log, .couldNotCheck, "The certificate names no log."), nil, nil)
        }
        guard let proof else {
            return (
                .init(
                    .log, .couldNotCheck,
                    "No proof was given that it stands in the log \(shown(log.origin)): give "
                        + "\(BundleFile.logProof), which comes with the certificate."), nil, nil
            )
        }
        let logKey = try NoteKey(vkey: log.verifierKey)
        if case .history = trust {
            guard trust.keys(role: .log).contains(logKey.publicKey) else {
                throw CertificateError(
                    .wrongLog,
                    "The log that the certificate names is not one of the issuer's key history.",
                    details: ["log": logKey.description],
                    remedy: "Get the issuer's present key history; else do not rely on it.")
            }
        }
        let entry = try verified.logEntry.encoded()
        let parsed = try LogProof(parsing: proof)
        let sightings = try parsed.verify(
            entry: entry, logKey: logKey, witnesses: witnesses)
        let seen =
            sightings.isEmpty
            ? "no witness" : sightings.map { "\($0.witness.name)" }.joined(separator: ", ")
        let times = sightings.map(\.time).sorted()
        let needed = witnesses.threshold
        return (
            .init(
                .log, .passed,
                "Entry \(parsed.index) of \(parsed.checkpoint.checkpoint.size) in the log "
                    + "\(shown(log.origin)), seen by \(shown(seen))."), parsed,
            needed > 0 && times.count >= needed ? times[needed - 1] : nil
        )
    }

    private func revocationFinding(
        _ verified: VerifiedCertificate, logSize: UInt64?
    ) throws -> VerificationFinding {
        guard let revocations else {
            return .init(
                .revocation, .couldNotCheck,
                "No list of revocations was given: get \(BundleFile.revocations) from the issuer.")
        }
        let list = try RevocationList(verifying: revocations, trust: trust)
        if let entry = list.entry(for: verified.payloadDigest) {
            throw CertificateError(
                .revoked,
                "The issuer took the certificate of case \(verified.certificate.caseID) back on "
                    + "\(entry.revokedAt) (\(entry.reason.rawValue)).",
                details: [
                    "case": verified.certificate.caseID.description,
                    "revokedAt": entry.revokedAt.description, "reason": entry.reason.rawValue,
                    "revocation": entry.revocation.hexadecimal,
                ], remedy: "Do not rely on it; ask the issuer what took its place.")
        }
        guard list.issuedAt >= verified.certificate.issuedAt else {
            return .init(
                .revocation, .couldNotCheck,
                "The list of revocations (\(list.issuedAt)) is older than the certificate: get the "
                    + "present one from the issuer.")
        }
        if let logSize, list.logSize.map({ $0 < logSize }) ?? true {
            return .init(
                .revocation, .couldNotCheck,
                "The list of revocations does not speak for the whole log that the proof shows: get "
                    + "the present one from the issuer.")
        }
        guard list.issuedAt.secondsSince1970 <= now.secondsSince1970 + Self.clockTolerance else {
            return .init(
                .revocation, .couldNotCheck,
                "The list of revocations is dated \(list.issuedAt), which has not come yet.")
        }
        return .init(.revocation, .passed, "Not taken back as of \(list.issuedAt).")
    }

    private func timestampFinding(
        _ verified: VerifiedCertificate, _ data: Data
    ) throws -> VerificationFinding {
        let token = try TimestampToken(parsing: data)
        try token.check(covers: verified.payload)
        return .init(
            .timestamp, .passed,
            "A time-stamp of \(token.time) is about this content; whose it is, `openssl ts -verify` "
                + "tells.")
    }
}
