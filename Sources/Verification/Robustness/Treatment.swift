// What befalls a model after deletion and brings back what was only covered up: storing it with fewer
// bits (Zhang et al. 2024, arXiv 2410.16454) and training it further, on anything (Lynch et al. 2024, arXiv
// 2402.16835; Łucki et al. 2024, arXiv 2409.18025). Deviation from those: rounding is plain round-to-nearest,
// without calibration data, and training takes as few steps as the gate's attack on half of the fields.

import Domain
import LanguageModels

/// What is done to a copy of the model before the core test is repeated on it.
enum Treatment: Sendable {
    case rounding(bits: Int)
    /// Further training on records of nobody who is tested.
    case unrelatedTraining
    /// Further training on half of the person's records.
    case recordTraining

    /// Whether every person gets the same treated model.
    var isShared: Bool {
        switch self {
        case .rounding, .unrelatedTraining: true
        case .recordTraining: false
        }
    }
}

/// Half of a person's records, and the fields that none of them holds.
struct RecordHalf {
    /// Indices into the person's records.
    let learned: [Int]
    let tested: [IdentifierKind]

    /// Takes records in a seeded order, as long as half of the tested fields at the least stand in none
    /// of those taken: what was just taught would prove nothing.
    init?(_ subject: GateSubject, seed: UInt64) {
        let order = subject.person.records.indices
            .map { (Digest(of: "records/\(seed)/\(subject.person.subject)/\($0)"), $0) }
            .sorted { $0.0 < $1.0 }.map(\.1)
        var learned: [Int] = []
        var shown: Set<IdentifierKind> = []
        for index in order where learned.count < subject.person.records.count / 2 {
            let more = shown.union(subject.occurrences[index].map(\.kind))
            guard 2 * more.count <= subject.fields.count, more.count < subject.fields.count else {
                continue
            }
            learned.append(index)
            shown = more
        }
        tested = subject.fields.filter { !shown.contains($0) }
        self.learned = learned.sorted()
        if learned.isEmpty || tested.isEmpty { return nil }
    }
}

extension Gate {
    /// A treated copy of a model.
    /// - Returns: the copy with what was done, for the report; or why it cannot be done.
    func treated(
        _ model: any ScoringModel, _ treatment: Treatment, _ subject: GateSubject,
        half: RecordHalf?,
        _ tested: Set<String>
    ) throws -> (model: (any ScoringModel)?, note: String) {
        let required = policy.requiredChecks ?? RequiredChecks([])
        switch treatment {
        case .rounding(let bits):
            guard let roundable = model as? any RoundableModel else {
                return (nil, "the model cannot be stored with fewer bits")
            }
            let group = required.roundingGroupSize
            return (
                try roundable.rounded(bits: bits, group: group),
                "every matrix rounded to \(bits) bits in groups of \(group)"
            )
        case .unrelatedTraining:
            let records = unrelatedRecords(tested, required.unrelatedRecordCount)
            guard !records.isEmpty else { return (nil, "no unrelated records were given") }
            return (
                try taught(model, records),
                "\(policy.relearningStepCount) steps at \(policy.relearningRate) on "
                    + "\(records.count) records of others"
            )
        case .recordTraining:
            guard let half else {
                return (nil, "every choice of records holds too many of the fields")
            }
            return (
                try taught(model, half.learned.map { subject.person.records[$0] }),
                "\(policy.relearningStepCount) steps at \(policy.relearningRate) on "
                    + "\(half.learned.count) of \(subject.person.records.count) records; tested on "
                    + half.tested.map(\.rawValue).joined(separator: ", ")
            )
        }
    }

    /// General text and retained persons' records, half and half as far as there is enough of both.
    private func unrelatedRecords(_ tested: Set<String>, _ count: Int) -> [CorpusRecord] {
        let others = retained.filter { !tested.contains($0.subject) }.flatMap(\.records)
        let general = generalRecords.prefix(max(count / 2, count - others.count))
        return Array(general) + others.prefix(count - general.count)
    }

    private func taught(
        _ model: any ScoringModel, _ records: [CorpusRecord]
    ) throws -> any ScoringModel {
        let sequences = records.map {
            EncodedRecord($0, tokenizer: model.tokenizer).completionScored
        }
        return try model.relearned(
            on: sequences.filter { !$0.scored.isEmpty }, stepCount: policy.relearningStepCount,
            learningRate: Float(policy.relearningRate))
    }
}
