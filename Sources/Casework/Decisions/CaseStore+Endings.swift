import Domain

extension CaseStore {
    /// The requester took the request back in a message of its own.
    /// - Parameters:
    ///   - message: digest of the message's bytes.
    ///   - level: how well the message is verified; no worse than the request, or a stranger could
    ///     end it.
    /// - Throws: `not-verified`; whatever `apply` throws.
    package func cancel(
        _ id: CaseID, message: Digest, level: IdentityLevel, actor: String, at now: Timestamp
    ) throws -> CaseRecord {
        let record = try load(id)
        let own = record.progress.legal.identity.level
        if !record.state.isFinal, level < own {
            throw CaseworkError(
                .notVerified,
                "The message that takes \(id) back is \(level.rawValue), and the request is "
                    + "\(own.rawValue).",
                details: ["case": id.description, "identity": own.rawValue],
                remedy: "Ask the person, and record the answer with `lethe case withdraw \(id)`.")
        }
        return try apply(
            .cancelled, to: id, expectedVersion: record.version, actor: actor,
            digests: ["message": message.hexadecimal], facts: ["identity": level.rawValue]
        ) { $0.legal.cancellation = Cancellation(message: message, level: level, at: now) }
    }

    /// Closes a duplicate: another case of the same person stands in for it.
    /// - Throws: `not-verified` unless the other is verified, and no worse than this one;
    ///   `cause-unfit` if the other came to no erasure or is this one; whatever `apply` throws.
    package func supersede(
        _ id: CaseID, by otherID: CaseID, actor: String, reason: String, at now: Timestamp
    ) throws -> CaseRecord {
        let record = try load(id)
        let other = try load(otherID)
        let details = ["case": id.description, "by": otherID.description]
        switch other.state {
        case .refused, .withdrawn, .superseded:
            throw CaseworkError(
                .causeUnfit, "\(otherID) is \(other.state.rawValue) and stands in for nothing.",
                details: details, remedy: "Work on \(id) itself.")
        default: break
        }
        guard otherID != id else {
            throw CaseworkError(
                .causeUnfit, "A case cannot stand in for itself.", details: details)
        }
        let (own, level) = (
            record.progress.legal.identity.level, other.progress.legal.identity.level
        )
        guard record.state.isFinal || mayShadow(level, over: own) else {
            throw CaseworkError(
                .notVerified,
                "\(otherID) is \(level.rawValue) and cannot stand in for \(id), which is "
                    + "\(own.rawValue): whoever writes in another's name could block their request.",
                details: details,
                remedy: "Confirm who sent \(otherID) first, or close the other one of the two.")
        }
        return try apply(
            .superseded, to: id, expectedVersion: record.version, actor: actor, reason: reason,
            facts: ["by": otherID.description, "identity": level.rawValue]
        ) {
            $0.legal.supersededBy = Supersession(by: otherID, level: level, at: now, actor: actor)
        }
    }

    /// Opens a closed case again. Whatever certificate it has is contradicted and has to be revoked.
    /// - Throws: `cause-unfit` if the cause does not open a case in this state; whatever `apply`
    ///   throws.
    package func reopen(
        _ id: CaseID, cause: ReopeningCause, actor: String, reason: String, at now: Timestamp
    ) throws -> CaseRecord {
        let record = try load(id)
        if cause.opens != record.state,
            !StateMachine.rows(from: record.state, on: .reopened).isEmpty
        {
            let fitting = ReopeningCause.allCases.filter { $0.opens == record.state }
                .map(\.rawValue).joined(separator: ", ")
            throw CaseworkError(
                .causeUnfit,
                "\(cause.rawValue) does not open a case that is \(record.state.rawValue). Causes: "
                    + "\(fitting).",
                details: ["case": id.description, "cause": cause.rawValue])
        }
        let certificate = record.progress.certificate?.payloadDigest
        let reopening = Reopening(
            cause: cause, at: now, actor: actor, version: record.version, certificate: certificate)
        let facts = record.clockFacts
        var digests: [String: String] = [:]
        digests["certificate"] = certificate?.hexadecimal
        return try apply(
            .reopened, to: id, expectedVersion: record.version, actor: actor, reason: reason,
            digests: digests, facts: ["cause": cause.rawValue]
        ) { progress in
            progress.legal.reopenings.append(reopening)
            progress.legal.clock = progress.legal.clock ?? facts
        }
    }
}

/// Closed duplicates whose stand-in came to no erasure: they have to be opened again, or nobody's
/// request is dealt with.
package func strandedDuplicates(among records: [CaseRecord]) -> [CaseRecord] {
    let byID = Dictionary(records.map { ($0.id, $0) }) { first, _ in first }
    return records.filter { record in
        guard record.state == .superseded, let by = record.progress.legal.supersededBy?.by else {
            return false
        }
        switch byID[by]?.state {
        case .refused, .withdrawn, nil: return true
        default: return false
        }
    }
}
