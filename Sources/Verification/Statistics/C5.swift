import Domain

/// The outcome of C5, the exact, two-sided, whole-person permutation test: are a person's true values
/// as likely to the model as those of k twins it never saw?
///
/// ```
/// z[v][j] = (a[v][j] - mean) / sd       mean and population sd over all k + 1, the true one included
/// F[f][j] = sum of z[v][j] over the occurrences v of field f
/// S[j] = sum_f F[f][j];  N[j] = min_f F[f][j];  X[j] = max_f F[f][j]
/// ```
/// Under "never seen" the true candidate is exchangeable with the others, so each p-value is exact.
package struct C5Statistics: Sendable, Equatable {
    /// S, N and X of candidate 0 (the true values) and 1 ... k (the twins).
    package let sums: [Double]
    package let minima: [Double]
    package let maxima: [Double]
    /// F of each field, by candidate; empty for persons pooled.
    package var fieldSums: [String: [Double]] = [:]

    package var twinCount: Int { sums.count - 1 }
    /// Small when the person is still known as a whole.
    package var low: CountedPValue { atMost(sums) }
    /// Small when the person was pushed below everybody, itself a give-away.
    package var high: CountedPValue { atLeast(sums) }
    /// Small when one field is still known.
    package var lowest: CountedPValue { atMost(minima) }
    /// Small when one field was over-forgotten.
    package var highest: CountedPValue { atLeast(maxima) }

    private func atMost(_ values: [Double]) -> CountedPValue {
        let count = values.dropFirst().count { $0 <= values[0] }
        return CountedPValue(othersAtLeastAsExtreme: count, others: values.count - 1)
    }

    private func atLeast(_ values: [Double]) -> CountedPValue {
        let count = values.dropFirst().count { $0 >= values[0] }
        return CountedPValue(othersAtLeastAsExtreme: count, others: values.count - 1)
    }
}

/// Computes C5.
///
/// - Parameters:
///   - a: `[occurrence][0...k]`: mean negative log-likelihood per token, nats, of the true value's
///     tokens at index 0 and of the twins' at 1 ... k.
///   - fields: the field of each occurrence.
/// - Throws: `too-few-twins` below k = 79, where no p-value can reach .05 / 4; `degenerate-scores` if
///   there is no occurrence, the shape is wrong, a value is not finite or a row does not vary.
package func c5(_ a: [[Double]], fields: [String]) throws -> C5Statistics {
    guard let width = a.first?.count, a.count == fields.count,
        a.allSatisfy({ $0.count == width })
    else {
        throw VerificationError(
            .degenerateScores, "The permutation test needs one score per occurrence and candidate.")
    }
    guard width - 1 >= GatePolicy.minimumTwinCount else {
        throw VerificationError(
            .tooFewTwins,
            "The permutation test has \(max(0, width - 1)) twins; fewer than "
                + "\(GatePolicy.minimumTwinCount) cannot tell a person who is still known.",
            remedy: "Add persons to the corpus of twins.")
    }
    var sumsByField: [String: [Double]] = [:]
    for (row, field) in zip(a, fields) {
        let z = try standardized(row)
        let sum = sumsByField[field] ?? Array(repeating: 0, count: width)
        sumsByField[field] = zip(sum, z).map(+)
    }
    let ordered = sumsByField.sorted { $0.key < $1.key }.map(\.value)
    return C5Statistics(
        sums: (0..<width).map { j in ordered.reduce(0) { $0 + $1[j] } },
        minima: (0..<width).map { j in ordered.reduce(.infinity) { min($0, $1[j]) } },
        maxima: (0..<width).map { j in ordered.reduce(-.infinity) { max($0, $1[j]) } },
        fieldSums: sumsByField)
}

private func standardized(_ row: [Double]) throws -> [Double] {
    guard row.allSatisfy(\.isFinite) else {
        throw VerificationError(
            .degenerateScores, "The model's scores are not finite numbers.")
    }
    let count = Double(row.count)
    let mean = row.reduce(0, +) / count
    let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
    let deviation = variance.squareRoot()
    // Rounding leaves about 1e-16 of the mean where all scores are equal.
    guard deviation.isFinite, deviation > 1e-12 * max(1, abs(mean)) else {
        throw VerificationError(
            .degenerateScores, "The model scores all candidates alike, so they cannot be ranked.")
    }
    return row.map { ($0 - mean) / deviation }
}

/// C5 pooled over the persons of one deletion: residues too small to show in one person add up.
///
/// Draws one twin per person and compares the sum of S, the minimum of N and the maximum of X with
/// those of the true values.
/// - Parameter drawCount: seeded Monte-Carlo draws, 2000 or more.
/// - Returns: candidate 0 is the group as it is, the others are the draws.
package func pooledC5(
    _ persons: [C5Statistics], drawCount: Int, generator: inout some RandomNumberGenerator
) -> C5Statistics {
    var sums = [persons.reduce(0) { $0 + $1.sums[0] }]
    var minima = [persons.reduce(.infinity) { min($0, $1.minima[0]) }]
    var maxima = [persons.reduce(-.infinity) { max($0, $1.maxima[0]) }]
    for _ in 0..<drawCount {
        var (sum, low, high) = (0.0, Double.infinity, -Double.infinity)
        for person in persons {
            let twin = Int.random(in: 1...person.twinCount, using: &generator)
            sum += person.sums[twin]
            low = min(low, person.minima[twin])
            high = max(high, person.maxima[twin])
        }
        sums.append(sum)
        minima.append(low)
        maxima.append(high)
    }
    return C5Statistics(sums: sums, minima: minima, maxima: maxima)
}
