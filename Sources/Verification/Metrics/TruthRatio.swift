import Foundation

/// How likely a question's answers are to a model: what every form of the truth ratio starts from.
package struct AnswerLosses: Sendable, Equatable {
    /// Mean negative log-likelihood of the paraphrased correct answer, nats per token.
    package let correct: Double
    /// The same of each wrong answer, 1 or more.
    package let wrong: [Double]

    package init(correct: Double, wrong: [Double]) {
        self.correct = correct
        self.wrong = wrong
    }

    var isUsable: Bool { !wrong.isEmpty && (wrong + [correct]).allSatisfy(\.isFinite) }
}

/// What open-unlearning adds to a denominator so that it is never 0. It moves a ratio in the tenth
/// digit, so numbers that are to agree further with published ones need it.
package let openUnlearningEpsilon = 1e-10

/// How the truth ratios of a set of questions become one number.
package enum TruthRatioAggregate: String, Sendable, Codable, CaseIterable {
    /// For what should be known: `mean max(0, 1 - R)`. 0 ... 1, higher = better known.
    case trueBetter = "true-better"
    /// For what should be forgotten: `mean min(R, 1 / (R + epsilon))`. 0 ... 1, 1 = right and wrong
    /// answers are as likely.
    case closerToOne = "closer-to-one"

    /// - Parameters:
    ///   - ratios: arithmetic or geometric, 0 or more; wrong over right.
    ///   - epsilon: open-unlearning's by default; 0 is TOFU's own form.
    /// - Returns: nil without ratios, and with one that is negative or not a finite number.
    package func value(of ratios: [Double], epsilon: Double = openUnlearningEpsilon) -> Double? {
        guard !ratios.isEmpty, ratios.allSatisfy({ $0.isFinite && $0 >= 0 }) else { return nil }
        let sum = ratios.reduce(0) { sum, ratio in
            switch self {
            case .trueBetter: sum + max(0, 1 - ratio)
            case .closerToOne: sum + min(ratio, 1 / (ratio + epsilon))
            }
        }
        return sum / Double(ratios.count)
    }
}

extension Double {
    /// Nil in place of what is not a finite number.
    var ifFinite: Double? { isFinite ? self : nil }
}
