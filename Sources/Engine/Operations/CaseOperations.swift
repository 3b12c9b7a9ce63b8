import Casework
import Domain
import Foundation
import Unlearning

extension Workspace {
    /// The driver over this workspace's steps.
    package func driver(actor: String, context: WorkContext) -> CaseDriver {
        if isChanging { models.removeDrafts() }
        return CaseDriver(
            store: cases, scoper: ScopeStep(workspace: self),
            unlearner: UnlearnStep(workspace: self), verifier: VerifyStep(workspace: self),
            certifier: CertifyStep(workspace: self, actor: actor), policy: policy, actor: actor,
            context: context)
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
        explain(try cases.load(id), policy: policy, now: clock.now())
    }

    /// The verification report of a case's last run.
    package func report(of record: CaseRecord) throws -> VerificationReport? {
        guard let digest = record.progress.verification?.reportDigest else { return nil }
        return try CanonicalJSON.decode(
            VerificationReport.self,
            from: DurableFile.read(layout.reports.appendingPathComponent("\(digest).json")))
    }
}

/// Ids of the methods that may stand on a policy's ladder.
package var ladderMethodIDs: [String] {
    builtinMethods.filter(\.methodClass.isCertifiable).map(\.id)
}
