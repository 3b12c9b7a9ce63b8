import Domain
import Foundation
import Lineage
import TestSupport
import Testing

/// Erasing records from shards and their sources.
struct ShardErasureTests {
    private let scene: ErasureScene

    init() throws { scene = try ErasureScene() }

    struct Removal: Sendable, CustomTestStringConvertible {
        let ids: [String]
        let left: String
        var testDescription: String { ids.joined(separator: ",") }
    }

    /// Line ends of both kinds, none behind the last line.
    static let shard =
        "{\"text\":\"one\"}\n{\"text\":\"two\"}\r\n{\"text\":\"three\"}\n{\"text\":\"four\"}"

    static let removals = [
        Removal(
            ids: ["1"], left: "{\"text\":\"two\"}\r\n{\"text\":\"three\"}\n{\"text\":\"four\"}"),
        Removal(ids: ["2"], left: "{\"text\":\"one\"}\n{\"text\":\"three\"}\n{\"text\":\"four\"}"),
        Removal(
            ids: ["4"], left: "{\"text\":\"one\"}\n{\"text\":\"two\"}\r\n{\"text\":\"three\"}\n"),
        Removal(ids: ["2", "3"], left: "{\"text\":\"one\"}\n{\"text\":\"four\"}"),
        Removal(ids: ["1", "4"], left: "{\"text\":\"two\"}\r\n{\"text\":\"three\"}\n"),
        Removal(ids: ["1", "2", "3", "4"], left: ""),
    ]

    @Test(arguments: removals)
    func `every byte but those of the erased lines stays`(removal: Removal) throws {
        let url = try scene.file("people.jsonl", Self.shard, ids: ["1", "2", "3", "4"])
        let result = try scene.erase(removal.ids)
        #expect(try content(url) == removal.left)
        #expect(result.shards.count == 1)
        let shard = try #require(result.shards.first)
        #expect(shard.oldDigest == Digest(of: Self.shard))
        #expect(shard.newDigest == Digest(of: removal.left))
        #expect(shard.erasedCount == removal.ids.count)
        #expect(try scene.places.digest(url.path) == Digest(of: removal.left))
        #expect(try scene.places.ids == ["1", "2", "3", "4"].filter { !removal.ids.contains($0) })
        #expect(try scene.places.lines == Array(1..<(5 - removal.ids.count)))
        #expect(try names(scene.scene.folder.url).filter { $0.hasSuffix(".tmp") } == [])
    }

    @Test func `lines longer than a piece of the file are passed on and erased whole`() throws {
        let long = String(repeating: "x", count: 700_000)
        let lines = ["a", "b", "c"].map { "{\"text\":\"\($0)\(long)\"}" }
        let url = try scene.file(
            "people.jsonl", lines.joined(separator: "\n") + "\n", ids: ["a", "b", "c"])
        try scene.erase(["b"])
        #expect(try Data(contentsOf: url) == Data("\(lines[0])\n\(lines[2])\n".utf8))
    }

    @Test func `a shard that is not what was indexed is left alone`() throws {
        let url = try scene.file("people.jsonl", Self.shard, ids: ["1", "2", "3", "4"])
        let changed = Self.shard.replacingOccurrences(of: "four", with: "five")
        try Data(changed.utf8).write(to: url)
        let error = #expect(throws: LineageError.self) { try scene.erase(["1"]) }
        #expect(error?.code == .shardChanged)
        #expect(try content(url) == changed)
        #expect(try names(scene.scene.folder.url).filter { $0.hasSuffix(".tmp") } == [])
        #expect(try scene.erasure().resumeErasures() == [])
        #expect(try scene.index.tombstones() == [])
        try FileManager.default.removeItem(at: url)
        let missing = #expect(throws: LineageError.self) { try scene.erase(["1"]) }
        #expect(missing?.code == .shardMissing)
    }

    @Test func `an erasure can be repeated and goes on from the present lines`() throws {
        let url = try scene.file("people.jsonl", Self.shard, ids: ["1", "2", "3", "4"])
        let keys = try ["1", "3", "4"].map { try scene.places.key($0) }
        let first = try scene.erasure().erase([keys[0]], caseID: "case-1")
        #expect(first.alreadyErasedCount == 0)
        let second = try scene.erasure().erase(keys, caseID: "case-1")
        #expect(second.alreadyErasedCount == 1)
        #expect(second.shards.map(\.erasedCount) == [2])
        #expect(try content(url) == "{\"text\":\"two\"}\r\n")
        let third = try scene.erasure().erase(keys, caseID: "case-1")
        #expect(third.alreadyErasedCount == 3)
        #expect(third.shards == [])
        let other = #expect(throws: LineageError.self) {
            try scene.erasure().erase(keys, caseID: "case-2")
        }
        #expect(other?.code == .unknownRecord)
    }

    @Test func `tombstones tell shard, case and digests, and nothing that can be read`() throws {
        let text = "{\"text\":\"Quillon Vantreight lives here\"}\n"
        _ = try scene.file(
            "people.jsonl", text + Self.shard, ids: ["quillon-1", "2", "3", "4", "5"])
        let record = try scene.places.key("quillon-1")
        try scene.erase(["quillon-1"])
        let tombstone = try #require(try scene.index.tombstones(ofCase: "case-1").first)
        #expect(tombstone.kind == .erased)
        #expect(tombstone.oldShardDigest == Digest(of: text + Self.shard))
        #expect(tombstone.newShardDigest == Digest(of: Self.shard))
        #expect(tombstone.erasedAt == ErasureScene.time)
        #expect(tombstone.recordKey.utf8.count == 32)
        let database = scene.scene.databasePath
        for file in [database, database + "-wal"] {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: file))
            for secret in ["quillon-1", "Vantreight", record.digest.hexadecimal] {
                #expect(bytes.range(of: Data(secret.utf8)) == nil)
            }
        }
        let export = scene.scene.folder.url.appendingPathComponent("tombstones.jsonl")
        #expect(try scene.index.exportTombstones(to: export) == 1)
        #expect(try scene.index.importTombstones(from: export) == 0)
        #expect(!(try content(export).contains("quillon")))
    }

    @Test(arguments: [
        ("people.jsonl.gz", ShardFormatTests.gzip),
        ("people.jsonl.zst", ShardFormatTests.zstandard),
    ])
    func `a packed source loses the same records as the shard`(
        name: String, base64: String
    ) throws {
        let source = scene.scene.folder.url.appendingPathComponent(name)
        try Data(fixture: base64).write(to: source)
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o640], ofItemAtPath: source.path)
        let shard = try scene.imported(source, ids: ["a", "b", "c", "d"])
        let result = try scene.erase(["b", "d"])
        let left =
            "{\"id\":\"a\",\"text\":\"first record\"}\n{\"id\":\"c\",\"text\":\"third record\"}\r\n"
        #expect(try content(shard.plainPath) == left)
        #expect(result.shards.map(\.sourcePath) == [source.path])
        let again = try ShardImporter(folder: scene.scene.folder.url.appendingPathComponent("new"))
            .importShard(source)
        #expect(try content(again.plainPath) == left)
        #expect(
            try scene.index.importedShard(at: shard.plainPath)?.sourceDigest == again.sourceDigest)
        #expect(again.plainDigest == Digest(of: left))
        let folder = URL(fileURLWithPath: shard.plainPath).deletingLastPathComponent().path
        let spelled = "\(folder)/./\(URL(fileURLWithPath: shard.plainPath).lastPathComponent)"
        #expect(try scene.index.importedShard(at: spelled) != nil)
        let mode = try FileManager.default.attributesOfItem(atPath: source.path)
        #expect(mode[.posixPermissions] as? Int == 0o640)
        // The rewritten source is known: another erasure takes it from there.
        try scene.erase(["a"])
        let last = try ShardImporter(folder: scene.scene.folder.url.appendingPathComponent("last"))
            .importShard(source)
        #expect(try content(last.plainPath) == "{\"id\":\"c\",\"text\":\"third record\"}\r\n")
    }

    @Test func `gzip itself unpacks a rewritten source`() throws {
        let source = scene.scene.folder.url.appendingPathComponent("people.jsonl.gz")
        try Data(fixture: ShardFormatTests.gzip).write(to: source)
        _ = try scene.imported(source, ids: ["a", "b", "c", "d"])
        try scene.erase(["a", "b", "c"])
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/gzip")
        process.arguments = ["-dc", source.path]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        #expect(data == Data("{\"id\":\"d\",\"text\":\"fourth record\"}".utf8))
    }

    @Test func `a source that changed since its import stops the erasure before anything changes`()
        throws
    {
        let source = scene.scene.folder.url.appendingPathComponent("people.jsonl.gz")
        try Data(fixture: ShardFormatTests.gzip).write(to: source)
        let shard = try scene.imported(source, ids: ["a", "b", "c", "d"])
        try Data(fixture: ShardFormatTests.gzip).dropLast(3).write(to: source)
        let error = #expect(throws: LineageError.self) { try scene.erase(["b"]) }
        #expect(error?.code == .shardChanged)
        #expect(error?.details["path"] == source.path)
        #expect(try content(shard.plainPath) == ShardFormatTests.plain)
    }

    @Test func `the document of an erased record is removed, the others stay`() throws {
        let folder = scene.scene.folder
        _ = try folder.file("texts/a.txt", "First text")
        _ = try folder.file("texts/b.txt", "Second text of somebody")
        _ = try folder.file("texts/c.txt", "Third text")
        let source = folder.url.appendingPathComponent("texts")
        let shard = try scene.imported(source, ids: ["a.txt", "b.txt", "c.txt"])
        let redaction = RecordRedaction(
            record: try scene.places.key("b.txt"),
            spans: [RecordSpan(field: ["text"], bytes: 15..<23)])
        let result = try scene.erasure().erase(
            [try scene.places.key("a.txt")], redacting: [redaction], caseID: "case-1")
        #expect(try names(source) == ["b.txt", "c.txt"])
        #expect(try content(source.appendingPathComponent("b.txt")) == "Second text of [erased]")
        #expect(
            try content(shard.plainPath)
                == "{\"id\":\"b.txt\",\"text\":\"Second text of [erased]\"}\n"
                + "{\"id\":\"c.txt\",\"text\":\"Third text\"}\n")
        #expect(result.shards.map(\.erasedCount) == [1])
        #expect(result.shards.map(\.redactedCount) == [1])
        // A document that somebody edited meanwhile is not thrown away.
        _ = try folder.file("texts/c.txt", "Third text, edited")
        let error = #expect(throws: LineageError.self) { try scene.erase(["c.txt"]) }
        #expect(error?.code == .shardChanged)
        #expect(try names(source) == ["b.txt", "c.txt"])
    }

    @Test func `a link keeps pointing at the shard, and other names of it are reported`() throws {
        let folder = scene.scene.folder
        let real = try folder.file("real.jsonl", Self.shard)
        let link = folder.url.appendingPathComponent("link.jsonl")
        try FileManager.default.createSymbolicLink(at: link, withDestinationURL: real)
        let other = folder.url.appendingPathComponent("other.jsonl")
        try FileManager.default.linkItem(at: real, to: other)
        try scene.places.add(link.path, corpus: "people", ids: ["1", "2", "3", "4"])
        let result = try scene.erase(["1", "2", "3"])
        #expect(try content(real) == "{\"text\":\"four\"}")
        #expect(
            try FileManager.default.destinationOfSymbolicLink(atPath: link.path) == real.path)
        #expect(try content(other) == Self.shard)
        #expect(result.shards.map(\.otherNameCount) == [1])
    }

    @Test func `files are removed for good, links are not followed`() throws {
        let folder = scene.scene.folder
        let file = try folder.file("key", "secret")
        let link = folder.url.appendingPathComponent("link")
        try FileManager.default.createSymbolicLink(at: link, withDestinationURL: file)
        let gone = folder.url.appendingPathComponent("gone")
        #expect(try removeForGood([link, gone]).map(\.path) == [link.path])
        #expect(try content(file) == "secret")
        #expect(try removeForGood([file]) == [FileRemoval(path: file.path, otherNameCount: 0)])
        #expect(!FileManager.default.fileExists(atPath: file.path))
    }
}
