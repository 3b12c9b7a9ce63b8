import Domain

/// One thing the driver did, or could not do, with a case.
package struct DriverEvent: Codable, Sendable, Equatable {
    package let caseID: CaseID
    /// Nil when nothing changed.
    package let event: CaseEvent?
    package let from: CaseState
    package let to: CaseState
    /// What happened, for people. No personal data.
    package let sentence: String
    package let failure: DriverFailure?

    package init(
        caseID: CaseID, event: CaseEvent?, from: CaseState, to: CaseState, sentence: String,
        failure: DriverFailure? = nil
    ) {
        self.caseID = caseID
        self.event = event
        self.from = from
        self.to = to
        self.sentence = sentence
        self.failure = failure
    }

    /// The case was left as it is.
    init(stopped record: CaseRecord, _ sentence: String, failure: (any ReportableError)? = nil) {
        self.init(
            caseID: record.id, event: nil, from: record.state, to: record.state,
            sentence: sentence, failure: failure.map(DriverFailure.init))
    }
}

/// Why a step of one case could not be done; the other cases went on.
package struct DriverFailure: Codable, Sendable, Equatable {
    package let code: String
    package let kind: FailureKind
    package let message: String
    package let remedy: String?

    init(_ error: any ReportableError) {
        code = error.codeName
        kind = error.kind
        message = error.message
        remedy = error.remedy
    }
}

/// One step that `run` would take first for these cases.
package struct PlannedStep: Codable, Sendable, Equatable {
    package let cases: [CaseID]
    package let duty: CaseDuty
    /// The method of an unlearning run.
    package let method: String?
    package let sentence: String
}
