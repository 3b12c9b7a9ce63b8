import Foundation

extension Metric {
    package static let truthRatioProbability = Metric(
        id: "truth-ratio-probability",
        title: "The right answer's share of the probability of right and wrong answers",
        range: "0 ... 1, higher = better known; a set's value is the mean",
        source:
            "open-unlearning, arXiv 2506.12618: c / (c + w + 1e-10) with w the geometric mean of "
            + "the wrong answers' probabilities; without the 1e-10 it is 1 / (1 + R) of the "
            + "geometric ratio R")
}

/// `c / (c + w + epsilon)` with `c = exp(-correct)` and `w = exp(-mean_i wrong_i)`.
/// - Parameter epsilon: open-unlearning's by default; 0 for the plain share.
/// - Returns: 0 ... 1; nil without a wrong answer, with a loss that is not finite, and where all
///   probabilities are 0 to double precision.
package func truthRatioProbability(
    _ losses: AnswerLosses, epsilon: Double = openUnlearningEpsilon
) -> Double? {
    guard losses.isUsable else { return nil }
    let correct = exp(-losses.correct)
    let wrong = exp(-losses.wrong.reduce(0, +) / Double(losses.wrong.count))
    guard correct + wrong > 0 else { return nil }
    return correct / (correct + wrong + epsilon)
}
