/// The exact (Clopper-Pearson 1934) confidence interval of a proportion.
/// - Parameters: successes in 0 ... trials; confidence in (0, 1). Without trials it is [0, 1].
package func clopperPearsonInterval(
    successes: Int, trials: Int, confidence: Double = 0.95
) -> ClosedRange<Double> {
    guard trials > 0 else { return 0...1 }
    let tail = (1 - confidence) / 2
    let (x, n) = (Double(successes), Double(trials))
    let lower = successes == 0 ? 0 : betaQuantile(tail, x, n - x + 1)
    let upper = successes == trials ? 1 : betaQuantile(1 - tail, x + 1, n - x)
    return lower...upper
}

/// The exact one-sided lower bound of a proportion: the smallest one under which so many successes
/// or more still have a probability of 1 - confidence.
/// - Parameters: successes in 0 ... trials; confidence in (0, 1). Without trials it is 0.
package func clopperPearsonLowerBound(
    successes: Int, trials: Int, confidence: Double = 0.95
) -> Double {
    clopperPearsonInterval(
        successes: successes, trials: trials, confidence: 2 * confidence - 1
    ).lowerBound
}

/// The exact one-sided upper bound of a proportion: the largest one under which so few successes
/// still have that probability.
/// - Parameters: successes in 0 ... trials; confidence in (0, 1). Without trials it is 1.
package func clopperPearsonUpperBound(
    successes: Int, trials: Int, confidence: Double = 0.95
) -> Double {
    clopperPearsonInterval(
        successes: successes, trials: trials, confidence: 2 * confidence - 1
    ).upperBound
}
