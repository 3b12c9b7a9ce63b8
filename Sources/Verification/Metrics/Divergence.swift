import Foundation

/// `sum p (log p - log q)` of two next-token distributions, nats; 0 or more.
///
/// Generic, so that a model's float32 rows need no copy; sums are in double precision.
/// - Parameters:
///   - p: natural logarithms of the first distribution's probabilities, one for each token.
///   - q: those of the second.
/// - Returns: nil if the lengths differ, with NaN, and where q is 0 and p is not.
package func divergence<Scalar: BinaryFloatingPoint>(
    from p: some Collection<Scalar>, to q: some Collection<Scalar>
) -> Double? {
    guard p.count == q.count, !p.isEmpty else { return nil }
    var sum = 0.0
    for (p, q) in zip(p, q) {
        let (p, q) = (Double(p), Double(q))
        // A token without probability adds nothing: the limit of p log p.
        if p == -.infinity, !q.isNaN { continue }
        sum += exp(p) * (p - q)
    }
    // Rounding may leave a hair below 0 for equal distributions.
    return sum.isFinite ? max(0, sum) : nil
}

/// Mean of a divergence over positions, and of how many.
package struct MeanDivergence: Sendable, Equatable {
    package private(set) var sum = 0.0
    package private(set) var positionCount = 0
    /// Positions at which it could not be computed; then there is no mean.
    package private(set) var failureCount = 0

    package init() {}

    package mutating func add(_ value: Double?) {
        positionCount += 1
        guard let value else {
            failureCount += 1
            return
        }
        sum += value
    }

    /// Nil without positions, and if it could not be computed at one of them.
    package var mean: Double? {
        positionCount > 0 && failureCount == 0 ? sum / Double(positionCount) : nil
    }
}
