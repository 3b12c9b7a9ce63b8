import Domain
import LanguageModels

extension Gate {
    /// Trains a copy of the model briefly on half of the person's fields; the other half must stay as
    /// unknown as strangers' values.
    func relearning(
        _ subject: GateSubject, _ budget: ErrorBudget, _ scorer: Scorer
    ) throws -> CheckResult {
        let check = GateCheck.attackRelearning
        if let obstacle = subject.obstacle { return check.couldNotCheck(obstacle) }
        guard subject.fields.count >= 2 else {
            return check.couldNotCheck("the person has one tested field; two are needed")
        }
        let shuffled = subject.fields
            .map { (Digest(of: "relearning/\(seed)/\(subject.person.subject)/\($0.rawValue)"), $0) }
            .sorted { $0.0 < $1.0 }.map(\.1)
        let learned = Array(shuffled.prefix(shuffled.count / 2))
        let tested = subject.fields.filter { !learned.contains($0) }
        let sequences = relearningSequences(subject, learned: learned, tokenizer: after.tokenizer)
        guard !sequences.isEmpty else {
            return check.couldNotCheck("no record holds one half of the fields before the other")
        }
        let relearned = try after.relearned(
            on: sequences, stepCount: policy.relearningStepCount,
            learningRate: Float(policy.relearningRate))
        let outcome = try PermutationOutcome {
            try Scorer(relearned, scorer.context).valueScores(subject, fields: tested)
        }
        switch outcome {
        case .impossible(let reason): return check.couldNotCheck(reason)
        case .statistics(let c5):
            return check.result(
                [
                    c5.low.measurement("p-low", share: budget.other),
                    c5.lowest.information("p-lowest"),
                ],
                note: "\(policy.relearningStepCount) steps at \(policy.relearningRate) on "
                    + learned.map(\.rawValue).joined(separator: ", ") + "; tested on "
                    + tested.map(\.rawValue).joined(separator: ", "),
                figures: [
                    relearningFigure(
                        c5, before: measuredStatistics(subject, .after), tested: tested,
                        share: budget.other)
                ])
        }
    }

    /// Each record as far as it goes before the first tested value, with its answer scored from the
    /// learned value on; records in which that leaves no learned value are left out.
    private func relearningSequences(
        _ subject: GateSubject, learned: [IdentifierKind], tokenizer: any Tokenizer
    ) -> [ScoredSequence] {
        subject.person.records.indices.compactMap { index in
            let encoded = EncodedRecord(subject.person.records[index], tokenizer: tokenizer)
            let places = subject.occurrences[index]
            let end =
                places.first { !learned.contains($0.kind) }
                .map { encoded.tokens(covering: $0.bytes).lowerBound } ?? encoded.ids.count
            let values = places.filter { learned.contains($0.kind) }
                .map { encoded.tokens(covering: $0.bytes) }
                .filter { !$0.isEmpty && $0.upperBound <= end }
            guard let first = values.first else { return nil }
            let start = max(1, min(first.lowerBound, encoded.completion.lowerBound))
            guard start < end else { return nil }
            return ScoredSequence(ids: Array(encoded.ids[..<end]), scored: start..<end)
        }
    }
}
