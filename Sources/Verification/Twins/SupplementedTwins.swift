import Domain

extension Gate {
    /// The person with the given twins, and with generated ones up to the needed number if the
    /// policy allows any and too few are given.
    ///
    /// Beside generated twins only given ones of the same shapes are used, so that all of them are
    /// compared with the true value under the same condition.
    func subject(
        _ person: PersonProfile, neededTwinCount: Int, twinCount: Int
    ) -> GateSubject {
        let given = GateSubject(
            person, pool: pool, neededTwinCount: neededTwinCount, twinCount: twinCount)
        guard let generator = twinGenerator, given.obstacle != nil, !given.fields.isEmpty else {
            return given
        }
        let refusals = given.fields.reduce(into: [IdentifierKind: String]()) {
            $0[$1] = generator.refusal(of: $1, for: person).map { reason in
                "only \(given.twins.count) complete twins; " + reason
            }
        }
        let fields = given.fields.filter { refusals[$0] == nil }
        guard !fields.isEmpty else { return given }
        var subject = GateSubject(
            person, pool: pool.filter { ValueShape.agree($0, person, in: fields) },
            neededTwinCount: neededTwinCount, twinCount: twinCount, leftOut: refusals)
        let missing = twinCount - subject.twins.count
        guard missing > 0 else { return subject }
        subject.supplement(
            with: generator.twins(
                for: person, fields: subject.fields, count: missing, pool: .gate),
            neededTwinCount: neededTwinCount)
        return subject
    }

    /// What generated twins are made from, if the policy allows any: everybody but the tested.
    func makeTwinGenerator(tested persons: [PersonProfile]) -> TwinGenerator? {
        guard policy.generatedTwins == .allowed else { return nil }
        let tested = Set(persons.map(\.subject))
        return TwinGenerator(
            known: (strangers + retained).filter { !tested.contains($0.subject) },
            alsoTaken: persons, seed: seed)
    }

    /// The persons under test, with an obstacle where generated twins would be needed and the
    /// self-test does not pass.
    func testedSubjects(
        _ persons: [PersonProfile], _ budget: ErrorBudget, _ scorer: Scorer
    ) throws -> [GateSubject] {
        let tested = Set(persons.map(\.subject))
        return try persons.map { person in
            var subject = subject(person, budget)
            if let generator = twinGenerator, subject.obstacle == nil,
                subject.generatedTwinCount > 0
            {
                let found = try twinSelfTest(
                    subject, tested, personCount: persons.count, generator, budget, scorer)
                subject.selfTest = found.check
                subject.obstacle = found.objection
            }
            return subject
        }
    }

    /// Generated twins serve the controls only where they were tested and found good.
    static func mayServeControls(_ subjects: [GateSubject]) -> Bool {
        let outcomes = subjects.compactMap(\.selfTest?.outcome)
        return !outcomes.isEmpty && outcomes.allSatisfy { $0 == .passed }
    }

    /// Source and number of a person's twins, for the report.
    func twinSource(of subject: GateSubject) -> String {
        guard subject.generatedTwinCount > 0 else { return twinSource }
        let given = subject.twins.count - subject.generatedTwinCount
        return "\(twinSource) (\(given)), and generated ones of the same form "
            + "(\(subject.generatedTwinCount))"
    }
}

extension GateSubject {
    /// Adds generated twins that can stand in for the person.
    mutating func supplement(with generated: [PersonProfile], neededTwinCount: Int) {
        let able = generated.filter(isComplete)
        let given = twins.count
        twins += able
        generatedTwinCount = able.count
        obstacle =
            twins.count >= neededTwinCount
            ? nil
            : "only \(given) complete twins and \(able.count) generated ones; "
                + "\(neededTwinCount) are needed"
    }

    /// Whether the twin's values can be written wherever the person's tested ones stand.
    private func isComplete(_ twin: PersonProfile) -> Bool {
        fields.allSatisfy { kind in
            Self.canStandIn(
                twin, for: kind, value: person.values[kind] ?? "",
                at: occurrences.map { $0.filter { $0.kind == kind } })
        }
    }

    /// Reasons to test no other than these fields.
    static func everything(except fields: [IdentifierKind]) -> [IdentifierKind: String] {
        IdentifierKind.allCases.filter { !fields.contains($0) }.reduce(into: [:]) {
            $0[$1] = "the tested person does not have it"
        }
    }
}
