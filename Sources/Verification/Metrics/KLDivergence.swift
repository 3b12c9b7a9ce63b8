extension Metric {
    package static let klDivergence = Metric(
        id: "kl-divergence",
        title: "How far the model's next-token distributions are from the reference's",
        range: "0 ... nats, 0 = equal",
        source: "Kullback and Leibler 1951: KL(reference || model), mean over the tokens of the "
            + "answers, end token included")
}

/// `KL(reference || model)` at one position, nats.
/// - Parameters: natural logarithms of the probabilities, one for each token of the vocabulary.
/// - Returns: nil if the lengths differ, with NaN, and where the model gives no probability to a token
///   to which the reference gives some.
package func klDivergence<Scalar: BinaryFloatingPoint>(
    reference: some Collection<Scalar>, model: some Collection<Scalar>
) -> Double? {
    divergence(from: reference, to: model)
}
