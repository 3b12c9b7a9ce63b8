import Domain
import Foundation
import Lineage
import TestSupport
import Testing

/// What a restored backup brings back.
struct RestoreCheckTests {
    private let scene: ErasureScene
    private let shard: URL
    private let lines = (1...4).map { "{\"id\":\"r\($0)\",\"text\":\"text \($0)\"}" }

    init() throws {
        scene = try ErasureScene()
        shard = try scene.scene.folder.file(
            "people.jsonl", lines.map { $0 + "\n" }.joined())
        try scene.places.add(shard.path, corpus: "people", ids: ["r1", "r2", "r3", "r4"])
    }

    @Test func `nothing is found after an erasure`() throws {
        try scene.erase(["r2", "r3"])
        #expect(try scene.index.restoreCheck() == [])
    }

    @Test func `a restored shard is found with each of its erased records`() throws {
        let before = try Data(contentsOf: shard)
        try scene.erase(["r2"])
        try scene.erase(["r4"], caseID: "case-2")
        try before.write(to: shard)
        #expect(
            try scene.index.restoreCheck() == [
                .shard(path: shard.path, caseIDs: ["case-1"]),
                .record(path: shard.path, line: 2, corpus: "people", caseID: "case-1"),
                .record(path: shard.path, line: 4, corpus: "people", caseID: "case-2"),
            ])
    }

    @Test func `an erased record is found in another file, on another line, packed or not`() throws
    {
        try scene.erase(["r3"])
        let copy = try scene.scene.folder.file("copy.jsonl", "\(lines[0])\r\n\(lines[2])\r\n")
        #expect(
            try scene.index.restoreCheck(files: [copy]) == [
                .record(path: copy.path, line: 2, corpus: "people", caseID: "case-1")
            ])
    }

    @Test func `a restored database learns of erasures from the exported tombstones`() throws {
        let before = try Data(contentsOf: shard)
        let folder = scene.scene.folder.url
        // The key outlives the database.
        let restored = folder.appendingPathComponent("restored.sqlite")
        let key = URL(fileURLWithPath: scene.scene.databasePath + ".key")
        try FileManager.default.copyItem(
            at: key, to: URL(fileURLWithPath: restored.path + ".key"))
        try scene.erase(["r1"])
        let export = folder.appendingPathComponent("tombstones.jsonl")
        try scene.index.exportTombstones(to: export)
        try before.write(to: shard)
        let index = try LineageIndex(path: restored.path)
        try index.addCorpus(name: "people", shards: [shard])
        #expect(try index.restoreCheck() == [])
        #expect(try index.importTombstones(from: export) == 1)
        #expect(
            try index.restoreCheck() == [
                .indexEntry(path: shard.path, caseIDs: ["case-1"]),
                .shard(path: shard.path, caseIDs: ["case-1"]),
                .record(path: shard.path, line: 1, corpus: "people", caseID: "case-1"),
            ])
        let bad = try scene.scene.folder.file("bad.jsonl", try content(export) + "{\"kind\":1}\n")
        let error = #expect(throws: LineageError.self) { try index.importTombstones(from: bad) }
        #expect(error?.code == .malformedLedger)
        #expect(error?.details["line"] == "2")
    }

    @Test func `models that an erasure replaced are found while they are current or present`()
        throws
    {
        let index = scene.index
        let entries = (1...3).map { version in
            ModelEntry(
                name: "assistant", version: version, digest: Digest(of: "m\(version)"),
                path: "/models/m\(version)", family: "llama", how: "trained",
                createdAt: ErasureScene.time, isCurrent: version == 2)
        }
        for entry in entries { try index.register(model: entry) }
        for old in entries.prefix(2) {
            try index.recordSuperseded(
                model: old.digest, by: entries[2].digest, caseID: "case-1", at: ErasureScene.time)
        }
        func found(_ present: Set<Int>) throws -> [RestoreFinding] {
            try index.restoreCheck(isPresent: { present.contains($0.version) })
        }
        func finding(_ version: Int, isCurrent: Bool) -> RestoreFinding {
            .model(
                name: "assistant", version: version, digest: Digest(of: "m\(version)"),
                isCurrent: isCurrent, caseID: "case-1")
        }
        #expect(try found([3]) == [finding(2, isCurrent: true)])
        #expect(
            try found([1, 2, 3]) == [finding(1, isCurrent: false), finding(2, isCurrent: true)])
        try index.setCurrent(
            name: "assistant", digest: entries[2].digest, replacing: entries[1].digest)
        #expect(try found([3]) == [])
    }

    @Test func `a file that cannot be read is reported, not passed over`() throws {
        let damaged = scene.scene.folder.url.appendingPathComponent("x.gz")
        try Data(fixture: ShardFormatTests.gzip).prefix(50).write(to: damaged)
        #expect(
            try scene.index.restoreCheck(files: [damaged]) == [
                .unreadable(path: damaged.path, code: "malformed-archive")
            ])
    }
}
