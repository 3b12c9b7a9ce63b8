import Foundation

/// Cumulative distribution of the standard normal distribution.
package func normalDistribution(_ x: Double) -> Double { erfc(-x / 2.0.squareRoot()) / 2 }

/// The x below which a standard normal variable lies with this probability, by bisection to the last
/// bit.
/// - Parameter probability: in (0, 1); infinite at the ends, not a number outside.
package func normalQuantile(_ probability: Double) -> Double {
    guard probability > 0, probability < 1 else {
        return probability == 0 ? -.infinity : probability == 1 ? .infinity : .nan
    }
    // Near 1 the distribution has no bits left to tell values apart; near 0 it has.
    if probability > 0.5 { return -normalQuantile(1 - probability) }
    var (low, high) = (-39.0, 0.0)
    for _ in 0..<1100 {
        let middle = (low + high) / 2
        if middle <= low || middle >= high { break }
        if normalDistribution(middle) < probability { low = middle } else { high = middle }
    }
    return (low + high) / 2
}
