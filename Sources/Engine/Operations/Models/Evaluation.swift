import Domain
import Foundation
import LanguageModels
import Lineage
import Verification

/// What `lethe evaluate` is asked to do.
package struct EvaluationRequest {
    /// Folders of models; the reference was trained without the records to forget.
    package var model: URL
    package var reference: URL?
    package var suite: String
    package var data: URL
    /// TOFU's split; nil for a suite without splits.
    package var split: String?
    package var maximumItemCount: Int?
    package var maximumNewTokenCount: Int?
    package var promptTemplate: String?
    /// Ids of attacks; empty for the suite's own.
    package var attacks: [String] = []
    package var seed: UInt64 = 1

    package init(model: URL, suite: String, data: URL) {
        self.model = model
        self.suite = suite
        self.data = data
    }
}

/// The names of the files that the suite `records` reads in its folder.
private enum RecordFile: String {
    case forget = "forget.jsonl"
    case retain = "retain.jsonl"
    case holdout = "holdout.jsonl"
}

/// Runs metrics and attacks alone, without workspace, case and verdict.
/// - Throws: `unknown-name` for a suite; what suites, models and files throw.
package func evaluate(
    _ request: EvaluationRequest, context: WorkContext
) throws -> EvaluationResult {
    let suite = try lookUp(
        request.suite, in: builtinEvaluationSuites, kind: "suite", by: \.id)
    var settings = EvaluationSettings(
        maximumItemCount: request.maximumItemCount, seed: request.seed)
    if let count = request.maximumNewTokenCount { settings.maximumNewTokenCount = count }
    if let template = request.promptTemplate { settings.promptTemplate = template }
    if !request.attacks.isEmpty { settings.attacks = request.attacks }
    try settings.validate()
    return try suite.evaluate(
        EvaluationScene(
            model: try LanguageModel(folder: request.model),
            reference: try request.reference.map { try LanguageModel(folder: $0) },
            data: try data(of: request, suite), settings: settings, context: context))
}

private func data(
    of request: EvaluationRequest, _ suite: EvaluationSuite
) throws -> EvaluationData {
    guard suite.id == EvaluationSuite.records.id else {
        return .tofu(folder: request.data, split: request.split ?? "forget01")
    }
    func records(_ file: RecordFile) throws -> [CorpusRecord] {
        let url = request.data.appendingPathComponent(file.rawValue)
        return FileManager.default.fileExists(atPath: url.path) ? try readRecords(of: url) : []
    }
    return .records(
        forget: try records(.forget), retain: try records(.retain),
        holdout: try records(.holdout))
}

/// Suites as the command lists them.
package var suiteSummaries: [PluginSummary] {
    builtinEvaluationSuites.map { PluginSummary(id: $0.id, title: $0.title, source: $0.source) }
}
