import Domain

/// What the steps found out about a case so far. Pseudonymous ids, numbers and digests only; never
/// an identifier of the person nor a record's content.
package struct CaseProgress: Codable, Sendable, Equatable {
    package var scope: ScopeSummary?
    /// Digest of the policy under which the present unlearning run was started.
    package var policyDigest: Digest?
    /// The rung of the policy's ladder the present unlearning run used.
    package var rung: PolicyRung?
    package var unlearning: UnlearningSummary?
    package var verification: VerificationSummary?
    /// The operator took the case past a failed verification; certificates must say so.
    package var closedByInvestigation: Bool
    package var certificate: CertificateSummary?
    package var decisions: [MatchDecision]
    /// Every attempt whose verification did not pass, oldest first.
    package var failures: [AttemptSummary]
    /// Rungs that failed since the model or the policy last changed; they are not tried again.
    package var triedRungs: [PolicyRung]
    /// What the law asks and operators decided; absent from records of earlier versions, and then
    /// from their JSON too, so that their digests stay.
    private var legalFile: LegalFile?
    /// Nil for false, for the same reason.
    private var alone: Bool?

    /// Its runs are made for this case only, since one with others could not be certified.
    package var runsAlone: Bool {
        get { alone ?? false }
        set { alone = newValue ? true : nil }
    }

    package var legal: LegalFile {
        get { legalFile ?? LegalFile() }
        set { legalFile = newValue == LegalFile() ? nil : newValue }
    }

    package init(
        scope: ScopeSummary? = nil, policyDigest: Digest? = nil, rung: PolicyRung? = nil,
        unlearning: UnlearningSummary? = nil, verification: VerificationSummary? = nil,
        closedByInvestigation: Bool = false, certificate: CertificateSummary? = nil,
        decisions: [MatchDecision] = [], failures: [AttemptSummary] = [],
        triedRungs: [PolicyRung] = [], legal: LegalFile = LegalFile()
    ) {
        self.scope = scope
        self.policyDigest = policyDigest
        self.rung = rung
        self.unlearning = unlearning
        self.verification = verification
        self.closedByInvestigation = closedByInvestigation
        self.certificate = certificate
        self.decisions = decisions
        self.failures = failures
        self.triedRungs = triedRungs
        self.legal = legal
    }

    /// Candidates about whom the operator has not decided yet.
    package var undecidedCandidates: [MatchCandidate] {
        let decided = Set(decisions.map(\.subject))
        return (scope?.candidates ?? []).filter { !decided.contains($0.subject) }
    }
}

/// A model that was trained on records of the person.
package struct AffectedModel: Codable, Sendable, Equatable {
    package let name: String
    package let digest: Digest
    package let runIDs: [String]

    package init(name: String, digest: Digest, runIDs: [String]) {
        self.name = name
        self.digest = digest
        self.runIDs = runIDs
    }
}

/// A subject the request may be about, or a single record, with the matching rules that point there.
package struct MatchCandidate: Codable, Sendable, Equatable {
    /// What the name of a single record begins with, `record:CORPUS/ID`.
    package static let recordPrefix = "record:"

    /// Pseudonymous subject id, or the name of a record.
    package let subject: String
    package let recordCount: Int
    /// Ids of the rules that matched, e.g. `name-phrase`.
    package let rules: [String]

    package init(subject: String, recordCount: Int, rules: [String]) {
        self.subject = subject
        self.recordCount = recordCount
        self.rules = rules
    }

    /// How many persons or records an operator has to decide about, in words.
    static func counted(_ candidates: [MatchCandidate]) -> String {
        let records = candidates.count { $0.subject.hasPrefix(recordPrefix) }
        let persons = candidates.count - records
        return records == 0
            ? "\(Casework.counted(persons, "person", "persons")) could be meant"
            : "\(Casework.counted(records, "record")) may be about the person"
    }
}

/// What a request touches, frozen when the case became scoped.
package struct ScopeSummary: Codable, Sendable, Equatable {
    package let corpora: [String]
    /// Pseudonymous subject ids.
    package let subjects: [String]
    package let recordCount: Int
    package let shardDigests: [Digest]
    /// Digest over the sorted digests of all records in scope.
    package let recordsDigest: Digest
    package let models: [AffectedModel]
    /// The model the case is unlearned from; cases with equal names share runs. Nil if not scoped.
    package let modelName: String?
    package let indexDigest: Digest
    package let candidates: [MatchCandidate]
    /// Mentions found in records of other people that are left where they are.
    package let notIncludedMentions: Int

    package init(
        corpora: [String], subjects: [String], recordCount: Int, shardDigests: [Digest],
        recordsDigest: Digest, models: [AffectedModel], modelName: String?, indexDigest: Digest,
        candidates: [MatchCandidate] = [], notIncludedMentions: Int = 0
    ) {
        self.corpora = corpora
        self.subjects = subjects
        self.recordCount = recordCount
        self.shardDigests = shardDigests
        self.recordsDigest = recordsDigest
        self.models = models
        self.modelName = modelName
        self.indexDigest = indexDigest
        self.candidates = candidates
        self.notIncludedMentions = notIncludedMentions
    }
}

/// One finished unlearning run, shared by all its cases.
package struct UnlearningSummary: Codable, Sendable, Equatable {
    package let runID: String
    package let method: String
    package let methodClass: MethodClass
    package let baseModel: Digest
    package let outputModel: Digest
    /// All parameters in effect, defaults included.
    package let parameters: [String: Double]
    package let startedAt: Timestamp
    package let finishedAt: Timestamp
    package let casesInRun: [CaseID]
    /// Position on the ladder the run was given, from 0.
    package let rungIndex: Int
    package let lineageFacts: [String: String]

    package init(
        runID: String, method: String, methodClass: MethodClass, baseModel: Digest,
        outputModel: Digest, parameters: [String: Double], startedAt: Timestamp,
        finishedAt: Timestamp, casesInRun: [CaseID], rungIndex: Int,
        lineageFacts: [String: String] = [:]
    ) {
        self.runID = runID
        self.method = method
        self.methodClass = methodClass
        self.baseModel = baseModel
        self.outputModel = outputModel
        self.parameters = parameters
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.casesInRun = casesInRun
        self.rungIndex = rungIndex
        self.lineageFacts = lineageFacts
    }
}

/// The outcome of one case's verification; the report itself is a file named by its digest.
package struct VerificationSummary: Codable, Sendable, Equatable {
    package let reportDigest: Digest
    package let outcome: CheckOutcome
    package let passedCount: Int
    package let failedCount: Int
    package let couldNotCheckCount: Int
    /// Ids of the checks that failed or could not be checked.
    package let failedChecks: [String]

    package init(
        reportDigest: Digest, outcome: CheckOutcome, passedCount: Int, failedCount: Int,
        couldNotCheckCount: Int, failedChecks: [String]
    ) {
        self.reportDigest = reportDigest
        self.outcome = outcome
        self.passedCount = passedCount
        self.failedCount = failedCount
        self.couldNotCheckCount = couldNotCheckCount
        self.failedChecks = failedChecks
    }

    /// Counts a report's checks.
    package init(of report: VerificationReport, reportDigest: Digest) {
        func count(_ outcome: CheckOutcome) -> Int {
            report.checks.count { $0.outcome == outcome }
        }
        self.init(
            reportDigest: reportDigest, outcome: report.outcome, passedCount: count(.passed),
            failedCount: count(.failed), couldNotCheckCount: count(.couldNotCheck),
            failedChecks: report.checks.filter { $0.outcome != .passed }.map(\.id))
    }
}

/// An issued certificate.
package struct CertificateSummary: Codable, Sendable, Equatable {
    /// Digest of the signed payload.
    package let payloadDigest: Digest
    /// Path of the envelope inside the workspace.
    package let path: String
    package let issuedAt: Timestamp

    package init(payloadDigest: Digest, path: String, issuedAt: Timestamp) {
        self.payloadDigest = payloadDigest
        self.path = path
        self.issuedAt = issuedAt
    }
}

/// What an operator decided about a candidate.
package struct MatchDecision: Codable, Sendable, Equatable {
    package let subject: String
    package let accepted: Bool
    package let at: Timestamp
    package let actor: String

    package init(subject: String, accepted: Bool, at: Timestamp, actor: String) {
        self.subject = subject
        self.accepted = accepted
        self.at = at
        self.actor = actor
    }
}

/// An attempt whose verification did not pass.
package struct AttemptSummary: Codable, Sendable, Equatable {
    package let runID: String
    package let method: String
    package let methodClass: MethodClass
    package let failedChecks: [String]
    package let reportDigest: Digest

    package init(
        runID: String, method: String, methodClass: MethodClass, failedChecks: [String],
        reportDigest: Digest
    ) {
        self.runID = runID
        self.method = method
        self.methodClass = methodClass
        self.failedChecks = failedChecks
        self.reportDigest = reportDigest
    }
}
