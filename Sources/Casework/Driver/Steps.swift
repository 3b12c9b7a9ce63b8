import Domain

/// What a scoper is given.
package struct ScopeInput: Sendable {
    package let record: CaseRecord
    package let request: DeletionRequest
    /// What operators decided about candidates so far.
    package let decisions: [MatchDecision]

    package init(record: CaseRecord, request: DeletionRequest, decisions: [MatchDecision]) {
        self.record = record
        self.request = request
        self.decisions = decisions
    }
}

/// What a search in the index can come to.
package enum ScopeOutcome: Sendable, Equatable {
    case found(ScopeSummary)
    /// Several people could be meant; the summary lists them as candidates.
    case ambiguous(ScopeSummary)
    case nobody(ScopeSummary)
}

/// Finds what a request touches.
package protocol CaseScoper: Sendable {
    /// Reads only; asked again after every decision of an operator.
    func scope(_ input: ScopeInput, context: WorkContext) throws -> ScopeOutcome
}

/// What an unlearner is given: all cases of one run.
package struct UnlearnInput: Sendable {
    /// Sorted by id; all scoped to the same model.
    package let cases: [CaseRecord]
    package let modelName: String
    /// Digest of what the name stands for at present; the run starts from it.
    package let baseModel: Digest
    package let rung: PolicyRung
    /// Position of the rung on the ladder, from 0.
    package let rungIndex: Int
    package let policyDigest: Digest

    package init(
        cases: [CaseRecord], modelName: String, baseModel: Digest, rung: PolicyRung,
        rungIndex: Int, policyDigest: Digest
    ) {
        self.cases = cases
        self.modelName = modelName
        self.baseModel = baseModel
        self.rung = rung
        self.rungIndex = rungIndex
        self.policyDigest = policyDigest
    }
}

/// Removes the influence of records from a model.
package protocol CaseUnlearner: Sendable {
    /// Digest of the model that a name stands for at present.
    func currentModel(named name: String) throws -> Digest
    /// Id of the run that `unlearn` makes of the same input; the history names it before it begins. Nil
    /// for those that keep nothing of a run before it is done.
    func runID(of input: UnlearnInput) throws -> String?
    /// Makes a new model and stores it under its digest. The name keeps standing for the base model:
    /// only the certifier moves it. Asked again with the same input after a crash, so partial
    /// output must be harmless.
    /// - Throws: `UnsuitableRung` if the rung cannot be used here, before any work.
    func unlearn(_ input: UnlearnInput, context: WorkContext) throws -> UnlearningSummary
    /// Share of utility that approximate deletions have cost a model since it was last exact, 0...1.
    func utilityLoss(ofModel digest: Digest) throws -> Double
    /// Destroys what a run kept to go on after an interruption, and what earlier runs kept that no case
    /// needs any more. Called when the run's outcome is in the store: until then it is all there is of
    /// the work. A crash before this call leaves it to be found.
    func discardWork(of run: UnlearningSummary) throws
    /// Ids of the methods whose result does not depend on the records at all.
    var exactMethods: [String] { get }
    /// What each rung would take, in order; changes nothing.
    func forecasts(_ input: ForecastInput) throws -> [MethodForecast]
}

extension CaseUnlearner {
    /// For those that keep nothing.
    package func runID(of input: UnlearnInput) throws -> String? { nil }
    package func discardWork(of run: UnlearningSummary) throws {}
}

/// What a verifier is given. It is not told which rung comes next, nor what other cases came to.
package struct VerifyInput: Sendable {
    package let record: CaseRecord
    package let policy: Policy
    /// Fixed in the history before the run; equal to the policy's digest.
    package let policyDigest: Digest

    package init(record: CaseRecord, policy: Policy, policyDigest: Digest) {
        self.record = record
        self.policy = policy
        self.policyDigest = policyDigest
    }
}

/// Measures whether one case's data is gone from the run's output.
package protocol CaseVerifier: Sendable {
    /// Stores the report under its digest; asked again after a crash.
    func verify(_ input: VerifyInput, context: WorkContext) throws -> VerificationSummary
}

/// Signs what was measured, and makes the model's name stand for the run's output.
package protocol CaseCertifier: Sendable {
    /// Asked again after a crash: publishing the same output twice must change nothing.
    func certify(_ record: CaseRecord, context: WorkContext) throws -> CertificateSummary
}
