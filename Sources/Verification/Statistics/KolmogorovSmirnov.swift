import Foundation

/// Two-sample, two-sided Kolmogorov-Smirnov test with its exact p-value.
///
/// ```
/// D = sup |F1 - F2|          right-continuous, so ties are passed before the difference is taken
/// g = gcd(m, n);  L = m n / g;  h = D L, an integer
/// m != n:  f(i,j) = 1 if |i n - j m| / g >= h, else (i f(i-1,j) + j f(i,j-1)) / (i + j);  p = f(m,n)
/// m == n:  p = 2 sum_{k >= 1} (-1)^(k+1) C(2n, n - k h) / C(2n, n)
/// ```
/// The p-value is the share of the orders of m + n distinct values that reach the distance. The recursion
/// adds positive terms only and the series begins with its largest, so the smallest tails keep full
/// precision. With ties the p-value is an upper bound, as in every implementation of the test.
///
/// Hodges 1958 (the recursion, as a share of paths); Gnedenko and Korolyuk 1951 (the series).
package struct KolmogorovSmirnovTest: Sendable, Equatable, Codable {
    package let firstCount: Int
    package let secondCount: Int
    /// D, 0 ... 1.
    package let statistic: Double
    package let pValue: Double

    /// Values a sample may have. The exact test takes time and memory by their product.
    package static let maximumCount = 10_000

    /// - Returns: nil for an empty sample, for one of more than `maximumCount` values, and for one with
    ///   a value that is not a finite number.
    package init?(_ first: [Double], _ second: [Double]) {
        guard (1...Self.maximumCount).contains(first.count),
            (1...Self.maximumCount).contains(second.count),
            first.allSatisfy(\.isFinite), second.allSatisfy(\.isFinite)
        else { return nil }
        let (a, b) = (first.sorted(), second.sorted())
        let (m, n) = (a.count, b.count)
        var (i, j, largest) = (0, 0, 0)
        while i < m, j < n {
            let value = min(a[i], b[j])
            while i < m, a[i] == value { i += 1 }
            while j < n, b[j] == value { j += 1 }
            largest = max(largest, abs(i * n - j * m))
        }
        let distance = largest / greatestCommonDivisor(m, n)
        firstCount = m
        secondCount = n
        statistic = Double(largest) / Double(m * n)
        pValue = Self.tail(m, n, distance: distance)
    }

    /// The chance of a distance of at least `distance / lcm(m, n)` between samples of m and n values
    /// from one distribution.
    /// - Parameters:
    ///   - m: 1 ... `maximumCount`
    ///   - n: 1 ... `maximumCount`
    ///   - distance: h above, 0 ... lcm(m, n).
    package static func tail(_ m: Int, _ n: Int, distance h: Int) -> Double {
        guard h > 0 else { return 1 }
        return m == n ? equalTail(n, h) : unequalTail(min(m, n), max(m, n), h)
    }

    private static func equalTail(_ n: Int, _ h: Int) -> Double {
        var (sum, term, sign) = (0.0, 1.0, 1.0)
        for k in stride(from: h, through: n, by: h) {
            // C(2n, n - k) from C(2n, n - k + h), over C(2n, n).
            for j in k - h..<k { term *= Double(n - j) / Double(n + j + 1) }
            sum += sign * term
            sign = -sign
        }
        return min(1, 2 * sum)
    }

    private static func unequalTail(_ m: Int, _ n: Int, _ h: Int) -> Double {
        let reach = h * greatestCommonDivisor(m, n)
        // Row i of f, j in 0 ... n.
        var row = (0...n).map { $0 * m >= reach ? 1.0 : 0.0 }
        for i in 1...m {
            row[0] = i * n >= reach ? 1 : row[0]
            for j in 1...n {
                row[j] =
                    abs(i * n - j * m) >= reach
                    ? 1 : (Double(i) * row[j] + Double(j) * row[j - 1]) / Double(i + j)
            }
        }
        return row[n]
    }

    /// No less than the true distance of the two distributions, at this confidence: both empirical
    /// distributions lie close to theirs (Dvoretzky, Kiefer and Wolfowitz 1956 with Massart's constant,
    /// half of the error for each). At most 1.
    package func upperBound(confidence: Double) -> Double {
        let each = (1 - confidence) / 2
        let radius = [firstCount, secondCount].reduce(0) {
            $0 + (log(2 / each) / (2 * Double($1))).squareRoot()
        }
        return min(1, statistic + radius)
    }

    /// The largest statistic whose p-value lies above `significance`: what the test cannot see with so
    /// many values.
    /// - Returns: nil where m and n differ and their product exceeds 10^6, where it would take long.
    package static func largestPassingStatistic(
        _ m: Int, _ n: Int, significance: Double
    ) -> Double? {
        guard m > 0, n > 0, max(m, n) <= maximumCount, m == n || m * n <= 1_000_000 else {
            return nil
        }
        let whole = m / greatestCommonDivisor(m, n) * n
        var (passing, rejected) = (0, whole + 1)
        while rejected - passing > 1 {
            let middle = (passing + rejected) / 2
            if tail(m, n, distance: middle) > significance {
                passing = middle
            } else {
                rejected = middle
            }
        }
        // Not every multiple of 1 / L is a distance that occurs: down to one that is.
        return Double(largestReachable(m, n, atMost: passing)) / Double(whole)
    }

    private static func largestReachable(_ m: Int, _ n: Int, atMost limit: Int) -> Int {
        if m == n { return limit }
        let divisor = greatestCommonDivisor(m, n)
        var largest = 0
        for i in 0...m {
            for j in 0...n {
                let distance = abs(i * n - j * m) / divisor
                if distance <= limit { largest = max(largest, distance) }
            }
        }
        return largest
    }
}

private func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
    b == 0 ? a : greatestCommonDivisor(b, a % b)
}
