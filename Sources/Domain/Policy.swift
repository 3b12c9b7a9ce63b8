/// A program outside of Lethe that does a rung's unlearning; `Documentation/External.md`.
package struct ExecutorSettings: Codable, Sendable, Equatable {
    /// Path of the program, or a name to look for in `PATH`.
    package let command: String
    /// What it is given before the job folder.
    package let arguments: [String]
    /// Longest time between two messages, seconds.
    package let silenceSeconds: Double
    /// Longest time of the whole run, seconds.
    package let totalSeconds: Double

    package init(
        command: String, arguments: [String] = [], silenceSeconds: Double = 600,
        totalSeconds: Double = 86_400
    ) {
        self.command = command
        self.arguments = arguments
        self.silenceSeconds = silenceSeconds
        self.totalSeconds = totalSeconds
    }
}

/// One step of the ladder of methods: what to try, with which parameters, and for whom.
package struct PolicyRung: Codable, Sendable, Equatable {
    /// Permanent id of a method, e.g. `npo`; with an executor, a word of the program's own.
    package let method: String
    /// Parameters that differ from the method's defaults, as written in the policy.
    package let parameters: [String: Double]
    /// The rung is skipped for runs with more persons than this; nil means any number.
    package let maximumPersons: Int?
    /// The program that does it; nil for Lethe itself.
    package let executor: ExecutorSettings?

    package init(
        method: String, parameters: [String: Double] = [:], maximumPersons: Int? = nil,
        executor: ExecutorSettings? = nil
    ) {
        self.method = method
        self.parameters = parameters
        self.maximumPersons = maximumPersons
        self.executor = executor
    }
}

/// Up to which cost an exact deletion goes before every approximate one.
package struct ExactBudget: Codable, Sendable, Equatable {
    /// Work, as a share of the original training's. (0, 1]
    package let maximumShare: Double
    /// Expected seconds; nil for no limit. With a limit, a deletion of unknown duration is too dear.
    package let maximumSeconds: Double?

    package init(maximumShare: Double = 0.5, maximumSeconds: Double? = nil) {
        self.maximumShare = maximumShare
        self.maximumSeconds = maximumSeconds
    }

    /// Unknown figures are not within a budget.
    package func allows(shareOfTraining: Double?, seconds: Double?) -> Bool {
        guard let shareOfTraining, shareOfTraining <= maximumShare else { return false }
        guard let maximumSeconds else { return true }
        return seconds.map { $0 <= maximumSeconds } ?? false
    }
}

/// What an organisation decided about its deletions: the law it follows when a request does not say,
/// the ladder of methods and the thresholds of the gate.
package struct Policy: Codable, Sendable, Equatable {
    package let name: String
    package let regime: Regime
    package let ladder: [PolicyRung]
    package let gate: GatePolicy
    /// With it an exact deletion that costs no more goes before the ladder; nil keeps to the ladder.
    package let exactBudget: ExactBudget?
    // What follows is nil unless a policy says it, so that older policies keep their digests.
    /// The identity level a case needs before its records are unlearned.
    package let identity: IdentityLevel?
    /// Id of the holiday calendar of the controller's place; nil counts weekends only.
    package let calendar: String?
    /// IANA id of the controller's time zone; nil is UTC.
    package let timeZone: String?
    /// Who ran a case may neither approve nor certify it, and approval is needed; nil is false.
    package let fourEyes: Bool?
    package let groups: GroupingPolicy?
    package let drift: DriftBudget?
    /// Days after its end at which a case's key is destroyed; nil keeps it.
    package let retentionDays: Int?
    /// What certificates say beside what was measured; nil for nothing.
    package let certificates: CertificatePolicy?

    package init(
        name: String, regime: Regime, ladder: [PolicyRung], gate: GatePolicy,
        exactBudget: ExactBudget? = nil, identity: IdentityLevel? = nil, calendar: String? = nil,
        timeZone: String? = nil, fourEyes: Bool? = nil, groups: GroupingPolicy? = nil,
        drift: DriftBudget? = nil, retentionDays: Int? = nil,
        certificates: CertificatePolicy? = nil
    ) {
        self.name = name
        self.regime = regime
        self.ladder = ladder
        self.gate = gate
        self.exactBudget = exactBudget
        self.identity = identity
        self.calendar = calendar
        self.timeZone = timeZone
        self.fourEyes = fourEyes
        self.groups = groups
        self.drift = drift
        self.retentionDays = retentionDays
        self.certificates = certificates
    }

    /// The rungs that apply to a run with this many persons, in order, starting at `method` if one
    /// is named. A named method that is not on the ladder is put before it.
    package func rungs(personCount: Int, startingAt method: String? = nil) -> [PolicyRung] {
        guard let method else {
            return ladder.filter { personCount <= $0.maximumPersons ?? .max }
        }
        guard let start = ladder.firstIndex(where: { $0.method == method }) else {
            return [PolicyRung(method: method)] + rungs(personCount: personCount)
        }
        return [ladder[start]]
            + ladder[(start + 1)...].filter { personCount <= $0.maximumPersons ?? .max }
    }

    /// Digest of the policy's content, independent of the layout of its file.
    package func digest() throws -> Digest {
        Digest(of: try CanonicalJSON.compact(self))
    }
}
