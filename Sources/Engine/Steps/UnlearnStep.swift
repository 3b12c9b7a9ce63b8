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

    func utilityLoss(ofModel digest: Digest) throws -> Double {
        try workspace.drift(ofModel: digest).utilityLoss
    }

    func unlearn(_ input: UnlearnInput, context: WorkContext) throws -> UnlearningSummary {
        let prepared = try PreparedUnlearning(input, in: workspace)
        let (method, task) = (prepared.method, prepared.task)
        let startedAt = workspace.clock.now()
        let started = DispatchTime.now().uptimeNanoseconds
        let outcome = try prepared.run(context)
        let digest = try workspace.models.store(outcome, start: prepared.runFile?.startModel)
        try workspace.keepShards(prepared.newShards, ofRun: prepared.runID)
        let newRun = try registerRetraining(prepared, digest, outcome.facts)
        try register(
            outcome.model, digest, input: input, base: prepared.base, method: method,
            newRun: newRun)
        var facts = outcome.facts.merging(BLASRuntime.environment) { first, _ in first }
        facts["forgottenRecords"] = "\(prepared.sets.forget.count)"
        facts["retainedRecords"] = "\(prepared.sets.retain.count)"
        facts["seed"] = "\(task.seed)"
        facts["wallSeconds"] = String(
            format: "%.1f", Double(DispatchTime.now().uptimeNanoseconds - started) / 1e9)
        return UnlearningSummary(
            runID: prepared.runID, method: method.id, methodClass: method.methodClass,
            baseModel: input.baseModel, outputModel: digest, parameters: method.parameters,
            startedAt: startedAt, finishedAt: workspace.clock.now(),
            casesInRun: input.cases.map(\.id), rungIndex: input.rungIndex, lineageFacts: facts)
    }

    func runID(of input: UnlearnInput) throws -> String? {
        try UnlearningIdentity(input, in: workspace).runID
    }

    func discardWork(of run: UnlearningSummary) throws {
        try DurableFile.shred(folder: workspace.workFolder(ofRun: run.runID))
        try workspace.discardAbandonedWork()
    }

    /// An exact retraining is a training run of its own: later requests start from its records.
    private func registerRetraining(
        _ prepared: PreparedUnlearning, _ digest: Digest, _ facts: [String: String]
    ) throws -> String? {
        let (runID, run, retain) = (prepared.runID, prepared.trainingRun, prepared.sets.retain)
        guard prepared.method.methodClass == .exact, let runFile = prepared.runFile,
            let plan = facts["planDigest"].flatMap(Digest.init(hexadecimal:))
        else { return nil }
        var newFile = RunFile(
            runID: runID, modelName: runFile.modelName, corpora: run.corpora,
            recipe: runFile.recipe, startModel: runFile.startModel, architectureModel: digest,
            recordsDigest: combinedDigest(retain.map(\.digest)))
        // A replay takes less than the training it stands for; that one's time stays the measure.
        newFile.seconds = runFile.seconds
        try newFile.write(to: prepared.folder)
        try workspace.lineage.register(
            run: TrainingRunEntry(
                id: runID, corpora: run.corpora, recipeDigest: run.recipeDigest, planDigest: plan,
                recordCount: retain.count, folder: workspace.relativePath(of: prepared.folder),
                modelDigest: digest), records: retain)
        return runID
    }

    private func register(
        _ model: LanguageModel, _ digest: Digest, input: UnlearnInput, base: ModelEntry,
        method: RungMethod, newRun: String?
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
