import Domain
import Foundation
import LanguageModels
import Lineage
import Unlearning

/// Slice checkpoints of trainings in shards, from which people are deleted by `sisa`.
///
/// A run's own stand in its folder under `shards`. While a deletion builds those of its successor, they
/// stand in the folder of the run they come from, under `successors`: what an abandoned deletion leaves
/// knows the people that its origin knows, and goes with it.
extension Workspace {
    /// Folder of the slice checkpoints within a run's folder.
    static let shardsName = "shards"
    /// Folder within a run's folder for successors that are not finished, each named by its run.
    static let successorsName = "successors"

    /// The finished shards that a run left; nil if there are none.
    func shards(ofRunIn folder: String) -> URL? {
        let url = self.folder.appendingPathComponent(folder)
            .appendingPathComponent(Self.shardsName)
        return ShardManifest.exists(in: url) ? url : nil
    }

    /// Where the shards of a run to come are built: its own folder if they stand there already.
    func newShards(ofRun id: String, from run: TrainingRunEntry) -> URL {
        shards(ofRunIn: relativePath(of: layout.runs.appendingPathComponent(id)))
            ?? folder.appendingPathComponent(run.folder)
            .appendingPathComponent(Self.successorsName).appendingPathComponent(id)
    }

    /// Makes finished shards those of their run; a retry does nothing.
    func keepShards(_ shards: URL, ofRun id: String) throws {
        let place = layout.runs.appendingPathComponent(id).appendingPathComponent(Self.shardsName)
        guard ShardManifest.exists(in: shards), !ShardManifest.exists(in: place) else { return }
        try DurableFile.publish(folder: shards, to: place)
    }

    /// Destroys the slice checkpoints of a model's earlier runs that learned from any of these records,
    /// and what deletions from them left unfinished. Those of the present run stay, and are checked
    /// before anything is destroyed.
    /// - Parameter name: of the model; its present version must have been made without the records.
    /// - Returns: files removed.
    @discardableResult
    func shredShards(ofModel name: String, holding records: [RecordKey]) throws -> Int {
        let versions = try lineage.models().filter { $0.name == name }
        guard let current = try versions.first(where: \.isCurrent)?.runID.map(lineage.run),
            let kept = shards(ofRunIn: current.folder)
        else { return 0 }
        let earlier = Set(versions.compactMap(\.runID)).subtracting([current.id])
        var count = 0
        for run in try lineage.runs(containing: records) where earlier.contains(run.id) {
            let home = folder.appendingPathComponent(run.folder)
            let old = home.appendingPathComponent(Self.shardsName)
            if FileManager.default.fileExists(atPath: old.path) {
                count += try ShardedTraining.shred(old, replacedBy: kept)
            }
            count += try DurableFile.shred(
                folder: home.appendingPathComponent(Self.successorsName))
        }
        return count
    }
}
