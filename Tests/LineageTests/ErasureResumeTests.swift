import Domain
import Foundation
import Lineage
import TestSupport
import Testing

/// Erasures that are killed: old or new, never neither.
struct ErasureResumeTests {
    private static let left =
        "{\"id\":\"a\",\"text\":\"first record\"}\n{\"id\":\"c\",\"text\":\"third record\"}\r\n"

    private let scene: ErasureScene
    private let source: URL
    private let shard: ImportedShard

    init() throws {
        scene = try ErasureScene()
        source = scene.scene.folder.url.appendingPathComponent("people.jsonl.gz")
        try Data(fixture: ShardFormatTests.gzip).write(to: source)
        shard = try scene.imported(source, ids: ["a", "b", "c", "d"])
    }

    private func kill(at phase: ErasurePhase) throws {
        let keys = try ["b", "d"].map { try scene.places.key($0) }
        #expect(throws: ErasureScene.Kill.self) {
            try scene.erasure(killedAt: phase).erase(keys, caseID: "case-1")
        }
    }

    /// What the source holds, unpacked anew.
    private func sourceContent() throws -> String {
        let folder = scene.scene.folder.url.appendingPathComponent(UUID().uuidString)
        return try content(ShardImporter(folder: folder).importShard(source).plainPath)
    }

    @Test(arguments: ErasurePhase.allCases)
    func `a killed erasure leaves every file old or new, and resuming makes them agree`(
        phase: ErasurePhase
    ) throws {
        try kill(at: phase)
        for content in [try content(shard.plainPath), try sourceContent()] {
            #expect(content == ShardFormatTests.plain || content == Self.left)
        }
        let isUndone = phase == .announced || phase == .written
        let resumed = try scene.erasure().resumeErasures()
        #expect(resumed.count == 1)
        let expected = isUndone ? ShardFormatTests.plain : Self.left
        #expect(try content(shard.plainPath) == expected)
        #expect(try sourceContent() == expected)
        #expect(try scene.places.digest(shard.plainPath) == Digest(of: expected))
        #expect(try scene.places.ids == (isUndone ? ["a", "b", "c", "d"] : ["a", "c"]))
        #expect(scene.places.replaceCount == (isUndone ? 0 : 1))
        #expect(try scene.index.tombstones(ofCase: "case-1").count == (isUndone ? 0 : 2))
        if case .finished(let result) = resumed.first?.outcome {
            #expect(!isUndone)
            #expect(result.erasedCount == 2)
        } else {
            #expect(resumed.first?.outcome == .undone)
            #expect(isUndone)
        }
        #expect(try scene.erasure().resumeErasures() == [], "nothing is left to resume")
        for folder in [source, URL(fileURLWithPath: shard.plainPath)] {
            let files = try names(folder.deletingLastPathComponent())
            #expect(files.filter { $0.hasSuffix(".erasure.tmp") } == [])
        }
    }

    @Test(arguments: ErasurePhase.allCases)
    func `repeating a killed erasure ends like one that was not killed`(
        phase: ErasurePhase
    ) throws {
        let keys = try ["b", "d"].map { try scene.places.key($0) }
        try kill(at: phase)
        let result = try scene.erasure().erase(keys, caseID: "case-1")
        #expect(result.shards.map(\.erasedCount) == [2])
        #expect(result.shards.map(\.newDigest) == [Digest(of: Self.left)])
        #expect(try content(shard.plainPath) == Self.left)
        #expect(try sourceContent() == Self.left)
        #expect(try scene.index.tombstones().count == 2)
    }

    @Test func `temporary files that somebody removed are written again`() throws {
        try kill(at: .firstFileReplaced)
        let folder = source.deletingLastPathComponent()
        for name in try names(folder) where name.hasSuffix(".erasure.tmp") {
            try FileManager.default.removeItem(at: folder.appendingPathComponent(name))
        }
        _ = try scene.erasure().resumeErasures()
        #expect(try sourceContent() == Self.left)
        #expect(
            try scene.index.importedShard(at: shard.plainPath)?.sourceDigest
                == Digest(ofFileAt: source))
    }

    @Test func `an erasure that cannot go on is blocked, reported and not forgotten`() throws {
        try kill(at: .prepared)
        let foreign = "{\"text\":\"somebody's new shard\"}\n"
        try Data(foreign.utf8).write(to: URL(fileURLWithPath: shard.plainPath))
        let resumed = try scene.erasure().resumeErasures()
        guard case .blocked(let code, _) = resumed.first?.outcome else {
            Issue.record("the erasure was not blocked")
            return
        }
        #expect(code == "shard-changed")
        #expect(try content(shard.plainPath) == foreign)
        let again = #expect(throws: LineageError.self) { try scene.erase(["a"]) }
        #expect(again?.code == .erasureRefused)
        let completeness = try scene.index.erasureIsFull("case-1", now: ErasureScene.time)
        guard case .partial(let reasons) = completeness else {
            Issue.record("an unfinished erasure is called full")
            return
        }
        #expect(reasons.map(\.code) == ["nothing-erased", "erasure-unfinished"])
        // The old shard is put back: the erasure goes on.
        try Data(ShardFormatTests.plain.utf8).write(to: URL(fileURLWithPath: shard.plainPath))
        #expect(try scene.erasure().resumeErasures().count == 1)
        #expect(try content(shard.plainPath) == Self.left)
    }
}
