import Casework
import Domain
import Foundation
import LanguageModels
import Lineage
import Unlearning

/// What an unlearning run is named by: the same input gives the same run, which goes on where a killed
/// command left it. Making one changes nothing and reads no model.
struct UnlearningIdentity {
    /// What the ids of all unlearning runs begin with.
    static let prefix = "U-"

    let method: RungMethod
    let base: ModelEntry
    /// The training that an exact method repeats.
    let trainingRun: TrainingRunEntry
    let sets: PreparedUnlearning.RecordSets
    let runID: String

    /// - Throws: `no-training-run`; what `RungMethod` throws.
    init(_ input: UnlearnInput, in workspace: Workspace) throws {
        method = try RungMethod(input.rung)
        base = try workspace.lineage.model(digest: input.baseModel.hexadecimal)
        let runs = try workspace.trainingRuns(of: base)
        guard let run = runs.first else {
            throw EngineError(
                .noTrainingRun, "It is not known which records \(input.modelName) was trained on.",
                details: ["model": input.modelName],
                remedy: "Import it with --corpus, so that requests can be resolved to it.")
        }
        trainingRun = run
        // Retraining repeats the last run alone; other methods work on all that is in the weights.
        sets = try workspace.recordSets(
            input.cases, runs: method.methodClass == .exact ? [run] : runs)
        let identity = [
            input.baseModel.hexadecimal, method.id, input.policyDigest.hexadecimal,
            method.parameters.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
                .joined(separator: ","), combinedDigest(sets.forget.map(\.digest)).hexadecimal,
            input.cases.map { "\($0.id)#\($0.progress.failures.count)" }.joined(separator: ","),
        ].joined(separator: "/")
        runID = Self.prefix + Digest(of: identity).short
    }
}

/// An unlearning run before it begins: what goes in, and where its folder is. Making one changes
/// nothing.
struct PreparedUnlearning {
    let method: RungMethod
    let base: ModelEntry
    /// The training that an exact method repeats.
    let trainingRun: TrainingRunEntry
    let runFile: RunFile?
    let sets: RecordSets
    let runID: String
    let folder: URL
    /// Where the shards of the result are built, if it is trained in shards.
    let newShards: URL
    let task: UnlearningTask

    /// Records of the trainings: those to forget; those that stay, all others but the ones that
    /// earlier cases already had removed; and all that do not stay.
    struct RecordSets {
        let forget: [RecordKey]
        let retain: [RecordKey]
        let gone: [RecordKey]
    }

    /// - Throws: `no-training-run`; `UnsuitableRung` where the rung lacks something it needs here.
    init(_ input: UnlearnInput, in workspace: Workspace) throws {
        let identity = try UnlearningIdentity(input, in: workspace)
        let run = identity.trainingRun
        method = identity.method
        base = identity.base
        trainingRun = run
        sets = identity.sets
        runID = identity.runID
        folder = workspace.layout.runs.appendingPathComponent(runID)
        newShards = workspace.newShards(ofRun: runID, from: run)
        let original = try workspace.models.stored(input.baseModel)
        runFile = try? RunFile.read(workspace.folder.appendingPathComponent(run.folder))
        if method.methodClass == .exact {
            try workspace.requireCleanStart(runFile?.startModel, of: input)
        }
        let needsPeople = !method.needs.isDisjoint(with: [.unseenSet, .fitTwins])
        let fitPeople = needsPeople ? try workspace.twinPools(of: run).fit : []
        // A journal names the records of earlier deletions too, and so may shards; they are left out
        // again.
        let leftOut =
            method.needs.isDisjoint(with: [.trainingJournal, .shardedTraining])
            ? sets.forget : sets.gone
        task = UnlearningTask(
            original: original.first, forget: try workspace.lineage.records(leftOut),
            retain: try workspace.lineage.records(sets.retain), recipe: runFile?.recipe,
            start: try runFile?.startModel.map { try workspace.models.load($0) },
            unseen: fitPeople.flatMap(\.records), fitTwins: fitPeople.map(FitTwin.init),
            seed: derivedSeed("unlearn/\(runID)"),
            folder: workspace.workFolder(ofRun: runID),
            journal: workspace.journal(ofRunIn: run.folder),
            newJournal: method.methodClass == .exact
                ? folder.appendingPathComponent(Workspace.journalName) : nil,
            ensemble: original.ensemble, shards: workspace.shards(ofRunIn: run.folder),
            newShards: method.methodClass == .exact ? newShards : nil)
        do { try method.check(task) } catch let error as UnlearningError {
            throw UnsuitableRung(error)
        }
    }

    /// Runs the method; see `UnlearningMethod.unlearn`.
    func run(_ context: WorkContext) throws -> UnlearningOutcome {
        do { return try method.unlearn(task, context: context) } catch let error as UnlearningError
            where error.code.meansUnsuitable
        {
            throw UnsuitableRung(error)
        }
    }
}

extension Workspace {
    fileprivate func recordSets(
        _ cases: [CaseRecord], runs: [TrainingRunEntry]
    ) throws -> PreparedUnlearning.RecordSets {
        let finder = CaseSubjectFinder(workspace: self)
        let wanted = Set(try cases.flatMap { try finder.scope(of: $0).allRecords })
        var seen: Set<RecordKey> = []
        let members = try runs.flatMap { try lineage.recordKeys(ofRun: $0.id) }
            .filter { seen.insert($0).inserted }
        let live = Set(
            try Set(runs.flatMap(\.corpora)).flatMap { try lineage.recordKeys(ofCorpus: $0) })
        return PreparedUnlearning.RecordSets(
            forget: members.filter(wanted.contains),
            retain: members.filter { !wanted.contains($0) && live.contains($0) },
            gone: members.filter { wanted.contains($0) || !live.contains($0) })
    }

    /// A retraining that starts from weights which have seen the records would not be exact.
    fileprivate func requireCleanStart(_ start: Digest?, of input: UnlearnInput) throws {
        guard let start else { return }
        let finder = CaseSubjectFinder(workspace: self)
        let wanted = try input.cases.flatMap { try finder.scope(of: $0).allRecords }
        let touched = try lineage.models(trainedOn: wanted)
        if let source = touched.first(where: { $0.digest == start }) {
            throw UnsuitableRung(
                EngineError(
                    .startNotClean,
                    "The training of \(input.modelName) started from \(source.name) version "
                        + "\(source.version), which was trained on these records itself.",
                    details: ["model": input.modelName, "start": start.hexadecimal],
                    remedy: "Delete the person from \(source.name) first, then train "
                        + "\(input.modelName) again from it."))
        }
    }
}
