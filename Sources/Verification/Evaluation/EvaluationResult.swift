import Domain

/// What a suite found: numbers, digests and record ids; never a question, an answer or generated text.
package struct EvaluationResult: Codable, Sendable, Equatable {
    package static let schema = "lethe.evaluation.v1"

    package let schema: String
    package let suite: String
    /// The benchmark's split, where it has some.
    package let split: String?
    package let model: Digest
    package let reference: Digest?
    package let settings: EvaluationSettings
    /// Number of questions or records evaluated, by set.
    package let itemCounts: [String: Int]
    /// `<set>/<metric id>`, or a metric id alone for one of the whole suite. Finite numbers only.
    package let summary: [String: Double]
    /// Summary values that could not be computed, with the reason.
    package let notComputed: [String: String]
    /// What has to be known to read a value, by its key.
    package let notes: [String: String]
    /// Every attack that was asked for, under the model, with its curve.
    package let membership: [MembershipEvaluation]
    package let perExample: [EvaluatedExample]
}

/// The values of one question or record.
package struct EvaluatedExample: Codable, Sendable, Equatable {
    package let set: String
    /// Place within the set, from 0.
    package let index: Int
    package let recordID: String
    /// By metric id; one that is not defined for this example is left out.
    package let values: [String: Double]
}

/// Collects a result: what is no finite number goes to `notComputed`, never into the summary.
struct EvaluationSummary {
    private(set) var values: [String: Double] = [:]
    private(set) var notComputed: [String: String] = [:]
    private(set) var notes: [String: String] = [:]
    private(set) var examples: [EvaluatedExample] = []
    private(set) var membership: [MembershipEvaluation] = []
    private(set) var itemCounts: [String: Int] = [:]

    /// - Parameter reason: why there is no value, should there be none.
    mutating func add(_ key: String, _ value: Double?, otherwise reason: String) {
        if let value, value.isFinite {
            values[key] = value
        } else {
            notComputed[key] = value == nil ? reason : "the value is not a finite number"
        }
    }

    mutating func add(_ attack: MembershipEvaluation) { membership.append(attack) }

    mutating func note(_ key: String, _ note: String) { notes[key] = note }

    /// Adds the examples of one set and the mean of each of their values.
    mutating func add(_ set: EvaluationSet, _ newExamples: [EvaluatedExample]) {
        examples += newExamples
        itemCounts[set.rawValue] = newExamples.count
        for metric in Swift.Set(newExamples.flatMap(\.values.keys)).sorted() {
            let present = newExamples.compactMap { $0.values[metric] }
            add(set.key(metric), mean(present), otherwise: "no example has a value")
            if present.count < newExamples.count {
                note(
                    set.key(metric),
                    "over \(present.count) of \(newExamples.count) examples; it is not defined for "
                        + "the others")
            }
        }
    }

    /// In place of the mean that `add` computed.
    mutating func replace(_ key: String, _ value: Double?, otherwise reason: String, note: String) {
        values[key] = nil
        notComputed[key] = nil
        add(key, value, otherwise: reason)
        self.note(key, [notes[key], note].compactMap { $0 }.joined(separator: "; "))
    }

    func result(
        _ suite: String, split: String?, of scene: EvaluationScene
    ) -> EvaluationResult {
        EvaluationResult(
            schema: EvaluationResult.schema, suite: suite, split: split, model: scene.model.digest,
            reference: scene.reference?.digest, settings: scene.settings, itemCounts: itemCounts,
            summary: values, notComputed: notComputed, notes: notes, membership: membership,
            perExample: examples)
    }
}

extension EvaluatedExample {
    /// Leaves out what is not defined or not finite.
    init(_ set: EvaluationSet, _ index: Int, _ record: CorpusRecord, _ values: [(String, Double?)])
    {
        self.init(
            set: set.rawValue, index: index, recordID: record.id,
            values: values.reduce(into: [:]) { all, value in all[value.0] = value.1?.ifFinite })
    }
}
