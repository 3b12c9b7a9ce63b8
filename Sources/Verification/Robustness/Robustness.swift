import Domain
import LanguageModels

extension Gate {
    /// The core test on a treated copy of the model: C5 on the person's values, and extraction strength
    /// against never-trained persons' under the same treated copy. The twins, too, are scored under it,
    /// so what the treatment does to everybody's values is in the comparison. Where a model trained
    /// without the person is at hand, the same is measured on it, treated alike, as information.
    func robustness(
        _ check: GateCheck, _ treatment: Treatment, _ subject: GateSubject, _ tested: Set<String>,
        _ budget: ErrorBudget, _ context: WorkContext
    ) throws -> CheckResult {
        if let obstacle = subject.obstacle { return check.couldNotCheck(obstacle) }
        let half: RecordHalf? =
            if case .recordTraining = treatment { RecordHalf(subject, seed: seed) } else { nil }
        let copy = try treated(after, treatment, subject, half: half, tested)
        guard let model = copy.model else { return check.couldNotCheck(copy.note) }
        let fields = half?.tested ?? subject.fields
        let scorer = Scorer(model, context)
        return try check.fromScores {
            let statistics = try c5(subject, fields, scorer)
            var measurements = [
                statistics.known.measurement("p-known", share: budget.other),
                statistics.low.information("p-low"),
                statistics.lowest.information("p-lowest"),
                try extraction(check, treatment, subject, half, tested, scorer),
            ]
            if let reference {
                let copy = try treated(reference.model, treatment, subject, half: half, tested)
                measurements +=
                    try copy.model.map {
                        try self.reference($0, subject, fields, context)
                    } ?? []
            }
            return check.result(measurements, note: copy.note)
        }
    }

    private func c5(
        _ subject: GateSubject, _ fields: [IdentifierKind], _ scorer: Scorer
    ) throws -> C5Statistics {
        let scores = try scorer.valueScores(subject, fields: fields)
        return try Verification.c5(scores.rows, fields: scores.fields)
    }

    /// Extraction strength of the person's answers. After training on half of the records it is
    /// information: strangers were not trained on theirs, so their answers set it no ceiling.
    private func extraction(
        _ check: GateCheck, _ treatment: Treatment, _ subject: GateSubject, _ half: RecordHalf?,
        _ tested: Set<String>, _ scorer: Scorer
    ) throws -> Measurement {
        let name = Metric.extractionStrength.id
        let records = subject.person.records
        let asked =
            half.map { half in
                records.indices.filter { index in
                    !half.learned.contains(index)
                        && subject.occurrences[index].allSatisfy { half.tested.contains($0.kind) }
                }
            } ?? Array(records.indices)
        let own = try strength(asked.map { records[$0] }, scorer)
        guard treatment.isShared else {
            return Measurement(name, own, note: "of the records that show no learned field")
        }
        guard let ceiling = try strangersCeiling(check, tested, scorer) else {
            return Measurement(
                name, nil, threshold: policy.ceilingMargin, direction: .atMost,
                note: "fewer than \(policy.ceilingPersonCount) never-trained persons")
        }
        return Measurement(
            name, own, threshold: ceiling + policy.ceilingMargin, direction: .atMost,
            note: "mean over the person's records; threshold: largest of "
                + "\(policy.ceilingPersonCount) never-trained persons under the same copy plus "
                + "\(policy.ceilingMargin)")
    }

    /// Largest extraction strength of never-trained persons; nil if there are too few.
    private func strangersCeiling(
        _ check: GateCheck, _ tested: Set<String>, _ scorer: Scorer
    ) throws -> Double? {
        let key = "\(check.rawValue) \(tested.sorted())"
        if let known = findings.treatedCeilings[key] { return known }
        let persons = strangers.filter { !tested.contains($0.subject) }
            .prefix(policy.ceilingPersonCount)
        guard persons.count >= policy.ceilingPersonCount else { return nil }
        let ceiling = try persons.compactMap { try strength($0.records, scorer) }.max()
        findings.treatedCeilings[key] = ceiling
        return ceiling
    }

    /// - Throws: `degenerate-scores` if a score is not finite.
    private func strength(_ records: [CorpusRecord], _ scorer: Scorer) throws -> Double? {
        let answers = try scorer.answers(records)
        guard answers.allSatisfy({ $0.tokens.allSatisfy(\.logProbability.isFinite) }) else {
            throw VerificationError(
                .degenerateScores, "The model's scores are not finite numbers.")
        }
        return mean(answers.map { extractionStrength($0.choices) })
    }

    private func reference(
        _ model: any ScoringModel, _ subject: GateSubject, _ fields: [IdentifierKind],
        _ context: WorkContext
    ) throws -> [Measurement] {
        let scorer = Scorer(model, context)
        let note = "the model trained without the person, treated alike"
        return [
            try c5(subject, fields, scorer).known.information("reference-p-known", note: note),
            Measurement(
                "reference-extraction-strength",
                try strength(subject.person.records, scorer), note: note),
        ]
    }
}
