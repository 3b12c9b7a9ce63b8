import Domain
import Foundation
import GRDB

/// Something that a restored backup brought back and that must be erased again.
package enum RestoreFinding: Codable, Sendable, Equatable {
    /// A file is what a shard or its source was before records were erased from it.
    case shard(path: String, caseIDs: [String])
    /// An erased record stands in a file again.
    case record(path: String, line: Int, corpus: String, caseID: String)
    /// The index still, or again, describes a shard as it was before the erasure.
    case indexEntry(path: String, caseIDs: [String])
    /// A model is there, or current, that an erasure had replaced.
    case model(name: String, version: Int, digest: Digest, isCurrent: Bool, caseID: String)
    /// A shard could not be looked at.
    case unreadable(path: String, code: String)
}

extension LineageIndex {
    /// Lists what has to be erased again after a restore. Every known shard, its source and the
    /// given files are read whole; records are known again by their keyed digests.
    ///
    /// A restored *database* has forgotten the tombstones made since the backup: take them from
    /// their export first (`importTombstones`).
    /// - Parameters:
    ///   - files: further files that the restore brought.
    ///   - isPresent: whether a registered model still has its files.
    /// - Throws: `interrupted` and those of the index.
    package func restoreCheck(
        files: [URL] = [], context: WorkContext = WorkContext(),
        isPresent: (ModelEntry) -> Bool = { FileManager.default.fileExists(atPath: $0.path) }
    ) throws -> [RestoreFinding] {
        let memory = RestoreMemory(try tombstones())
        var findings: [RestoreFinding] = []
        let shards = try corpora().flatMap(\.shards)
        for shard in shards {
            let cases = memory.cases(ofOldShard: shard.digest)
            if !cases.isEmpty { findings.append(.indexEntry(path: shard.path, caseIDs: cases)) }
        }
        let known = shards.map(\.path) + memory.shards
        let sources = try known.compactMap { try importedShard(at: $0)?.sourcePath }
        var seen = Set<[UInt8]>()
        for path in known + sources + files.map(\.path) where seen.insert(Array(path.utf8)).inserted
        {
            try context.checkCancellation()
            findings += try check(path, memory)
        }
        return findings + (try presentModels(isPresent))
    }

    private func check(
        _ path: String, _ memory: RestoreMemory
    ) throws -> [RestoreFinding] {
        // A shard that is gone brings nothing back.
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        var records: [RestoreFinding] = []
        do {
            let key = self.key
            let digest = try readShardLines(of: URL(fileURLWithPath: path)) { line in
                let lineKey = hexadecimalText(key.lineKey(Digest(of: Data(line.bytes))))
                for tombstone in memory.tombstones(ofLine: lineKey) {
                    records.append(
                        .record(
                            path: path, line: line.number, corpus: tombstone.corpus,
                            caseID: tombstone.caseID))
                }
            }
            let cases = memory.cases(ofOldShard: digest)
            return (cases.isEmpty ? [] : [.shard(path: path, caseIDs: cases)]) + records
        } catch let error as any ReportableError where error.kind != .interrupted {
            return records + [.unreadable(path: path, code: error.codeName)]
        }
    }

    private func presentModels(_ isPresent: (ModelEntry) -> Bool) throws -> [RestoreFinding] {
        let superseded = try database.read { db in
            try Row.fetchAll(db, sql: "SELECT digest, caseID FROM supersededModel ORDER BY caseID")
                .map { (try CorpusCatalog.digest($0["digest"]), $0["caseID"] as String) }
        }
        let cases = Dictionary(grouping: superseded, by: \.0)
        return try models().flatMap { model in
            guard let own = cases[model.digest], model.isCurrent || isPresent(model) else {
                return [RestoreFinding]()
            }
            return own.map { _, caseID in
                .model(
                    name: model.name, version: model.version, digest: model.digest,
                    isCurrent: model.isCurrent, caseID: caseID)
            }
        }
    }
}

/// Tombstones by what they are recognised by.
private struct RestoreMemory {
    private let byLine: [String: [Tombstone]]
    private let byOldShard: [Digest: [Tombstone]]
    /// Paths, sorted by bytes.
    let shards: [String]

    init(_ tombstones: [Tombstone]) {
        byLine = Dictionary(grouping: tombstones, by: \.lineKey)
        byOldShard = Dictionary(grouping: tombstones, by: \.oldShardDigest)
        shards = Set(tombstones.map(\.shard)).sorted()
    }

    func tombstones(ofLine key: String) -> [Tombstone] { byLine[key] ?? [] }

    func cases(ofOldShard digest: Digest) -> [String] {
        Set((byOldShard[digest] ?? []).map(\.caseID)).sorted()
    }
}
