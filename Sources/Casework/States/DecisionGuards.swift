import Domain

/// Guards about what the law asks and what operators decided.
extension TransitionGuard {
    static let ofDecisions: [TransitionGuard] = [
        identityRecorded, identitySufficient, identityInsufficient, approverIndependent,
        closerIndependent, fourEyesKept, holdInForce, holdRunOut, refusalComplete,
        cancellationAuthentic, supersederVerified, causeFits, exemptionRecorded, groundRecorded,
        extensionInTime, recipientKnown,
    ]

    static let identityRecorded = TransitionGuard(
        id: "identity-recorded", meaning: "there is evidence of the person's identity"
    ) { !$0.progress.legal.identity.evidence.isEmpty }

    static let identitySufficient = TransitionGuard(
        id: "identity-sufficient", meaning: "the identity is shown as well as the policy asks"
    ) { $0.progress.legal.identity.isSufficient }

    static let identityInsufficient = TransitionGuard(
        id: "identity-insufficient",
        meaning: "the policy asks for a better proof of identity than there is"
    ) { !$0.progress.legal.identity.isSufficient }

    static let approverIndependent = TransitionGuard(
        id: "approver-independent",
        meaning: "the approval is recorded, and its actor neither ran nor verified the result"
    ) { $0.progress.legal.isApprovedIndependently }

    static let closerIndependent = TransitionGuard(
        id: "closer-independent",
        meaning:
            "where the policy asks for four eyes, the actor neither ran nor verified the result"
    ) { !$0.progress.legal.fourEyes || $0.progress.legal.isApprovedIndependently }

    static let fourEyesKept = TransitionGuard(
        id: "four-eyes-kept",
        meaning: "where the policy asks for four eyes, somebody else than who ran it approved the "
            + "result and issues the certificate"
    ) { question in
        let legal = question.progress.legal
        guard legal.fourEyes else { return true }
        guard let certifier = legal.certifier else { return false }
        return legal.isApprovedIndependently && !legal.runners.contains(certifier)
            && legal.approval?.outputModel == question.progress.unlearning?.outputModel
    }

    static let holdInForce = TransitionGuard(
        id: "hold-in-force", meaning: "the order names an authority and an end that has not come"
    ) { question in
        question.progress.legal.hold.map {
            !$0.authority.isEmpty && $0.expiredAt == nil && $0.orderedAt < $0.until
        } ?? false
    }

    static let holdRunOut = TransitionGuard(
        id: "hold-run-out", meaning: "the order's end has come"
    ) { question in
        guard let hold = question.progress.legal.hold, let expiredAt = hold.expiredAt else {
            return false
        }
        return expiredAt >= hold.until
    }

    static let refusalComplete = TransitionGuard(
        id: "refusal-complete",
        meaning: "the refusal names a ground that the law knows, and what the person was told when"
    ) { question in
        guard let refusal = question.progress.legal.refusal else { return false }
        let ground = try? RefusalGround.named(refusal.ground, under: question.record.regime)
        return ground != nil && !refusal.text.isEmpty
    }

    static let cancellationAuthentic = TransitionGuard(
        id: "cancellation-authentic",
        meaning: "the message is verified no worse than the request it takes back"
    ) { question in
        let legal = question.progress.legal
        return legal.cancellation.map { $0.level >= legal.identity.level } ?? false
    }

    static let supersederVerified = TransitionGuard(
        id: "superseder-verified",
        meaning: "the other case is verified, and no worse than this one"
    ) { question in
        let legal = question.progress.legal
        guard let other = legal.supersededBy, other.by != question.record.id else { return false }
        return mayShadow(other.level, over: legal.identity.level)
    }

    static let causeFits = TransitionGuard(
        id: "cause-fits", meaning: "a cause is recorded that opens a case in this state"
    ) { question in
        guard let reopening = question.progress.legal.reopenings.last else { return false }
        return reopening.version == question.record.version
            && reopening.cause.opens == question.record.state
    }

    static let exemptionRecorded = TransitionGuard(
        id: "exemption-recorded", meaning: "a record is named that stays, with its ground"
    ) { !$0.progress.legal.exemptions.isEmpty }

    static let groundRecorded = TransitionGuard(
        id: "ground-recorded", meaning: "the ground is recorded"
    ) { $0.progress.legal.ground != nil }

    static let extensionInTime = TransitionGuard(
        id: "extension-in-time",
        meaning: "the person was told the reasons within the first period"
    ) { question in
        let record = question.record
        guard let facts = question.progress.legal.clock, let notice = facts.extended,
            !notice.reason.isEmpty, let clock = try? LegalClock.of(record.regime),
            let deadline = try? record.deadline(now: notice.givenAt)
        else { return false }
        return clock.canExtend(
            givenAt: notice.givenAt, start: deadline.start, due: deadline.due,
            zone: facts.controllerZone)
    }

    static let recipientKnown = TransitionGuard(
        id: "recipient-known", meaning: "the recipient is in the register"
    ) { !$0.progress.legal.recipients.isEmpty }
}
