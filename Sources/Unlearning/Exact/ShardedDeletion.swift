import Domain
import Foundation
import LanguageModels

/// What a deletion from a training in shards has done.
package struct ShardedDeletion: Sendable {
    package let manifest: ShardManifest
    /// As it was known before.
    package let cost: ShardedCost
    /// Steps of stages that ended in this call: fewer than the cost's where an earlier call had begun.
    package let stepCount: Int
}

extension ShardedTraining {
    /// Takes records out of the training: trains the shards they stood in again, each from the last
    /// checkpoint before the slice of its first dropped record.
    ///
    /// The result is that of `train` without them, bit by bit. Until all is trained, the folder stands as
    /// it did, with the new checkpoints beside the old; an interrupted call goes on with them. Then the
    /// new manifest takes the old one's place and every checkpoint that has seen a dropped record is
    /// overwritten and removed. A call that was interrupted after that only finishes the removal.
    /// - Parameters:
    ///   - recordIDs: those of no record in the training are passed over.
    ///   - retain: all other records of the training; more than these do no harm.
    /// - Throws: `record-unknown` where none of the ids is in the training, or one to be retained is
    ///   missing or changed; `nothing-to-retain`; `malformed-checkpoint` for one that is missing or
    ///   damaged; `malformed-shards`; what `Trainer` throws.
    package func delete(
        _ recordIDs: Set<String>, retain: [CorpusRecord], context: WorkContext
    ) throws -> ShardedDeletion {
        let old = try manifest()
        let request = Self.request(recordIDs)
        if let last = old.lastDeletion, last.request == request,
            old.cost(ofDeleting: recordIDs).parts.isEmpty
        {
            try commit(old)
            return ShardedDeletion(manifest: old, cost: last.cost, stepCount: 0)
        }
        return try finish(
            try manifest(old, without: recordIDs, request), with: retain, context: context)
    }

    /// As `delete`, but leaves this training's folder as it stands, and the result in another.
    ///
    /// Checkpoints that the result keeps have a name in both folders. An interrupted call goes on with
    /// what is there; a repeated one finds all of it. Once nobody needs the old folder any more, it is
    /// to be shredded: `ShardedTraining.shred(_:replacedBy:)`.
    /// - Parameter successor: made if needed; of this deletion alone.
    /// - Throws: as `delete`; `malformed-shards` too if the successor holds another training.
    package func delete(
        _ recordIDs: Set<String>, retain: [CorpusRecord], into successor: URL, context: WorkContext
    ) throws -> ShardedDeletion {
        let old = try manifest()
        let new = try manifest(old, without: recordIDs, Self.request(recordIDs))
        let result = try ShardedTraining(
            recipe, start: start, folder: successor, activity: activity)
        if ShardManifest.exists(in: successor), try result.manifest().records != new.records {
            throw ShardManifest.malformed("is that of other records")
        }
        for stage in new.stages.joined() where checkpoint(stage).exists {
            try DurableFile.link(checkpoint(stage).url, to: result.checkpoint(stage).url)
        }
        return try result.finish(new, with: retain, context: context)
    }

    private static func request(_ recordIDs: Set<String>) -> Digest {
        Digest(of: recordIDs.sorted().joined(separator: "\u{1f}"))
    }

    /// The manifest to come, with the deletion and its cost.
    private func manifest(
        _ old: ShardManifest, without recordIDs: Set<String>, _ request: Digest
    ) throws -> ShardManifest {
        let cost = old.cost(ofDeleting: recordIDs)
        guard !cost.parts.isEmpty else {
            throw UnlearningError(
                .recordUnknown, "None of the records is in the sharded training.",
                remedy: "Check that the model was trained by this folder's training.")
        }
        var new = old.without(recordIDs)
        guard !new.records.isEmpty else {
            throw UnlearningError(
                .nothingToRetain, "The sharded training has no other record.",
                remedy: "Without any other record the model should be deleted as a whole.")
        }
        // What is missing would be trained again without a word: a changed manifest asks for other
        // checkpoints than those that are there.
        for stage in old.stages.joined() where !checkpoint(stage).exists {
            throw checkpoint(stage).damaged("is missing")
        }
        new.lastDeletion = .init(request: request, cost: cost)
        return new
    }

    private func finish(
        _ manifest: ShardManifest, with retain: [CorpusRecord], context: WorkContext
    ) throws -> ShardedDeletion {
        var manifest = manifest
        guard let cost = manifest.lastDeletion?.cost else {
            throw ShardManifest.malformed("does not name the deletion")
        }
        let work = try complete(manifest, with: retain, context: context)
        manifest.secondsPerStep = work.secondsPerStep ?? manifest.secondsPerStep
        try commit(manifest)
        return ShardedDeletion(manifest: manifest, cost: cost, stepCount: work.stepCount)
    }

    /// Shreds the folder of a training in shards that another has replaced. Of checkpoints that both
    /// have, the other's name stays.
    /// - Parameter replacement: a finished training; every checkpoint of it is checked before anything
    ///   is shredded.
    /// - Returns: files removed; 0 if there is no such folder any more.
    /// - Throws: `malformed-shards`, also where both are one folder; `malformed-checkpoint`;
    ///   `file-not-written`.
    @discardableResult
    package static func shred(_ folder: URL, replacedBy replacement: URL) throws -> Int {
        let manifest = try ShardManifest(folder: replacement)
        func path(_ url: URL) -> String {
            url.standardizedFileURL.resolvingSymlinksInPath().path
        }
        guard path(folder) != path(replacement) else {
            throw ShardManifest.malformed("cannot take its own place")
        }
        for stage in manifest.stages.joined() {
            try SliceCheckpoint(stage, in: replacement).check()
        }
        return try DurableFile.shred(folder: folder)
    }

    /// Makes a manifest whose checkpoints all exist the valid one and shreds what it does not name.
    func commit(_ manifest: ShardManifest) throws {
        if try !ShardManifest.exists(in: folder) || self.manifest() != manifest {
            try manifest.write(to: folder)
        }
        let kept = Set(manifest.stages.joined().map { checkpoint($0).url.lastPathComponent })
        // Unfinished files of an interrupted write, here and below.
        var stale = names(in: folder).filter { $0.hasPrefix(".\(ShardManifest.fileName).") }
            .map { folder.appendingPathComponent($0) }
        for shard in 0..<settings.shards {
            let part = folder.appendingPathComponent(
                ShardManifest.Stage.folderName(shard: shard))
            for name in names(in: part) where !kept.contains(name) {
                stale.append(part.appendingPathComponent(name))
            }
        }
        try shred(stale)
    }

    private func names(in folder: URL) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
    }

    /// Overwrites and removes files of the training's folder, and what an interrupted call left to be.
    func shred(_ files: [URL]) throws {
        let bin = folder.appendingPathComponent("stale")
        let manager = FileManager.default
        for file in files where manager.fileExists(atPath: file.path) {
            do {
                try DurableFile.makeFolder(bin, permissions: 0o700)
                try manager.moveItem(
                    at: file, to: bin.appendingPathComponent(UUID().uuidString))
            } catch {
                throw DomainError(
                    .fileNotWritten, "\(file.path) could not be moved to be shredded.",
                    details: ["path": file.path],
                    remedy: "It holds deleted data: remove it by hand.", cause: error)
            }
        }
        try DurableFile.shred(folder: bin)
    }
}
