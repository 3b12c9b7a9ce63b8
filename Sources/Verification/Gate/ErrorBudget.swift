import Domain

/// How the policy's alpha, the chance that a correct deletion fails by chance, is spent on the single
/// p-values. The shares add up to alpha (Bonferroni), so no dependence between the tests can exceed it.
struct ErrorBudget: Sendable, Equatable {
    /// Share of each gating p-value of `forget-values`.
    let values: Double
    /// Whether the two over-forgetting statistics gate in `forget-values`; in a group they gate in the
    /// pooled test, which otherwise would have no share.
    let gatesOverForgettingPerPerson: Bool
    /// Share of each of the four pooled p-values; nil for a single person.
    let group: Double?
    /// Share of each of the others: the six of tails (two), mismatch, loss, min-k and relearning, and one
    /// for each check that the policy requires beside them.
    let other: Double

    /// Share of each p-value in the controls on other persons. They judge the test and not the
    /// deletion, so they spend nothing of alpha and can do with the fewest twins there may be.
    let control: Double

    /// Share of each of the two p-values over persons deleted earlier. It is spent beside alpha, which is
    /// the chance that the deletion of the present persons fails: they would need more twins otherwise.
    let earlier: Double

    private static let otherCount = 6.0

    init(policy: GatePolicy, personCount: Int) {
        let forValues = policy.alpha * policy.valuesShare
        let pooled = personCount > 1
        values = forValues / 4
        gatesOverForgettingPerPerson = !pooled
        group = pooled ? forValues / 8 : nil
        let onRequest = GateCheck.run(by: policy).count { $0.isOnRequest }
        other = policy.alpha * (1 - policy.valuesShare) / (Self.otherCount + Double(onRequest))
        control = policy.alpha / 4
        earlier = policy.alpha / 20
    }

    /// The fewest twins with which every permutation test can reach its threshold.
    var neededTwinCount: Int {
        max(
            GatePolicy.minimumTwinCount,
            GatePolicy.smallestTwinCount(threshold: min(values, other)))
    }

    /// The same for the controls on other persons.
    var controlTwinCount: Int {
        max(GatePolicy.minimumTwinCount, GatePolicy.smallestTwinCount(threshold: control))
    }
}
