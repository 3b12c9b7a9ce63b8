import Domain
import Foundation
import LanguageModels
import Lineage
import TensorCore
import Unlearning
import Verification

/// What `lethe calibrate` is asked to do.
package struct CalibrationRequest: Sendable {
    package var model: String
    /// People deleted, in chunks of `chunkSize` for each retraining.
    package var personCount = 20
    package var chunkSize = 10
    /// Sizes of the groups that are judged together, beside single people.
    package var groupSizes = [3, 10]
    /// Approximate methods, each applied to single people, and to how many.
    package var methods: [String] = []
    package var methodPersonCount = 10
    package var seed: UInt64 = 1

    package init(model: String) { self.model = model }
}

/// How often the gate gave which verdict about one treatment.
package struct CalibrationRow: Codable, Sendable, Equatable {
    /// `untouched`, `retrained`, or a method's id.
    package let treatment: String
    /// People deleted together.
    package let groupSize: Int
    /// Verdicts on people (of a group each has one).
    package private(set) var verdicts = 0
    package private(set) var passed = 0
    package private(set) var couldNotCheck = 0
    /// Checks that did not pass, and how often.
    package private(set) var failedChecks: [String: Int] = [:]
    /// `[lower, upper]`, 95 % Clopper-Pearson for the share that passed. People of a group are not
    /// independent.
    package private(set) var interval: [Double]?

    init(treatment: String, groupSize: Int) {
        self.treatment = treatment
        self.groupSize = groupSize
    }

    mutating func add(_ report: VerificationReport) {
        verdicts += 1
        if report.outcome == .passed { passed += 1 }
        if report.outcome == .couldNotCheck { couldNotCheck += 1 }
        for check in report.checks where check.outcome != .passed {
            failedChecks[check.id, default: 0] += 1
        }
        let range = clopperPearsonInterval(successes: passed, trials: verdicts)
        interval = [range.lowerBound, range.upperBound]
    }
}

/// What a calibration found.
package struct CalibrationReport: Codable, Sendable {
    package let schema: String
    package let model: Digest
    package let policyDigest: Digest
    package let personCount: Int
    package let seed: UInt64
    package let rows: [CalibrationRow]
    package let environment: [String: String]
}

extension Workspace {
    /// Measures how far this workspace's gate can be trusted: how often it passes a model that nothing was
    /// done to (which it never should), one that was exactly retrained without the people (nearly
    /// always), and one that approximate methods changed.
    ///
    /// Changes nothing in the workspace. Takes one training for each chunk of people and one
    /// verification for each verdict.
    /// - Throws: `no-training-run`, `unsuitable-calibration`; what methods and models throw.
    package func calibrate(
        _ request: CalibrationRequest, context: WorkContext
    ) throws -> CalibrationReport {
        let calibration = try Calibration(request, workspace: self, context: context)
        return try calibration.run()
    }
}

/// One calibration while it runs.
private final class Calibration {
    private let request: CalibrationRequest
    private let workspace: Workspace
    private let context: WorkContext
    private let base: ModelEntry
    private let trainingRun: TrainingRunEntry
    private let runFile: RunFile
    private let original: LanguageModel
    private let records: [CorpusRecord]
    private let fitPeople: [PersonProfile]
    private let people: [PersonProfile]
    private var rows: [CalibrationRow] = []
    private var completed = 0

    init(_ request: CalibrationRequest, workspace: Workspace, context: WorkContext) throws {
        self.request = request
        self.workspace = workspace
        self.context = context
        base = try workspace.lineage.model(named: request.model)
        guard let run = try workspace.trainingRun(of: base),
            let file = try? RunFile.read(workspace.folder.appendingPathComponent(run.folder))
        else {
            throw EngineError(
                .noTrainingRun, "It is not known how \(request.model) was trained.",
                details: ["model": request.model],
                remedy: "A gate can be calibrated on a model that this workspace trained.")
        }
        trainingRun = run
        runFile = file
        original = try workspace.models.load(base.digest)
        let members = Set(try workspace.lineage.recordKeys(ofRun: run.id))
        records = try workspace.lineage.records(
            try run.corpora.flatMap { try workspace.lineage.recordKeys(ofCorpus: $0) }
                .filter(members.contains))
        fitPeople = try workspace.twinPools(of: run).fit
        let seed = request.seed
        let everybody = try run.corpora.flatMap { try workspace.lineage.persons(ofCorpus: $0) }
        let typed = everybody.filter { !$0.values.isEmpty }
        // Where nobody's values are declared, what the gate says about such people is the question.
        people = (typed.isEmpty ? everybody : typed)
            .map { (Digest(of: "calibrate/\(seed)/\($0.subject)"), $0) }
            .sorted { $0.0 < $1.0 }.prefix(request.personCount).map(\.1)
        guard people.count == request.personCount, request.chunkSize > 0,
            request.personCount % request.chunkSize == 0
        else {
            throw EngineError(
                .unsuitableCalibration,
                "\(request.personCount) people in chunks of \(request.chunkSize) cannot be taken "
                    + "from the \(people.count) that can be judged.",
                details: ["model": request.model],
                remedy: "Ask for a multiple of the chunk size, and for no more people than "
                    + "there are.")
        }
    }

    func run() throws -> CalibrationReport {
        for start in stride(from: 0, to: people.count, by: request.chunkSize) {
            let chunk = Array(people[start..<start + request.chunkSize])
            try judge("untouched", original, chunk)
            try judge("retrained", try changed(by: "retrain", without: chunk), chunk)
        }
        for method in request.methods {
            for person in people.prefix(request.methodPersonCount) {
                let model = try changed(by: method, without: [person])
                try verdict(method, gate(model, forgotten: [person]), [person])
            }
        }
        return CalibrationReport(
            schema: "lethe.calibration.v1", model: base.digest,
            policyDigest: workspace.policyDigest, personCount: people.count, seed: request.seed,
            rows: rows, environment: BLASRuntime.environment)
    }

    /// Each person of a chunk alone, then in groups: all of them are forgotten by `model`.
    private func judge(
        _ treatment: String, _ model: LanguageModel, _ chunk: [PersonProfile]
    ) throws {
        let gate = try gate(model, forgotten: chunk)
        for person in chunk { try verdict(treatment, gate, [person]) }
        for size in request.groupSizes where size > 1 && size <= chunk.count {
            for start in stride(from: 0, through: chunk.count - size, by: size) {
                try verdict(treatment, gate, Array(chunk[start..<start + size]))
            }
        }
    }

    private func verdict(
        _ treatment: String, _ gate: Gate, _ persons: [PersonProfile]
    ) throws {
        for report in try gate.reports(for: persons, context: context.quiet) {
            let index =
                rows.firstIndex {
                    $0.treatment == treatment && $0.groupSize == persons.count
                } ?? rows.endIndex
            if index == rows.endIndex {
                rows.append(CalibrationRow(treatment: treatment, groupSize: persons.count))
            }
            rows[index].add(report)
        }
        completed += 1
        context.progress(
            "calibrate", completed, of: total, note: "\(treatment), \(persons.count) together")
    }

    private var total: Int {
        let perChunk = request.groupSizes.reduce(request.chunkSize) {
            $0 + ($1 > 1 ? request.chunkSize / $1 : 0)
        }
        return 2 * perChunk * (request.personCount / request.chunkSize)
            + request.methods.count * min(request.methodPersonCount, request.personCount)
    }

    private func changed(
        by methodID: String, without persons: [PersonProfile]
    ) throws -> LanguageModel {
        let method = try unlearningMethod(methodID)
        let gone = Set(persons.flatMap(\.records).map(\.id))
        let task = UnlearningTask(
            original: original, forget: records.filter { gone.contains($0.id) },
            retain: records.filter { !gone.contains($0.id) }, recipe: runFile.recipe,
            start: try runFile.startModel.map { try workspace.models.load($0) },
            unseen: fitPeople.flatMap(\.records), fitTwins: fitPeople.map(FitTwin.init),
            seed: derivedSeed("calibrate/\(request.seed)/\(methodID)/\(persons[0].subject)"))
        return try method.unlearn(task, parameters: [:], context: context.quiet).model
    }

    private func gate(
        _ model: LanguageModel, forgotten persons: [PersonProfile]
    ) throws -> Gate {
        let keys = try workspace.lineage.recordKeys(ofRun: trainingRun.id)
        let gone = Set(persons.flatMap(\.records).map(\.id))
        let surroundings = try Surroundings(
            workspace: workspace, baseModel: base.digest,
            forgotten: Set(keys.filter { gone.contains($0.id) }))
        return Gate(
            before: original, after: model, surroundings: surroundings,
            policy: workspace.policy.gate, policyDigest: workspace.policyDigest,
            seed: derivedSeed("calibrate/\(request.seed)/\(model.digest)"))
    }
}
