import Domain

/// What a transition does to the record beside changing its state.
package enum TransitionEffect: String, CaseIterable, Codable, Sendable {
    case adoptModel = "adopt-model"
    case countAttempt = "count-attempt"
    case recordFailure = "record-failure"
    case clearResult = "clear-result"
    case restartLadder = "restart-ladder"
    case noteInvestigation = "note-investigation"
    case rememberState = "remember-state"
    case forgetState = "forget-state"
    case adoptDeadline = "adopt-deadline"
    case clearClosing = "clear-closing"

    package var meaning: String {
        switch self {
        case .adoptModel: "the scope's model becomes the case's model"
        case .countAttempt: "the number of attempts grows by one"
        case .recordFailure: "the attempt is listed as failed and its rung is not tried again"
        case .clearResult: "run, report and approval leave the present; the history keeps them"
        case .restartLadder: "the ladder of methods starts at its first rung again"
        case .noteInvestigation: "the record says that an investigation closed the failure"
        case .rememberState: "the state to return to is remembered"
        case .forgetState: "the remembered state and the order of the hold are cleared"
        case .adoptDeadline: "the due day is computed again from what sets the clock"
        case .clearClosing:
            "the decision that closed the case leaves the present; the history keeps it"
        }
    }

    func apply(to record: inout CaseRecord) {
        switch self {
        case .adoptModel:
            record.modelName = record.progress.scope?.modelName ?? record.modelName
        case .countAttempt:
            record.attempts += 1
        case .recordFailure:
            guard let run = record.progress.unlearning, let report = record.progress.verification
            else { return }
            record.progress.failures.append(
                AttemptSummary(
                    runID: run.runID, method: run.method, methodClass: run.methodClass,
                    failedChecks: report.failedChecks, reportDigest: report.reportDigest))
            if let rung = record.progress.rung { record.progress.triedRungs.append(rung) }
        case .clearResult:
            record.progress.unlearning = nil
            record.progress.verification = nil
            record.progress.certificate = nil
            record.progress.policyDigest = nil
            record.progress.rung = nil
            record.progress.closedByInvestigation = false
            record.progress.legal.clearResult()
        case .restartLadder:
            record.progress.triedRungs = []
        case .noteInvestigation:
            record.progress.closedByInvestigation = true
        case .rememberState:
            record.heldFrom = record.state
        case .forgetState:
            record.heldFrom = nil
            record.progress.legal.hold = nil
        case .adoptDeadline:
            adoptDeadline(&record)
        case .clearClosing:
            record.progress.legal.clearClosing()
        }
    }

    private func adoptDeadline(_ record: inout CaseRecord) {
        let receipt = record.progress.legal.clock?.earlierReceipt ?? record.receivedAt
        // Never later: a mistake here must not give the controller time.
        record.receivedAt = min(record.receivedAt, receipt)
        // A calendar that is not built in any more leaves the day as it was; `explain` says so.
        guard let deadline = try? record.deadline(now: record.receivedAt) else { return }
        record.dueAt = deadline.dueAt
    }
}
