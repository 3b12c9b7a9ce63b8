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
        let issued: VerifiedCertificate
        if let present = try written(folder, for: run) {
            issued = present
        } else {
            issued = try sign(record, run, scope, verification, name)
            try? FileManager.default.removeItem(at: folder)
            try exportBundle(issued, to: folder)
        }
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

    /// A certificate of the same run that a killed command left.
    private func written(
        _ folder: URL, for run: UnlearningSummary
    ) throws -> VerifiedCertificate? {
        let file = folder.appendingPathComponent(BundleFile.envelope)
        guard let data = try? Data(contentsOf: file),
            let verified = try? verifyCertificate(
                envelope: data, trustedKeys: [try workspace.signingKey().publicKey]),
            verified.certificate.method.runID == run.runID
        else { return nil }
        return verified
    }

    private func sign(
        _ record: CaseRecord, _ run: UnlearningSummary, _ scope: ScopeSummary,
        _ verification: VerificationSummary, _ name: String
    ) throws -> VerifiedCertificate {
        let stored = try workspace.cases.requestAndFile(of: record.id)
        let report = try CanonicalJSON.decode(
            VerificationReport.self,
            from: DurableFile.read(
                workspace.layout.reports.appendingPathComponent(
                    "\(verification.reportDigest).json")))
        let model = try workspace.models.stored(run.outputModel)
        let salt = DeletionCertificate.Salt()
        let people = try CaseSubjectFinder(workspace: workspace).persons(of: record)
        guard
            let pseudonym = workspace.vault.keyedDigest(
                of: "subject/\(record.id)/"
                    + people.profiles.map(\.subject).joined(separator: "+"))
        else { throw EngineError(.noCertificate, "No pseudonym could be made.") }
        let certificate = DeletionCertificate(
            caseID: record.id, issuedAt: workspace.clock.now(), regime: record.regime,
            ground: stored.request.ground, receivedAt: record.receivedAt, dueAt: record.dueAt,
            // Where the file went with another request that came in it, its digest stands for it.
            requestDigest: salt.digest(
                of: stored.file ?? Data(record.requestDigest.hexadecimal.utf8)), salt: salt,
            subjectPseudonym: pseudonym,
            scope: .init(
                corpora: scope.corpora, recordCount: scope.recordCount,
                shardDigests: scope.shardDigests, indexDigest: scope.indexDigest,
                recordSetDigest: scope.recordsDigest,
                searchRecall: workspace.recallCitation(forIndex: scope.indexDigest)),
            model: .init(
                name: name, before: run.baseModel, after: run.outputModel,
                family: model.first.architecture.familyID, parameterCount: model.parameterCount),
            method: method(run, record), verification: report.withoutFigures,
            policy: .init(
                name: workspace.policy.name,
                digest: record.progress.policyDigest ?? workspace.policyDigest),
            attackCoverage: DeletionCertificate.AttackCoverage.rows(for: report),
            notTested: report.notTested,
            residuals: residuals(record, run, scope, people.scope),
            limitations: limitations(run, record), operatorName: actor,
            tool: .init(name: "Lethe", version: letheVersion),
            investigation: try investigation(record))
        let personal =
            stored.request.identifiers.filter { $0.format == .raw }.map(\.value)
            + people.profiles.flatMap { $0.values.values.sorted() }.map(Sensitive.init)
        return try issue(
            certificate, key: try workspace.signingKey(), personalValues: personal)
    }

    private func method(
        _ run: UnlearningSummary, _ record: CaseRecord
    ) -> DeletionCertificate.Method {
        DeletionCertificate.Method(
            id: run.method, methodClass: run.methodClass, version: letheVersion,
            parameters: run.parameters.mapValues { .number($0) },
            seed: run.lineageFacts["seed"].flatMap(UInt64.init) ?? 0, runID: run.runID,
            casesInRun: run.casesInRun.count,
            attempts: record.progress.failures.filter { $0.runID != run.runID }.map {
                .init(
                    method: $0.method, failedChecks: $0.failedChecks, reportDigest: $0.reportDigest)
            }, lineageFacts: run.lineageFacts)
    }

    private func residuals(
        _ record: CaseRecord, _ run: UnlearningSummary, _ scope: ScopeSummary,
        _ found: ScopeResult
    ) -> [DeletionCertificate.Residual] {
        var rows: [DeletionCertificate.Residual] = [
            .init(
                what: "training shards (\(scope.shardDigests.count) files)",
                disposition:
                    "The records are excluded from every later run; the files themselves still held "
                    + "them when this was issued."),
            .init(
                what: "model before the deletion",
                disposition:
                    "Kept in the workspace for comparison when this was issued, until the operator "
                    + "removes it; it still knows the person.", digest: run.baseModel),
        ]
        for model in scope.models where model.name != record.modelName {
            rows.append(
                .init(
                    what: "model \(model.name)",
                    disposition:
                        "Also trained on these records; not changed by this deletion. It needs a "
                        + "case of its own.", digest: model.digest))
        }
        let exempted = Set(
            record.progress.legal.exemptions.compactMap { DoubtfulRecord($0)?.candidate })
        let mentions = found.mentions.filter { !exempted.contains(DoubtfulRecord($0).candidate) }
        if !mentions.isEmpty {
            rows.append(
                .init(
                    what: "\(mentions.count) mentions in records about other people",
                    disposition: "Not removed; they were not in the scope of this case."))
        }
        if !found.sharedRecords.isEmpty {
            rows.append(
                .init(
                    what: "\(found.sharedRecords.count) records about this and another person",
                    disposition: "Removed as a whole."))
        }
        return rows + decidedResiduals(record)
    }

    private func limitations(_ run: UnlearningSummary, _ record: CaseRecord) -> [String] {
        var lines = [
            "The checks look for residue of this person's values; passing them shows that these "
                + "tests found none, not that no test could.",
            "Copies of the model outside this workspace (deployments, quantised or distilled "
                + "versions) are not known to Lethe and not covered.",
        ]
        if run.methodClass == .approximate {
            lines.append(
                "The method is approximate: the weights were changed so that the person's data is "
                    + "no longer measurable, not trained anew without it.")
        }
        let exemptedCount = Set(record.progress.legal.exemptions.map(\.record)).count
        if exemptedCount > 0 {
            lines.append(
                "The deletion is partial: records of this person that stay (\(exemptedCount)) are "
                    + "listed with their grounds under residuals; the model may know what they say."
            )
        }
        return lines
    }

    private func investigation(
        _ record: CaseRecord
    ) throws -> DeletionCertificate.Investigation? {
        guard record.progress.closedByInvestigation else { return nil }
        let closing = try workspace.cases.history(of: record.id).last {
            $0.event == CaseEvent.investigationClosed.rawValue
        }
        guard let closing else { return nil }
        return .init(
            closedBy: closing.actor, closedAt: closing.at, reason: closing.reason ?? "",
            failedChecks: record.progress.verification?.failedChecks ?? [])
    }
}
