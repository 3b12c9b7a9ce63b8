import Domain
import Foundation
import Lineage
import TestSupport
import Testing

/// What is remembered from one lookup to the next is never older than the database.
struct ShardCacheTests {
    private let scene: LineageScene
    /// Another opening of the same index, as another process would have.
    private let other: LineageIndex
    private let ann = PersonalIdentifier(kind: .email, value: "ann@example.com")

    init() throws {
        scene = try LineageScene()
        other = try LineageIndex(path: scene.databasePath)
    }

    private func found(_ index: LineageIndex) throws -> [String] {
        try index.find(ann).map { $0.key.id + ($0.deletedBy.map { " by " + $0 } ?? "") }
    }

    @Test func `corpora, shards and deletions of another writer are seen at once`() throws {
        #expect(try found(other) == [])
        #expect(try found(scene.index) == [])
        try scene.add("one", [line("a", "ann@example.com"), line("b", "bob@example.com")])
        #expect(try found(other) == ["a"])
        #expect(try found(scene.index) == ["a"])
        let shard = try scene.folder.file(
            "more.jsonl", line("c", "Ann@example.com") + "\n")
        try other.addShards(to: "one", shards: [shard])
        #expect(try found(scene.index) == ["a", "c"])
        #expect(try found(other) == ["a", "c"])
        let keys = try scene.index.find(ann).map(\.key)
        try scene.index.markDeleted(Array(keys.prefix(1)), by: "case-1")
        #expect(try found(scene.index) == ["a by case-1", "c"])
        #expect(try found(other) == ["a by case-1", "c"])
        try other.markDeleted(Array(keys.suffix(1)), by: "case-2")
        #expect(try found(scene.index) == ["a by case-1", "c by case-2"])
        #expect(try found(other) == ["a by case-1", "c by case-2"])
    }

    @Test func `a shard that was indexed again is read by its new segment`() throws {
        try scene.add("one", [line("a", "ann@example.com")])
        #expect(try found(other) == ["a"])
        let shard = try scene.folder.file(
            "one.jsonl",
            [line("z", "nobody"), line("a", "ann@example.com")]
                .map { $0 + "\n" }.joined())
        try scene.index.reindex(shard: shard, ofCorpus: "one")
        #expect(try other.find(ann).map(\.key.line) == [2])
        #expect(try scene.index.find(ann).map(\.key.line) == [2])
    }
}
