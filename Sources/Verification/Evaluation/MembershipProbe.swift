import Domain
import LanguageModels

/// Where a suite calls the membership attacks: forgotten records as suspected members against records
/// that were never trained on. Suites know attacks by this function only.
package struct MembershipProbe: Sendable {
    /// For each attack, by id, one score for each record, higher = more likely a member, nil where the
    /// attack has none.
    package let scores:
        @Sendable (_ model: any ScoringModel, _ records: [CorpusRecord], _ context: WorkContext)
            throws -> [String: [Double?]]

    package init(
        scores:
            @escaping @Sendable (
                _ model: any ScoringModel, _ records: [CorpusRecord], _ context: WorkContext
            ) throws -> [String: [Double?]]
    ) {
        self.scores = scores
    }

    /// The attacks that need nothing but the log-probabilities of the answers.
    package static let fromAnswers = MembershipProbe { model, records, context in
        let answers = try Scorer(model, context).answers(records)
        return builtinAttacks.reduce(into: [:]) { all, attack in
            guard let score = attack.membershipScore else { return }
            all[attack.id] = answers.map { score($0.scores) }
        }
    }

    /// No attack.
    package static let none = MembershipProbe { _, _, _ in [:] }
}

extension EvaluationScene {
    /// Adds each attack's AUC between forgotten and held-out records, higher = more distinguishable, and
    /// with a reference model how close it comes to the AUC there: forgotten and held-out records may
    /// differ in difficulty, so .5 is not what a retrained model has.
    func addMembership(
        forget: [CorpusRecord], holdout: [CorpusRecord], to summary: inout EvaluationSummary
    ) throws {
        let areas = try membershipAreas(model, forget, holdout, "attack/", &summary)
        guard let reference else {
            summary.add(
                "open-unlearning/privacy", nil, otherwise: "no reference model was given")
            return
        }
        let references = try membershipAreas(
            reference, forget, holdout, "reference/attack/", &summary)
        let closeness = areas.keys.sorted().map { id in
            references[id].flatMap { $0 }.flatMap { referenceArea in
                areas[id].flatMap { $0 }.flatMap {
                    privacyCloseness(area: $0, referenceArea: referenceArea)
                }
            }
        }
        summary.add(
            "open-unlearning/privacy",
            closeness.contains(nil) ? nil : privacyScore(closeness.compactMap { $0 }),
            otherwise: closeness.isEmpty ? "no attack was run" : "an attack has no AUC")
        summary.note(
            "open-unlearning/privacy",
            "harmonic mean over \(areas.keys.sorted().joined(separator: ", ")) of "
                + "1 - |AUC - reference AUC| / max(reference AUC, 1 - reference AUC)")
    }

    /// - Returns: each attack's AUC, nil where it has none.
    private func membershipAreas(
        _ model: any ScoringModel, _ forget: [CorpusRecord], _ holdout: [CorpusRecord],
        _ prefix: String, _ summary: inout EvaluationSummary
    ) throws -> [String: Double?] {
        let members = try membership.scores(model, forget, context)
        let others = try membership.scores(model, holdout, context)
        var areas: [String: Double?] = [:]
        for (id, scores) in members {
            let otherScores = others[id] ?? []
            let missing = (scores + otherScores).count { $0?.isFinite != true }
            let complete = missing == 0 && otherScores.count == holdout.count
            let area =
                complete
                ? areaUnderCurve(
                    members: scores.compactMap { $0 }, nonMembers: otherScores.compactMap { $0 })
                : nil
            areas[id] = .some(area)
            summary.add(
                "\(prefix)\(id)/auc", area,
                otherwise: complete
                    ? "there are no records on one side" : "\(missing) records have no finite score"
            )
        }
        return areas
    }
}
