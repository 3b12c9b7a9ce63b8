import Foundation

extension Metric {
    package static let jsDivergence = Metric(
        id: "js-divergence",
        title: "How different the model's and the reference's next-token distributions are",
        range: "0 ... ln 2 = 0.693 nats, 0 = equal",
        source:
            "Lin 1991: mean of KL to the middle distribution from both sides, in nats; mean over "
            + "the tokens of the answers, end token included; used as in Chundawat et al. 2023, "
            + "arXiv 2205.08096")
}

/// `(KL(p || m) + KL(q || m)) / 2` with `m = (p + q) / 2` at one position, nats; 0 ... ln 2.
/// - Parameters: natural logarithms of the probabilities, one for each token of the vocabulary.
/// - Returns: nil if the lengths differ and with NaN.
package func jsDivergence<Scalar: BinaryFloatingPoint>(
    _ p: some Collection<Scalar>, _ q: some Collection<Scalar>
) -> Double? {
    guard p.count == q.count, !p.isEmpty else { return nil }
    var sum = 0.0
    for (p, q) in zip(p, q) {
        let (p, q) = (Double(p), Double(q))
        guard !p.isNaN, !q.isNaN else { return nil }
        let top = max(p, q)
        if top == -.infinity { continue }
        let middle = top + log((exp(p - top) + exp(q - top)) / 2)
        if p > -.infinity { sum += exp(p) * (p - middle) / 2 }
        if q > -.infinity { sum += exp(q) * (q - middle) / 2 }
    }
    return sum.isFinite ? min(max(0, sum), log(2)) : nil
}
