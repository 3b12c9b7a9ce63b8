import Foundation

extension Metric {
    package static let forgetQuality = Metric(
        id: "forget-quality",
        title: "Could the model's truth ratios come from a model trained without the data?",
        range: "p-value, 0 ... 1; low = they differ. A high one is no proof of equality: see the "
            + "largest statistic that would still pass",
        source:
            "Maini et al. 2024 (TOFU), arXiv 2401.06121: two-sample Kolmogorov-Smirnov test, exact "
            + "at every size (the asymptotic form is wrong in the third digit and 0 in the tail); the "
            + "same for every monotone form of the truth ratio")
}

/// Forget quality with what is needed to judge it: a p-value alone says nothing about how far apart two
/// models are, and with few questions even an untouched model passes.
package struct ForgetQuality: Sendable, Equatable, Codable {
    package let test: KolmogorovSmirnovTest
    /// Cliff's delta: the chance that a question's ratio is larger in the model than in the reference,
    /// minus the opposite. -1 ... 1, 0 = neither.
    package let effectSize: Double
    /// No less than the true distance of the distributions, with 95 % confidence.
    package let statisticUpperBound: Double
    /// The largest statistic that has p > .05 with so many questions; nil where it takes too long to
    /// compute. The further above 0, the less a pass means.
    package let largestPassingStatistic: Double?

    /// - Parameters:
    ///   - ratios: truth ratios of the forgotten questions under the model, in any one form.
    ///   - reference: the same under a model trained without them.
    /// - Returns: nil without ratios on either side, with one that is not a finite number, and with
    ///   more than the exact test is computed for.
    package init?(ratios: [Double], reference: [Double]) {
        guard let test = KolmogorovSmirnovTest(ratios, reference),
            let area = areaUnderCurve(members: ratios, nonMembers: reference)
        else { return nil }
        self.test = test
        effectSize = 2 * area - 1
        statisticUpperBound = test.upperBound(confidence: 0.95)
        largestPassingStatistic = KolmogorovSmirnovTest.largestPassingStatistic(
            ratios.count, reference.count, significance: 0.05)
    }

    package var pValue: Double { test.pValue }
}
