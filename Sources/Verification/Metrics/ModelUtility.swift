extension Metric {
    package static let modelUtility = Metric(
        id: "model-utility",
        title: "What the model still knows of retained persons, real authors and the world",
        range: "0 ... 1, higher = more useful; 0 if any of the nine components is",
        source: "Maini et al. 2024 (TOFU), arXiv 2401.06121: harmonic mean of probability, ROUGE-L "
            + "recall and truth ratio (true-better) of three sets; with the geometric truth ratio "
            + "as in open-unlearning, since the arithmetic one gives another number")
}

/// The nine numbers that model utility is made of, each 0 ... 1.
package struct UtilityComponents: Sendable, Equatable {
    /// Of one set of questions.
    package struct Part: Sendable, Equatable {
        /// Of real authors and world facts: as a share of the offered answers' probabilities.
        package let probability: Double
        package let rougeLRecall: Double
        /// Aggregated as true-better.
        package let truthRatio: Double

        package init(probability: Double, rougeLRecall: Double, truthRatio: Double) {
            self.probability = probability
            self.rougeLRecall = rougeLRecall
            self.truthRatio = truthRatio
        }

        var values: [Double] { [probability, rougeLRecall, truthRatio] }
    }

    package let retain: Part
    package let realAuthors: Part
    package let worldFacts: Part

    package init(retain: Part, realAuthors: Part, worldFacts: Part) {
        self.retain = retain
        self.realAuthors = realAuthors
        self.worldFacts = worldFacts
    }
}

/// - Returns: nil if a component is negative or not a finite number.
package func modelUtility(_ components: UtilityComponents) -> Double? {
    harmonicMean(
        components.retain.values + components.realAuthors.values + components.worldFacts.values)
}

/// `n / sum(1 / x)`, and 0 if any x is 0.
/// - Returns: nil without values, and with one that is negative or not a finite number.
package func harmonicMean(_ values: [Double]) -> Double? {
    guard !values.isEmpty, values.allSatisfy({ $0.isFinite && $0 >= 0 }) else { return nil }
    guard !values.contains(0) else { return 0 }
    return Double(values.count) / values.reduce(0) { $0 + 1 / $1 }
}

/// The right answer's share of the probability of all offered answers, as TOFU and open-unlearning
/// compute it for real authors and world facts: `p / (p + sum_i q_i + epsilon)`, every probability
/// length-normalised (the paper writes them without normalising; the published numbers have it).
/// - Parameters:
///   - losses: mean negative log-likelihoods, nats per token.
///   - epsilon: open-unlearning's by default; TOFU has none.
/// - Returns: nil without a wrong answer, with a loss that is not finite, and where all probabilities
///   are 0 to double precision.
package func choiceProbability(
    _ losses: AnswerLosses, epsilon: Double = openUnlearningEpsilon
) -> Double? {
    guard losses.isUsable else { return nil }
    let correct = probability([-losses.correct]) ?? 0
    let total = losses.wrong.reduce(correct) { $0 + (probability([-$1]) ?? 0) }
    return total > 0 ? correct / (total + epsilon) : nil
}
