import Domain

/// The dates of a case in words, and what became of the day that is on record.
func explainedDates(_ record: CaseRecord, now: Timestamp) -> [ExplainedDate] {
    let facts = record.clockFacts
    let zone = facts.controllerZone
    let onRecord = zone.date(of: record.dueAt)
    guard let deadline = try? record.deadline(now: now) else {
        return [
            ExplainedDate(
                id: "due", date: onRecord,
                sentence:
                    "Due on \(onRecord.inWords), as it was computed when the case was made: the "
                    + "calendar \(facts.calendar ?? "") is not there any more.")
        ]
    }
    var dates = deadline.dates
    if deadline.dueAt != record.dueAt {
        dates.append(
            ExplainedDate(
                id: "due-on-record", date: onRecord,
                sentence: "On record as due on \(onRecord.inWords), which applies: the calendar "
                    + "changed since it was computed."))
    }
    return dates
}

/// What the policy asks for before the case can end in a certificate, and is not there.
func stillRequired(_ record: CaseRecord, policy: Policy?) -> [String] {
    guard !record.state.isFinal else { return outstandingRecipients(record) }
    let legal = record.progress.legal
    var lines: [String] = []
    if let required = policy?.identity ?? legal.identity.required, legal.identity.level < required {
        lines.append("a proof of identity of the level \(required.rawValue)")
    }
    if policy?.fourEyes ?? false || legal.fourEyes {
        if !legal.isApprovedIndependently {
            lines.append("the approval of somebody who did not make the result")
        }
        lines.append("a certificate issued by somebody who did not make the result")
    }
    return lines + outstandingRecipients(record)
}

private func outstandingRecipients(_ record: CaseRecord) -> [String] {
    let tellable = record.state == .certified || !record.state.isFinal
    return tellable
        ? record.progress.legal.recipients.filter(\.isOutstanding).map {
            "\($0.name) has to be told of the erasure (GDPR Art. 19)"
        } : []
}

/// Other decisions that the table allows now, as commands.
func otherCommands(_ record: CaseRecord, now: Timestamp) -> [String] {
    let id = record.id
    let facts = record.progress.legal
    return StateMachine.events(from: record.state).compactMap { event -> String? in
        switch event {
        case .hold, .release, .withdraw, .investigationClosed:
            return StateMachine.allows(event, for: record) ? command(event, id) : nil
        case .refuse: return refuseCommand(record)
        case .holdRenewed:
            return "lethe case hold \(id) --authority OFFICE --until DATE --reason \"...\""
        case .extended:
            guard (try? record.deadline(now: now))?.extensionPossible ?? false else { return nil }
            return "lethe case extend \(id) --notice \"...\" --reason \"...\""
        case .recipientNotified:
            return facts.recipients.first(where: \.isOutstanding).map {
                "lethe case recipient notified \(id) \"\($0.name)\" --reason \"...\""
            }
        default: return nil
        }
    }
}

/// A refusal with a ground that fits the law, and where possible the kind of refusal.
func refuseCommand(_ record: CaseRecord, _ kind: String? = nil) -> String {
    let fitting = builtinRefusalGrounds.first {
        $0.regimes.contains(record.regime) && $0.kind.rawValue == kind
    }
    return "lethe case refuse \(record.id) --ground \(fitting?.id ?? "GROUND") "
        + "--text \"...\" --reason \"...\""
}

func confirmIdentityCommand(_ id: CaseID, _ level: IdentityLevel) -> String {
    "lethe case confirm-identity \(id) --level \(level.rawValue) --evidence FILE --reason \"...\""
}

/// Four eyes on a result that passed; nil where nothing of it is missing.
func approvalStep(_ record: CaseRecord, _ policy: Policy?) -> NextStep? {
    let legal = record.progress.legal
    guard legal.fourEyes || policy?.fourEyes ?? false else { return nil }
    let id = record.id
    let runners = legal.runners.joined(separator: ", ")
    guard !legal.isApprovedIndependently else {
        return NextStep(
            commands: [
                "lethe case advance \(id) --actor NAME", "lethe run --case \(id) --actor NAME",
            ])
    }
    return NextStep(
        waitsFor: .operator,
        blockedBy: "the policy asks for four eyes, and \(runners) made the result; somebody else "
            + "approves it and issues the certificate",
        commands: ["lethe case approve \(id) --actor NAME --reason \"...\""])
}

/// What can be done with a closed case.
func closedStep(_ record: CaseRecord) -> NextStep {
    let id = record.id
    if record.progress.certificate != nil {
        return NextStep(
            commands: ["lethe certificate show \(id)", "lethe certificate export \(id) DIR"])
    }
    return NextStep(
        commands: ["lethe case history \(id)"]
            + (record.progress.legal.supersededBy.map { ["lethe case explain \($0.by)"] } ?? []))
}

/// The decisions on record, in words.
func legalReasons(_ record: CaseRecord) -> [String] {
    let legal = record.progress.legal
    var lines = legal.identity.evidence.map {
        "\($0.actor) recorded a proof of identity (\($0.level.rawValue)) on \($0.at.dateText)"
    }
    if let found = legal.ground, let ground = try? ErasureGround.named(found.ground) {
        lines.append("erasure is owed because \(ground.sentence) (\(ground.article))")
    }
    lines += legal.exemptions.map { exemption in
        let ground = try? RefusalGround.named(exemption.ground)
        return "\(exemption.place) stays, because "
            + (ground.map { "\($0.sentence) (\($0.article))" } ?? exemption.ground)
    }
    if let refusal = legal.refusal, let ground = try? RefusalGround.named(refusal.ground) {
        lines.append(
            "refused because \(ground.sentence) (\(ground.article)); the person was told on "
                + refusal.toldAt.dateText)
        lines += ground.duties.map { "to be told: \($0)" }
        lines += rightsAfterRefusal(under: record.regime)
    }
    if let other = legal.supersededBy {
        lines.append("\(other.by) (\(other.level.rawValue)) stands in for it")
    }
    if let approval = legal.approval {
        lines.append("\(approval.actor) approved the result on \(approval.at.dateText)")
    }
    lines += legal.recipients.map(\.inWords)
    lines += legal.reopenings.map {
        "opened again on \($0.at.dateText) because \($0.cause.inWords)"
            + ($0.certificate.map { "; certificate \($0.short) is to be revoked" } ?? "")
    }
    return lines
}

extension Explanation {
    /// The same with something more that is still required, and the command that brings it about.
    package func requiring(_ what: String, command: String) -> Explanation {
        Explanation(
            caseID: caseID, state: state, summary: summary, waitsFor: waitsFor, dueAt: dueAt,
            daysLeft: daysLeft, standing: standing, dates: dates,
            stillRequired: stillRequired + [what], blockedBy: blockedBy,
            commands: [command] + commands, otherCommands: otherCommands, reasons: reasons)
    }
}
