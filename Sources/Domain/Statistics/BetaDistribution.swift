import Foundation

/// Natural logarithm of the gamma function for x > 0, relative error below 1e-14.
/// Lanczos approximation, g = 7, nine coefficients (Godfrey 2001).
func logGamma(_ x: Double) -> Double {
    let coefficients = [
        0.999_999_999_999_809_93, 676.520_368_121_885_1, -1259.139_216_722_402_8,
        771.323_428_777_653_13, -176.615_029_162_140_59, 12.507_343_278_686_905,
        -0.138_571_095_265_720_12, 9.984_369_578_019_571_6e-6, 1.505_632_735_149_311_6e-7,
    ]
    if x < 0.5 { return log(.pi / sin(.pi * x)) - logGamma(1 - x) }
    let y = x - 1
    var sum = coefficients[0]
    for index in 1..<coefficients.count { sum += coefficients[index] / (y + Double(index)) }
    let t = y + 7.5
    return 0.5 * log(2 * .pi) + (y + 0.5) * log(t) - t + log(sum)
}

/// Regularised incomplete beta function I_x(a, b): the cumulative distribution of Beta(a, b).
/// Continued fraction by the modified Lentz method (DLMF 8.17.22).
/// - Parameters: x in [0, 1]; a, b > 0.
package func regularizedBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
    guard x > 0 else { return 0 }
    guard x < 1 else { return 1 }
    if x > (a + 1) / (a + b + 2) { return 1 - regularizedBeta(1 - x, b, a) }
    let front = exp(
        logGamma(a + b) - logGamma(a) - logGamma(b) + a * log(x) + b * log1p(-x))
    let tiny = 1e-300
    func nonZero(_ value: Double) -> Double { abs(value) < tiny ? tiny : value }
    var c = 1.0
    var d = 1 / nonZero(1 - (a + b) * x / (a + 1))
    var fraction = d
    for step in 1...1000 {
        let m = Double(step)
        let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d = 1 / nonZero(1 + even * d)
        c = nonZero(1 + even / c)
        fraction *= d * c
        let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        d = 1 / nonZero(1 + odd * d)
        c = nonZero(1 + odd / c)
        let change = d * c
        fraction *= change
        if abs(change - 1) < 1e-16 { break }
    }
    return front * fraction / a
}

/// The x with I_x(a, b) = probability, by bisection to the last bit.
package func betaQuantile(_ probability: Double, _ a: Double, _ b: Double) -> Double {
    var (low, high) = (0.0, 1.0)
    for _ in 0..<1100 {
        let middle = (low + high) / 2
        if middle <= low || middle >= high { break }
        if regularizedBeta(middle, a, b) < probability { low = middle } else { high = middle }
    }
    return (low + high) / 2
}
