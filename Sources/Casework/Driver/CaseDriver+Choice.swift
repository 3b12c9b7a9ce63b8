import Domain

/// Which method is used: the operator's, or what the policy and the expected costs say.
extension CaseDriver {
    /// The ladder for a run of these cases, which have the same model.
    /// - Parameter method: what the operator named; nil or `auto` leaves it to the policy. `auto` asks
    ///   for an exact deletion within a budget also where the policy does not.
    func ladder(method: String?, for cases: [CaseRecord]) throws -> Ladder {
        let isAutomatic = method == Ladder.automatic
        if let exact = try exactRungsIfSpent(method: method, for: cases) {
            return Ladder(policy: policy, only: exact)
        }
        guard method == nil || isAutomatic else { return Ladder(policy: policy, method: method) }
        guard let budget = policy.exactBudget ?? (isAutomatic ? ExactBudget() : nil) else {
            return Ladder(policy: policy)
        }
        return Ladder(policy: policy, exactFirst: try cheapestExact(within: budget, for: cases))
    }

    /// An exact deletion whose verification did not pass: either chance, or the scope was incomplete. No
    /// other method cures that, so an operator looks into it, or names another method.
    func waitsForInvestigation(_ record: CaseRecord, method: String?) -> Bool {
        guard let run = record.progress.unlearning, run.methodClass == .exact else { return false }
        return method == nil || method == Ladder.automatic || method == run.method
    }

    func investigationNeeded(_ record: CaseRecord) -> CaseworkError {
        CaseworkError(
            .investigationNeeded,
            "\(record.id) was deleted exactly, and its verification did not pass: either by chance, or "
                + "not all of the person's records were found.",
            details: ["case": record.id.description],
            remedy: "Look into it and give the reason with `lethe case approve \(record.id)`, or "
                + "name another method with `lethe run --case \(record.id) --method METHOD`.")
    }

    private func cheapestExact(
        within budget: ExactBudget, for cases: [CaseRecord]
    ) throws -> MethodForecast? {
        guard let modelName = cases.first?.modelName else { return nil }
        let tried = cases.flatMap(\.progress.triedRungs)
        let personCount = Set(cases.flatMap { $0.progress.scope?.subjects ?? [] }).count
        let rungs = unlearner.exactMethods.map { id in
            policy.ladder.first { $0.method == id && $0.executor == nil } ?? PolicyRung(method: id)
        }.filter { !tried.contains($0) && personCount <= $0.maximumPersons ?? .max }
        return try unlearner.forecasts(
            ForecastInput(
                cases: cases, modelName: modelName,
                baseModel: try unlearner.currentModel(named: modelName), rungs: rungs)
        ).filter {
            $0.obstacle == nil
                && budget.allows(shareOfTraining: $0.shareOfTraining, seconds: $0.seconds)
        }.min { ($0.shareOfTraining ?? .infinity) < ($1.shareOfTraining ?? .infinity) }
    }

    /// The rung that a run of these cases would use, and why others before it would not be.
    /// - Returns: nil if none is left.
    func firstUsable(
        for cases: [CaseRecord], _ modelName: String, method: String?
    ) throws -> (MethodForecast, notes: [String])? {
        let ladder = try ladder(method: method, for: cases)
        let baseModel = try unlearner.currentModel(named: modelName)
        var unsuitable: [PolicyRung] = []
        var notes: [String] = []
        while let next = ladder.next(for: cases, unsuitable: unsuitable) {
            let forecast = try unlearner.forecasts(
                ForecastInput(
                    cases: cases, modelName: modelName, baseModel: baseModel, rungs: [next.rung])
            ).first
            guard let forecast else { return nil }
            guard let obstacle = forecast.obstacle, next.rung.method != method else {
                return (forecast, notes)
            }
            unsuitable.append(next.rung)
            notes.append("\(next.rung.method) cannot be used: \(obstacle)")
        }
        return nil
    }

    /// One run for all these cases, which have the same model, with the next rung that can be used.
    /// - Returns: nothing if no rung is left; else a note for each rung passed over, then the changes.
    /// - Throws: `ladder-exhausted` if rungs are left but none can be used; a method that the operator
    ///   named is not passed over but throws what it lacks.
    func unlearn(_ cases: [CaseRecord], ladder: Ladder) throws -> [DriverEvent] {
        var unsuitable: [(rung: PolicyRung, cause: any ReportableError)] = []
        var notes: [DriverEvent] = []
        while let next = ladder.next(for: cases, unsuitable: unsuitable.map(\.rung)) {
            do {
                return notes + (try unlearn(cases, by: next, of: ladder))
            } catch let error as UnsuitableRung {
                guard next.rung.method != ladder.method else { throw error.cause }
                try store.appendNote(
                    event: "method-unsuitable", actor: actor, reason: nil, digests: [:],
                    facts: [
                        "method": next.rung.method, "error": error.cause.codeName,
                        "cases": cases.map(\.id.description).joined(separator: " "),
                    ])
                unsuitable.append((next.rung, error.cause))
                notes += cases.map {
                    DriverEvent(
                        stopped: $0,
                        "\(next.rung.method) cannot be used: \(error.cause.message)")
                }
            }
        }
        guard let last = unsuitable.last, let first = cases.first else { return [] }
        throw CaseworkError(
            .ladderExhausted,
            "No method of the policy \"\(policy.name)\" can be used for \(first.id): "
                + unsuitable.map { $0.cause.message }.joined(separator: " "),
            details: ["case": first.id.description, "policy": policy.name],
            remedy: last.cause.remedy)
    }
}
