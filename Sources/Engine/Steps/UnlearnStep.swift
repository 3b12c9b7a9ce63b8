import Casework
import Domain
import Foundation
import LanguageModels
import Lineage
import TensorCore
import Unlearning

/// `scoped -> unlearned`: runs a method once for all cases of a run and stores the model it makes. The
/// model's name keeps standing for the base until a certificate is issued.
struct UnlearnStep: CaseUnlearner, @unchecked Sendable {
    let workspace: Workspace

    func currentModel(named name: String) throws -> Digest {
        try workspace.lineage.model(named: name).digest
    }

    func unlearn(_ input: UnlearnInput, context: WorkContext) throws -> UnlearningSummary {
        let method = try unlearningMethod(input.rung.method)
        let parameters = try method.resolve(input.rung.parameters)
        let base = try workspace.lineage.model(digest: input.baseModel.hexadecimal)
        let runs = try workspace.trainingRuns(of: base)
        guard let run = runs.first else {
            throw EngineError(
                .noTrainingRun, "It is not known which records \(input.modelName) was trained on.",
                details: ["model": input.modelName],
                remedy: "Import it with --corpus, so that requests can be resolved to it.")
        }
        // Retraining repeats the last run alone; other methods work on all that is in the weights.
        let sets = try recordSets(
            input.cases, runs: method.methodClass == .exact ? [run] : runs)
        let identity = [
            input.baseModel.hexadecimal, method.id, input.policyDigest.hexadecimal,
            parameters.values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
                .joined(separator: ","), combinedDigest(sets.forget.map(\.digest)).hexadecimal,
            input.cases.map { "\($0.id)#\($0.progress.failures.count)" }.joined(separator: ","),
        ].joined(separator: "/")
        let runID = "U-" + Digest(of: identity).short
        let folder = workspace.layout.runs.appendingPathComponent(runID)
        let startedAt = workspace.clock.now()
        let started = DispatchTime.now().uptimeNanoseconds
        let original = try workspace.models.stored(input.baseModel)
        let runFile = try? RunFile.read(workspace.folder.appendingPathComponent(run.folder))
        if method.methodClass == .exact {
            try requireCleanStart(runFile?.startModel, of: input)
        }
        let needsPeople = !method.needs.isDisjoint(with: [.unseenSet, .fitTwins])
        let fitPeople = needsPeople ? try workspace.twinPools(of: run).fit : []
        // A journal names the records of earlier deletions too, and so may shards; they are left out
        // again.
        let leftOut =
            method.needs.isDisjoint(with: [.trainingJournal, .shardedTraining])
            ? sets.forget : sets.gone
        let newShards = workspace.newShards(ofRun: runID, from: run)
        let task = UnlearningTask(
            original: original.first, forget: try workspace.lineage.records(leftOut),
            retain: try workspace.lineage.records(sets.retain), recipe: runFile?.recipe,
            start: try runFile?.startModel.map { try workspace.models.load($0) },
            unseen: fitPeople.flatMap(\.records), fitTwins: fitPeople.map(FitTwin.init),
            seed: derivedSeed("unlearn/\(runID)"), folder: folder.appendingPathComponent("work"),
            journal: workspace.journal(ofRunIn: run.folder),
            newJournal: method.methodClass == .exact
                ? folder.appendingPathComponent(Workspace.journalName) : nil,
            ensemble: original.ensemble, shards: workspace.shards(ofRunIn: run.folder),
            newShards: method.methodClass == .exact ? newShards : nil)
        let outcome = try method.unlearn(task, parameters: input.rung.parameters, context: context)
        let digest = try workspace.models.store(outcome, start: runFile?.startModel)
        try workspace.keepShards(newShards, ofRun: runID)
        let newRun = try registerRetraining(
            method, runID, folder, run, runFile, sets.retain, digest, outcome.facts)
        try register(
            outcome.model, digest, input: input, base: base, method: method, newRun: newRun)
        let shredded = try task.discardFolder()
        var facts = outcome.facts.merging(BLASRuntime.environment) { first, _ in first }
        facts["forgottenRecords"] = "\(sets.forget.count)"
        facts["retainedRecords"] = "\(sets.retain.count)"
        facts["seed"] = "\(task.seed)"
        if shredded > 0 { facts["shreddedFiles"] = "\(shredded)" }
        facts["wallSeconds"] = String(
            format: "%.1f", Double(DispatchTime.now().uptimeNanoseconds - started) / 1e9)
        return UnlearningSummary(
            runID: runID, method: method.id, methodClass: method.methodClass,
            baseModel: input.baseModel, outputModel: digest, parameters: parameters.values,
            startedAt: startedAt, finishedAt: workspace.clock.now(),
            casesInRun: input.cases.map(\.id), rungIndex: input.rungIndex, lineageFacts: facts)
    }

    /// Records of the runs to forget; those that stay, all others but the ones that earlier cases
    /// already had removed; and all that do not stay.
    private func recordSets(
        _ cases: [CaseRecord], runs: [TrainingRunEntry]
    ) throws -> (forget: [RecordKey], retain: [RecordKey], gone: [RecordKey]) {
        let finder = CaseSubjectFinder(workspace: workspace)
        let wanted = Set(try cases.flatMap { try finder.scope(of: $0).allRecords })
        var seen: Set<RecordKey> = []
        let members = try runs.flatMap { try workspace.lineage.recordKeys(ofRun: $0.id) }
            .filter { seen.insert($0).inserted }
        let live = Set(
            try Set(runs.flatMap(\.corpora)).flatMap {
                try workspace.lineage.recordKeys(ofCorpus: $0)
            })
        return (
            members.filter(wanted.contains),
            members.filter { !wanted.contains($0) && live.contains($0) },
            members.filter { wanted.contains($0) || !live.contains($0) }
        )
    }

    /// A retraining that starts from weights which have seen the records would not be exact.
    private func requireCleanStart(_ start: Digest?, of input: UnlearnInput) throws {
        guard let start else { return }
        let finder = CaseSubjectFinder(workspace: workspace)
        let wanted = try input.cases.flatMap { try finder.scope(of: $0).allRecords }
        let touched = try workspace.lineage.models(trainedOn: wanted)
        if let source = touched.first(where: { $0.digest == start }) {
            throw EngineError(
                .startNotClean,
                "The training of \(input.modelName) started from \(source.name) version "
                    + "\(source.version), which was trained on these records itself.",
                details: ["model": input.modelName, "start": start.hexadecimal],
                remedy: "Delete the person from \(source.name) first, then train "
                    + "\(input.modelName) again from it.")
        }
    }

    /// An exact retraining is a training run of its own: later requests start from its records.
    private func registerRetraining(
        _ method: UnlearningMethod, _ runID: String, _ folder: URL, _ run: TrainingRunEntry,
        _ runFile: RunFile?, _ retain: [RecordKey], _ digest: Digest, _ facts: [String: String]
    ) throws -> String? {
        guard method.methodClass == .exact, let runFile,
            let plan = facts["planDigest"].flatMap(Digest.init(hexadecimal:))
        else { return nil }
        try RunFile(
            runID: runID, modelName: runFile.modelName, corpora: run.corpora,
            recipe: runFile.recipe, startModel: runFile.startModel, architectureModel: digest,
            recordsDigest: combinedDigest(retain.map(\.digest))
        ).write(to: folder)
        try workspace.lineage.register(
            run: TrainingRunEntry(
                id: runID, corpora: run.corpora, recipeDigest: run.recipeDigest, planDigest: plan,
                recordCount: retain.count, folder: workspace.relativePath(of: folder),
                modelDigest: digest), records: retain)
        return runID
    }

    private func register(
        _ model: LanguageModel, _ digest: Digest, input: UnlearnInput, base: ModelEntry,
        method: UnlearningMethod, newRun: String?
    ) throws {
        // The control gives the base back: it is registered already.
        let known = try workspace.lineage.models()
        guard !known.contains(where: { $0.digest == digest && $0.name == input.modelName }) else {
            return
        }
        try workspace.lineage.register(
            model: ModelEntry(
                name: input.modelName,
                version: try workspace.lineage.nextVersion(ofModel: input.modelName),
                digest: digest,
                path: workspace.relativePath(of: workspace.models.path(of: digest)),
                family: model.architecture.familyID, parent: newRun == nil ? base.digest : nil,
                runID: newRun, how: "unlearned:\(method.id)", createdAt: workspace.clock.now()))
    }
}
