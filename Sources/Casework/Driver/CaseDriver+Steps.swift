import Domain

/// The steps: each does its work first and then writes one transaction.
extension CaseDriver {
    func scope(_ record: CaseRecord) throws -> DriverEvent {
        try context.checkCancellation()
        let outcome = try scoper.scope(
            ScopeInput(
                record: record, request: try store.request(of: record.id),
                decisions: record.progress.decisions), context: context)
        switch outcome {
        case .found(let summary):
            return try scoped(
                .scopeFound, record, summary,
                "\(counted(summary.recordCount, "record")) of "
                    + "\(counted(summary.subjects.count, "person", "persons")) found in "
                    + "\(summary.corpora.joined(separator: ", ")); trained into the model "
                    + "\(summary.modelName ?? "-").")
        case .ambiguous(let summary):
            return try scoped(
                .scopeAmbiguous, record, summary,
                MatchCandidate.counted(summary.candidates) + "; an operator has to decide.")
        case .nobody(let summary):
            return try scoped(
                .nobodyFound, record, summary,
                "The index knows nobody with these identifiers; an operator has to decide.")
        }
    }

    private func scoped(
        _ event: CaseEvent, _ record: CaseRecord, _ summary: ScopeSummary, _ sentence: String
    ) throws -> DriverEvent {
        try transition(
            event, record, sentence, digests: summary.historyDigests, facts: summary.historyFacts
        ) { $0.scope = summary }
    }

    /// One run for all these cases, which have the same model.
    func unlearn(
        _ cases: [CaseRecord], by next: (index: Int, rung: PolicyRung), of ladder: Ladder
    ) throws -> [DriverEvent] {
        try context.checkCancellation()
        guard let first = cases.first, let modelName = first.modelName,
            cases.allSatisfy({ $0.modelName == modelName })
        else {
            throw CaseworkError(
                .nothingToDo, "No model is known that was trained on these records.",
                remedy: "Train or import one with its corpus, or refuse the case.")
        }
        let policyDigest = try policy.digest()
        let baseModel = try unlearner.currentModel(named: modelName)
        var facts = [
            "policy": policy.name, "model": modelName, "method": next.rung.method,
            "rung": String(next.index),
            "cases": cases.map(\.id.description).joined(separator: " "),
        ]
        if let chosen = ladder.exactFirst, chosen.rung == next.rung {
            facts["choice"] = "exact, within the budget: \(chosen.costText)"
        }
        return try leasing(cases, model: modelName) { lease, context in
            let input = UnlearnInput(
                cases: cases, modelName: modelName, baseModel: baseModel, rung: next.rung,
                rungIndex: next.index, policyDigest: policyDigest)
            facts["lease"] = String(lease.token)
            // By it the work of a killed run is found again, and destroyed if nobody goes on with it.
            facts["run"] = try unlearner.runID(of: input)
            // The thresholds are in the history before anything is measured against them.
            try store.appendNote(
                event: HistoryEntry.unlearningStarted, actor: actor, reason: nil,
                digests: [
                    "policy": policyDigest.hexadecimal, "model-before": baseModel.hexadecimal,
                ], facts: facts)
            let summary = try unlearner.unlearn(input, context: context)
            var digests = summary.historyDigests
            digests["policy"] = policyDigest.hexadecimal
            let shared = cases.count > 1 ? " together with the other cases of the run" : ""
            let events = try transition(
                .unlearnDone, cases,
                "Unlearned from \(modelName) with \(summary.method) "
                    + "(\(summary.methodClass.rawValue))\(shared).",
                digests: digests, facts: summary.historyFacts, lease: lease
            ) { progress in
                progress.unlearning = summary
                progress.policyDigest = policyDigest
                progress.rung = next.rung
                progress.verification = nil
                progress.legal.noteRunner(actor)
                progress.legal.fourEyes = policy.fourEyes ?? false
                progress.legal.identity.required = policy.identity
            }
            try unlearner.discardWork(of: summary)
            return events
        }
    }

    func verify(_ record: CaseRecord) throws -> DriverEvent {
        try context.checkCancellation()
        let policyDigest = try policy.digest()
        guard record.progress.policyDigest == policyDigest else {
            return try transition(
                .policyChanged, record,
                "The policy changed since the run; the run is made again under the present one.",
                digests: ["policy": policyDigest.hexadecimal])
        }
        return try leasing([record]) { lease, context in
            let summary = try verifier.verify(
                VerifyInput(record: record, policy: policy, policyDigest: policyDigest),
                context: context)
            let passed = summary.outcome == .passed
            let sentence =
                passed
                ? "All \(summary.passedCount) checks passed."
                : "\(summary.failedCount) checks failed and \(summary.couldNotCheckCount) could "
                    + "not be made: \(summary.failedChecks.joined(separator: ", "))."
            return try transition(
                passed ? .verificationPassed : .verificationFailed, record, sentence,
                digests: summary.historyDigests, facts: summary.historyFacts, lease: lease
            ) {
                $0.verification = summary
                $0.legal.noteRunner(actor)
            }
        }
    }

    func certify(_ record: CaseRecord) throws -> DriverEvent {
        try context.checkCancellation()
        // Asked before anything is signed: a signature that exists can be shown around.
        _ = try StateMachine.transition(
            for: .certificateIssued, of: withCertifier(record),
            assuming: [TransitionGuard.certificateRecorded.id])
        let summary = try certifier.certify(record, context: context)
        return try transition(
            .certificateIssued, record, "Certificate \(summary.payloadDigest.short) issued.",
            digests: summary.historyDigests, facts: summary.historyFacts
        ) {
            $0.certificate = summary
            noteCertifier(&$0)
        }
    }

    /// Sends cases back to be unlearned with the next rung.
    /// - Returns: nothing if no rung is left.
    func retry(_ cases: [CaseRecord], ladder: Ladder) throws -> [DriverEvent] {
        guard let next = ladder.next(for: cases) else { return [] }
        return try transition(
            .retried, cases, "Next on the ladder: \(next.rung.method).",
            facts: ["next-method": next.rung.method])
    }

    /// Takes cases out of the group of their run.
    /// - Parameter alone: what failed for several persons together may work for each alone.
    /// - Returns: nothing for cases that ran alone.
    func splitGroup(
        _ cases: [CaseRecord], _ sentence: String, alone: Bool = false
    ) throws -> [DriverEvent] {
        let shared = cases.filter { ($0.progress.unlearning?.casesInRun.count ?? 0) > 1 }
        guard !shared.isEmpty else { return [] }
        return try transition(.groupSplit, shared, sentence) { progress in
            if alone { progress.runsAlone = true }
        }
    }

    /// A model that is neither what the run started from nor what it made cannot be certified.
    func moveIfModelMoved(_ record: CaseRecord) throws -> DriverEvent? {
        guard StateMachine.allows(.modelMoved, for: record), let run = record.progress.unlearning,
            let name = record.modelName
        else { return nil }
        let current = try unlearner.currentModel(named: name)
        guard current != run.baseModel, current != run.outputModel else { return nil }
        return try transition(
            .modelMoved, record, "The model \(name) changed since the run; it is made again.",
            digests: ["model": current.hexadecimal])
    }

    func transition(
        _ event: CaseEvent, _ record: CaseRecord, _ sentence: String,
        digests: [String: String] = [:], facts: [String: String] = [:], lease: Lease? = nil,
        update: @escaping (inout CaseProgress) -> Void = { _ in }
    ) throws -> DriverEvent {
        let after = try store.apply(
            event, to: record.id, expectedVersion: record.version, actor: actor, digests: digests,
            facts: facts, lease: lease, update: update)
        return DriverEvent(
            caseID: record.id, event: event, from: record.state, to: after.state,
            sentence: sentence)
    }

    func transition(
        _ event: CaseEvent, _ records: [CaseRecord], _ sentence: String,
        digests: [String: String] = [:], facts: [String: String] = [:], lease: Lease? = nil,
        update: @escaping (inout CaseProgress) -> Void = { _ in }
    ) throws -> [DriverEvent] {
        let changes = records.map {
            CaseChange(
                $0.id, expectedVersion: $0.version, digests: digests, facts: facts, lease: lease,
                update: update)
        }
        let after = try store.apply(event, to: changes, actor: actor, reason: nil)
        return zip(records, after).map {
            DriverEvent(
                caseID: $0.id, event: event, from: $0.state, to: $1.state, sentence: sentence)
        }
    }
}

/// `1 record`, `2 records`.
func counted(_ count: Int, _ one: String, _ many: String? = nil) -> String {
    "\(count) \(count == 1 ? one : many ?? one + "s")"
}
