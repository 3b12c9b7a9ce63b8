import Domain

extension CaseStore {
    /// Takes the longer period. The person must have been told of it, and why, within the first one.
    /// - Parameters:
    ///   - givenAt: when the person was told; not in the future.
    ///   - notice: the reasons the person was told, without any of the person's data.
    /// - Throws: `extension-too-late` outside the first period or if it was extended before;
    ///   `incomplete-decision`; whatever `apply` throws.
    package func extend(
        _ id: CaseID, givenAt: Timestamp, notice: String, actor: String, reason: String,
        at now: Timestamp
    ) throws -> CaseRecord {
        let record = try load(id)
        guard !notice.isEmpty, givenAt <= now else {
            throw CaseworkError(
                .incompleteDecision,
                "An extension needs the reasons the person was told, and when: not in the future.",
                details: ["case": id.description])
        }
        var facts = record.clockFacts
        let deadline = try record.deadline(now: givenAt)
        if !record.state.isFinal {
            guard facts.extended == nil else {
                throw CaseworkError(
                    .extensionTooLate, "\(id) was extended before, and there is one extension.",
                    details: ["case": id.description, "due": deadline.extendedDue.description])
            }
            guard deadline.extensionPossible else {
                throw CaseworkError(
                    .extensionTooLate,
                    "The person had to be told by \(deadline.due.inWords).",
                    details: ["case": id.description, "due": deadline.due.description],
                    remedy: "Answer the request; the delay stays on record.")
            }
        }
        facts.extended = ClockExtension(givenAt: givenAt, reason: notice, actor: actor)
        let extended = facts
        return try apply(
            .extended, to: id, expectedVersion: record.version, actor: actor, reason: reason,
            facts: [
                "given-at": givenAt.description, "notice": notice,
                "due": deadline.extendedDue.description,
            ]
        ) { $0.legal.clock = extended }
    }

    /// Records something that sets the clock.
    /// - Throws: `clock-contradiction`; whatever `apply` throws.
    package func noteClock(
        _ id: CaseID, _ note: ClockNote, at time: Timestamp, actor: String, reason: String
    ) throws -> CaseRecord {
        let record = try load(id)
        var facts = record.clockFacts
        if !record.state.isFinal {
            try facts.record(
                note, at: time, receivedAt: record.receivedAt,
                clock: try LegalClock.of(record.regime))
        }
        var digests: [String: String] = [:]
        var history = ["note": note.id, "at": time.description]
        if case .receivedEarlier(let receipt, let evidence) = note {
            digests["evidence"] = evidence.hexadecimal
            history["received-at"] = receipt.description
        }
        let noted = facts
        return try apply(
            .clockNoted, to: id, expectedVersion: record.version, actor: actor, reason: reason,
            digests: digests, facts: history
        ) { $0.legal.clock = noted }
    }
}
