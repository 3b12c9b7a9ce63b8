import Casework
import Domain
import Foundation
import LanguageModels
import Lineage
import Synchronization
import TensorCore
import Verification

/// `unlearned -> verified`: puts the gate's questions to the models before and after. It is handed two
/// digests and never learns which method lies between them.
final class VerifyStep: CaseVerifier, @unchecked Sendable {
    private let workspace: Workspace
    private let reference: ReferenceRequest?
    /// Reports of the last run, so that the cases of a run share one gate.
    private var finished: (runID: String, reports: [CaseID: VerificationReport])?

    init(workspace: Workspace, reference: ReferenceRequest? = nil) {
        self.workspace = workspace
        self.reference = reference
    }

    func verify(_ input: VerifyInput, context: WorkContext) throws -> VerificationSummary {
        let record = input.record
        guard let run = record.progress.unlearning else {
            throw EngineError(
                .scopeChanged, "\(record.id) has no unlearning run to verify.",
                details: ["case": record.id.description])
        }
        let key = "\(run.runID)/\(input.policyDigest)"
        if finished?.runID != key || finished?.reports[record.id] == nil {
            finished = (key, try reports(of: run, input, context: context))
        }
        guard let gateReport = finished?.reports[record.id] else {
            throw EngineError(
                .scopeChanged, "\(record.id) is not part of its run.",
                details: ["case": record.id.description])
        }
        let report = gateReport.adding(
            try driftCheck(of: run, gateReport, input.policy).map { [$0] } ?? [])
        let data = try CanonicalJSON.pretty(report)
        let digest = Digest(of: data)
        try DurableFile.write(
            data, to: workspace.layout.reports.appendingPathComponent("\(digest).json"),
            permissions: 0o600)
        return VerificationSummary(of: report, reportDigest: digest)
    }

    private func reports(
        of run: UnlearningSummary, _ input: VerifyInput, context: WorkContext
    ) throws -> [CaseID: VerificationReport] {
        let finder = CaseSubjectFinder(workspace: workspace)
        let members = try run.casesInRun.map { try workspace.cases.load($0) }
            .filter { $0.progress.unlearning?.runID == run.runID }
        let people = try members.map { try finder.persons(of: $0) }
        let forgotten = Set(people.flatMap { $0.scope.allRecords })
        let surroundings = try Surroundings(
            workspace: workspace, baseModel: run.baseModel, forgotten: forgotten)
        let reference = try reference.map {
            try workspace.verificationReference(
                $0, baseModel: run.baseModel, forgotten: forgotten)
        }
        let before = try workspace.models.stored(run.baseModel).answering
        let after = try workspace.models.stored(run.outputModel).answering
        let gate = Gate(
            before: before, after: after, surroundings: surroundings, policy: input.policy.gate,
            policyDigest: input.policyDigest, seed: derivedSeed("verify/\(run.runID)"),
            reference: reference, earlier: try earlierDeletions(of: run, members, finder))
        var reports = try gate.reports(for: people.flatMap(\.profiles), context: context)[...]
        var byCase: [CaseID: VerificationReport] = [:]
        for (member, person) in zip(members, people) {
            let own = reports.prefix(person.profiles.count)
            reports = reports.dropFirst(person.profiles.count)
            byCase[member.id] = VerificationReport(worstOf: Array(own))
        }
        return byCase
    }

    /// What all deletions since the last exact model have cost together, against the policy's budget. A
    /// model that did not come from another's weights has cost nothing.
    private func driftCheck(
        of run: UnlearningSummary, _ report: VerificationReport, _ policy: Policy
    ) throws -> CheckResult? {
        guard let budget = policy.drift else { return nil }
        let output = try workspace.lineage.model(digest: run.outputModel.hexadecimal)
        let drift =
            output.parent == nil || output.digest == run.baseModel
            ? ModelDrift(exactModel: run.outputModel, steps: [])
            : try workspace.drift(ofModel: run.baseModel).adding(
                ModelDrift.Step(
                    model: run.outputModel, cases: run.casesInRun, maintain: report.checks))
        return CheckResult(
            id: "drift-budget", family: "maintain",
            title: "Is what all deletions have cost the model together within the budget?",
            measurements: [
                Measurement(
                    "utility-loss", drift.utilityLoss, threshold: budget.maximumUtilityLoss,
                    direction: .atMost,
                    note: "share lost since the model \(drift.exactModel.short), the last exact one"
                ),
                Measurement("deletion-count", Double(drift.steps.count)),
            ])
    }

    /// Everybody certified as deleted from this model before: what is done for the present persons must
    /// not bring them back.
    private func earlierDeletions(
        of run: UnlearningSummary, _ members: [CaseRecord], _ finder: CaseSubjectFinder
    ) throws -> EarlierDeletions {
        let names = Set(members.compactMap(\.modelName))
        let present = Set(members.flatMap { $0.progress.scope?.subjects ?? [] })
        // Another draw at each deletion, so that over many of them everybody's turn comes.
        let earlier = try names.flatMap { try workspace.cases.certifiedCases(ofModel: $0) }
            .filter { $0.runID != run.runID }
            .map { (Digest(of: "earlier/\(run.runID)/\($0.id)"), $0) }
            .sorted { $0.0 < $1.0 }.map(\.1)
        var found = EarlierDeletions()
        var lookedAtCount = 0
        for item in earlier {
            guard found.persons.count < EarlierDeletions.testedCount,
                lookedAtCount < 4 * EarlierDeletions.testedCount
            else {
                found.otherCount += item.personCount
                continue
            }
            guard try workspace.erasureStatus(of: item.id)?.state != .erased else {
                found.erasedCount += item.personCount
                continue
            }
            lookedAtCount += 1
            guard let profiles = try earlierProfiles(workspace.cases.load(item.id), finder) else {
                found.unreadableCount += item.personCount
                continue
            }
            found.persons += profiles.filter { person in
                !present.contains(person.subject)
                    && !found.persons.contains {
                        $0.subject == person.subject
                            && $0.records.map(\.digest) == person.records.map(\.digest)
                    }
            }
        }
        return found
    }

    /// The persons of a case by its request; where that was shredded or the index has grown since, by the
    /// subjects it was scoped to.
    /// - Returns: nil if neither leads to records.
    private func earlierProfiles(
        _ record: CaseRecord, _ finder: CaseSubjectFinder
    ) throws -> [PersonProfile]? {
        do { return try finder.persons(of: record).profiles } catch let error as CaseworkError
            where error.code == .vaultShredded
        {} catch let error as EngineError where error.code == .scopeChanged {}
        guard let scope = record.progress.scope, !scope.subjects.isEmpty else { return nil }
        do {
            return try scope.subjects.map {
                try workspace.lineage.profile(subject: $0, corpora: scope.corpora)
            }
        } catch let error as LineageError where error.code == .unknownSubject { return nil }
    }
}

extension Gate {
    /// A gate among the people and texts of a workspace.
    convenience init(
        before: any ScoringModel, after: any ScoringModel, surroundings: Surroundings,
        policy: GatePolicy, policyDigest: Digest, seed: UInt64, reference: GateReference? = nil,
        earlier: EarlierDeletions? = nil
    ) {
        var environment = BLASRuntime.environment
        environment["batch"] = "packed, up to 4096 tokens a pass"
        self.init(
            before: before, after: after, twins: surroundings.twins,
            neverTrained: surroundings.neverTrained, retained: surroundings.retained,
            generalRecords: surroundings.general, tokenizerText: surroundings.tokenizerText,
            policy: policy, policyDigest: policyDigest, seed: seed,
            twinSource: surroundings.twinSource, environment: environment, reference: reference,
            earlier: earlier)
    }
}

/// Everybody else: the people and texts a person's removal is measured against.
struct Surroundings {
    let twins: [PersonProfile]
    let twinSource: String
    let neverTrained: [PersonProfile]
    let retained: [PersonProfile]
    let general: [CorpusRecord]
    let tokenizerText: String?

    init(workspace: Workspace, baseModel: Digest, forgotten: Set<RecordKey>) throws {
        let lineage = workspace.lineage
        let entry = try lineage.model(digest: baseModel.hexadecimal)
        guard let run = try workspace.trainingRun(of: entry) else {
            throw EngineError(
                .noTrainingRun, "It is not known which records \(entry.name) was trained on.")
        }
        let twinCorpora = try workspace.corpora(.twins, serving: run.corpora)
        twins = try workspace.twinPools(of: run).gate
        twinSource =
            twinCorpora.isEmpty
            ? "none given"
            : "held-out persons of the corpus " + twinCorpora.joined(separator: ", ")
        neverTrained = try workspace.corpora(.controls, serving: run.corpora).flatMap {
            try lineage.persons(ofCorpus: $0)
        }
        let live = Set(try run.corpora.flatMap { try lineage.recordKeys(ofCorpus: $0) })
        let members = try lineage.recordKeys(ofRun: run.id)
            .filter { live.contains($0) && !forgotten.contains($0) }
        let records = try lineage.records(members)
        general = records.filter(\.subjects.isEmpty)
        var bySubject: [String: [CorpusRecord]] = [:]
        for record in records {
            for subject in record.subjects { bySubject[subject, default: []].append(record) }
        }
        retained = bySubject.sorted { $0.key < $1.key }.map {
            PersonProfile(subject: $0.key, records: $0.value)
        }
        let runFile = try? RunFile.read(workspace.folder.appendingPathComponent(run.folder))
        tokenizerText = try runFile?.recipe.tokenizer.map { settings in
            try lineage.records(ofCorpus: settings.corpus).map(\.text).joined(separator: "\n")
        }
    }
}
