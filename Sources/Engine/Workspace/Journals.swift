import Domain
import Foundation
import LanguageModels
import Lineage

/// Journals of trainings, from which people are deleted by replay.
extension Workspace {
    /// Folder of the journal within a run's folder.
    static let journalName = "journal"

    /// The journal that a run left; nil if its recipe asked for none.
    func journal(ofRunIn folder: String) -> URL? {
        let url = self.folder.appendingPathComponent(folder)
            .appendingPathComponent(Self.journalName)
        return FileManager.default.fileExists(atPath: url.path) ? url : nil
    }

    /// Destroys the journal of a model's training, whose checkpoints know the deleted person, once the
    /// model's exact successor has one of its own. That of a model which was changed by an approximate
    /// method stays: later requests can only be replayed from it.
    func shredJournal(of base: Digest, replacedBy successor: Digest) throws {
        func journal(_ digest: Digest) throws -> URL? {
            let entry = try lineage.model(digest: digest.hexadecimal)
            return try entry.runID == nil
                ? nil : trainingRun(of: entry).flatMap { self.journal(ofRunIn: $0.folder) }
        }
        guard let old = try journal(base), let new = try journal(successor), old != new else {
            return
        }
        try TrainingJournal.shred(old, replacedBy: new)
    }
}
