import Domain
import LanguageModels

/// An attack on a model: what somebody would try in order to find out whether a person's data was in
/// its training.
///
/// Membership attacks give each record a score, for all attacks higher = more likely a member; what
/// the same attack is called with elsewhere is mapped in `PublishedSigns.swift`.
package struct Attack: Sendable {
    /// Permanent kebab-case id, written into certificates.
    package let id: String
    package let title: String
    /// Where the formula comes from, with the deviations from it.
    package let source: String
    /// What it needs of a scene beside the model under attack, in the order in which it is looked for.
    package let needs: [AttackNeed]
    /// The membership score of one record's answer, from the log-probabilities of its tokens, where
    /// these are enough; nil from it if it cannot be computed. Nil for every other attack.
    package let membershipScore: (@Sendable (AnswerScores) -> Double?)?
    private let sceneScores: SceneScores?

    /// One score for each record; nil where the record leaves nothing to score.
    package typealias SceneScores =
        @Sendable (_ records: [CorpusRecord], _ scene: AttackScene) throws -> [Double?]

    /// An attack that looks at nothing but the answer's log-probabilities, or gives no score at all.
    package init(
        id: String, title: String, source: String,
        membershipScore: (@Sendable (AnswerScores) -> Double?)?
    ) {
        self.id = id
        self.title = title
        self.source = source
        self.membershipScore = membershipScore
        needs = []
        guard let membershipScore else {
            sceneScores = nil
            return
        }
        sceneScores = { records, scene in
            try scene.answers(to: records).map { membershipScore($0) }
        }
    }

    /// An attack that looks at more than that.
    /// - Parameter sceneScores: only called when all needs are met.
    package init(
        id: String, title: String, source: String, needs: [AttackNeed] = [],
        sceneScores: @escaping SceneScores
    ) {
        self.id = id
        self.title = title
        self.source = source
        self.needs = needs
        self.sceneScores = sceneScores
        membershipScore = nil
    }

    /// False for an attack that changes the model instead of scoring records.
    package var givesScores: Bool { sceneScores != nil }
}

/// What an attack says about some records.
package enum AttackOutcome: Sendable, Equatable {
    /// One for each record, finite; nil where a record leaves nothing to score.
    case scores([Double?])
    /// Why there is none. No personal data.
    case couldNotCheck(String)
}

extension Attack {
    /// The membership scores of records under the scene's model.
    ///
    /// Scores of one call are comparable; those of two calls need not be (`lira` pools a variance over
    /// the records it is given). Equal calls give equal bits.
    /// - Throws: what the models throw, but for a sequence they cannot read (then the attack could
    ///   not be checked), `degenerate-scores` for answers of another shape than asked for, and
    ///   `interrupted`.
    package func scores(
        of records: [CorpusRecord], in scene: AttackScene
    ) throws -> AttackOutcome {
        guard let sceneScores else { return .couldNotCheck("the attack gives no score") }
        for need in needs {
            if let obstacle = need.obstacle(in: scene, records: records) {
                return .couldNotCheck(obstacle)
            }
        }
        let scores: [Double?]
        do {
            scores = try sceneScores(records, scene)
        } catch let error as ModelError where error.code == .sequenceTooLong {
            return .couldNotCheck("a sequence is longer than the model can read")
        }
        guard scores.count == records.count else { throw AttackScene.shapeError }
        let bad = scores.count { $0.map { !$0.isFinite } ?? false }
        guard bad == 0 else {
            return .couldNotCheck("\(bad) of \(scores.count) scores are not finite numbers")
        }
        return .scores(scores)
    }
}

/// What a membership attack sees of one answer.
package struct AnswerScores: Sendable {
    /// Nats, one for each token of the answer without the end token.
    package let logProbabilities: [Double]
    /// Of the end token, where the model has one.
    package let endLogProbability: Double?

    package init(logProbabilities: [Double], endLogProbability: Double?) {
        self.logProbabilities = logProbabilities
        self.endLogProbability = endLogProbability
    }

    /// Mean over the answer with the end token, nats, at most 0; nil without tokens.
    package var meanLogProbability: Double? {
        meanLoss(logProbabilities + [endLogProbability].compactMap { $0 }).map { -$0 }
    }
}

/// Every attack with its default parameters, by id.
package let builtinAttacks: [Attack] = [
    .dcPDD(), .gradientNorm, .likelihoodRatio(), .loss, .minK(), .minKPlusPlus(), .neighbourhood(),
    .recall, .reference, .relearning, .robustMembership(), .zlib,
].sorted { $0.id < $1.id }
