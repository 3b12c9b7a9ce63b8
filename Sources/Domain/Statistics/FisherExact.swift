import Foundation

/// The one-sided exact test of Fisher (1935) for two proportions: how likely it is that at least so many
/// of all successes fall into the first sample, if both samples have the same rate.
///
/// ```
/// p = sum_{k >= successes} C(trials, k) C(otherTrials, s - k) / C(trials + otherTrials, s)
/// s = successes + otherSuccesses
/// ```
/// - Parameters: successes in 0 ... trials, otherSuccesses in 0 ... otherTrials.
/// - Returns: in (0, 1]; 1 where nothing succeeded.
package func fisherExactPValue(
    successes: Int, trials: Int, otherSuccesses: Int, otherTrials: Int
) -> Double {
    let all = successes + otherSuccesses
    let largest = min(trials, all)
    guard successes <= largest else { return 1 }
    let whole = logChoose(trials + otherTrials, all)
    let sum = (successes...largest).reduce(0.0) { sum, count in
        sum
            + exp(
                logChoose(trials, count) + logChoose(otherTrials, all - count) - whole)
    }
    return min(1, sum)
}

/// Natural logarithm of a binomial coefficient; minus infinity where it is 0.
private func logChoose(_ n: Int, _ k: Int) -> Double {
    guard (0...max(0, n)).contains(k) else { return -.infinity }
    // logGamma is off by some 1e-15 at 1 and 2, where the coefficient is exactly 1.
    if k == 0 || k == n { return 0 }
    return logGamma(Double(n + 1)) - logGamma(Double(k + 1)) - logGamma(Double(n - k + 1))
}
