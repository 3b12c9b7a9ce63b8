import Domain
import LanguageModels

/// The attacks whose closeness to a retrained model open-unlearning's privacy score is made of.
private let openUnlearningAttacks = ["loss", "min-k", "min-k-plus-plus", "zlib"]

extension EvaluationScene {
    /// Runs the attacks of the settings on forgotten records as suspected members against records that
    /// were never trained on, under the model and under the reference.
    ///
    /// Adds each attack's AUC, higher = more is found out, and with a reference how close it comes to
    /// the AUC there: forgotten and held-out records may differ in difficulty, so .5 is not what a
    /// retrained model has.
    /// - Parameter background: text like the training's, without forgotten records, from which token
    ///   frequencies are counted.
    func addMembership(
        forget: [CorpusRecord], holdout: [CorpusRecord], background: [CorpusRecord],
        to summary: inout EvaluationSummary
    ) throws {
        let attacks = builtinAttacks.filter {
            $0.givesScores && settings.attacks.contains($0.id)
        }
        let sides = MembershipSides(forget: forget, holdout: holdout, background: background)
        var closeness: [Double?] = []
        for attack in attacks {
            let base = try reference.map { try evaluate(attack, sides, under: $0) }
            let own = try evaluate(attack, sides, under: model, referenceArea: base?.area)
            summary.add(own)
            summary.add(
                "attack/\(attack.id)/auc", own.area,
                otherwise: own.obstacle ?? "there are no records on one side")
            if let leak = own.privLeak {
                summary.add(
                    "attack/\(attack.id)/priv-leak", leak.openUnlearning,
                    otherwise: "not defined")
            }
            guard let base else { continue }
            summary.add(
                "reference/attack/\(attack.id)/auc", base.area,
                otherwise: base.obstacle ?? "there are no records on one side")
            if openUnlearningAttacks.contains(attack.id) {
                closeness.append(
                    own.area.flatMap { area in
                        base.area.flatMap { privacyCloseness(area: area, referenceArea: $0) }
                    })
            }
        }
        let key = "open-unlearning/privacy"
        guard reference != nil else {
            summary.add(key, nil, otherwise: "no reference model was given")
            return
        }
        summary.add(
            key,
            closeness.isEmpty || closeness.contains(nil)
                ? nil : privacyScore(closeness.compactMap { $0 }),
            otherwise: closeness.isEmpty ? "no attack was run" : "an attack has no AUC")
        let names = attacks.map(\.id).filter(openUnlearningAttacks.contains)
        summary.note(
            key,
            "harmonic mean over \(names.joined(separator: ", ")) of "
                + "1 - |AUC - reference AUC| / max(reference AUC, 1 - reference AUC)")
    }

    private func evaluate(
        _ attack: Attack, _ sides: MembershipSides, under model: any ScoringModel,
        referenceArea: Double? = nil
    ) throws -> MembershipEvaluation {
        var scene = AttackScene(model: model, seed: settings.seed, context: context)
        // A reference is no help against itself.
        if let reference, model !== reference {
            scene.referenceModel = reference
            scene.outModels = [reference]
        }
        if attack.needs.contains(.tokenFrequencies) {
            scene.tokenFrequencies = TokenFrequencies(
                texts: sides.background.map(\.text), tokenizer: model.tokenizer)
        }
        var others = sides.holdout
        if attack.needs.contains(.population) || attack.needs.contains(.nonMemberPrefix) {
            scene.population = sides.reserve
            scene.nonMemberPrefix = Array(sides.reserve.prefix(MembershipSides.prefixCount))
            others = sides.holdoutWithoutReserve
        }
        return try MembershipEvaluation(
            attack, members: sides.forget, nonMembers: others, in: scene,
            referenceArea: referenceArea)
    }
}

/// Who is compared with whom. Some attacks need unseen records for themselves, which then are not
/// among those attacked.
private struct MembershipSides {
    let forget: [CorpusRecord]
    let holdout: [CorpusRecord]
    let background: [CorpusRecord]

    /// Records read before the attacked one by `recall`.
    static let prefixCount = 2
    private static let interval = 4

    /// Every fourth held-out record; none where too few would be left to compare with.
    var reserve: [CorpusRecord] { split.reserve }
    var holdoutWithoutReserve: [CorpusRecord] { split.rest }

    private var split: (reserve: [CorpusRecord], rest: [CorpusRecord]) {
        guard holdout.count >= Self.interval * Self.prefixCount else { return ([], holdout) }
        var (reserve, rest): ([CorpusRecord], [CorpusRecord]) = ([], [])
        for (index, record) in holdout.enumerated() {
            if index % Self.interval == 0 { reserve.append(record) } else { rest.append(record) }
        }
        return (reserve, rest)
    }
}
