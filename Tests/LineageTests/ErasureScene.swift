import Domain
import Foundation
import Lineage
import TestSupport

/// Stands for the index in tests of erasing: keeps the lines of shards in memory, by the rules that
/// `ErasureIndex` states.
final class MemoryPlaces: ErasureIndex, @unchecked Sendable {
    private let lock = NSLock()
    private var entries: [String: ShardReference] = [:]
    private var keys: [RecordKey] = []
    private(set) var replaceCount = 0

    func add(_ path: String, corpus: String, ids: [String]) throws {
        let data = try Data(contentsOf: URL(fileURLWithPath: path))
        let lines = data.split(separator: 10, omittingEmptySubsequences: false)
            .prefix(ids.count).map { $0.last == 13 ? $0.dropLast() : $0 }
        entries[path] = ShardReference(
            corpus: corpus, path: path, digest: Digest(of: data), byteCount: data.count,
            recordCount: ids.count)
        for (number, line) in lines.enumerated() {
            keys.append(
                RecordKey(
                    corpus: corpus, id: ids[number], shard: path, line: number + 1,
                    digest: Digest(of: Data(line))))
        }
    }

    func key(_ id: String, corpus: String = "people") throws -> RecordKey {
        guard let key = keys.first(where: { $0.id == id && $0.corpus == corpus }) else {
            throw LineageError(.unknownRecord, "no such record")
        }
        return key
    }

    var ids: [String] { keys.map(\.id) }
    var lines: [Int] { keys.map(\.line) }
    func digest(_ path: String) -> Digest? { entries[path]?.digest }

    func shards(at path: String) throws -> [ShardReference] { entries[path].map { [$0] } ?? [] }

    func places(of records: [RecordKey]) throws -> [RecordKey?] {
        records.map { record in
            keys.first { $0.corpus == record.corpus && $0.id == record.id }
        }
    }

    func replaceShard(_ change: ShardChange) throws {
        try lock.withLock {
            guard let entry = entries[change.path], entry.digest != change.newDigest else { return }
            guard entry.digest == change.oldDigest else {
                throw LineageError(.shardChanged, "another shard")
            }
            replaceCount += 1
            entries[change.path] = ShardReference(
                corpus: entry.corpus, path: entry.path, digest: change.newDigest,
                byteCount: change.newByteCount, recordCount: change.newRecordCount)
            keys = keys.compactMap { key in
                guard key.shard == change.path else { return key }
                guard let line = change.newLine(of: key.line) else { return nil }
                let redacted = change.redactedLines.first { $0.line == key.line }
                return RecordKey(
                    corpus: key.corpus, id: key.id, shard: key.shard, line: line,
                    digest: redacted?.digest ?? key.digest)
            }
        }
    }
}

/// A shard in a scratch folder with an index that knows its lines.
struct ErasureScene {
    let scene: LineageScene
    let places = MemoryPlaces()
    static let time = Timestamp(secondsSince1970: 1_790_000_000)

    init() throws { scene = try LineageScene() }

    var index: LineageIndex { scene.index }

    func file(_ name: String, _ content: String, ids: [String]) throws -> URL {
        let url = try scene.folder.file(name, content)
        try places.add(url.path, corpus: "people", ids: ids)
        return url
    }

    /// A shard that is unpacked from a source.
    func imported(_ source: URL, ids: [String]) throws -> ImportedShard {
        let shard = try importer.importShard(source)
        try index.remember(shard)
        try places.add(shard.plainPath, corpus: "people", ids: ids)
        return shard
    }

    var importer: ShardImporter {
        ShardImporter(folder: scene.folder.url.appendingPathComponent("unpacked"))
    }

    func erasure(killedAt phase: ErasurePhase? = nil) -> ShardErasure {
        ShardErasure(
            index: index, places: places, clock: FixedClock(Self.time),
            reached: { if $0 == phase { throw Kill() } })
    }

    @discardableResult
    func erase(_ ids: [String], caseID: String = "case-1") throws -> ErasureResult {
        try erasure().erase(ids.map { try places.key($0) }, caseID: caseID)
    }

    struct Kill: Error {}
}

func content(_ url: URL) throws -> String {
    String(decoding: try Data(contentsOf: url), as: UTF8.self)
}

func content(_ path: String) throws -> String { try content(URL(fileURLWithPath: path)) }

/// Names of a folder's files, hidden ones too.
func names(_ folder: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
}

extension Data {
    /// Bytes of a test file that is written down in base 64.
    init(fixture text: String) throws {
        guard let data = Data(base64Encoded: text) else {
            throw LineageError(.malformedArchive, "The test's own data is damaged.")
        }
        self = data
    }
}
