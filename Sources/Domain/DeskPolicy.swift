/// Which open cases share a run.
package struct GroupingPolicy: Codable, Sendable, Equatable {
    /// How long a case may wait for others on the same model, seconds; nil means not at all.
    package let windowSeconds: Int?
    /// Most persons in one run; nil means any number.
    package let maximumPersons: Int?

    package init(windowSeconds: Int? = nil, maximumPersons: Int? = nil) {
        self.windowSeconds = windowSeconds
        self.maximumPersons = maximumPersons
    }
}

/// What happens when a model has lost as much utility as its drift budget holds.
package enum DriftRemedy: String, CaseIterable, Codable, Sendable {
    case replay, retrain
    /// Nothing runs until an operator decides.
    case stop
}

/// How much utility a model may lose over all its erasures together.
package struct DriftBudget: Codable, Sendable, Equatable {
    /// Share of the first model's utility. (0, 1]
    package let maximumUtilityLoss: Double
    package let then: DriftRemedy

    package init(maximumUtilityLoss: Double, then: DriftRemedy) {
        self.maximumUtilityLoss = maximumUtilityLoss
        self.then = then
    }
}

/// What an organisation puts into its certificates.
package struct CertificatePolicy: Codable, Sendable, Equatable {
    /// The controller's name.
    package let organisation: String?
    /// It decides which attacks are to be expected (EDPB Opinion 28/2024, paragraph 46).
    package let releaseContext: ReleaseContext?
    /// Name of the certificates' log, a domain and a path of the controller, e.g.
    /// `example.org/deletions`. It is taken once, when the log is made.
    package let logOrigin: String?

    package init(
        organisation: String? = nil, releaseContext: ReleaseContext? = nil,
        logOrigin: String? = nil
    ) {
        self.organisation = organisation
        self.releaseContext = releaseContext
        self.logOrigin = logOrigin
    }
}
