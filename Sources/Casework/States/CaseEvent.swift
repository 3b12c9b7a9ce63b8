/// Everything that can happen to a case. The raw values are permanent; what an event does in which
/// state stands in `StateMachine.transitions`.
package enum CaseEvent: String, CaseIterable, Codable, Sendable {
    case scopeFound = "scope-found"
    case scopeAmbiguous = "scope-ambiguous"
    case nobodyFound = "nobody-found"
    case matchAccepted = "match-accepted"
    case matchRejected = "match-rejected"
    case searchAgain = "search-again"
    case unlearnDone = "unlearn-done"
    case verificationPassed = "verification-passed"
    case verificationFailed = "verification-failed"
    case retried
    case groupSplit = "group-split"
    case modelMoved = "model-moved"
    case policyChanged = "policy-changed"
    case certificateIssued = "certificate-issued"
    case hold, release, refuse, withdraw
    case investigationClosed = "investigation-closed"
    case identityRequired = "identity-required"
    case identityConfirmed = "identity-confirmed"
    case approved
    case exempted
    case exemptionLifted = "exemption-lifted"
    case groundFound = "ground-found"
    case holdRenewed = "hold-renewed"
    case holdExpired = "hold-expired"
    case cancelled
    case superseded
    case reopened
    case extended
    case clockNoted = "clock-noted"
    case recipientAdded = "recipient-added"
    case recipientNotified = "recipient-notified"
    case recipientAcknowledged = "recipient-acknowledged"
    case recipientExcused = "recipient-excused"
}
