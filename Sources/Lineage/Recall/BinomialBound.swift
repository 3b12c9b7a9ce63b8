import Foundation

/// Exact one-sided bounds of a proportion (Clopper and Pearson 1934).
enum BinomialBound {
    /// The smallest proportion under which so many successes or more still have a probability of
    /// 1 - confidence: with that confidence, the true proportion is not below it.
    /// - Parameters: successes in 0 ... trials; confidence in (0, 1). Without trials it is 0.
    static func lower(successes: Int, trials: Int, confidence: Double = 0.95) -> Double {
        guard trials > 0, successes > 0 else { return 0 }
        var (low, high) = (0.0, 1.0)
        for _ in 0..<100 {
            let middle = (low + high) / 2
            // At least so many successes are at most so many failures.
            let tail = atMost(trials - successes, of: trials, probability: 1 - middle)
            if tail < 1 - confidence { low = middle } else { high = middle }
        }
        return low
    }

    /// The largest proportion under which so few successes still have that probability.
    static func upper(successes: Int, trials: Int, confidence: Double = 0.95) -> Double {
        guard trials > 0 else { return 1 }
        return 1 - lower(successes: trials - successes, trials: trials, confidence: confidence)
    }

    /// The probability of at most `count` events in `trials`. Terms are summed from their
    /// logarithms, so that none underflows before the sum does.
    private static func atMost(_ count: Int, of trials: Int, probability: Double) -> Double {
        guard count < trials else { return 1 }
        guard probability > 0 else { return 1 }
        guard probability < 1 else { return 0 }
        let odds = log(probability) - log1p(-probability)
        var term = Double(trials) * log1p(-probability)
        var sum = exp(term)
        for index in 0..<count {
            term += log(Double(trials - index)) - log(Double(index + 1)) + odds
            sum += exp(term)
        }
        return min(1, sum)
    }
}
