import Casework
import Certificates
import Domain
import Foundation
import Lineage

/// The report of a claim's test: numbers and digests. The same claim, model and settings give the same
/// bytes, so it holds no time.
package struct ClaimReport: Encodable, Sendable {
    static let event = "reappearance-claim"

    package let schema = "lethe.reappearance-claim.v1"
    package let caseID: CaseID
    /// SHA-256 of the certificate's signed content.
    package let certificate: Digest
    /// The weights that were asked.
    package let model: Digest
    /// They are those that the certificate is about.
    package let isCertifiedModel: Bool
    /// Keyed by the case: who has not the case's key cannot test a guess. Nil once it is shredded.
    package let claim: Digest?
    package let settings: ClaimSettings
    package let outcome: ClaimOutcome
    package let finding: ClaimFinding
    package let explanation: String
    let soughtKinds: [String]
    let counts: ClaimCounts?
    let controls: ClaimControls.Form?
    let inventedCount: Int
    let verdict: ClaimVerdict?
    let tool: String

    init(
        _ result: ClaimResult, _ certified: VerifiedCertificate, model: Digest, claim: Digest?,
        settings: ClaimSettings
    ) {
        caseID = certified.certificate.caseID
        certificate = certified.payloadDigest
        self.model = model
        isCertifiedModel = model == certified.certificate.model.after
        self.claim = claim
        self.settings = settings
        outcome = result.finding.outcome
        finding = result.finding
        explanation = result.finding.sentence
        soughtKinds = result.soughtKinds
        counts = result.counts
        controls = result.controlForm
        inventedCount = result.inventedCount
        verdict = result.verdict
        tool = letheVersion
    }

    private enum CodingKeys: String, CodingKey {
        case caseID = "case"
        case schema, certificate, model, isCertifiedModel, claim, settings, outcome, finding
        case explanation, soughtKinds, counts, controls, inventedCount, verdict, tool
    }

    /// Answers of the person's with a hit, and all of them; hits of others, and all their answers.
    package var figures: (hits: Int, answers: Int, othersHits: Int, othersAnswers: Int)? {
        counts.map {
            (
                $0.hits, $0.answers, $0.othersHits.reduce(0, +),
                controls == .prompts ? $0.answers * $0.othersHits.count : 0
            )
        }
    }
}

/// A tested claim, and what followed from it.
package struct ClaimResolution: Encodable, Sendable {
    package let schema = "lethe.certificate-claim.v1"
    package let report: ClaimReport
    package let reportDigest: Digest
    /// Nil unless it was reproduced, and not only tried.
    package let revocation: RevocationRow?
    package let isReopened: Bool
    package let state: CaseState
}

extension Workspace {
    /// Tests a claim and changes nothing.
    /// - Parameter model: digest of other weights than the certified ones, or its beginning, e.g. of
    ///   those before the deletion, to see whether the prompt can bring the person out at all.
    /// - Throws: `no-certificate`, kind `integrity` if certificate or weights were changed;
    ///   `unknown-model` forms of the index.
    package func tryClaim(
        _ claim: ReappearanceClaim, on id: CaseID, model: String? = nil, settings: ClaimSettings,
        context: WorkContext
    ) throws -> ClaimResolution {
        let (report, data) = try report(
            on: claim, of: id, model: model, settings: settings, context: context)
        return ClaimResolution(
            report: report, reportDigest: Digest(of: data), revocation: nil, isReopened: false,
            state: try cases.load(id).state)
    }

    /// Tests a claim on the certified weights, keeps it sealed and its report among the reports, and
    /// notes it; if it is reproduced the certificate is revoked and the case opened again.
    ///
    /// A call that was killed is completed by the same call; repeated it gives the same report and
    /// changes nothing.
    /// - Throws: as `tryClaim`, and as `revokeCertificate`.
    package func resolveClaim(
        _ claim: ReappearanceClaim, on id: CaseID, settings: ClaimSettings, actor: String,
        context: WorkContext
    ) throws -> ClaimResolution {
        let record = try cases.load(id)
        let (report, data) = try report(
            on: claim, of: id, model: nil, settings: settings, context: context)
        let digest = Digest(of: data)
        if report.claim != nil { try keep(claim, of: id) }
        try DurableFile.write(
            data, to: layout.reports.appendingPathComponent("\(digest).json"), permissions: 0o600)
        try note(report, digest, actor: actor)
        guard report.outcome == .reproduced else {
            return ClaimResolution(
                report: report, reportDigest: digest, revocation: nil, isReopened: false,
                state: record.state)
        }
        let stored = try ensureRevoked(
            report.certificate, of: id, reason: .reappearance, because: Self.claimExplanation,
            evidence: digest, actor: actor
        ).revocation
        let opened = try reopenRevoked(
            record, report.certificate, cause: .regurgitationClaim, because: Self.claimExplanation,
            actor: actor)
        return ClaimResolution(
            report: report, reportDigest: digest, revocation: stored.row,
            isReopened: opened != nil, state: (opened ?? record).state)
    }

    /// A claim that an earlier call kept.
    /// - Parameter digest: as its report names it.
    /// - Throws: `file-unreadable`, `vault-shredded`, `vault-unreadable`, `revocation-damaged`.
    package func keptClaim(_ digest: Digest, of id: CaseID) throws -> ReappearanceClaim {
        try claim(digest, of: id)
    }

    private static let claimExplanation =
        "A claim that the model still answers with what was to be gone was reproduced."

    private func note(_ report: ClaimReport, _ digest: Digest, actor: String) throws {
        let isNoted = try cases.history(of: report.caseID).contains {
            $0.event == ClaimReport.event && $0.digests["report"] == digest.hexadecimal
        }
        guard !isNoted else { return }
        var digests = [
            "certificate": report.certificate.hexadecimal, "model": report.model.hexadecimal,
            "report": digest.hexadecimal,
        ]
        digests["claim"] = report.claim?.hexadecimal
        try cases.appendNote(
            event: ClaimReport.event, on: report.caseID, actor: actor, digests: digests,
            facts: ["outcome": report.outcome.rawValue, "finding": report.finding.rawValue])
    }

    private func report(
        on claim: ReappearanceClaim, of id: CaseID, model: String?, settings: ClaimSettings,
        context: WorkContext
    ) throws -> (report: ClaimReport, data: Data) {
        let record = try cases.load(id)
        let certified = try claimedCertificate(of: record)
        let asked = try model.map { try modelEntry($0).digest } ?? certified.certificate.model.after
        var digest: Digest?
        let result: ClaimResult
        do {
            digest = try self.digest(of: claim, case: id)
            result = try test(claim, of: record, on: asked, settings, context: context)
        } catch let error as CaseworkError where error.code == .vaultShredded {
            result = ClaimResult(.vaultShredded)
        }
        let report = ClaimReport(
            result, certified, model: asked, claim: digest, settings: settings)
        return (report, try CanonicalJSON.pretty(report))
    }

    private func test(
        _ claim: ReappearanceClaim, of record: CaseRecord, on model: Digest,
        _ settings: ClaimSettings, context: WorkContext
    ) throws -> ClaimResult {
        let person = try claimPerson(of: record)
        guard FileManager.default.fileExists(atPath: models.path(of: model).path) else {
            return ClaimResult(.modelGone)
        }
        return try ClaimTest(model: models.stored(model).sampling, settings: settings).result(
            claim, about: person, heldOut: try heldOutPeople(seed: settings.seed),
            context: context)
    }

    /// The certificate that a claim is held against, from the file: a case that was opened again keeps
    /// it there until it has another.
    private func claimedCertificate(of record: CaseRecord) throws -> VerifiedCertificate {
        let digest = try answerableCertificate(of: record)
        if record.progress.certificate != nil { return try certificate(of: record.id) }
        let file = layout.certificates.appendingPathComponent(record.id.description)
            .appendingPathComponent(BundleFile.envelope)
        let verified = try verifyCertificate(
            envelope: DurableFile.read(file), trustedKeys: try revocationKeys())
        guard verified.payloadDigest == digest else {
            throw EngineError(
                .noCertificate, "The certificate of \(record.id) is not the revoked one any more.",
                details: ["case": record.id.description, "certificate": digest.hexadecimal],
                remedy: "Wait until the case is certified again.")
        }
        return verified
    }

    /// Where records were erased or the index has grown, what the request itself gives.
    private func claimPerson(of record: CaseRecord) throws -> ClaimPerson {
        let identifiers = try cases.request(of: record.id).identifiers
        do {
            let found = try CaseSubjectFinder(workspace: self).persons(of: record)
            return ClaimPerson(profiles: found.profiles, identifiers: identifiers)
        } catch let error as EngineError where error.code == .scopeChanged {
            return ClaimPerson(profiles: [], identifiers: identifiers)
        } catch let error as LineageError where error.code == .unknownSubject {
            return ClaimPerson(profiles: [], identifiers: identifiers)
        }
    }

    /// Twins and controls of all corpora, in an order that the seed draws.
    private func heldOutPeople(seed: UInt64) throws -> [PersonProfile] {
        try lineage.corpora().filter { $0.role == .twins || $0.role == .controls }
            .flatMap { try lineage.persons(ofCorpus: $0.name) }
            .map { (key: Digest(of: "claim/\(seed)/\($0.subject)"), person: $0) }
            .sorted { ($0.key, $0.person.subject) < ($1.key, $1.person.subject) }
            .map(\.person)
    }
}
