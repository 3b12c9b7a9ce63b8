import Domain

/// How a case looks to the person and to the systems that forwarded the request. Only decisions end
/// it: no error inside ever does.
package enum OutwardStatus: Sendable, Equatable {
    case received
    case awaitingIdentity
    case inProgress
    case completed
    /// Erased but for parts that were exempted on these grounds (`RefusalGround.id`), sorted.
    case partlyCompleted([String])
    /// The kind and the id of the ground; nil where a record of an earlier version names none.
    case refused(RefusalKind?, ground: String?)
    case withdrawn

    /// Permanent word for it.
    package var id: String {
        switch self {
        case .received: "received"
        case .awaitingIdentity: "awaiting-identity"
        case .inProgress: "in-progress"
        case .completed: "completed"
        case .partlyCompleted: "partly-completed"
        case .refused: "refused"
        case .withdrawn: "withdrawn"
        }
    }

    /// Nothing more is to come.
    package var isTerminal: Bool {
        switch self {
        case .received, .awaitingIdentity, .inProgress: false
        case .completed, .partlyCompleted, .refused, .withdrawn: true
        }
    }
}

/// The outward status of a case.
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
        let grounds = Set(legal.exemptions.map(\.ground)).sorted()
        return grounds.isEmpty ? .completed : .partlyCompleted(grounds)
    case .refused:
        let ground = legal.refusal?.ground
        let kind = ground.flatMap { try? RefusalGround.named($0) }?.kind
        return .refused(kind, ground: ground)
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
