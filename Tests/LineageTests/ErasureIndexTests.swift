import Domain
import Foundation
import Lineage
import TestSupport
import Testing

/// What the index knows after its shards were rewritten.
struct ErasureIndexTests {
    private let scene: LineageScene
    private let time = Timestamp(secondsSince1970: 1_790_000_000)

    init() throws { scene = try LineageScene() }

    private var index: LineageIndex { scene.index }

    private func key(_ id: String, _ corpus: String = "people") throws -> RecordKey {
        try #require(
            try index.recordKeys(ofCorpus: corpus, includingDeleted: true).first { $0.id == id })
    }

    private func ids(_ corpus: String = "people", includingDeleted: Bool = true) throws -> [String]
    {
        try index.recordKeys(ofCorpus: corpus, includingDeleted: includingDeleted).map(\.id)
    }

    private func erase(_ keys: [RecordKey], caseID: String = "case-1") throws {
        try ShardErasure(index: index, places: index, clock: FixedClock(time))
            .erase(keys, caseID: caseID)
    }

    private func texts(_ words: [String]) -> [String] {
        words.map { "{\"text\":\"\($0) is written here\"}" }
    }

    @Test func `records named by their line keep their names, also through later erasures`() throws
    {
        let words = (1...9).map { "word\($0)" }
        let shard = try scene.folder.file(
            "lines.jsonl", texts(words).map { $0 + "\n" }.joined())
        try index.addCorpus(name: "people", shards: [shard])
        try erase([key("lines.jsonl:2"), key("lines.jsonl:5")])
        #expect(try ids() == [1, 3, 4, 6, 7, 8, 9].map { "lines.jsonl:\($0)" })
        try erase([key("lines.jsonl:3"), key("lines.jsonl:7"), key("lines.jsonl:9")])
        let left = [1, 4, 6, 8]
        #expect(try ids() == left.map { "lines.jsonl:\($0)" })
        #expect(
            try index.recordKeys(ofCorpus: "people").map(\.line) == Array(1...left.count))
        for number in left {
            let id = "lines.jsonl:\(number)"
            let record = try #require(try index.records(ids: [id], corpus: "people").first)
            #expect(record.id == id)
            #expect(record.text == "word\(number) is written here")
            #expect(try index.search(text: "word\(number)").map(\.key.id) == [id])
            #expect(try scene.found(.recordID, id) == [id])
        }
        #expect(try scene.found(.recordID, "lines.jsonl:3") == [])
        #expect(try index.search(text: "word3") == [])
        #expect(try index.verifyCorpus(named: "people").map(\.status) == [.same])
        // Indexing the shard anew, and lines that its owner appends, do not change that.
        try index.reindex(shard: shard, ofCorpus: "people")
        #expect(try ids() == left.map { "lines.jsonl:\($0)" })
        let handle = try FileHandle(forWritingTo: shard)
        try handle.seekToEnd()
        try handle.write(contentsOf: Data((texts(["word10"])[0] + "\n").utf8))
        try handle.close()
        try index.reindex(shard: shard, ofCorpus: "people")
        #expect(try ids() == (left + [10]).map { "lines.jsonl:\($0)" })
    }

    @Test func `runs and exclusions follow their records, and erased ones are nowhere`() throws {
        let lines = try (1...6).map {
            try line("r\($0)", "text number \($0)", subjects: ["s\(($0 + 1) / 2)"])
        }
        try scene.add(lines)
        let keys = try index.recordKeys(ofCorpus: "people")
        let other = try scene.folder.file("more.jsonl", try line("m1", "more") + "\n")
        try index.addShards(to: "people", shards: [other])
        let used = [keys[0], keys[1], keys[3], keys[5], try key("m1")]
        let run = TrainingRunEntry(
            id: "R-1", corpora: ["people"], recipeDigest: Digest(of: "recipe"),
            planDigest: Digest(of: "plan"), recordCount: used.count, folder: "runs/R-1",
            modelDigest: Digest(of: "model"))
        try index.register(run: run, records: used)
        try index.markDeleted([keys[1], keys[2], keys[4]], by: "case-1")
        try erase([keys[1], keys[2]])
        #expect(try ids() == ["r1", "r4", "r5", "r6", "m1"])
        #expect(try ids(includingDeleted: false) == ["r1", "r4", "r6", "m1"])
        #expect(try index.recordKeys(ofRun: "R-1").map(\.id) == ["r1", "r4", "r6", "m1"])
        #expect(try index.recordKeys(deletedBy: "case-1").map(\.id) == ["r5"])
        #expect(try index.runs(containing: [key("r6")]).map(\.id) == ["R-1"])
        #expect(try index.runs(containing: [key("r5")]) == [])
        #expect(try index.records(index.recordKeys(ofRun: "R-1")).map(\.id).count == 4)
        let summary = try index.corpus(named: "people")
        #expect(summary.recordCount == 5)
        #expect(summary.deletedRecordCount == 1)
        #expect(summary.subjectCount == 3)
        #expect(try index.persons(ofCorpus: "people").map(\.subject) == ["s1", "s2", "s3"])
    }

    @Test func `every corpus with the file follows, under whatever name it has it`() throws {
        let lines = try ["a", "b", "c"].map { try line($0, "text of \($0)") + "\n" }.joined()
        let shard = try scene.folder.file("shared.jsonl", lines)
        let link = scene.folder.url.appendingPathComponent("link.jsonl")
        try FileManager.default.createSymbolicLink(at: link, withDestinationURL: shard)
        try index.addCorpus(name: "people", shards: [shard])
        try index.addCorpus(name: "again", shards: [shard])
        try index.addCorpus(name: "linked", shards: [link])
        try erase([key("b"), key("b", "again")])
        for corpus in ["people", "again", "linked"] {
            #expect(try ids(corpus) == ["a", "c"])
            #expect(try index.verifyCorpus(named: corpus).map(\.status) == [.same])
        }
    }

    @Test func `a shard of which every line was erased stays, empty`() throws {
        try scene.add(try ["a", "b"].map { try line($0, "the text of \($0)") })
        let more = try scene.folder.file("more.jsonl", try line("m", "the text of m") + "\n")
        try index.addShards(to: "people", shards: [more])
        try erase([key("a"), key("b")])
        #expect(try ids() == ["m"])
        #expect(try index.search(text: "text of").map(\.key.id) == ["m"])
        #expect(try index.verifyCorpus(named: "people").map(\.status) == [.same, .same])
        #expect(try index.corpus(named: "people").shards.map(\.recordCount) == [0, 1])
        let again = try LineageIndex(path: scene.databasePath)
        #expect(try again.recordKeys(ofCorpus: "people").map(\.id) == ["m"])
        #expect(try again.records(ofCorpus: "people").map(\.id) == ["m"])
    }

    /// Remembers what the index was told.
    private final class Recorder: ErasureIndex, @unchecked Sendable {
        let index: LineageIndex
        private(set) var changes: [ShardChange] = []

        init(_ index: LineageIndex) { self.index = index }

        func shards(at path: String) throws -> [ShardReference] { try index.shards(at: path) }
        func places(of records: [RecordKey]) throws -> [RecordKey?] {
            try index.places(of: records)
        }
        func replaceShard(_ change: ShardChange) throws {
            changes.append(change)
            try index.replaceShard(change)
        }
    }

    @Test func `a change that was taken over does nothing again, and a foreign one is refused`()
        throws
    {
        try scene.add(try ["a", "b", "c"].map { try line($0, "text of \($0)") })
        let recorder = Recorder(index)
        let erasure = ShardErasure(index: index, places: recorder, clock: FixedClock(time))
        try erasure.erase([key("a")], caseID: "case-1")
        try erasure.erase([key("b")], caseID: "case-2")
        let before = try index.corpus(named: "people")
        try index.replaceShard(recorder.changes[1])
        #expect(try index.corpus(named: "people") == before)
        #expect(try ids() == ["c"])
        let error = #expect(throws: LineageError.self) {
            try index.replaceShard(recorder.changes[0])
        }
        #expect(error?.code == .shardChanged)
        #expect(try index.corpus(named: "people") == before)
    }
}
