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
    case modelMoved = "model-moved"
    case policyChanged = "policy-changed"
    case certificateIssued = "certificate-issued"
    case hold, release, refuse, withdraw
    case investigationClosed = "investigation-closed"
}
