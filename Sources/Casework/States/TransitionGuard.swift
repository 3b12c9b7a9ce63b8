import Domain

/// A condition on a transition, named so that the table can be exported and an error can say which
/// one did not hold.
package struct TransitionGuard: Sendable {
    /// What a guard looks at: the record with the event's new facts already in its progress.
    package struct Question: Sendable {
        package let record: CaseRecord
        package let destination: CaseState
        package var progress: CaseProgress { record.progress }
    }

    /// Permanent kebab-case id.
    package let id: String
    /// One line: what must be true.
    package let meaning: String
    package let holds: @Sendable (Question) -> Bool

    package static let all: [TransitionGuard] =
        [
            scopeFrozen, modelKnown, candidatesKnown, decisionRecorded, candidateLeft,
            noCandidateLeft,
            runRecorded, runShared, policyFixed, everyCheckPassed, checkNotPassed, resultIsControl,
            certificateRecorded, methodCertifiable, methodExact, heldFromDestination,
        ] + ofDecisions

    static let scopeFrozen = TransitionGuard(
        id: "scope-frozen", meaning: "the scope names at least one subject and one record"
    ) { $0.progress.scope.map { !$0.subjects.isEmpty && $0.recordCount > 0 } ?? false }

    static let modelKnown = TransitionGuard(
        id: "model-known", meaning: "the scope names the model that was trained on the records"
    ) { $0.progress.scope?.modelName != nil }

    static let candidatesKnown = TransitionGuard(
        id: "candidates-known", meaning: "the scope lists at least one undecided candidate"
    ) { !$0.progress.undecidedCandidates.isEmpty }

    static let decisionRecorded = TransitionGuard(
        id: "decision-recorded", meaning: "the decision about a subject is recorded"
    ) { !$0.progress.decisions.isEmpty }

    static let candidateLeft = TransitionGuard(
        id: "candidate-left", meaning: "another candidate is still undecided"
    ) { !$0.progress.undecidedCandidates.isEmpty }

    static let noCandidateLeft = TransitionGuard(
        id: "no-candidate-left", meaning: "every candidate is decided"
    ) { $0.progress.undecidedCandidates.isEmpty }

    static let runRecorded = TransitionGuard(
        id: "run-recorded", meaning: "the run is recorded with the digest of its output"
    ) { $0.progress.unlearning?.casesInRun.contains($0.record.id) ?? false }

    static let runShared = TransitionGuard(
        id: "run-shared", meaning: "the run was made for several cases"
    ) { ($0.progress.unlearning?.casesInRun.count ?? 0) > 1 }

    static let policyFixed = TransitionGuard(
        id: "policy-fixed", meaning: "the policy's digest was fixed before the run"
    ) { $0.progress.policyDigest != nil && $0.progress.rung != nil }

    static let everyCheckPassed = TransitionGuard(
        id: "every-check-passed", meaning: "there is a report and every check in it passed"
    ) { question in
        guard let summary = question.progress.verification else { return false }
        return summary.outcome == .passed && summary.passedCount > 0 && summary.failedCount == 0
            && summary.couldNotCheckCount == 0
    }

    static let checkNotPassed = TransitionGuard(
        id: "check-not-passed", meaning: "there is a report and it did not pass"
    ) { $0.progress.verification.map { $0.outcome != .passed } ?? false }

    static let resultIsControl = TransitionGuard(
        id: "result-is-control",
        meaning: "the result comes from a control or a suppression, which are never certified"
    ) { $0.progress.unlearning.map { !$0.methodClass.isCertifiable } ?? false }

    static let certificateRecorded = TransitionGuard(
        id: "certificate-recorded", meaning: "the certificate's digest and path are recorded"
    ) { $0.progress.certificate != nil }

    static let methodCertifiable = TransitionGuard(
        id: "method-certifiable", meaning: "the method is exact or approximate"
    ) { $0.progress.unlearning?.methodClass.isCertifiable ?? false }

    static let methodExact = TransitionGuard(
        id: "method-exact", meaning: "the method is exact: its result never saw the records"
    ) { $0.progress.unlearning?.methodClass == .exact }

    static let heldFromDestination = TransitionGuard(
        id: "held-from", meaning: "the case was put on hold from this state"
    ) { $0.record.heldFrom == $0.destination }
}
