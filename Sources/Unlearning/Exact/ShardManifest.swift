import Domain
import Foundation
import LanguageModels

extension UnlearningErrorCode {
    package static let malformedShards = UnlearningErrorCode(rawValue: "malformed-shards")
    package static let recordUnknown = UnlearningErrorCode(rawValue: "record-unknown")
}

/// What a training in shards records about itself: the place of every record and what decides the
/// weights beside the records. `manifest.json` in the training's folder, mode 0600.
///
/// It holds record ids, and says of each which part of which model learned it; no text and no people.
package struct ShardManifest: Codable, Sendable, Equatable {
    package static let fileName = "manifest.json"
    static let currentFormat = "lethe-sisa-1"

    package struct Entry: Codable, Sendable, Equatable {
        package let id: String
        /// Of the record's line.
        package let digest: Digest
        /// Counted from 0.
        package let shard: Int
        package let slice: Int
    }

    package let format: String
    package let recipeDigest: Digest
    /// Of what every shard starts from: a model's weights, or the shape and tokenizer of fresh ones.
    package let startDigest: Digest
    package let settings: ShardingSettings
    package let epochsPerSlice: Int
    package let batchSize: Int
    /// Sorted by id.
    package var records: [Entry]
    /// Wall time of a step, measured when stages were last trained without an interruption; nil if none
    /// was.
    package var secondsPerStep: Double?
    /// nil before the first.
    package var lastDeletion: Deletion?

    package struct Deletion: Codable, Sendable, Equatable {
        /// Over the record ids that were asked for, by which a repetition of the request is known.
        package let request: Digest
        package let cost: ShardedCost
    }

    /// - Throws: `record-unknown` where the placement leaves out a record; `malformed-shards` for two
    ///   records of one id and for a place outside the settings.
    init(
        records: [CorpusRecord], placement: ShardPlacement, recipe: TrainingRecipe,
        settings: ShardingSettings, startDigest: Digest
    ) throws {
        format = Self.currentFormat
        recipeDigest = try recipe.digest()
        self.startDigest = startDigest
        self.settings = settings
        epochsPerSlice = settings.epochsPerSlice(epochs: recipe.epochs)
        batchSize = recipe.batchSize
        self.records = try records.map { record in
            guard let place = placement.places[record.id] else {
                throw UnlearningError(
                    .recordUnknown, "Record \(record.id) has no place in the shards.",
                    details: ["record": record.id],
                    remedy: "Train in shards from the beginning; a training takes no later records."
                )
            }
            return Entry(
                id: record.id, digest: record.digest, shard: place.shard, slice: place.slice)
        }.sorted { $0.id < $1.id }
        try validate()
    }

    package static func exists(in folder: URL) -> Bool {
        FileManager.default.fileExists(atPath: folder.appendingPathComponent(fileName).path)
    }

    /// - Throws: `malformed-shards`, `file-unreadable`.
    package init(folder: URL) throws {
        let data = try DurableFile.read(folder.appendingPathComponent(Self.fileName))
        do {
            self = try JSONDecoder().decode(ShardManifest.self, from: data)
        } catch {
            throw Self.malformed("does not have the expected form", cause: error)
        }
        try validate()
    }

    private func validate() throws {
        guard format == Self.currentFormat else {
            throw Self.malformed("has the form \(format), not \(Self.currentFormat)")
        }
        guard ShardingSettings.counts.contains(settings.shards),
            ShardingSettings.counts.contains(settings.slices), epochsPerSlice > 0, batchSize > 0
        else { throw Self.malformed("has a number out of range") }
        var previous: String?
        for entry in records {
            guard previous.map({ $0 < entry.id }) ?? true else {
                throw Self.malformed("has record \(entry.id) twice or out of order")
            }
            guard (0..<settings.shards).contains(entry.shard),
                (0..<settings.slices).contains(entry.slice)
            else { throw Self.malformed("places record \(entry.id) outside the shards") }
            previous = entry.id
        }
    }

    static func malformed(_ what: String, cause: (any Error)? = nil) -> UnlearningError {
        UnlearningError(
            .malformedShards, "\(fileName) of the sharded training \(what).",
            details: ["file": fileName],
            remedy: "Restore the folder from a backup, or train again; retrain needs no shards.",
            cause: cause)
    }

    /// Writes the manifest in place of the one in the folder, and overwrites what that one held on disk:
    /// the ids of records that are gone.
    func write(to folder: URL) throws {
        let url = folder.appendingPathComponent(Self.fileName)
        let old = try? FileHandle(forUpdating: url)
        try DurableFile.write(try CanonicalJSON.pretty(self), to: url, permissions: 0o600)
        guard let old else { return }
        // Its name is gone; the handle still reaches its blocks.
        let length = try old.seekToEnd()
        try old.seek(toOffset: 0)
        try old.write(contentsOf: Data(count: Int(length)))
        try old.synchronize()
        try old.close()
    }

    package var placement: ShardPlacement {
        ShardPlacement(
            places: Dictionary(
                records.map { ($0.id, .init(shard: $0.shard, slice: $0.slice)) },
                uniquingKeysWith: { first, _ in first }))
    }

    /// One stage of a shard's training: its records of slices 0 ... slice.
    struct Stage {
        let shard: Int
        let slice: Int
        let recordIDs: [String]
        /// Of everything that decides the weights after this stage.
        let identity: Digest

        /// Counted from 1, for people.
        var fileName: String { "slice-\(slice + 1)-\(identity.short).safetensors" }
        static func folderName(shard: Int) -> String { "shard-\(shard + 1)" }
    }

    /// The stages of a shard in order, without those that have no record yet.
    func stages(ofShard shard: Int) -> [Stage] {
        let mine = records.filter { $0.shard == shard }
        var history = "\(format)/\(recipeDigest)/\(startDigest)/\(shard)"
        var result: [Stage] = []
        for slice in 0..<settings.slices {
            let new = mine.filter { $0.slice == slice }
            // Digests have one length and ids follow a length: no two histories read the same.
            let text = new.map { "\($0.digest)\($0.id.utf8.count):\($0.id)" }.joined()
            history = Digest(of: "\(history)/\(slice)/\(text)").hexadecimal
            let known = mine.filter { $0.slice <= slice }.map(\.id)
            guard !known.isEmpty, let identity = Digest(hexadecimal: history) else { continue }
            result.append(Stage(shard: shard, slice: slice, recordIDs: known, identity: identity))
        }
        return result
    }

    var stages: [[Stage]] { (0..<settings.shards).map { stages(ofShard: $0) } }

    /// Of everything that decides the weights of all shards: recipe, start and which records each
    /// stage reads.
    package var planDigest: Digest {
        Digest(of: stages.joined().map(\.identity.hexadecimal).joined(separator: "\n"))
    }

    /// Optimiser steps of a stage over this many records.
    func stepCount(records: Int) -> Int {
        (records + batchSize - 1) / batchSize * epochsPerSlice
    }
}
