import Domain

/// Where a case stands, told to the person who has to act.
package struct Explanation: Codable, Sendable, Equatable {
    package let caseID: CaseID
    package let state: CaseState
    /// One sentence without a full stop.
    package let summary: String
    /// Who must act; nil when the case is closed.
    package let waitsFor: CaseActor?
    package let dueAt: Timestamp
    /// Calendar days at the controller's place until the due day; negative when it is past. For a
    /// closed case, counted from the day it was closed.
    package let daysLeft: Int
    /// Whether the deadline runs, is past, was kept or was missed.
    package let standing: DeadlineStanding
    /// Every date of the case, each with the rule it came by.
    package let dates: [ExplainedDate]
    /// What the policy asks for that is not there yet.
    package let stillRequired: [String]
    /// What keeps the case from going on by itself.
    package let blockedBy: String?
    /// Exact commands that take the case on, the likeliest first.
    package let commands: [String]
    /// Other decisions the table allows now.
    package let otherCommands: [String]
    /// Facts that led here, oldest first.
    package let reasons: [String]
}

/// Says what a case waits for and the exact commands to go on, in every state.
/// - Parameter policy: tells which method comes next; without it a failed case is taken to have one.
package func explain(
    _ record: CaseRecord, policy: Policy? = nil, now: Timestamp
) -> Explanation {
    let description = StateMachine.description(of: record.state)
    let next = nextStep(record, policy: policy)
    let moment = record.closedAt ?? now
    let zone = record.clockFacts.controllerZone
    let days =
        zone.date(of: record.dueAt).daysSince1970 - zone.date(of: moment).daysSince1970
    let isLate = moment > record.dueAt
    let standing: DeadlineStanding =
        switch (record.state.isFinal, record.closedAt) {
        case (true, nil): .ended
        case (true, _): isLate ? .missed : .kept
        case (false, _): isLate ? .overdue : .running
        }
    return Explanation(
        caseID: record.id, state: record.state, summary: description.meaning,
        waitsFor: next.waitsFor ?? description.waitsFor, dueAt: record.dueAt, daysLeft: days,
        standing: standing,
        dates: explainedDates(record, now: now),
        stillRequired: stillRequired(record, policy: policy), blockedBy: next.blockedBy,
        commands: next.commands,
        otherCommands: otherCommands(record, now: now).filter { !next.commands.contains($0) },
        reasons: reasons(record))
}

struct NextStep {
    var waitsFor: CaseActor?
    var blockedBy: String?
    var commands: [String]
}

private func nextStep(_ record: CaseRecord, policy: Policy?) -> NextStep {
    let id = record.id
    let goOn = ["lethe run --case \(id)", "lethe case advance \(id)"]
    switch StateMachine.duty(of: record) {
    case .scope, .unlearn, .verify:
        return NextStep(commands: goOn)
    case .confirmIdentity:
        let required = policy?.identity ?? record.progress.legal.identity.required
        let level = record.progress.legal.identity.level
        guard let required, level < required else { return NextStep(commands: goOn) }
        return NextStep(
            blockedBy:
                "the policy asks for a proof of identity (\(required.rawValue)), and there is: "
                + level.rawValue,
            commands: [
                confirmIdentityCommand(id, required), refuseCommand(record, "identity"),
            ])
    case .certify:
        guard StateMachine.allows(.retried, for: record) else {
            return approvalStep(record, policy) ?? NextStep(commands: goOn)
        }
        return NextStep(
            blockedBy: "the run was a control, and a control is never certified",
            commands: ["lethe run --case \(id)"])
    case .decideMatch:
        return matchStep(record)
    case .retryOrDecide:
        return retryStep(record, policy: policy)
    case .release:
        let from = record.heldFrom.map { " from \($0.rawValue)" } ?? ""
        let order = record.progress.legal.hold
        let until = order.map { hold in
            " by order of \(hold.authority) until \(hold.until.dateText)"
                + (hold.expiredAt == nil
                    ? "" : ", which has passed: renew the hold or release the case")
        }
        return NextStep(
            blockedBy:
                "the case was put on hold\(from)\(until ?? ""); `lethe case history \(id)` has "
                + "the reason",
            commands: [command(.release, id)].compactMap { $0 })
    case .nothing:
        return closedStep(record)
    }
}

private func matchStep(_ record: CaseRecord) -> NextStep {
    let id = record.id
    let candidates = record.progress.undecidedCandidates
    guard !candidates.isEmpty else {
        return NextStep(
            blockedBy: "the index knows nobody with the identifiers of the request",
            commands: [
                refuseCommand(record, "not-found"),
                "lethe case accept-match \(id) --subject SUBJECT --reason \"...\"",
                "lethe case advance \(id)",
            ].compactMap { $0 })
    }
    let list = candidates.map {
        "\($0.subject) (\(counted($0.recordCount, "record")), \($0.rules.joined(separator: ", ")))"
    }
    return NextStep(
        blockedBy: MatchCandidate.counted(candidates) + ": " + list.joined(separator: "; "),
        commands: candidates.flatMap {
            [
                "lethe case accept-match \(id) --subject \($0.subject) --reason \"...\"",
                "lethe case reject-match \(id) --subject \($0.subject) --reason \"...\"",
            ]
        })
}

private func retryStep(_ record: CaseRecord, policy: Policy?) -> NextStep {
    let id = record.id
    guard let policy else { return NextStep(commands: ["lethe run --case \(id)"]) }
    let isExact = record.progress.unlearning?.methodClass == .exact
    if !isExact, let next = Ladder(policy: policy).next(for: [record]) {
        return NextStep(
            blockedBy: "not passed: \(notPassed(record)); next on the ladder: \(next.rung.method)",
            commands: ["lethe run --case \(id)", "lethe case advance \(id)"])
    }
    let investigate =
        StateMachine.allows(.investigationClosed, for: record)
        ? command(.investigationClosed, id) : nil
    return NextStep(
        waitsFor: .operator,
        blockedBy: "not passed: \(notPassed(record)); "
            + (isExact
                ? "the deletion was exact, so no other method would do better"
                : "every method of the policy \"\(policy.name)\" was tried"),
        commands: [
            investigate, "lethe case advance \(id) --method METHOD", refuseCommand(record),
        ].compactMap { $0 })
}

private func notPassed(_ record: CaseRecord) -> String {
    record.progress.verification?.failedChecks.joined(separator: ", ") ?? "no report"
}

/// The command line of an operator's event that needs nothing but a reason.
func command(_ event: CaseEvent, _ id: CaseID) -> String? {
    let verb: String
    switch event {
    case .hold, .release, .withdraw: verb = event.rawValue
    case .investigationClosed, .approved: verb = "approve"
    default: return nil
    }
    return "lethe case \(verb) \(id) --reason \"...\""
}

private func reasons(_ record: CaseRecord) -> [String] {
    var lines: [String] = []
    let progress = record.progress
    if let scope = progress.scope, let model = record.modelName, !scope.subjects.isEmpty {
        lines.append(
            "\(counted(scope.recordCount, "record")) in \(scope.corpora.joined(separator: ", ")) "
                + "were trained into \(model)")
    }
    if let scope = progress.scope, scope.notIncludedMentions > 0 {
        lines.append(
            "\(counted(scope.notIncludedMentions, "mention")) in records of other people stay")
    }
    for decision in progress.decisions {
        let verb = decision.accepted ? "accepted" : "rejected"
        lines.append("\(decision.actor) \(verb) \(decision.subject) on \(decision.at.dateText)")
    }
    for failure in progress.failures {
        let checks = failure.failedChecks.joined(separator: ", ")
        lines.append("\(failure.method) was not verified: \(checks)")
    }
    if let run = progress.unlearning {
        lines.append("run \(run.runID) used \(run.method), which is \(run.methodClass.rawValue)")
    }
    if let verification = progress.verification, verification.outcome == .passed {
        lines.append("all \(verification.passedCount) checks passed")
    }
    if progress.closedByInvestigation {
        lines.append("an operator closed the investigation of the failed checks")
    }
    return lines + legalReasons(record)
}
