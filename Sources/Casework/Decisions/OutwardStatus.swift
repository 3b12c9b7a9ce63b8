import Domain

/// How a case looks to the person and to the systems that forwarded the request. Only decisions end it:
/// no error inside ever does. The grounds stand in the case's legal file.
/// - Parameter standIn: the case that a superseded one names; its status is the answer. Without it a
///   superseded case is in progress elsewhere.
package func outwardStatus(
    of record: CaseRecord, standIn: CaseRecord? = nil
) -> OutwardStatus {
    let legal = record.progress.legal
    switch record.state {
    case .received: return .received
    case .awaitingIdentity: return .awaitingIdentity
    case .onHold where record.heldFrom == .awaitingIdentity: return .awaitingIdentity
    case .awaitingClarification, .scoped, .unlearned, .failedVerification, .verified, .onHold,
        .reopened:
        return .inProgress
    case .certified:
        return legal.exemptions.isEmpty ? .completed : .partlyCompleted
    case .refused:
        let ground = legal.refusal?.ground
        let kind = ground.flatMap { try? RefusalGround.named($0) }?.kind
        // A record of an earlier version names no ground.
        return .refused(kind ?? .other)
    case .withdrawn: return .withdrawn
    case .superseded:
        guard let standIn, standIn.id == legal.supersededBy?.by, standIn.state != .superseded else {
            return .inProgress
        }
        let status = outwardStatus(of: standIn)
        // Another request's refusal or withdrawal is no answer to this one.
        switch status {
        case .refused, .withdrawn: return .inProgress
        default: return status
        }
    }
}
