/// One step of the ladder of methods: what to try, with which parameters, and for whom.
package struct PolicyRung: Codable, Sendable, Equatable {
    /// Permanent id of a method, e.g. `npo`.
    package let method: String
    /// Parameters that differ from the method's defaults, as written in the policy.
    package let parameters: [String: Double]
    /// The rung is skipped for runs with more persons than this; nil means any number.
    package let maximumPersons: Int?

    package init(method: String, parameters: [String: Double] = [:], maximumPersons: Int? = nil) {
        self.method = method
        self.parameters = parameters
        self.maximumPersons = maximumPersons
    }
}

/// What an organisation decided about its deletions: the law it follows when a request does not say,
/// the ladder of methods and the thresholds of the gate.
package struct Policy: Codable, Sendable, Equatable {
    package let name: String
    package let regime: Regime
    package let ladder: [PolicyRung]
    package let gate: GatePolicy

    package init(name: String, regime: Regime, ladder: [PolicyRung], gate: GatePolicy) {
        self.name = name
        self.regime = regime
        self.ladder = ladder
        self.gate = gate
    }

    /// The rungs that apply to a run with this many persons, in order, starting at `method` if one
    /// is named. A named method that is not on the ladder is put before it.
    package func rungs(personCount: Int, startingAt method: String? = nil) -> [PolicyRung] {
        guard let method else {
            return ladder.filter { personCount <= $0.maximumPersons ?? .max }
        }
        guard let start = ladder.firstIndex(where: { $0.method == method }) else {
            return [PolicyRung(method: method)] + rungs(personCount: personCount)
        }
        return [ladder[start]]
            + ladder[(start + 1)...].filter { personCount <= $0.maximumPersons ?? .max }
    }

    /// Digest of the policy's content, independent of the layout of its file.
    package func digest() throws -> Digest {
        Digest(of: try CanonicalJSON.compact(self))
    }
}
