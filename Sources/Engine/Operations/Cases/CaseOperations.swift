import Casework
import Domain
import Foundation
import Unlearning

extension Workspace {
    /// The driver over this workspace's steps.
    package func driver(
        actor: String, context: WorkContext, reference: ReferenceRequest? = nil
    ) -> CaseDriver {
        CaseDriver(
            store: cases, scoper: ScopeStep(workspace: self),
            unlearner: UnlearnStep(workspace: self),
            verifier: VerifyStep(workspace: self, reference: reference),
            certifier: CertifyStep(workspace: self, actor: actor), policy: policy, actor: actor,
            context: context, clock: clock)
    }

    /// The records of a case that wait for the operator's decision, as they are shown to the operator.
    package func doubtfulRecords(of id: CaseID) throws -> [ShownRecord] {
        let record = try cases.load(id)
        let exemptions = record.progress.legal.exemptions
        let decided = Set(record.progress.decisions.map(\.subject))
            .union(exemptions.compactMap { DoubtfulRecord($0)?.candidate })
        return try CaseSubjectFinder(workspace: self).reach(
            try cases.request(of: id), decisions: record.progress.decisions,
            exemptions: exemptions
        ).queue.map {
            ShownRecord(
                candidate: DoubtfulRecord($0.key).candidate, shard: $0.key.shard,
                line: $0.key.line, reasons: $0.reasons, excerpt: $0.excerpt.revealed)
        }.filter { !decided.contains($0.candidate) }
    }

    /// A case id as a person types it.
    /// - Throws: `case-not-found` kinds of the store for a well-formed id, else `bad-name`.
    package static func caseID(_ text: String) throws -> CaseID {
        guard let id = CaseID(text) else {
            throw EngineError(
                .badName, "\"\(text)\" is not a case id.",
                remedy: "Case ids look like C-2026-0007; see `lethe case list`.")
        }
        return id
    }

    package func explanation(of id: CaseID) throws -> Explanation {
        let record = try cases.load(id)
        let explanation = explain(record, policy: policy, now: clock.now())
        guard needsCosignature(record) else { return explanation }
        let approver = record.progress.legal.approval?.actor ?? "APPROVER"
        let quoted = approver.replacingOccurrences(of: "'", with: "'\\''")
        return explanation.requiring(
            "needs co-signature: the certificate waits for the signature of \(approver)",
            command: "lethe certificate cosign \(id) --key FILE --actor '\(quoted)'")
    }

    /// What each method would take for a case: the policy's ladder first, then all others that can be
    /// certified.
    /// - Throws: `not-scoped` for a case of which records or model are not known.
    package func forecasts(for id: CaseID) throws -> [MethodForecast] {
        let record = try cases.load(id)
        guard record.progress.scope != nil, let modelName = record.modelName else {
            throw EngineError(
                .notScoped, "It is not known yet which records of which model \(id) is about.",
                details: ["case": id.description],
                remedy: "Run `lethe case advance \(id)` first.")
        }
        let listed = Set(policy.ladder.filter { $0.executor == nil }.map(\.method))
        let others = ladderMethodIDs.filter { !listed.contains($0) }
        return try UnlearnStep(workspace: self).forecasts(
            ForecastInput(
                cases: [record], modelName: modelName,
                baseModel: try lineage.model(named: modelName).digest,
                rungs: policy.ladder + others.map { PolicyRung(method: $0) }))
    }

    /// The verification report of a case's last run.
    package func report(of record: CaseRecord) throws -> VerificationReport? {
        guard let digest = record.progress.verification?.reportDigest else { return nil }
        return try CanonicalJSON.decode(
            VerificationReport.self,
            from: DurableFile.read(layout.reports.appendingPathComponent("\(digest).json")))
    }
}

/// A method's name as an operator gives it to a run.
/// - Throws: `unknown-name` listing the known ones.
package func checkRunMethod(_ name: String, policy: Policy) throws {
    guard name != Ladder.automatic, !policy.ladder.contains(where: { $0.method == name }) else {
        return
    }
    _ = try unlearningMethod(name)
}

/// Ids of the methods that may stand on a policy's ladder.
package var ladderMethodIDs: [String] {
    builtinMethods.filter(\.methodClass.isCertifiable).map(\.id)
}

/// A doubtful record with a piece of its text: personal data, to be printed and not kept.
package struct ShownRecord: Encodable, Sendable {
    /// As `accept-match` and `reject-match` take it.
    package let candidate: String
    package let shard: String
    package let line: Int
    /// Rules that speak for or against it.
    package let reasons: [String]
    package let excerpt: String
}
