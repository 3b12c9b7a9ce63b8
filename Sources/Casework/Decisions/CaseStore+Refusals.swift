import Domain

extension CaseStore {
    /// Refuses a request as a whole.
    /// - Parameters:
    ///   - text: what the person was told, without any of the person's data; with the ground and the
    ///     rights it makes the notice (`refusalNotice`).
    ///   - toldAt: when the person was told; not in the future.
    /// - Throws: `unknown-name`, `ground-unfit`; `incomplete-decision` without a text;
    ///   whatever `apply` throws.
    package func refuse(
        _ id: CaseID, ground: String, text: String, toldAt: Timestamp, actor: String,
        reason: String, at now: Timestamp
    ) throws -> CaseRecord {
        let record = try load(id)
        let found = try RefusalGround.named(ground, under: record.regime)
        guard !text.isEmpty, toldAt <= now, toldAt >= record.receivedAt else {
            throw CaseworkError(
                .incompleteDecision,
                "A refusal needs the text the person was told, and when: after receipt and not in "
                    + "the future.",
                details: ["case": id.description],
                remedy: "The person must be told why, and of the right to complain.")
        }
        let refusal = Refusal(ground: found.id, text: text, toldAt: toldAt, actor: actor)
        return try apply(
            .refuse, to: id, expectedVersion: record.version, actor: actor, reason: reason,
            facts: [
                "ground": found.id, "article": found.article, "text": text,
                "told-at": toldAt.description,
            ]
        ) { $0.legal.refusal = refusal }
    }

    /// Leaves a record, or some bytes of it, out of the erasure. A case that was scoped already is
    /// scoped again.
    /// - Parameters:
    ///   - record: `CORPUS/ID`
    ///   - span: bytes of the record's text; nil for the whole record.
    /// - Throws: `unknown-name`, `ground-unfit`, `incomplete-decision`; whatever `apply` throws.
    package func exempt(
        _ id: CaseID, record place: String, span: Range<Int>? = nil, ground: String,
        actor: String, reason: String, at now: Timestamp
    ) throws -> CaseRecord {
        let record = try load(id)
        let found = try RefusalGround.named(ground, under: record.regime, forPart: true)
        guard place.split(separator: "/", omittingEmptySubsequences: false).count >= 2,
            span.map({ $0.lowerBound >= 0 && !$0.isEmpty }) ?? true
        else {
            throw CaseworkError(
                .incompleteDecision, "An exemption names a record as CORPUS/ID.",
                details: ["case": id.description], remedy: "See `lethe case matches \(id)`.")
        }
        let exemption = Exemption(
            ground: found.id, record: place, span: span, at: now, actor: actor)
        return try apply(
            .exempted, to: id, expectedVersion: record.version, actor: actor, reason: reason,
            facts: ["ground": found.id, "article": found.article, "record": exemption.place]
        ) { progress in
            progress.legal.exemptions.removeAll { $0.place == exemption.place }
            progress.legal.exemptions.append(exemption)
        }
    }

    /// Takes an exemption back: the record is erased after all.
    /// - Parameter place: as `Exemption.place` says it.
    /// - Throws: `incomplete-decision` if there is none; whatever `apply` throws.
    package func liftExemption(
        _ id: CaseID, place: String, actor: String, reason: String
    ) throws -> CaseRecord {
        let record = try load(id)
        let places = record.progress.legal.exemptions.map(\.place)
        guard places.contains(place) else {
            throw CaseworkError(
                .incompleteDecision,
                "\(id) has no such exemption. It has: "
                    + (places.isEmpty ? "none" : places.joined(separator: ", ")) + ".",
                details: ["case": id.description], remedy: "See `lethe case explain \(id)`.")
        }
        return try apply(
            .exemptionLifted, to: id, expectedVersion: record.version, actor: actor,
            reason: reason, facts: ["record": place]
        ) { $0.legal.exemptions.removeAll { $0.place == place } }
    }

    /// Records the ground on which the erasure is owed.
    /// - Throws: `unknown-name`; `ground-unfit` under a law without such grounds; whatever `apply`
    ///   throws.
    package func recordGround(
        _ id: CaseID, ground: String, actor: String, reason: String, at now: Timestamp
    ) throws -> CaseRecord {
        let record = try load(id)
        let found = try ErasureGround.named(ground)
        guard record.regime != .ccpa else {
            throw CaseworkError(
                .groundUnfit, "The CCPA asks for no ground.",
                details: ["case": id.description, "regime": record.regime.rawValue])
        }
        return try apply(
            .groundFound, to: id, expectedVersion: record.version, actor: actor, reason: reason,
            facts: ["ground": found.id, "article": found.article]
        ) { $0.legal.ground = GroundFinding(ground: found.id, at: now, actor: actor) }
    }
}
