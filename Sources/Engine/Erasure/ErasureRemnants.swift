import Casework
import Domain
import Foundation
import LanguageModels
import Lineage

/// What of a workspace still knows erased records: earlier versions of models, checkpoints, journals.
extension Workspace {
    /// Models and checkpoints that learned from a certified case's records, apart from the model
    /// that was made to forget them and all that came of it.
    func targets(of keys: [RecordKey], _ record: CaseRecord) throws -> ErasureTargets {
        let clean = record.progress.unlearning.map { Set([$0.outputModel]) } ?? []
        let trained = try lineage.models(trainedOn: keys)
        let models = try trained.filter { entry in
            try clean.isDisjoint(with: ancestors(of: entry))
        }
        var checkpoints: [ErasureTargets.Checkpoint] = []
        func add(_ run: String, _ folder: String, _ parts: [String]) {
            for part in parts {
                let path = "\(folder)/\(part)"
                let url = self.folder.appendingPathComponent(path)
                guard FileManager.default.fileExists(atPath: url.path) else { continue }
                checkpoints.append(ErasureTargets.Checkpoint(runID: run, path: path))
            }
        }
        for run in try lineage.runs(containing: keys) {
            add(
                run.id, run.folder,
                [
                    Self.journalName, Self.shardsName, Self.successorsName, Self.workName,
                    PlainTraining.checkpointName,
                ])
        }
        let own =
            [record.progress.unlearning?.runID].compactMap(\.self)
            + record.progress.failures.map(\.runID)
        for id in own {
            add(id, relativePath(of: layout.runs.appendingPathComponent(id)), [Self.workName])
        }
        return ErasureTargets(
            models: models.map {
                ErasureTargets.Model(name: $0.name, version: $0.version, digest: $0.digest)
            }, checkpoints: checkpoints)
    }

    /// Folder in a run's folder for what a method keeps while it works.
    static let workName = "work"

    /// A model and those whose weights it started from.
    private func ancestors(of entry: ModelEntry) throws -> Set<Digest> {
        var found: Set<Digest> = []
        var next: ModelEntry? = entry
        while let step = next, found.insert(step.digest).inserted {
            next = try step.parent.map { try lineage.model(digest: $0.hexadecimal) }
        }
        return found
    }

    /// What can go now and what has to stay, with the reason.
    func remnants(
        _ targets: ErasureTargets, of record: CaseRecord
    ) throws -> (models: [ErasureReport.Model], checkpoints: [ErasureReport.Checkpoint]) {
        func remnant(_ reason: String?) -> ErasureReport.Remnant {
            ErasureReport.Remnant(outcome: reason == nil ? .removed : .kept, reason: reason)
        }
        let neededModels = try neededModels()
        let neededRuns = try neededRuns(besides: record.modelName)
        return (
            targets.models.map {
                ErasureReport.Model(
                    name: $0.name, version: $0.version, digest: $0.digest,
                    remnant: remnant(neededModels[$0.digest]))
            },
            targets.checkpoints.map {
                ErasureReport.Checkpoint(
                    runID: $0.runID, path: $0.path, remnant: remnant(neededRuns[$0.runID]))
            }
        )
    }

    /// Removes what can go. Models are noted as replaced before their files go, so that nobody takes a
    /// half removed one for a damaged one.
    /// - Returns: as `remnants`.
    func removeRemnants(
        _ targets: ErasureTargets, of record: CaseRecord, context: WorkContext
    ) throws -> (models: [ErasureReport.Model], checkpoints: [ErasureReport.Checkpoint]) {
        let remnants = try self.remnants(targets, of: record)
        let successor = record.progress.unlearning?.outputModel
        let total = remnants.models.count + remnants.checkpoints.count
        for (number, model) in remnants.models.enumerated() where model.remnant.outcome == .removed
        {
            context.progress("remove models", number, of: total)
            try lineage.recordSuperseded(
                model: model.digest, by: successor, caseID: record.id.description,
                at: clock.now())
            try DurableFile.shred(folder: models.path(of: model.digest))
        }
        for (number, checkpoint) in remnants.checkpoints.enumerated()
        where checkpoint.remnant.outcome == .removed {
            context.progress("remove models", remnants.models.count + number, of: total)
            let url = folder.appendingPathComponent(checkpoint.path)
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else {
                continue
            }
            if isFolder.boolValue {
                try DurableFile.shred(folder: url)
            } else {
                _ = try removeForGood([url])
            }
        }
        if total > 0 { context.progress("remove models", total, of: total) }
        return remnants
    }

    /// Why a model's files have to stay.
    private func neededModels() throws -> [Digest: String] {
        var reasons: [Digest: String] = [:]
        let current = try lineage.models().filter(\.isCurrent)
        for entry in current {
            for run in try trainingRuns(of: entry) {
                let file = try? RunFile.read(folder.appendingPathComponent(run.folder))
                guard let start = file?.startModel else { continue }
                reasons[start] =
                    "\(entry.name) was trained from it; exact deletions from \(entry.name) need it."
            }
        }
        for other in try cases.list() where !other.state.isFinal {
            guard let run = other.progress.unlearning else { continue }
            for digest in [run.baseModel, run.outputModel] {
                reasons[digest] = "\(other.id) is open and is verified with it."
            }
        }
        for entry in current {
            reasons[entry.digest] =
                "\(entry.name) stands for it; it needs a case of its own."
        }
        return reasons
    }

    /// Why the checkpoints of a run have to stay: other models are deleted from by them. The case's own
    /// model was changed since, and without the records nobody could replay its first training.
    private func neededRuns(besides name: String?) throws -> [String: String] {
        var reasons: [String: String] = [:]
        for entry in try lineage.models() where entry.isCurrent && entry.name != name {
            for run in try trainingRuns(of: entry) {
                reasons[run.id] =
                    "\(entry.name) was made by this run; deletions from it need them."
            }
        }
        return reasons
    }
}
