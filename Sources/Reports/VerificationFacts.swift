import Domain

/// What a reader of a verification has to know beside the report: what was done, when and by which
/// rules. No personal data.
package struct VerificationFacts: Sendable {
    package var caseID: String
    package var modelName: String
    package var methodTitle: String
    package var methodClass: MethodClass
    package var policyName: String
    /// The chance that a correct deletion does not pass, from the policy; nil if not to be told.
    package var alpha: Double?
    /// Persons of the case; with more than one the report shows, check by check, whom it went worst for.
    package var personCount: Int = 1
    package var receivedAt: Timestamp?
    package var dueAt: Timestamp?
    package var verifiedAt: Timestamp?
    /// Attempts on this case before the one reported, in their order.
    package var earlierAttempts: [Attempt] = []

    /// Classes of attack with what was run of each, all of them always.
    package var attackClasses: [AttackClass] = []

    package struct AttackClass: Sendable {
        package var title: String
        package var explanation: String
        /// `run`, `not run` or `not applicable`.
        package var status: String
        /// Ids of the checks that ran it.
        package var checks: [String]
        package var note: String?

        package init(
            title: String, explanation: String, status: String, checks: [String], note: String?
        ) {
            self.title = title
            self.explanation = explanation
            self.status = status
            self.checks = checks
            self.note = note
        }
    }

    package struct Attempt: Sendable {
        package var method: String
        package var checksNotPassed: [String]

        package init(method: String, checksNotPassed: [String]) {
            self.method = method
            self.checksNotPassed = checksNotPassed
        }
    }

    package init(
        caseID: String, modelName: String, methodTitle: String, methodClass: MethodClass,
        policyName: String
    ) {
        self.caseID = caseID
        self.modelName = modelName
        self.methodTitle = methodTitle
        self.methodClass = methodClass
        self.policyName = policyName
    }
}
