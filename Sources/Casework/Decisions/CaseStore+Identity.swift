import Domain

extension CaseStore {
    /// Records a proof of the person's identity. A case that waits for one goes on if it is as good as
    /// the policy asks; under the UK GDPR the clock starts when identity information came that was
    /// asked for.
    /// - Parameter evidence: digest of what was seen; the evidence itself is not kept.
    /// - Throws: `incomplete-decision` for the level `unverified`; whatever `apply` throws.
    package func confirmIdentity(
        _ id: CaseID, level: IdentityLevel, evidence: Digest, actor: String, reason: String,
        at now: Timestamp
    ) throws -> CaseRecord {
        guard level > .unverified else {
            throw CaseworkError(
                .incompleteDecision, "A proof of identity cannot be of the level \"unverified\".",
                remedy: "Name one of: "
                    + IdentityLevel.allCases.dropFirst().map(\.rawValue).joined(separator: ", "))
        }
        let record = try load(id)
        let proof = IdentityEvidence(level: level, evidence: evidence, at: now, actor: actor)
        return try apply(
            .identityConfirmed, to: id, expectedVersion: record.version, actor: actor,
            reason: reason, digests: ["evidence": evidence.hexadecimal],
            facts: ["identity": level.rawValue]
        ) { progress in
            progress.legal.identity.evidence.append(proof)
            guard var clock = progress.legal.clock, clock.identityRequestedAt != nil,
                clock.identityReceivedAt == nil
            else { return }
            clock.identityReceivedAt = now
            progress.legal.clock = clock
        }
    }

    /// A second person's yes: to a result that passed, or to a failed check of an exact deletion.
    /// - Throws: `four-eyes` if the actor made the result; whatever `apply` throws.
    package func approve(
        _ id: CaseID, actor: String, reason: String, at now: Timestamp
    ) throws -> CaseRecord {
        let record = try load(id)
        let event: CaseEvent =
            StateMachine.rows(from: record.state, on: .investigationClosed).isEmpty
            ? .approved : .investigationClosed
        let legal = record.progress.legal
        if event == .approved || legal.fourEyes,
            !StateMachine.rows(from: record.state, on: event).isEmpty,
            legal.runners.contains(actor)
        {
            throw CaseworkError(
                .fourEyes, "\(actor) made the result of \(id) and cannot approve it too.",
                details: ["case": id.description, "actor": actor],
                remedy: "Somebody else looks at it and gives the command with their own --actor.")
        }
        let approval = Approval(
            actor: actor, at: now, outputModel: record.progress.unlearning?.outputModel)
        return try apply(
            event, to: id, expectedVersion: record.version, actor: actor, reason: reason
        ) { $0.legal.approval = approval }
    }
}
