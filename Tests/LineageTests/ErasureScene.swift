import Domain
import Foundation
import Lineage
import TestSupport

/// The index as erasing asks it, with the tests' short names for its records.
final class NamedPlaces: ErasureIndex, @unchecked Sendable {
    private let index: LineageIndex
    /// The tests' names by corpus and id.
    private var names: [[String]: String] = [:]
    private let lock = NSLock()
    private(set) var replaceCount = 0

    init(_ index: LineageIndex) { self.index = index }

    /// Adds a file to a corpus and gives its records, line by line, these names.
    func add(_ path: String, corpus: String, ids: [String]) throws {
        let shard = URL(fileURLWithPath: path)
        if try index.corpora().contains(where: { $0.name == corpus }) {
            try index.addShards(to: corpus, shards: [shard])
        } else {
            try index.addCorpus(name: corpus, shards: [shard])
        }
        let keys = try index.recordKeys(ofCorpus: corpus).filter { $0.shard == path }
        for (key, name) in zip(keys, ids) { names[[corpus, key.id]] = name }
    }

    private var keys: [RecordKey] {
        get throws {
            try index.corpora().flatMap {
                try index.recordKeys(ofCorpus: $0.name, includingDeleted: true)
            }
        }
    }

    func key(_ name: String, corpus: String = "people") throws -> RecordKey {
        let key = try keys.first { names[[$0.corpus, $0.id]] == name && $0.corpus == corpus }
        guard let key else { throw LineageError(.unknownRecord, "no such record") }
        return key
    }

    var ids: [String] { get throws { try keys.compactMap { names[[$0.corpus, $0.id]] } } }
    var lines: [Int] { get throws { try keys.map(\.line) } }
    func digest(_ path: String) throws -> Digest? { try index.shards(at: path).first?.digest }

    func shards(at path: String) throws -> [ShardReference] { try index.shards(at: path) }

    func places(of records: [RecordKey]) throws -> [RecordKey?] { try index.places(of: records) }

    func replaceShard(_ change: ShardChange) throws {
        let before = try index.shards(at: change.path)
        try index.replaceShard(change)
        if try index.shards(at: change.path) != before { lock.withLock { replaceCount += 1 } }
    }
}

/// A shard in a scratch folder with an index that knows its lines.
struct ErasureScene {
    let scene: LineageScene
    let places: NamedPlaces
    static let time = Timestamp(secondsSince1970: 1_790_000_000)

    init() throws {
        scene = try LineageScene()
        places = NamedPlaces(scene.index)
    }

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
