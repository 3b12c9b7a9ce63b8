/// An attack on a model: what somebody would try in order to find out whether a person's data was in
/// its training.
package struct Attack: Sendable {
    /// Permanent kebab-case id, written into certificates.
    package let id: String
    package let title: String
    package let source: String
    /// The membership score of one record's answer, from the log-probabilities of its tokens; higher =
    /// more likely a member, nil if it cannot be computed. Nil for an attack that changes the model.
    package let membershipScore: (@Sendable (AnswerScores) -> Double?)?
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
}

/// Every attack with its default parameters, by id.
package let builtinAttacks: [Attack] = [.loss, .minK(), .relearning].sorted { $0.id < $1.id }
