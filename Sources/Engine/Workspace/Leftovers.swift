import Casework
import Domain
import Foundation
import Lineage

/// What killed commands left under names that nobody reads. Many of these files are weights trained on
/// the data of people who were deleted meanwhile, or keys: all are overwritten before they are removed.
extension Workspace {
    /// Where a method keeps what it needs to go on after an interruption.
    func workFolder(ofRun id: String) -> URL {
        layout.runs.appendingPathComponent(id).appendingPathComponent(Self.workName)
    }

    /// Shreds unfinished files, drafts of models, and checkpoints whose work is in the store. Only while
    /// the workspace is open for changing: no other process writes then.
    ///
    /// Certificates need nothing: a bundle that is not complete is removed before it is written again.
    /// - Throws: `file-not-written`, and what the store and the index throw.
    func removeLeftovers() throws {
        for place in [folder, layout.keys, layout.reports, layout.erasures] {
            try DurableFile.shredLeftovers(in: place)
        }
        try models.removeLeftovers()
        for place in [layout.runs, layout.corpora] {
            try DurableFile.shredLeftovers(in: place, deep: true)
        }
        try discardFinishedWork()
    }

    private func discardFinishedWork() throws {
        let manager = FileManager.default
        let runs = ((try? manager.contentsOfDirectory(atPath: layout.runs.path)) ?? []).sorted()
        let begun = runs.filter { manager.fileExists(atPath: workFolder(ofRun: $0).path) }
        if !begun.isEmpty {
            // A case cannot be closed in between: that takes opening the workspace as well.
            let finished = Set(
                try cases.openCases().map(\.progress).flatMap {
                    [$0.unlearning?.runID].compactMap(\.self) + $0.failures.map(\.runID)
                })
            for run in begun where finished.contains(run) {
                try DurableFile.shred(folder: workFolder(ofRun: run))
            }
        }
        func checkpoint(_ run: String) -> URL {
            PlainTraining.checkpoint(in: layout.runs.appendingPathComponent(run))
        }
        let stopped = runs.filter { manager.fileExists(atPath: checkpoint($0).path) }
        guard !stopped.isEmpty else { return }
        let registered = Set(try lineage.models().compactMap(\.runID))
        for run in stopped where registered.contains(run) {
            try DurableFile.shred(file: checkpoint(run))
        }
    }
}
