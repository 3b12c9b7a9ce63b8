import Domain

/// Who makes an event happen.
package enum CaseActor: String, Codable, Sendable {
    case `operator`, engine
}

/// What a state waits for: the next thing to be done in it.
package enum CaseDuty: String, Codable, Sendable {
    case scope, unlearn, verify, certify
    case decideMatch = "decide-match"
    case confirmIdentity = "confirm-identity"
    case retryOrDecide = "retry-or-decide"
    case release
    case nothing
}

/// One state as the table describes it.
package struct StateDescription: Sendable {
    package let state: CaseState
    package let duty: CaseDuty
    package let waitsFor: CaseActor?
    package let meaning: String
}

/// One row of the table.
package struct Transition: Sendable {
    package let from: CaseState
    package let event: CaseEvent
    package let to: CaseState
    package let guards: [TransitionGuard]
    /// Applied in order, before the state changes.
    package let effects: [TransitionEffect]
    package let reasonRequired: Bool
    package let actor: CaseActor
    package let title: String
}

/// The one table of states, events, guards and effects. Nothing else in the project decides what a
/// case may do next.
package enum StateMachine {
    package static let initial = CaseState.received

    package static let states: [StateDescription] = [
        .init(
            state: .received, duty: .scope, waitsFor: .engine,
            meaning: "the request is stored; what it touches is not known yet"),
        .init(
            state: .awaitingClarification, duty: .decideMatch, waitsFor: .operator,
            meaning: "it is not clear who the person is; an operator decides"),
        .init(
            state: .awaitingIdentity, duty: .confirmIdentity, waitsFor: .operator,
            meaning: "the policy asks for a better proof of identity than there is"),
        .init(
            state: .reopened, duty: .scope, waitsFor: .engine,
            meaning: "the case was closed and had to be opened again; it is searched anew"),
        .init(
            state: .scoped, duty: .unlearn, waitsFor: .engine,
            meaning: "the person's records, runs and model are known and frozen"),
        .init(
            state: .unlearned, duty: .verify, waitsFor: .engine,
            meaning: "a model without the records' influence was made, not yet measured"),
        .init(
            state: .failedVerification, duty: .retryOrDecide, waitsFor: .engine,
            meaning: "the measurement did not show that the data is gone"),
        .init(
            state: .verified, duty: .certify, waitsFor: .engine,
            meaning: "every check passed; the certificate is still to be issued"),
        .init(
            state: .certified, duty: .nothing, waitsFor: nil,
            meaning: "the certificate is issued; the case is closed"),
        .init(
            state: .onHold, duty: .release, waitsFor: .operator,
            meaning: "an operator stopped the case for a stated reason"),
        .init(
            state: .refused, duty: .nothing, waitsFor: nil,
            meaning: "the request was refused for a stated reason; the case is closed"),
        .init(
            state: .withdrawn, duty: .nothing, waitsFor: nil,
            meaning: "the person withdrew the request; the case is closed"),
        .init(
            state: .superseded, duty: .nothing, waitsFor: nil,
            meaning: "another case of the same person stands in for this one; it is closed"),
    ]

    package static let transitions: [Transition] =
        searching + mainLine + identity + sideStates + endings + exemptions + notes

    /// From what was received, and from what was opened again.
    private static let searching: [Transition] = [CaseState.received, .reopened].flatMap {
        [
            engine(
                $0, .scopeFound, .scoped, [.scopeFrozen, .modelKnown], [.adoptModel],
                "The person's records and the model trained on them were found."),
            engine(
                $0, .scopeAmbiguous, .awaitingClarification, [.candidatesKnown], [],
                "Several people could be meant; an operator has to choose."),
            engine(
                $0, .nobodyFound, .awaitingClarification, [], [],
                "The index knows nobody like this; an operator refuses or names the person."),
        ]
    }

    private static let mainLine: [Transition] = [
        decision(
            .awaitingClarification, .matchAccepted, .received, [.decisionRecorded], [],
            "An operator said which person is meant; the case is scoped again."),
        decision(
            .awaitingClarification, .matchRejected, .awaitingClarification,
            [.decisionRecorded, .candidateLeft], [],
            "An operator ruled a candidate out; others are still to be decided."),
        decision(
            .awaitingClarification, .matchRejected, .received,
            [.decisionRecorded, .noCandidateLeft], [],
            "An operator ruled the last candidate out; the case is scoped again."),
        Transition(
            from: .awaitingClarification, event: .searchAgain, to: .received,
            guards: [.noCandidateLeft], effects: [], reasonRequired: false, actor: .operator,
            title: "The index is searched again, for instance after a corpus was added."),
        engine(
            .scoped, .unlearnDone, .unlearned,
            [.runRecorded, .policyFixed, .identitySufficient], [.countAttempt],
            "An unlearning run finished and its output is stored."),
        engine(
            .unlearned, .verificationPassed, .verified, [.everyCheckPassed], [],
            "Every check of the gate passed."),
        engine(
            .unlearned, .verificationFailed, .failedVerification, [.checkNotPassed],
            [.recordFailure], "A check failed or could not be made."),
        engine(
            .unlearned, .policyChanged, .scoped, [], [.clearResult, .restartLadder],
            "The policy changed after the run; the run is made again under the present one."),
        engine(
            .failedVerification, .retried, .scoped, [], [.clearResult],
            "The next rung of the policy's ladder is tried."),
        engine(
            .failedVerification, .groupSplit, .scoped, [.runShared],
            [.clearResult, .restartLadder],
            "The case leaves the run's group: others in it failed, or no method worked for all."),
        engine(
            .verified, .retried, .scoped, [.resultIsControl], [.clearResult],
            "A control cannot be certified; a real method is tried."),
        decision(
            .failedVerification, .investigationClosed, .verified,
            [.methodExact, .closerIndependent],
            [.noteInvestigation],
            "An operator explained the failed check of an exact deletion and takes it on."),
        decision(
            .verified, .approved, .verified, [.approverIndependent], [],
            "Somebody who did not make the result approved it."),
        engine(
            .verified, .certificateIssued, .certified,
            [.methodCertifiable, .certificateRecorded, .fourEyesKept], [],
            "The signed certificate is stored."),
    ]

    private static let identity: [Transition] =
        [CaseState.received, .reopened, .scoped].map {
            engine(
                $0, .identityRequired, .awaitingIdentity, [.identityInsufficient], [],
                "The policy asks for a better proof of identity before anything is unlearned.")
        } + [
            engine(
                .awaitingIdentity, .policyChanged, .received, [.identitySufficient], [],
                "The policy asks for no better proof any more."),
            decision(
                .awaitingIdentity, .identityConfirmed, .received,
                [.identityRecorded, .identitySufficient], [.adoptDeadline],
                "The person's identity is shown as well as the policy asks."),
            decision(
                .awaitingIdentity, .identityConfirmed, .awaitingIdentity,
                [.identityRecorded, .identityInsufficient], [.adoptDeadline],
                "A proof of identity was recorded, but the policy asks for a better one."),
        ]
        + stays(
            open.filter { $0 != .awaitingIdentity }, .identityConfirmed, [.identityRecorded],
            [.adoptDeadline], "A proof of the person's identity was recorded.")

    private static let sideStates: [Transition] =
        [CaseState.unlearned, .verified, .failedVerification].map {
            engine(
                $0, .modelMoved, .scoped, [], [.clearResult, .restartLadder],
                "The model changed under the case; the run is made again from the present model.")
        }
        + holdable.map {
            decision(
                $0, .hold, .onHold, [], [.rememberState],
                "An operator put the case on hold.")
        }
        + holdable.map {
            decision(
                .onHold, .release, $0, [.heldFromDestination], [.forgetState],
                "An operator released the case; it goes on where it stopped.")
        }
        + [
            decision(
                .onHold, .holdRenewed, .onHold, [.holdInForce], [],
                "The hold was ordered anew, with a new end."),
            engine(
                .onHold, .holdExpired, .onHold, [.holdRunOut], [],
                "The hold's order ran out; an operator renews it or releases the case."),
        ]

    private static let endings: [Transition] =
        open.map {
            decision(
                $0, .refuse, .refused, [.refusalComplete], [.forgetState],
                "An operator refused the request and told the person why.")
        }
        + open.map {
            decision(
                $0, .withdraw, .withdrawn, [], [.forgetState], "The person withdrew the request.")
        }
        + open.map {
            engine(
                $0, .cancelled, .withdrawn, [.cancellationAuthentic], [.forgetState],
                "The requester took the request back in a message.")
        }
        + open.map {
            decision(
                $0, .superseded, .superseded, [.supersederVerified], [.forgetState],
                "A verified case of the same person stands in for this one.")
        }
        + [CaseState.certified, .refused, .superseded].map {
            decision(
                $0, .reopened, .reopened, [.causeFits],
                [.clearClosing, .clearResult, .restartLadder, .adoptDeadline],
                "The case has to be worked on again, and its period is counted anew.")
        }

    private static let exemptions: [Transition] =
        [CaseEvent.exempted, .exemptionLifted].flatMap { event in
            let title =
                event == .exempted
                ? "A record, or a part of one, stays on a stated ground."
                : "A record is not left out of the erasure any more."
            let guards: [TransitionGuard] = event == .exempted ? [.exemptionRecorded] : []
            return stays(
                [.received, .reopened, .awaitingIdentity, .awaitingClarification], event, guards,
                [], title)
                + [CaseState.scoped, .unlearned, .failedVerification, .verified].map {
                    decision(
                        $0, event, .received, guards, [.clearResult, .restartLadder],
                        title + " The case is scoped again.")
                }
        }

    /// What is recorded without moving the case.
    private static let notes: [Transition] =
        stays(open, .groundFound, [.groundRecorded], [], "The ground for the erasure was found.")
        + stays(
            open, .extended, [.extensionInTime], [.adoptDeadline],
            "The person was told that more time is needed, and why.")
        + stays(
            open, .clockNoted, [], [.adoptDeadline], "Something that sets the clock was recorded.")
        + stays(
            open + [.certified], .recipientAdded, [.recipientKnown], [],
            "Somebody the data was given to was recorded.")
        + stays(
            open + [.certified], .recipientNotified, [.recipientKnown], [],
            "A recipient was told of the erasure.")
        + stays(
            open + [.certified], .recipientAcknowledged, [.recipientKnown], [],
            "A recipient answered.")
        + stays(
            open + [.certified], .recipientExcused, [.recipientKnown], [],
            "A recipient need not be told, for a stated reason.")

    private static let open = states.map(\.state).filter { !$0.isFinal }
    private static let holdable = open.filter { $0 != .onHold }

    private static func stays(
        _ states: [CaseState], _ event: CaseEvent, _ guards: [TransitionGuard],
        _ effects: [TransitionEffect], _ title: String
    ) -> [Transition] {
        states.map { decision($0, event, $0, guards, effects, title) }
    }

    private static func engine(
        _ from: CaseState, _ event: CaseEvent, _ to: CaseState, _ guards: [TransitionGuard],
        _ effects: [TransitionEffect], _ title: String
    ) -> Transition {
        Transition(
            from: from, event: event, to: to, guards: guards, effects: effects,
            reasonRequired: false, actor: .engine, title: title)
    }

    private static func decision(
        _ from: CaseState, _ event: CaseEvent, _ to: CaseState, _ guards: [TransitionGuard],
        _ effects: [TransitionEffect], _ title: String
    ) -> Transition {
        Transition(
            from: from, event: event, to: to, guards: guards, effects: effects,
            reasonRequired: true, actor: .operator, title: title)
    }
}
