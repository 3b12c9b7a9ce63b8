import Domain

/// Takes cases through their steps. It keeps nothing: every step starts from the stored state and
/// ends with one transaction, so a killed process loses the step it was in and nothing else.
package struct CaseDriver: Sendable {
    package let store: any CaseStore
    package let scoper: any CaseScoper
    package let unlearner: any CaseUnlearner
    package let verifier: any CaseVerifier
    package let certifier: any CaseCertifier
    package let policy: Policy
    package let actor: String
    package let context: WorkContext
    package let clock: any Clock

    package init(
        store: any CaseStore, scoper: any CaseScoper, unlearner: any CaseUnlearner,
        verifier: any CaseVerifier, certifier: any CaseCertifier, policy: Policy, actor: String,
        context: WorkContext = WorkContext(), clock: any Clock = SystemClock()
    ) {
        self.store = store
        self.scoper = scoper
        self.unlearner = unlearner
        self.verifier = verifier
        self.certifier = certifier
        self.policy = policy
        self.actor = actor
        self.context = context
        self.clock = clock
    }

    /// Makes exactly one transition, the next one.
    /// - Parameter method: names the method of the unlearning run this leads to.
    /// - Throws: `nothing-to-do` for a case that waits for an operator or is closed,
    ///   `ladder-exhausted`, `guard-failed` for a control's certificate, and what the step throws.
    package func advance(_ id: CaseID, methodOverride method: String? = nil) throws -> DriverEvent {
        let record = try store.load(id)
        if let event = try moveIfModelMoved(record) ?? settleIdentity(record) { return event }
        switch StateMachine.duty(of: record) {
        case .scope:
            return try scope(record)
        case .decideMatch where StateMachine.allows(.searchAgain, for: record):
            return try transition(
                .searchAgain, record, "The index will be searched again.")
        case .unlearn:
            let ladder = try ladder(method: method, for: [record])
            return try single(try unlearn([record], ladder: ladder), of: record)
        case .verify:
            return try verify(record)
        case .certify where method != nil && StateMachine.allows(.retried, for: record),
            .retryOrDecide:
            let ladder = try ladder(method: method, for: [record])
            if waitsForInvestigation(record, method: method), ladder.next(for: [record]) != nil {
                throw investigationNeeded(record)
            }
            return try single(try retry([record], ladder: ladder), of: record)
        case .certify:
            return try certify(record)
        case .decideMatch, .confirmIdentity, .release, .nothing:
            let explanation = explain(record, policy: policy, now: record.createdAt)
            throw CaseworkError(
                .nothingToDo, "\(id) cannot be advanced: \(explanation.summary).",
                details: ["case": id.description, "state": record.state.rawValue],
                remedy: "See `lethe case explain \(id)`.")
        }
    }

    private func single(_ events: [DriverEvent], of record: CaseRecord) throws -> DriverEvent {
        // Notes about rungs that were passed over come before the change.
        guard let event = events.last else { throw exhausted(record) }
        return event
    }

    func exhausted(_ record: CaseRecord) -> CaseworkError {
        let tried = record.progress.failures.map(\.method).joined(separator: ", ")
        return CaseworkError(
            .ladderExhausted,
            "No method of the policy \"\(policy.name)\" is left for \(record.id); tried: \(tried).",
            details: ["case": record.id.description, "policy": policy.name, "tried": tried],
            remedy: "See `lethe case explain \(record.id)`.")
    }
}
