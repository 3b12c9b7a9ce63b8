import Domain

/// On whose order a case is held, and until when.
package struct HoldOrder: Codable, Sendable, Equatable {
    /// Who ordered it, e.g. `Amtsgericht, 12 C 34/26`; an office, not a person.
    package let authority: String
    package let orderedAt: Timestamp
    package let until: Timestamp
    /// When it was noticed that the order had run out; an operator decides what then.
    package var expiredAt: Timestamp?

    package init(
        authority: String, orderedAt: Timestamp, until: Timestamp, expiredAt: Timestamp? = nil
    ) {
        self.authority = authority
        self.orderedAt = orderedAt
        self.until = until
        self.expiredAt = expiredAt
    }
}

/// The requester took the request back in a message of its own.
package struct Cancellation: Codable, Sendable, Equatable {
    /// SHA-256 of the message.
    package let message: Digest
    package let level: IdentityLevel
    package let at: Timestamp

    package init(message: Digest, level: IdentityLevel, at: Timestamp) {
        self.message = message
        self.level = level
        self.at = at
    }
}

/// The case that stands in for a duplicate.
package struct Supersession: Codable, Sendable, Equatable {
    package let by: CaseID
    /// How well that case was verified when it was decided.
    package let level: IdentityLevel
    package let at: Timestamp
    package let actor: String

    package init(by: CaseID, level: IdentityLevel, at: Timestamp, actor: String) {
        self.by = by
        self.level = level
        self.at = at
        self.actor = actor
    }
}

/// A second person's yes to a result.
package struct Approval: Codable, Sendable, Equatable {
    package let actor: String
    package let at: Timestamp
    /// The model that was approved.
    package let outputModel: Digest?

    package init(actor: String, at: Timestamp, outputModel: Digest?) {
        self.actor = actor
        self.at = at
        self.outputModel = outputModel
    }
}

/// Why a closed case is opened again. The raw values are permanent.
package enum ReopeningCause: String, CaseIterable, Codable, Sendable {
    /// More of the person's data was found.
    case newHit = "new-hit"
    /// Somebody showed that the model still says it.
    case regurgitationClaim = "regurgitation-claim"
    /// A backup from before the erasure was restored.
    case restore
    /// Its certificate does not stand any more, for another reason than these.
    case certificateRevoked = "certificate-revoked"
    /// An authority, a court or the controller overturned the refusal.
    case reviewOutcome = "review-outcome"
    /// The case that stood in for this one was refused or withdrawn.
    case supersederClosed = "superseder-closed"
    /// The duplicate turned out to be the better verified request.
    case identityConfirmed = "identity-confirmed"

    package var inWords: String {
        switch self {
        case .newHit: "more of the person's data was found"
        case .regurgitationClaim: "the model was shown to say the person's data"
        case .restore: "a backup from before the erasure was restored"
        case .certificateRevoked: "the certificate was revoked"
        case .reviewOutcome: "the refusal was overturned"
        case .supersederClosed: "the case that stood in for this one came to no erasure"
        case .identityConfirmed: "the request was verified after all"
        }
    }

    /// The closed state it can open.
    package var opens: CaseState {
        switch self {
        case .newHit, .regurgitationClaim, .restore, .certificateRevoked: .certified
        case .reviewOutcome: .refused
        case .supersederClosed, .identityConfirmed: .superseded
        }
    }
}

/// That a closed case was opened again.
package struct Reopening: Codable, Sendable, Equatable {
    package let cause: ReopeningCause
    package let at: Timestamp
    package let actor: String
    /// Version of the case that was opened.
    package let version: Int
    /// The certificate that it contradicts, which has to be revoked.
    package let certificate: Digest?

    package init(
        cause: ReopeningCause, at: Timestamp, actor: String, version: Int, certificate: Digest?
    ) {
        self.cause = cause
        self.at = at
        self.actor = actor
        self.version = version
        self.certificate = certificate
    }
}
