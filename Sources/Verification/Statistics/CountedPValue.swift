import Domain

/// A p-value of a permutation test, kept as the two counts it is made of, so that comparing it with a
/// threshold does not depend on rounding.
package struct CountedPValue: Sendable, Equatable {
    /// 1 + the number of candidates at least as extreme as the true one.
    package let extremeCount: Int
    /// k + 1: the candidates and the true one.
    package let totalCount: Int

    /// - Parameter othersAtLeastAsExtreme: 0 ... others
    package init(othersAtLeastAsExtreme: Int, others: Int) {
        extremeCount = 1 + othersAtLeastAsExtreme
        totalCount = others + 1
    }

    package var value: Double { Double(extremeCount) / Double(totalCount) }

    /// The largest count that still fails at `share`: floor(share (k + 1)). At 0 the test cannot fail
    /// whatever the model says, so it must not be counted as passed.
    package func largestFailingCount(share: Double) -> Int {
        Int((share * Double(totalCount) + 1e-9).rounded(.down))
    }

    /// Whether the test rejects "never seen" at `share`.
    package func rejects(share: Double) -> Bool {
        extremeCount <= largestFailingCount(share: share)
    }

    /// The p-value against its effective threshold floor(share (k+1)) / (k+1): it must lie above.
    ///
    /// The interval is that of the share of candidates at least as extreme, Clopper-Pearson, 95 %.
    /// With too few candidates the value is nil, and the note says how many are needed.
    package func measurement(_ name: String, share: Double) -> Measurement {
        let allowed = largestFailingCount(share: share)
        guard allowed >= 1 else {
            return Measurement(
                name, nil, threshold: share, direction: .above,
                note: "\(totalCount - 1) comparisons cannot reach the threshold; at least "
                    + "\(GatePolicy.smallestTwinCount(threshold: share)) are needed")
        }
        return Measurement(
            name, value, threshold: Double(allowed) / Double(totalCount), direction: .above,
            interval: clopperPearsonInterval(
                successes: extremeCount - 1, trials: totalCount - 1),
            intervalKind: "95 % Clopper-Pearson of the share of candidates at least as extreme")
    }

    /// The same as information, without a threshold.
    package func information(_ name: String, note: String? = nil) -> Measurement {
        Measurement(
            name, value,
            interval: clopperPearsonInterval(
                successes: extremeCount - 1, trials: totalCount - 1),
            intervalKind: "95 % Clopper-Pearson of the share of candidates at least as extreme",
            note: note)
    }
}
