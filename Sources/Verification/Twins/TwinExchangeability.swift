import Domain
import TensorCore

/// Whether true values of people who were never trained on look like twins' values to a model.
///
/// `scores[c][j]` is a statistic of control person c, of the true values at j = 0 and of the twins
/// at j = 1 ... k, low where the model finds them likely.
///
/// ```
/// u[c] = (#{j >= 1: s[j] > s[0]} + #{j >= 1: s[j] = s[0]} / 2) / k
/// area = mean of u over the n controls    1/2: not told apart; above: true ones are likelier
/// interval = area +- z_.95 max(sd(u), 12^-1/2) / n^1/2
/// ```
/// 12^-1/2 is the standard deviation that u has without any difference, so that ranks which happen
/// to lie close together never make the interval narrower than that.
package struct TwinExchangeability: Sendable, Equatable {
    package let controlCount: Int
    package let area: Double
    /// 90 %, so that each end errs in one case of twenty. Not cut to [0, 1].
    package let interval: ClosedRange<Double>
    /// Kolmogorov-Smirnov distance of the ranks of the true values from even spread, and its
    /// p-value by seeded draws of one candidate a control, all k + 1 alike: exact where nothing
    /// tells them apart.
    package let ranks: CountedPValue
    package let distance: Double

    package static let drawCount = 1999

    /// - Parameter scores: one row a control, each of two candidates or more.
    /// - Returns: nil for fewer than two controls, a row that is too short, or scores that are not
    ///   finite.
    package init?(_ scores: [[Double]], generator: inout RandomNumbers) {
        guard scores.count >= 2,
            scores.allSatisfy({ $0.count >= 2 && $0.allSatisfy(\.isFinite) })
        else { return nil }
        let wins = scores.map { row in
            row.dropFirst().reduce(0.0) { $0 + ($1 > row[0] ? 1 : $1 == row[0] ? 0.5 : 0) }
                / Double(row.count - 1)
        }
        let count = Double(wins.count)
        let area = wins.reduce(0, +) / count
        let variance = wins.reduce(0) { $0 + ($1 - area) * ($1 - area) } / (count - 1)
        let reach = normalQuantile(0.95) * (max(variance, 1.0 / 12) / count).squareRoot()
        let places = scores.map(Self.places)
        let distance = Self.distanceFromEven(places.map { $0[0] })
        var beyond = 0
        for _ in 0..<Self.drawCount {
            let drawn = places.map { $0[generator.integer(below: $0.count)] }
            // Sums of the same terms may differ in the last bit.
            if Self.distanceFromEven(drawn) >= distance - 1e-12 { beyond += 1 }
        }
        controlCount = wins.count
        self.area = area
        interval = area - reach...area + reach
        ranks = CountedPValue(othersAtLeastAsExtreme: beyond, others: Self.drawCount)
        self.distance = distance
    }

    /// How far from 1/2 the area may still be.
    package var largestShift: Double { max(0.5 - interval.lowerBound, interval.upperBound - 0.5) }

    /// For each candidate (rank - 1/2) / (k + 1), equal ones in the middle of theirs.
    private static func places(_ row: [Double]) -> [Double] {
        let sorted = row.sorted()
        return row.map { value in
            let below = partition(sorted) { $0 < value }
            let notAbove = partition(sorted) { $0 <= value }
            return Double(below + notAbove) / 2 / Double(row.count)
        }
    }

    private static func distanceFromEven(_ places: [Double]) -> Double {
        let count = Double(places.count)
        return places.sorted().enumerated().reduce(0) { largest, item in
            let (index, place) = (Double(item.offset), item.element)
            return max(largest, place - index / count, (index + 1) / count - place)
        }
    }
}

/// How large a shift between true and generated values may be, as a distance of the area from 1/2.
package enum TwinShift {
    /// Over all fields together, for one person: an area of .65. A residue of .68 is what the test
    /// of one person misses most of the time anyway (`Documentation/Gate.md`), so a shift that
    /// could hide one must stay below.
    package static let ofWhole = 0.15
    /// Of a single field or of the tails.
    package static let ofField = 0.2

    /// For a deletion of several persons. Their pooled sum adds the shifts up while the spread
    /// grows by the square root only: `normal(normal^-1(1/2 + shift) / m^1/2) - 1/2` keeps the
    /// pooled shift at that of one person, if both are normal.
    package static func allowed(_ shift: Double, personCount: Int) -> Double {
        let deviations = normalQuantile(0.5 + shift) / Double(max(1, personCount)).squareRoot()
        return normalDistribution(deviations) - 0.5
    }
}
