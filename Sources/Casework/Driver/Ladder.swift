import Domain

/// Which method comes next: the policy's rungs in order, each once per model and policy. A rung that
/// failed is not tried again, so that no run is repeated until chance lets it pass.
package struct Ladder: Sendable {
    package let policy: Policy
    /// The method the operator named; it goes first, on the ladder or not.
    package let method: String?

    package init(policy: Policy, method: String? = nil) {
        self.policy = policy
        self.method = method
    }

    /// - Parameters:
    ///   - personCount: different persons in the run; rungs for fewer are skipped.
    ///   - tried: rungs that failed already.
    /// - Returns: nil when the ladder is exhausted. The index counts from 0 over the ladder, with an
    ///   off-ladder method before it.
    package func next(
        personCount: Int, tried: [PolicyRung]
    ) -> (index: Int, rung: PolicyRung)? {
        let order = policy.rungs(personCount: 0, startingAt: method)
        let applicable = policy.rungs(personCount: personCount, startingAt: method)
        let rung: PolicyRung?
        if method != nil, let named = applicable.first, !tried.contains(named) {
            rung = named
        } else {
            let furthest = order.lastIndex { tried.contains($0) } ?? -1
            rung = applicable.first { candidate in
                (order.firstIndex(of: candidate) ?? -1) > furthest
            }
        }
        guard let rung, let index = order.firstIndex(of: rung) else { return nil }
        return (index, rung)
    }

    /// The next rung for a run of these cases together.
    package func next(for cases: [CaseRecord]) -> (index: Int, rung: PolicyRung)? {
        let persons = Set(cases.flatMap { $0.progress.scope?.subjects ?? [] })
        let tried = cases.flatMap(\.progress.triedRungs)
        return next(personCount: max(1, persons.count), tried: tried)
    }
}
