extension C5Statistics {
    /// Small when the person is known as a whole or one field is.
    package var known: CountedPValue { pOfSmallerRank(sums, minima) }
}

/// One exact p-value from two statistics of the same candidates, small where candidate 0 is among the
/// lowest by either: the smaller of the two ranks is the statistic, and every candidate has one. It
/// spends one p-value where two would need twice the twins.
///
/// ```
/// r[j] = #{i: a[i] <= a[j]};  s[j] = #{i: b[i] <= b[j]};  T[j] = min(r[j], s[j])
/// p = #{j: T[j] <= T[0]} / (k + 1)
/// ```
/// - Parameters: one value for each of the k + 1 candidates, 1 or more.
package func pOfSmallerRank(_ a: [Double], _ b: [Double]) -> CountedPValue {
    func ranks(_ values: [Double]) -> [Int] {
        values.map { value in values.count { $0 <= value } }
    }
    let smaller = zip(ranks(a), ranks(b)).map { min($0, $1) }
    return CountedPValue(
        othersAtLeastAsExtreme: smaller.dropFirst().count { $0 <= smaller[0] },
        others: smaller.count - 1)
}
