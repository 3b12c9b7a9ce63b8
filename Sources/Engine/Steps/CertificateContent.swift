import Casework
import Certificates
import Domain
import Foundation
import Lineage

/// What the workspace knows of a finished case, as its certificate says it.
struct CertificateContent {
    let workspace: Workspace
    let record: CaseRecord
    let run: UnlearningSummary
    let scope: ScopeSummary
    let modelName: String
    let issuer: String
    /// The log that it is going to stand in.
    let log: NoteKey
    private let report: VerificationReport
    private let request: DeletionRequest
    /// Nil where the file went with another request that came in it.
    private let requestFile: Data?
    let people: (profiles: [PersonProfile], scope: ScopeResult)
    private let now: Timestamp

    init(
        workspace: Workspace, record: CaseRecord, run: UnlearningSummary, scope: ScopeSummary,
        verification: VerificationSummary, modelName: String, issuer: String,
        log: NoteKey
    ) throws {
        self.workspace = workspace
        self.record = record
        self.run = run
        self.scope = scope
        self.modelName = modelName
        self.issuer = issuer
        self.log = log
        (request, requestFile) = try workspace.cases.requestAndFile(of: record.id)
        report = try CanonicalJSON.decode(
            VerificationReport.self,
            from: DurableFile.read(
                workspace.layout.reports.appendingPathComponent(
                    "\(verification.reportDigest).json"))
        ).withoutFigures
        people = try CaseSubjectFinder(workspace: workspace).persons(of: record)
        now = workspace.clock.now()
    }

    /// Values that must not stand in it.
    var personalValues: [Sensitive<String>] {
        request.identifiers.filter { $0.format == .raw }.map(\.value)
            + people.profiles.flatMap { $0.values.values.sorted() }.map(Sensitive.init)
    }

    func certificate() throws -> DeletionCertificate {
        let salt = DeletionCertificate.Salt()
        let deadline = try record.deadline(now: now)
        let facts = record.clockFacts
        let desk = workspace.policy.certificates
        return DeletionCertificate(
            caseID: record.id, issuedAt: now, regime: record.regime,
            ground: record.progress.legal.ground?.ground ?? request.ground,
            receivedAt: record.receivedAt,
            deadline: .init(
                start: deadline.start.description, due: deadline.due.description,
                extendedTo: deadline.isExtended ? deadline.extendedDue.description : nil,
                dueAt: deadline.dueAt, timeZone: facts.zone, calendar: facts.calendar,
                calendarDigest: facts.calendarDigest, issuedAt: now),
            requestDigest: salt.digest(
                // Where the file is gone, its digest stands for it.
                of: requestFile ?? Data(record.requestDigest.hexadecimal.utf8)), salt: salt,
            subject: Receipt.subject(
                request.identifiers, key: try workspace.receiptKey(of: record.id)),
            identity: identity, scope: certifiedScope, model: try model(), method: method,
            verification: report,
            policy: .init(
                name: workspace.policy.name,
                digest: record.progress.policyDigest ?? workspace.policyDigest),
            attackCoverage: DeletionCertificate.AttackCoverage.rows(for: report),
            validations: validations,
            requiredSignatureCount: record.progress.legal.fourEyes ? 2 : 1,
            copies: try copies(), recipients: recipients, exceptions: exceptions(salt),
            residuals: residuals, notTested: report.notTested, limitations: limitations,
            operatorName: issuer, organisation: desk?.organisation, tool: thisTool,
            log: .init(origin: log.name.description, verifierKey: log.vkey),
            supersedes: record.progress.legal.reopenings.compactMap(\.certificate).last,
            investigation: try investigation())
    }

    private var identity: DeletionCertificate.IdentityAssurance? {
        record.progress.legal.identity.evidence.max { $0.level < $1.level }.map {
            .init(
                level: $0.level, evidenceDigest: $0.evidence, verifiedAt: $0.at,
                verifiedBy: $0.actor)
        }
    }

    private var certifiedScope: DeletionCertificate.Scope {
        .init(
            corpora: scope.corpora, recordCount: scope.recordCount,
            shardDigests: scope.shardDigests, indexDigest: scope.indexDigest,
            recordSetDigest: scope.recordsDigest,
            searchRecall: workspace.recallCitation(forIndex: scope.indexDigest),
            searchKeys: Dictionary(
                request.identifiers.map { ($0.kind.rawValue, 1) }, uniquingKeysWith: +),
            notSearched: searchLimitations)
    }

    private func model() throws -> DeletionCertificate.Model {
        let stored = try workspace.models.stored(run.outputModel)
        let folder = workspace.models.path(of: run.outputModel)
        return .init(
            name: modelName, before: run.baseModel, after: run.outputModel,
            family: stored.first.architecture.familyID, parameterCount: stored.parameterCount,
            files: try modelFiles(in: folder),
            trainingRuns: scope.models.first { $0.name == modelName }?.runIDs ?? [],
            releaseContext: workspace.policy.certificates?.releaseContext)
    }

    private var method: DeletionCertificate.Method {
        .init(
            id: run.method, methodClass: run.methodClass, version: letheVersion,
            parameters: run.parameters.mapValues { .number($0) },
            seed: run.lineageFacts["seed"].flatMap(UInt64.init) ?? 0, runID: run.runID,
            casesInRun: run.casesInRun.count, startedAt: run.startedAt,
            finishedAt: run.finishedAt,
            attempts: record.progress.failures.filter { $0.runID != run.runID }.map {
                .init(
                    method: $0.method, failedChecks: $0.failedChecks, reportDigest: $0.reportDigest)
            }, lineageFacts: run.lineageFacts)
    }

    private var validations: [DeletionCertificate.Validation] {
        let approval = record.progress.legal.approval.map {
            DeletionCertificate.Validation(by: $0.actor, role: .approver, at: $0.at)
        }
        return [.init(by: issuer, role: .issuer, at: now)] + [approval].compactMap(\.self)
    }

    private func investigation() throws -> DeletionCertificate.Investigation? {
        guard record.progress.closedByInvestigation else { return nil }
        let closing = try workspace.cases.history(of: record.id).last {
            $0.event == CaseEvent.investigationClosed.rawValue
        }
        guard let closing else { return nil }
        return .init(
            closedBy: closing.actor, closedAt: closing.at, reason: closing.reason ?? "",
            failedChecks: record.progress.verification?.failedChecks ?? [])
    }

    private var thisTool: DeletionCertificate.Tool {
        // The link is Linux's; elsewhere the certificate says that the build is not recorded.
        let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        return .init(
            name: "Lethe", version: letheVersion, buildDigest: try? Digest(ofFileAt: program))
    }
}

/// The files of a folder and of the folders in it, with their digests.
/// - Throws: `file-unreadable`.
func modelFiles(in folder: URL) throws -> [DeletionCertificate.ModelFile] {
    let root = folder.resolvingSymlinksInPath().standardizedFileURL.path + "/"
    let keys: [URLResourceKey] = [.isRegularFileKey]
    let found = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: keys)
    var files: [DeletionCertificate.ModelFile] = []
    while let url = found?.nextObject() as? URL {
        guard try url.resourceValues(forKeys: Set(keys)).isRegularFile == true else { continue }
        let path = url.resolvingSymlinksInPath().standardizedFileURL.path
        files.append(
            .init(
                path: path.hasPrefix(root) ? String(path.dropFirst(root.count)) : path,
                digest: try Digest(ofFileAt: url)))
    }
    return files
}
