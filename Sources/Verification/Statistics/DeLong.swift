import Foundation

// DeLong, DeLong & Clarke-Pearson 1988, Biometrics 44:837; placements by sorting as in Sun & Xu 2014,
// IEEE Signal Processing Letters 21:1389. With m members x, n non-members y and
// psi = 1 for x > y, 1/2 for x = y:
//   V10(i) = mean over y of psi(x_i, y),  V01(j) = mean over x of psi(x, y_j)
//   variance = var(V10)/m + var(V01)/n,   interval = area +- z sqrt(variance), cut to [0, 1]

/// The area under the ROC curve with the variance DeLong's method gives it.
package struct DeLongArea: Sendable, Equatable {
    package let area: Double
    package let variance: Double

    /// Scores are taken as independent of each other; those of one person's records are not, so the
    /// interval is too narrow for them (`bootstrapAreaInterval` resamples persons).
    /// - Returns: nil with fewer than two scores on a side or with one that is not a number.
    package init?(members: [Double], nonMembers: [Double]) {
        guard members.count >= 2, nonMembers.count >= 2, !members.contains(where: \.isNaN),
            !nonMembers.contains(where: \.isNaN)
        else { return nil }
        let wins = placements(of: members, among: nonMembers)
        let losses = placements(of: nonMembers, among: members).map { 1 - $0 }
        area = wins.reduce(0, +) / Double(wins.count)
        variance =
            sampleVariance(wins) / Double(wins.count)
            + sampleVariance(losses) / Double(losses.count)
    }

    /// - Parameter confidence: in (0, 1).
    /// - Returns: nil where the variance is 0, as it is when all members lie on one side of all
    ///   non-members: an interval of no width would claim a certainty that is not there.
    package func interval(confidence: Double = 0.95) -> ClosedRange<Double>? {
        guard variance > 0 else { return nil }
        let reach = normalQuantile(1 - (1 - confidence) / 2) * variance.squareRoot()
        return max(0, area - reach)...min(1, area + reach)
    }
}

/// For each score the share of the others below it, ties half.
private func placements(of scores: [Double], among others: [Double]) -> [Double] {
    let sorted = others.sorted()
    return scores.map { score in
        let below = partition(sorted) { $0 < score }
        let notAbove = partition(sorted) { $0 <= score }
        return (Double(below) + Double(notAbove - below) / 2) / Double(sorted.count)
    }
}

/// Unbiased; of two values or more.
private func sampleVariance(_ values: [Double]) -> Double {
    let mean = values.reduce(0, +) / Double(values.count)
    return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)
}
