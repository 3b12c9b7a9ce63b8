import Domain
import Foundation
import LanguageModels
import Lineage
import TensorCore
import Unlearning

/// What `lethe unlearn` is asked to do: a method alone, without workspace and case.
package struct UnlearningRequest {
    package var model: URL
    package var method: String
    package var parameters: [String: Double] = [:]
    package var forget: [URL] = []
    package var retain: [URL] = []
    package var unseen: [URL] = []
    package var twins: [URL] = []
    package var recipe: URL?
    package var start: URL?
    /// A program that does the unlearning instead of Lethe, and its arguments; empty = Lethe.
    package var executor: [String] = []
    package var output: URL
    package var seed: UInt64 = 1

    package init(model: URL, method: String, output: URL) {
        self.model = model
        self.method = method
        self.output = output
    }
}

/// What `lethe unlearn` reports.
package struct UnlearningReport: Codable, Sendable {
    package let schema: String
    package let method: String
    package let methodClass: MethodClass
    package let parameters: [String: Double]
    package let model: Digest
    package let output: Digest
    package let forgetRecordCount: Int
    package let retainRecordCount: Int
    /// Mean loss of the tokens that carry the forgotten records' information, nats.
    package let forgetLossBefore: Double
    package let forgetLossAfter: Double
    /// Mean loss of at most 200 retained records, nats a token; nil without any.
    package let retainLossBefore: Double?
    package let retainLossAfter: Double?
    package let facts: [String: String]
    package let seconds: Double
}

/// Runs a method on a Hugging Face folder and writes another.
///
/// Nothing is verified here and no certificate comes of it. Beside the output lies a folder `.work` while it
/// runs, with what an interrupted run goes on from; it is shredded at the end.
/// - Throws: `cannot-create` if the output is there already; `shared-records`; what method, model and
///   record files throw.
package func unlearn(
    _ request: UnlearningRequest, context: WorkContext
) throws -> UnlearningReport {
    // A program may know methods that Lethe does not; what it makes is approximate in any case.
    let method = try request.executor.isEmpty ? unlearningMethod(request.method) : nil
    let parameters = try method?.resolve(request.parameters).values ?? request.parameters
    guard !FileManager.default.fileExists(atPath: request.output.path) else {
        throw EngineError(
            .cannotCreate, "\(request.output.path) exists already.",
            details: ["path": request.output.path], remedy: "Name another folder with --output.")
    }
    func records(_ files: [URL]) throws -> [CorpusRecord] { try files.flatMap(readRecords) }
    let (forget, retain) = (try records(request.forget), try records(request.retain))
    let forgotten = Set(forget.map(\.id))
    if let shared = retain.first(where: { forgotten.contains($0.id) }) {
        throw EngineError(
            .sharedRecords, "Record \(shared.id) is to be forgotten and retained.",
            details: ["record": shared.id], remedy: "Leave it out of one of the two files.")
    }
    let recipe = try request.recipe.map { try RecipeFile.read($0) }
    guard recipe?.sisa == nil else {
        throw UnlearningError(
            .needNotMet, "A recipe with sisa trains an ensemble; lethe unlearn works on one model.",
            details: ["method": request.method, "need": "single-model"],
            remedy:
                "Leave the sisa section out, or train the ensemble in a workspace and delete by "
                + "a case.")
    }
    let model = try LanguageModel(folder: request.model)
    let task = UnlearningTask(
        original: model, forget: forget, retain: retain,
        recipe: recipe,
        start: try request.start.map { try LanguageModel(folder: $0) },
        unseen: try records(request.unseen),
        fitTwins: people(try records(request.twins)).map(FitTwin.init), seed: request.seed,
        folder: request.output.appendingPathExtension("work"))
    let started = DispatchTime.now().uptimeNanoseconds
    let outcome: UnlearningOutcome
    if let method {
        outcome = try method.unlearn(task, parameters: request.parameters, context: context)
    } else {
        outcome = try ExternalExecutor(
            command: request.executor[0], arguments: Array(request.executor.dropFirst())
        ).unlearn(
            task, methodID: request.method, parameters: request.parameters, context: context)
    }
    let digest = try outcome.model.save(to: request.output)
    try task.discardFolder()
    let sample = Array(retain.prefix(200))
    return UnlearningReport(
        schema: "lethe.unlearn.v1", method: request.method,
        methodClass: method?.methodClass ?? .approximate, parameters: parameters,
        model: model.digest, output: digest,
        forgetRecordCount: forget.count, retainRecordCount: retain.count,
        forgetLossBefore: try loss(of: forget, model) {
            MaskedSequence(valuesOf: $0, tokenizer: $1)
        },
        forgetLossAfter: try loss(of: forget, outcome.model) {
            MaskedSequence(valuesOf: $0, tokenizer: $1)
        },
        retainLossBefore: sample.isEmpty
            ? nil : try loss(of: sample, model) { MaskedSequence(allOf: $0, tokenizer: $1) },
        retainLossAfter: sample.isEmpty
            ? nil
            : try loss(of: sample, outcome.model) {
                MaskedSequence(allOf: $0, tokenizer: $1)
            },
        facts: outcome.facts.merging(BLASRuntime.environment) { first, _ in first },
        seconds: Double(DispatchTime.now().uptimeNanoseconds - started) / 1e9)
}

/// Mean loss of the counted tokens, nats.
private func loss(
    of records: [CorpusRecord], _ model: LanguageModel,
    _ masked: (CorpusRecord, any Tokenizer) -> MaskedSequence
) throws -> Double {
    let sequences = records.map { masked($0, model.tokenizer) }
    let scores = try model.score(sequences.map(\.sequence))
    return meanLoss(
        zip(scores, sequences).flatMap { scores, sequence in
            zip(scores, sequence.mask).filter { $0.1 > 0 }.map(\.0.logProbability)
        })
}

/// The people that records are about; records of nobody make up one for each.
private func people(_ records: [CorpusRecord]) -> [PersonProfile] {
    var bySubject: [String: [CorpusRecord]] = [:]
    for record in records {
        bySubject[record.subjects.first ?? record.id, default: []].append(record)
    }
    return bySubject.sorted { $0.key < $1.key }.map {
        PersonProfile(subject: $0.key, records: $0.value)
    }
}
