import Domain

/// A request that a message takes back.
package struct TakenBack: Sendable {
    package let id: CaseID
    /// How well the message is verified; no worse than the request, or a stranger could end it.
    package let level: IdentityLevel

    package init(_ id: CaseID, level: IdentityLevel) {
        self.id = id
        self.level = level
    }
}

extension CaseRecord {
    /// Whether this very message closed the case.
    package func wasTakenBack(by message: Digest) -> Bool {
        state.isFinal && progress.legal.cancellation?.message == message
    }
}

extension CaseStore {
    /// The requester took the request back in a message of its own.
    /// - Parameters:
    ///   - message: digest of the message's bytes.
    ///   - level: how well the message is verified.
    /// - Throws: `not-verified`; whatever `apply` throws.
    package func cancel(
        _ id: CaseID, message: Digest, level: IdentityLevel, actor: String, at now: Timestamp
    ) throws -> CaseRecord {
        let changes = [try cancellation(of: load(id), level, message: message, at: now)]
        guard let record = try apply(.cancelled, to: changes, actor: actor, reason: nil).first
        else { throw CaseworkError(.databaseFailed, "The store returned no case.") }
        return record
    }

    /// One message took several requests back: all of them end in one transaction, or none does.
    ///
    /// Repeating it is harmless. Cases that the same message closed before are left as they are, so that
    /// what a killed command of an earlier version left half done is completed; if none is left to close,
    /// the refusal to close them again is thrown.
    /// - Parameter all: a case that is named twice is taken once.
    /// - Returns: one record for each case, in the order given.
    /// - Throws: `not-verified`; whatever `apply` throws.
    package func cancel(
        _ all: [TakenBack], message: Digest, actor: String, at now: Timestamp
    ) throws -> [CaseRecord] {
        var seen: Set<CaseID> = []
        let named = try all.filter { seen.insert($0.id).inserted }
            .map { (record: try load($0.id), level: $0.level) }
        let left = named.filter { !$0.record.wasTakenBack(by: message) }
        let changes = try (left.isEmpty ? named : left).map {
            try cancellation(of: $0.record, $0.level, message: message, at: now)
        }
        let closed = try apply(.cancelled, to: changes, actor: actor, reason: nil)
        return named.map { item in closed.first { $0.id == item.record.id } ?? item.record }
    }

    private func cancellation(
        of record: CaseRecord, _ level: IdentityLevel, message: Digest, at now: Timestamp
    ) throws -> CaseChange {
        let own = record.progress.legal.identity.level
        if !record.state.isFinal, level < own {
            throw CaseworkError(
                .notVerified,
                "The message that takes \(record.id) back is \(level.rawValue), and the request is "
                    + "\(own.rawValue).",
                details: ["case": record.id.description, "identity": own.rawValue],
                remedy: "Ask the person, and record the answer with `lethe case withdraw "
                    + "\(record.id)`.")
        }
        return CaseChange(
            record.id, expectedVersion: record.version,
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

    /// Opens a closed case again. Whatever certificate it has is contradicted and has to be revoked,
    /// before.
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
