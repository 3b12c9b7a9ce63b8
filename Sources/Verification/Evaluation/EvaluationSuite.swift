import Domain
import Foundation
import LanguageModels

/// A set of metrics that is run as a whole over a benchmark or over one's own records.
///
/// To add one: a file with a constant of this type, and its place in `builtinEvaluationSuites`.
package struct EvaluationSuite: Sendable {
    /// Permanent kebab-case id, written into results.
    package let id: String
    package let title: String
    /// Where data and protocol come from, with the deviations from them.
    package let source: String
    let run: @Sendable (EvaluationScene) throws -> EvaluationResult

    /// Evaluates a model.
    /// - Returns: everything that could be computed, and for the rest why it could not.
    /// - Throws: `unsuitable-evaluation` for settings or data of another suite,
    ///   `malformed-evaluation-data`, `degenerate-scores` for a model whose scores are not finite
    ///   numbers, `interrupted`, and what the models throw.
    package func evaluate(_ scene: EvaluationScene) throws -> EvaluationResult {
        try scene.settings.validate()
        return try run(scene)
    }
}

/// Every suite, by id.
package let builtinEvaluationSuites: [EvaluationSuite] = [.records, .tofu].sorted { $0.id < $1.id }

/// What is evaluated, against what, and how.
package struct EvaluationScene {
    package let model: any ScoringModel
    /// A model trained without the forgotten records; without it, comparisons are reported as not
    /// computed.
    package let reference: (any ScoringModel)?
    package let data: EvaluationData
    package let settings: EvaluationSettings
    package let context: WorkContext

    package init(
        model: any ScoringModel, reference: (any ScoringModel)? = nil, data: EvaluationData,
        settings: EvaluationSettings = EvaluationSettings(),
        context: WorkContext = WorkContext()
    ) {
        self.model = model
        self.reference = reference
        self.data = data
        self.settings = settings
        self.context = context
    }
}

/// What a suite reads.
package enum EvaluationData: Sendable {
    /// A folder with TOFU's files, and which of its splits: forget01, forget05 or forget10.
    case tofu(folder: URL, split: String)
    /// Records to be forgotten, records to be kept, and records that were never trained on.
    case records(forget: [CorpusRecord], retain: [CorpusRecord], holdout: [CorpusRecord])
}

/// A set of questions or records within a suite; the first part of a summary's key.
enum EvaluationSet: String {
    case forget, retain, holdout
    case realAuthors = "real-authors"
    case worldFacts = "world-facts"

    func key(_ metric: String) -> String { "\(rawValue)/\(metric)" }
    func key(_ metric: Metric) -> String { key(metric.id) }
}

/// Tells how much of an evaluation is done, and stops it between two pieces when asked to.
final class EvaluationProgress {
    private let activity: String
    private let context: WorkContext
    private let total: Int
    private var done = 0

    init(_ activity: String, total: Int, context: WorkContext) {
        self.activity = activity
        self.total = total
        self.context = context
    }

    /// - Throws: `interrupted`.
    func advance(by count: Int, note: String) throws {
        done += count
        context.progress(activity, done, of: total, note: note)
        try context.checkCancellation()
    }
}
