import Foundation

extension Metric {
    package static let truthRatioGeometric = Metric(
        id: "truth-ratio-geometric",
        title: "Wrong answers' geometric mean probability over the right answer's",
        range: "0 ..., below 1 = the right answer is preferred; a set's value is 0 ... 1, for "
            + "retained questions true-better (higher = known), for forgotten ones closer-to-one",
        source:
            "open-unlearning, arXiv 2506.12618, and the aggregation script of TOFU; differs from "
            + "the arithmetic mean of TOFU's paper; 1e-10 is added to the denominator")
}

/// `R = exp(-mean_i wrong_i) / (exp(-correct) + epsilon)`, the form of open-unlearning.
/// - Parameter epsilon: open-unlearning's by default; 0 for the plain ratio.
/// - Returns: 0 or more; nil without a wrong answer, with a loss that is not finite, and where the
///   ratio overflows.
package func truthRatioGeometric(
    _ losses: AnswerLosses, epsilon: Double = openUnlearningEpsilon
) -> Double? {
    guard losses.isUsable else { return nil }
    let meanWrong = losses.wrong.reduce(0, +) / Double(losses.wrong.count)
    return (exp(-meanWrong) / (exp(-losses.correct) + epsilon)).ifFinite
}
