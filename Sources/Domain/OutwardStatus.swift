/// What a case looks like to the person and to whoever sent the request. An error inside is none of
/// these: such a case stays `inProgress` until an operator has decided.
package enum OutwardStatus: Hashable, Sendable {
    case received
    case awaitingIdentity
    case inProgress
    case completed
    /// Done for a part of the records; the rest is refused, with a reason.
    case partlyCompleted
    case refused(RefusalKind)
    case withdrawn

    /// Whether nothing more will happen.
    package var isFinal: Bool {
        switch self {
        case .received, .awaitingIdentity, .inProgress: false
        case .completed, .partlyCompleted, .refused, .withdrawn: true
        }
    }

    /// Permanent name, e.g. `awaiting-identity`.
    package var name: String {
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
}

/// Why a request is refused, as far as other systems are told. The raw values are permanent.
package enum RefusalKind: String, CaseIterable, Codable, Sendable {
    /// The identity could not be confirmed, Art. 12(6) GDPR.
    case identity
    /// The controller showed that it cannot tell whose data it is, Art. 11(2) GDPR.
    case unidentifiable
    /// Nothing about the person was found.
    case notFound = "not-found"
    /// An exemption applies, Art. 17(3) GDPR.
    case exempt
    /// Manifestly unfounded, Art. 12(5) GDPR.
    case unfounded
    /// Manifestly excessive, in particular repeated, Art. 12(5) GDPR.
    case excessive
    /// The law invoked does not cover the person.
    case jurisdiction
    case other
}
