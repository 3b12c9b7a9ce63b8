import Domain

/// What happens to a recipient's row in the register of a case (GDPR Art. 19).
package enum RecipientChange: Sendable, Equatable {
    case added
    case notified
    case acknowledged
    case excused(RecipientExcuse)

    var event: CaseEvent {
        switch self {
        case .added: .recipientAdded
        case .notified: .recipientNotified
        case .acknowledged: .recipientAcknowledged
        case .excused: .recipientExcused
        }
    }
}

extension CaseStore {
    /// Changes the register of those who were given the data.
    /// - Parameters:
    ///   - name: an organisation or a system, not a person.
    ///   - time: when it happened.
    /// - Throws: `unknown-recipient` for a name that was not added; `incomplete-decision` for one that
    ///   was added before, is acknowledged without having been told, or is empty; whatever `apply`
    ///   throws.
    package func recordRecipient(
        _ id: CaseID, name: String, _ change: RecipientChange, at time: Timestamp, actor: String,
        reason: String
    ) throws -> CaseRecord {
        let record = try load(id)
        var recipients = record.progress.legal.recipients
        func refuse(_ what: String) -> CaseworkError {
            CaseworkError(.incompleteDecision, what, details: ["case": id.description])
        }
        if change == .added {
            guard !name.isEmpty, !recipients.contains(where: { $0.name == name }) else {
                throw refuse("The recipient is in the register already, or has no name.")
            }
            recipients.append(Recipient(name: name, addedAt: time))
        } else {
            guard let index = recipients.firstIndex(where: { $0.name == name }) else {
                let known = recipients.map(\.name).joined(separator: ", ")
                throw CaseworkError(
                    .unknownRecipient,
                    "This recipient is not in the register of \(id). Known: "
                        + (known.isEmpty ? "nobody" : known) + ".",
                    details: ["case": id.description],
                    remedy: "Add it first with `lethe case recipient add \(id) NAME`.")
            }
            switch change {
            case .added: break
            case .notified:
                recipients[index].notifiedAt = time
                recipients[index].excuse = nil
            case .acknowledged:
                guard recipients[index].notifiedAt.map({ $0 <= time }) ?? false else {
                    throw refuse("A recipient that was not told cannot have answered.")
                }
                recipients[index].acknowledgedAt = time
            case .excused(let excuse):
                guard recipients[index].notifiedAt == nil else {
                    throw refuse("The recipient was told already.")
                }
                recipients[index].excuse = excuse
            }
        }
        var facts = ["recipient": name, "at": time.description]
        if case .excused(let excuse) = change { facts["excuse"] = excuse.rawValue }
        let register = recipients
        return try apply(
            change.event, to: id, expectedVersion: record.version, actor: actor, reason: reason,
            facts: facts
        ) { $0.legal.recipients = register }
    }
}
