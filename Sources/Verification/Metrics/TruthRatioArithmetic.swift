import Foundation

extension Metric {
    package static let truthRatioArithmetic = Metric(
        id: "truth-ratio-arithmetic",
        title: "Wrong answers' mean probability over the right answer's",
        range: "0 ..., below 1 = the right answer is preferred; a set's value is 0 ... 1, for "
            + "retained questions true-better (higher = known), for forgotten ones closer-to-one",
        source: "Maini et al. 2024 (TOFU), arXiv 2401.06121, equation 1: arithmetic mean of the "
            + "length-normalised probabilities; also in TOFU's get_model_utility")
}

/// `R = (1/K) sum_i exp(-wrong_i) / exp(-correct)`, the form of TOFU's paper.
/// - Returns: 0 or more; nil without a wrong answer, with a loss that is not finite, and where the
///   ratio overflows.
package func truthRatioArithmetic(_ losses: AnswerLosses) -> Double? {
    guard losses.isUsable, let least = losses.wrong.min() else { return nil }
    // The likeliest wrong answer is taken out of the sum, so that no term of it underflows alone.
    let sum = losses.wrong.reduce(0) { $0 + exp(least - $1) }
    return (exp(losses.correct - least) * sum / Double(losses.wrong.count)).ifFinite
}
