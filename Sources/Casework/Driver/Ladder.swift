import Domain

/// Which method comes next: the policy's rungs in order, each once per model and policy. A rung that
/// failed is not tried again, so that no run is repeated until chance lets it pass.
package struct Ladder: Sendable {
    /// What stands for "exact if within the policy's budget, else the ladder" among methods' names.
    package static let automatic = "auto"

    package let policy: Policy
    /// The method the operator named; it goes first, on the ladder or not.
    package let method: String?
    /// An exact rung within the budget; it goes before the whole ladder.
    package let exactFirst: MethodForecast?
    /// The only rungs there are, in place of the policy's.
    package let only: [PolicyRung]?

    package init(
        policy: Policy, method: String? = nil, exactFirst: MethodForecast? = nil,
        only: [PolicyRung]? = nil
    ) {
        self.policy = policy
        self.method = method
        self.exactFirst = exactFirst
        self.only = only
    }

    /// - Parameters:
    ///   - personCount: different persons in the run; rungs for fewer are skipped.
    ///   - tried: rungs that failed already.
    ///   - unsuitable: rungs that cannot be used here; they are passed over.
    /// - Returns: nil when the ladder is exhausted. The index counts from 0 over the ladder, with an
    ///   off-ladder method before it.
    package func next(
        personCount: Int, tried: [PolicyRung], unsuitable: [PolicyRung] = []
    ) -> (index: Int, rung: PolicyRung)? {
        let order = rungs(personCount: 0)
        let applicable = rungs(personCount: personCount)
        let rung: PolicyRung?
        if method != nil || exactFirst != nil, let first = applicable.first,
            !tried.contains(first), !unsuitable.contains(first)
        {
            rung = first
        } else {
            let furthest = order.lastIndex { tried.contains($0) } ?? -1
            rung = applicable.first { candidate in
                !unsuitable.contains(candidate)
                    && (order.firstIndex(of: candidate) ?? -1) > furthest
            }
        }
        guard let rung, let index = order.firstIndex(of: rung) else { return nil }
        return (index, rung)
    }

    /// The next rung for a run of these cases together.
    package func next(
        for cases: [CaseRecord], unsuitable: [PolicyRung] = []
    ) -> (index: Int, rung: PolicyRung)? {
        let persons = Set(cases.flatMap { $0.progress.scope?.subjects ?? [] })
        let tried = cases.flatMap(\.progress.triedRungs)
        return next(personCount: max(1, persons.count), tried: tried, unsuitable: unsuitable)
    }

    private func rungs(personCount: Int) -> [PolicyRung] {
        if let only { return only.filter { personCount <= $0.maximumPersons ?? .max } }
        let rungs = policy.rungs(personCount: personCount, startingAt: method)
        guard let exactFirst else { return rungs }
        return [exactFirst.rung] + rungs.filter { $0 != exactFirst.rung }
    }
}
