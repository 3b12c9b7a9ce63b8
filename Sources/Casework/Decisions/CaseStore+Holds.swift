import Domain

extension CaseStore {
    /// Days after which a hold without a stated end is looked at again.
    private static var standardHoldDays: Int64 { 90 }

    /// Stops a case on somebody's order.
    /// - Parameters:
    ///   - authority: who ordered it; an office, not a person.
    ///   - until: the order's end, after now; 90 days from now if none is stated.
    /// - Throws: `incomplete-decision`; whatever `apply` throws.
    package func hold(
        _ id: CaseID, authority: String, until: Timestamp? = nil, actor: String, reason: String,
        at now: Timestamp
    ) throws -> CaseRecord {
        try order(.hold, id, authority, until, actor, reason, now)
    }

    /// Gives a held case a new order, before or after the old one ran out.
    /// - Throws: as `hold`.
    package func renewHold(
        _ id: CaseID, authority: String, until: Timestamp? = nil, actor: String, reason: String,
        at now: Timestamp
    ) throws -> CaseRecord {
        try order(.holdRenewed, id, authority, until, actor, reason, now)
    }

    private func order(
        _ event: CaseEvent, _ id: CaseID, _ authority: String, _ until: Timestamp?,
        _ actor: String, _ reason: String, _ now: Timestamp
    ) throws -> CaseRecord {
        let end =
            until
            ?? Timestamp(secondsSince1970: now.secondsSince1970 + Self.standardHoldDays * 86_400)
        guard !authority.isEmpty, end > now else {
            throw CaseworkError(
                .incompleteDecision, "A hold names its authority and an end in the future.",
                details: ["case": id.description])
        }
        let order = HoldOrder(authority: authority, orderedAt: now, until: end)
        return try apply(
            event, to: id, actor: actor, reason: reason,
            facts: ["authority": authority, "until": end.description]
        ) { $0.legal.hold = order }
    }

    /// Marks every hold whose end has come; those cases then wait for an operator's decision. They are
    /// not released by themselves.
    /// - Returns: the cases that changed.
    @discardableResult
    package func expireHolds(actor: String, at now: Timestamp) throws -> [CaseRecord] {
        try list(state: .onHold, dueBefore: nil).compactMap { record in
            guard let hold = record.progress.legal.hold, hold.expiredAt == nil, hold.until <= now
            else { return nil }
            return try apply(
                .holdExpired, to: record.id, expectedVersion: record.version, actor: actor,
                facts: ["authority": hold.authority, "until": hold.until.description]
            ) { $0.legal.hold?.expiredAt = now }
        }
    }
}
