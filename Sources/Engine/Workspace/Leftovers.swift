import Casework
import Certificates
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
    /// Certificates need nothing: whoever writes a bundle again removes what is left in its folder.
    /// - Throws: `file-not-written`, and what the store and the index throw.
    func removeLeftovers() throws {
        for place in [folder, layout.reports, layout.erasures, layout.revocations] {
            try DurableFile.shredLeftovers(in: place)
        }
        try models.removeLeftovers()
        for place in [layout.keys, layout.runs, layout.corpora, layout.log, layout.claims] {
            try DurableFile.shredLeftovers(in: place, deep: true)
        }
        try discardFinishedWork()
    }

    /// Unlearning runs that were begun and that no case goes on with: all their cases were closed, or
    /// have the result of another run. Their folders hold weights that still know the persons.
    func abandonedRuns() throws -> [String] {
        let begun = runIDs().filter {
            $0.hasPrefix(UnlearningIdentity.prefix)
                && FileManager.default.fileExists(atPath: workFolder(ofRun: $0).path)
        }
        return try cases.abandonedRuns(among: Set(begun)).sorted()
    }

    /// Shreds what abandoned runs kept. Called after every change that may close a case; if the command
    /// is killed before, the next one that opens the workspace for changing does it.
    /// - Throws: `file-not-written`, and what the store throws.
    package func discardAbandonedWork() throws {
        for run in try abandonedRuns() {
            try DurableFile.shred(folder: workFolder(ofRun: run))
        }
    }

    private func runIDs() -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: layout.runs.path)) ?? []).sorted()
    }

    private func discardFinishedWork() throws {
        let manager = FileManager.default
        let runs = runIDs()
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
            try discardAbandonedWork()
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
