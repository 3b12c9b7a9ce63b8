import Domain

extension CaseStore {
    /// The operator says that a subject is, or is not, the person of the request. Accepting lets the
    /// case be scoped again; so does rejecting the last candidate. Where the index found nobody, any
    /// subject can be named.
    /// - Throws: `unknown-subject` if there are candidates and this is none of them, and whatever
    ///   `apply` throws.
    package func decideMatch(
        _ id: CaseID, subject: String, accepted: Bool, actor: String, reason: String,
        at now: Timestamp
    ) throws -> CaseRecord {
        let record = try load(id)
        let event: CaseEvent = accepted ? .matchAccepted : .matchRejected
        let candidates = record.progress.scope?.candidates ?? []
        if !StateMachine.rows(from: record.state, on: event).isEmpty, !candidates.isEmpty,
            !candidates.contains(where: { $0.subject == subject })
        {
            let known = candidates.map(\.subject).sorted().joined(separator: ", ")
            throw CaseworkError(
                .unknownSubject, "This subject is not a candidate of \(id). Candidates: \(known).",
                details: ["case": id.description, "candidates": known],
                remedy: "See `lethe case explain \(id)`.")
        }
        let decision = MatchDecision(subject: subject, accepted: accepted, at: now, actor: actor)
        return try apply(
            event, to: id, expectedVersion: record.version, actor: actor, reason: reason,
            facts: ["subject": subject]
        ) { progress in
            progress.decisions.removeAll { $0.subject == subject }
            progress.decisions.append(decision)
        }
    }
}
