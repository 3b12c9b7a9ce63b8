import Domain
import LanguageModels

/// Decides whether persons were really forgotten, by questions put to the model before and after. It
/// sees models through their scores only and knows nothing of how they came to be.
///
/// What each check asks, its threshold and its blind spots: `Documentation/Gate.md`.
package final class Gate {
    let before: any ScoringModel
    let after: any ScoringModel
    let reference: GateReference?
    let earlier: EarlierDeletions?
    let retained: [PersonProfile]
    let generalRecords: [CorpusRecord]
    let tokenizerText: String?
    let policy: GatePolicy
    let policyDigest: Digest
    let seed: UInt64
    let twinSource: String
    let environment: [String: String]
    /// The twins in the seeded order in which they are taken.
    let pool: [PersonProfile]
    /// Everybody known never to have been in training: the never-trained persons, then the twins.
    let strangers: [PersonProfile]
    var findings = SharedFindings()
    /// Nil unless the policy allows generated twins.
    private(set) var twinGenerator: TwinGenerator?

    /// - Parameters:
    ///   - twins: persons never in training and never shown to an unlearning method.
    ///   - neverTrained: further persons never in training, for controls and ceilings.
    ///   - retained: persons in training who stay; persons under test are left out of them.
    ///   - generalRecords: general text on which the model must stay as good as it was.
    ///   - tokenizerText: the text the tokenizer was trained on or its file, searched for the person's
    ///     numbers and full name; nil if neither is known.
    ///   - seed: fixes the choice of twins, of relearned fields and of Monte-Carlo draws.
    ///   - twinSource: where the twins come from, for the report.
    ///   - environment: what bit-equality of the numbers depends on, for the report.
    ///   - reference: a model trained without the persons, where there is one: it must not be flagged,
    ///     and is measured beside the model after in the checks of robustness.
    ///   - earlier: persons deleted from the same model before; nil if that is not known.
    package init(
        before: any ScoringModel, after: any ScoringModel, twins: [PersonProfile],
        neverTrained: [PersonProfile], retained: [PersonProfile], generalRecords: [CorpusRecord],
        tokenizerText: String?, policy: GatePolicy, policyDigest: Digest, seed: UInt64,
        twinSource: String, environment: [String: String],
        reference: GateReference? = nil, earlier: EarlierDeletions? = nil
    ) {
        self.before = before
        self.after = after
        self.reference = reference
        self.earlier = earlier
        self.retained = Self.seededOrder(retained, seed: seed)
        self.generalRecords = generalRecords
        self.tokenizerText = tokenizerText
        self.policy = policy
        self.policyDigest = policyDigest
        self.seed = seed
        self.twinSource = twinSource
        self.environment = environment
        pool = Self.seededOrder(twins, seed: seed)
        var seen: Set<String> = []
        strangers = (Self.seededOrder(neverTrained, seed: seed) + pool)
            .filter { seen.insert($0.subject).inserted }
    }

    private static func seededOrder(_ persons: [PersonProfile], seed: UInt64) -> [PersonProfile] {
        persons.map { (Digest(of: "gate/\(seed)/\($0.subject)"), $0) }
            .sorted { $0.0 != $1.0 ? $0.0 < $1.0 : $0.1.subject < $1.1.subject }
            .map(\.1)
    }

    /// Runs every check for each person. What does not depend on the person is measured once.
    ///
    /// - Parameter persons: those whose removal is verified; with more than one, every report also
    ///   holds the pooled test over all of them.
    /// - Returns: one report per person, in order.
    /// - Throws: what the models throw, and `interrupted`. A check that cannot be made is not an error
    ///   but an outcome of the report.
    package func reports(
        for persons: [PersonProfile], context: WorkContext
    ) throws -> [VerificationReport] {
        let budget = ErrorBudget(policy: policy, personCount: persons.count)
        twinGenerator = makeTwinGenerator(tested: persons)
        let subjects = try testedSubjects(persons, budget, Scorer(after, context))
        if !Self.mayServeControls(subjects) { twinGenerator = nil }
        let run = GateCheck.run(by: policy)
        var progress = GateProgress(context: context, total: persons.count * run.count)
        var reports: [VerificationReport] = []
        let tested = Set(persons.map(\.subject))
        for subject in subjects {
            var checks: [CheckResult] = []
            for check in run {
                try context.checkCancellation()
                let result = try result(
                    of: check, subject, among: subjects, tested: tested, budget, context)
                if let result { checks.append(result) }
                progress.advance(check)
            }
            reports.append(report(subject, checks))
        }
        return reports
    }

    /// - Returns: nil for a check that does not apply.
    private func result(
        of check: GateCheck, _ subject: GateSubject, among subjects: [GateSubject],
        tested: Set<String>, _ budget: ErrorBudget, _ context: WorkContext
    ) throws -> CheckResult? {
        let before = Scorer(before, context)
        let after = Scorer(after, context)
        return switch check {
        case .controlUntouched: try controlUntouched(subject, budget, before)
        case .controlRetainedKnown: try controlRetainedKnown(tested, budget, after)
        case .controlNeverTrained: try controlNeverTrained(tested, budget, after)
        case .controlTwins: subject.selfTest
        case .controlReference: try controlReference(subject, budget, context)
        case .forgetValues: try forgetValues(subject, budget, after)
        case .forgetTails: try forgetTails(subject, budget, after)
        case .forgetGroup: try forgetGroup(subjects, budget, before: before, after: after)
        case .forgetEarlier: try forgetEarlier(tested, budget, after)
        case .memorizationCeiling:
            try memorizationCeiling(subject, tested, before: before, after: after)
        case .mismatch: try mismatch(subject, tested, budget, before: before, after: after)
        case .maintain: try maintain(tested, before: before, after: after)
        case .attackLoss:
            try membership(
                .attackLoss, .loss, subject, tested, budget, before: before, after: after)
        case .attackMinK:
            try membership(
                .attackMinK, .minK(share: policy.minKShare), subject, tested, budget,
                before: before, after: after)
        case .attackRelearning: try relearning(subject, budget, after)
        case .tokenizer: tokenizerCheck(subject)
        case .reconstructionGreedy:
            try reconstruction(
                check, .records, .greedy, subject, tested, budget, before: before, after: after)
        case .reconstructionBeam:
            try reconstruction(
                check, .records, .beam(width: policy.requiredChecks?.beamWidth ?? 1), subject,
                tested, budget, before: before, after: after)
        case .reconstructionCandidates: try candidateRanking(subject, budget, after)
        case .reconstructionPrompts:
            try reconstruction(
                check, .otherForms, .greedy, subject, tested, budget, before: before, after: after)
        case .reconstructionSampled: try sampledReconstruction(subject, budget, after)
        case .robustInt8:
            try robustness(check, .rounding(bits: 8), subject, tested, budget, context)
        case .robustInt4:
            try robustness(check, .rounding(bits: 4), subject, tested, budget, context)
        case .robustRelearnUnrelated:
            try robustness(check, .unrelatedTraining, subject, tested, budget, context)
        case .robustRelearnRecords:
            try robustness(check, .recordTraining, subject, tested, budget, context)
        }
    }

    func subject(_ person: PersonProfile, _ budget: ErrorBudget) -> GateSubject {
        subject(
            person, neededTwinCount: budget.neededTwinCount,
            twinCount: max(policy.twinCount, budget.neededTwinCount))
    }

    private func report(_ subject: GateSubject, _ checks: [CheckResult]) -> VerificationReport {
        VerificationReport(
            modelBefore: before.digest, modelAfter: after.digest, policyDigest: policyDigest,
            seed: seed, checks: checks, twinSource: twinSource(of: subject),
            twinCount: subject.twins.count,
            testedFields: subject.fields.map(\.rawValue), untestedFields: subject.untestedFields,
            notTested: Self.notTested(by: policy, earlier: earlier), environment: environment)
    }

    /// What no check that a policy has run looks at; said in every report.
    static func notTested(by policy: GatePolicy, earlier: EarlierDeletions?) -> [String] {
        let run = Set(GateCheck.run(by: policy))
        return [
            "attacks with access to weights, gradients or activations",
            "attacks with shadow or reference models (reference, rmia, lira)",
            "attacks zlib, min-k-plus-plus, grad-norm, neighbourhood, recall, dc-pdd",
            run.contains(.reconstructionPrompts)
                ? "translated prompts, and adversarial ones found by search"
                : "paraphrased, translated or adversarial prompts",
            run.isSuperset(of: [.robustInt8, .robustInt4])
                ? nil : "quantised copies of the model (int8, int4)",
            earlier == nil
                ? "residue pooled over earlier deletions from this model's lineage" : nil,
            run.contains(.reconstructionSampled) ? nil : "sampled (non-greedy) generation",
        ].compactMap { $0 }
    }
}

/// Tells how far the verification has come.
struct GateProgress {
    let context: WorkContext
    let total: Int
    private var completed = 0

    init(context: WorkContext, total: Int) {
        self.context = context
        self.total = total
        context.progress("verify", 0, of: total)
    }

    mutating func advance(_ check: GateCheck) {
        completed += 1
        context.progress("verify", completed, of: total, note: check.rawValue)
    }
}

/// What was measured once and serves every person and every call.
struct SharedFindings {
    /// By model and subject: C5 on values over all records.
    var values: [String: PermutationOutcome] = [:]
    var strangersAnswers: [[ScoredAnswer]]?
    /// By subject: scores of the person's answers under the model before.
    var answersBefore: [String: [ScoredAnswer]] = [:]
    var strangersFluency: [Int: StrangersFluency] = [:]
    /// By the persons' number and the shapes of their values.
    var twinSelfTests: [String: TwinSelfTest] = [:]
    var retainedControl: [Set<String>: CheckResult] = [:]
    var neverTrainedControl: [Set<String>: CheckResult] = [:]
    var maintain: [Set<String>: CheckResult] = [:]
    var earlier: CheckResult?
    /// By check and what was asked for: how often never-trained persons' own values come up.
    var strangersRates: [String: StrangersRate] = [:]
    /// Texts that the model after draws without a prompt.
    var freeTexts: [DrawnText]?
    /// By check: extraction strength of never-trained persons under a treated copy.
    var treatedCeilings: [String: Double] = [:]
}
