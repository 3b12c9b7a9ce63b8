import Domain
import Foundation
import Lineage
import TestSupport
import Testing

/// Segment files: what is noticed, what is left behind, and that searching misses nothing.
struct SegmentTests {
    private func segments(_ scene: LineageScene) throws -> [URL] {
        let folder = URL(fileURLWithPath: scene.databasePath + ".segments")
        guard FileManager.default.fileExists(atPath: folder.path) else { return [] }
        return try FileManager.default.contentsOfDirectory(
            at: folder, includingPropertiesForKeys: nil
        ).filter { $0.lastPathComponent != ".lock" }
    }

    private func people(_ range: Range<Int>) throws -> [String] {
        try range.map {
            try line(
                "r\($0)", "Person number \($0) writes from box\($0)@x\($0 % 7).example about tea.",
                subjects: ["p-\($0 % 50)"])
        }
    }

    @Test func `a segment is for its owner only and holds no word of the texts`() throws {
        let scene = try LineageScene()
        try scene.add([
            try line("a1", "Her secret hobby is chess, zygmunt@example.org.", subjects: ["p-1"])
        ])
        let file = try #require(try segments(scene).first)
        let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
        let bytes = try Data(contentsOf: file)
        for word in ["secret", "hobby", "chess", "zygmunt"] {
            #expect(bytes.range(of: Data(word.utf8)) == nil, "\(word)")
        }
        #expect(bytes.range(of: Data("a1".utf8)) != nil, "the ids are there to be read")
    }

    @Test func `every part of a text of four bytes or more is found, and only where it stands`()
        throws
    {
        let scene = try LineageScene()
        var generator = SplitMix(state: 7)
        let letters = Array("abcdeé .-@1")
        let texts = (0..<60).map { _ in
            "x" + String((0..<80).map { _ in letters[Int(generator.next() % 11)] }) + "y"
        }
        try scene.add(try texts.enumerated().map { try line("\($0.offset)", $0.element) })
        // The folding of these letters, written out anew.
        let folded = texts.map { text in
            text.replacing("é", with: "e").split(separator: " ", omittingEmptySubsequences: true)
                .joined(separator: " ")
        }
        for round in 0..<300 {
            let text = Array(folded[round % 60].utf8)
            let start = Int(generator.next() % UInt64(text.count - 12))
            let count = 1 + Int(generator.next() % 12)
            let piece = String(decoding: text[start..<start + count], as: UTF8.self)
            let needle = piece.trimmingCharacters(in: .whitespaces)
            guard !needle.isEmpty else { continue }
            let expected = folded.indices.filter { folded[$0].contains(needle) }.map(String.init)
            #expect(try scene.index.search(text: needle).map(\.key.id) == expected)
        }
    }

    @Test func `capitals, escapes and lines out of the ordinary hide nothing from a search`() throws
    {
        let scene = try LineageScene()
        try scene.add([
            #"{"id":"1","text":"Meet ZEBEDEE  QUILL here"}"#,
            #"{"id":"2","text":"Meet Zebed\u0065e\nQuill here"}"#,
            #"{"id":"3","text":"Meet Zébédée Quill here"}"#,
            #"{"id":"4","prompt":"Meet zebedee","completion":"quill here"}"#,
            #"{"id":"5","text":"Meet zebe dee quill","metadata":{"a":{"b":[1,2]}}}"#,
            #"{"id":"6","text":"zebedee quill","metadata":{"a":{"b":[1,2]}}}"#,
            "{\"id\":\"7\",\"text\":\"zebe\u{7F}dee quill\"}",
            "{\"id\":\"8\",\"text\":\"zebe\u{AD}dee quill\"}",
        ])
        #expect(
            try scene.index.search(text: "Zebedee Quill").map(\.key.id)
                == ["1", "2", "3", "4", "6", "7", "8"])
        #expect(
            try scene.found(.name, "Zebedee Quill") == ["1", "2", "3", "4", "6", "7", "8"])
        #expect(try scene.index.search(text: "ebedee q", limit: 2).map(\.key.id) == ["1", "2"])
    }

    @Test func `records of many blocks and several shards are all found in order`() throws {
        let scene = try LineageScene()
        let lines = try people(0..<6000)
        let first = try scene.folder.file("one.jsonl", lines[..<3500].joined(separator: "\n"))
        let second = try scene.folder.file("two.jsonl", lines[3500...].joined(separator: "\n"))
        let summary = try scene.index.addCorpus(name: "people", shards: [first, second])
        #expect(summary.recordCount == 6000)
        #expect(summary.subjectCount == 50)
        for number in [0, 63, 64, 3499, 3500, 5999] {
            #expect(
                try scene.found(.email, "box\(number)@x\(number % 7).example") == ["r\(number)"])
            #expect(try scene.found(.text, "number \(number) writes") == ["r\(number)"])
        }
        let own = try scene.index.profile(subject: "p-49").records.map(\.id)
        #expect(own == stride(from: 49, to: 6000, by: 50).map { "r\($0)" })
        let keys = try scene.index.recordKeys(ofCorpus: "people")
        #expect(keys.map(\.id) == (0..<6000).map { "r\($0)" })
        #expect(keys[3500].line == 1)
        #expect(keys[4000].digest == Digest(of: lines[4000]))
    }

    @Test func `two indexes of the same shard with the same key hold the same`() throws {
        let scene = try LineageScene()
        let shard = try scene.folder.file(
            "one.jsonl", try people(0..<3000).joined(separator: "\n"))
        try scene.index.addCorpus(name: "one", shards: [shard])
        try scene.index.addCorpus(name: "two", shards: [shard])
        let files = try segments(scene)
        #expect(files.count == 2)
        #expect(try Data(contentsOf: files[0]) == Data(contentsOf: files[1]))
    }

    @Test func `added shards are indexed alone and may not repeat an id or a file`() throws {
        let scene = try LineageScene()
        try scene.add(try people(0..<10))
        let before = try segments(scene)
        let more = try scene.folder.file("more.jsonl", try people(10..<15).joined(separator: "\n"))
        let summary = try scene.index.addShards(to: "people", shards: [more])
        #expect(summary.recordCount == 15)
        #expect(summary.shards.count == 2)
        #expect(summary.subjectCount == 15)
        #expect(try scene.found(.text, "number 12 writes") == ["r12"])
        let after = try segments(scene)
        #expect(Set(before.map(\.path)).isSubset(of: after.map(\.path)))
        #expect(after.count == 2)

        let again = #expect(throws: LineageError.self) {
            try scene.index.addShards(to: "people", shards: [more])
        }
        #expect(again?.code == .duplicateShard)
        let twice = try scene.folder.file(
            "twice.jsonl", try people(14..<16).joined(separator: "\n"))
        let error = #expect(throws: LineageError.self) {
            try scene.index.addShards(to: "people", shards: [twice])
        }
        #expect(error?.code == .duplicateRecord)
        #expect(error?.details["line"] == "1")
        #expect(error?.details["firstLine"] == "5")
        #expect(error?.details["firstPath"] == more.path)
        #expect(try segments(scene).count == 2, "the refused shard left no segment")
        #expect(try scene.index.corpus(named: "people") == summary)
    }

    @Test func `ids that differ in white space or composition are different ids`() throws {
        let scene = try LineageScene()
        try scene.add([
            #"{"id":"a b","text":"one"}"#, #"{"id":"a  b","text":"two"}"#,
            "{\"id\":\"\u{E9}\",\"text\":\"three\"}", "{\"id\":\"e\u{301}\",\"text\":\"four\"}",
            #"{"id":"  ","text":"five"}"#,
        ])
        for (id, text) in [("a b", "one"), ("a  b", "two"), ("e\u{301}", "four"), ("  ", "five")] {
            #expect(
                try scene.index.records(ids: [id], corpus: "people").map(\.completion) == [text])
        }
    }

    @Test func `a changed shard is taken up again, and runs and deletions follow their records`()
        throws
    {
        let scene = try LineageScene()
        var lines = try people(0..<20)
        let shard = try scene.folder.file("people.jsonl", lines.joined(separator: "\n"))
        try scene.index.addCorpus(name: "people", shards: [shard])
        let keys = try scene.index.recordKeys(ofCorpus: "people")
        try scene.index.register(
            run: TrainingRunEntry(
                id: "run-1", corpora: ["people"], recipeDigest: Digest(of: "r"),
                planDigest: Digest(of: "p"), recordCount: 18, folder: "/runs/1",
                modelDigest: Digest(of: "m")), records: Array(keys[..<18]))
        try scene.index.markDeleted([keys[5]], by: "C-1")

        lines.insert(try line("new", "Somebody new."), at: 0)
        lines[20] = try line("r19", "Something else, never trained on.")
        _ = try scene.folder.file("people.jsonl", lines.joined(separator: "\n"))
        #expect(try scene.index.verifyCorpus(named: "people").map(\.status) == [.changed])
        try scene.index.reindex(shard: shard, ofCorpus: "people")
        #expect(try scene.index.verifyCorpus(named: "people").map(\.status) == [.same])
        #expect(
            try scene.index.recordKeys(ofRun: "run-1").map(\.id) == (0..<18).map { "r\($0)" })
        #expect(try scene.index.recordKeys(ofRun: "run-1").map(\.line) == Array(2...19))
        let live = try scene.index.recordKeys(ofCorpus: "people").map(\.id)
        #expect(live.count == 20 && !live.contains("r5") && live.first == "new")
        #expect(try scene.found(.text, "Somebody new") == ["new"])
        #expect(try scene.index.runs(containing: [keys[3]]).map(\.id) == ["run-1"])

        lines.remove(at: 4)
        _ = try scene.folder.file("people.jsonl", lines.joined(separator: "\n"))
        let error = #expect(throws: LineageError.self) {
            try scene.index.reindex(shard: shard, ofCorpus: "people")
        }
        #expect(error?.code == .shardInUse)
        #expect(error?.details["line"] == "5")
        #expect(try scene.index.corpus(named: "people").recordCount == 21)
        try scene.index.reindex(shard: shard, ofCorpus: "people", erased: ["r3"])
        #expect(try scene.index.recordKeys(ofRun: "run-1").count == 17)
        #expect(try segments(scene).count == 1)
    }

    @Test func `any damaged byte of a segment is noticed and the shard can be indexed again`()
        throws
    {
        let scene = try LineageScene()
        let lines = try people(0..<40)
        let shard = try scene.folder.file("people.jsonl", lines.joined(separator: "\n"))
        try scene.index.addCorpus(name: "people", shards: [shard])
        let file = try #require(try segments(scene).first)
        let intact = try Data(contentsOf: file)
        var generator = SplitMix(state: 3)
        let places =
            (0..<40).map { _ in Int(generator.next() % UInt64(intact.count)) } + [0, 90, 170]
        for place in places {
            var bytes = intact
            bytes[place] ^= 1 << UInt8(generator.next() % 8)
            try bytes.write(to: file)
            let index = try LineageIndex(path: scene.databasePath)
            // The header's page has a tail of zeros that is never read.
            if place >= 160, place < 4096 { continue }
            let error = #expect(throws: LineageError.self, "byte \(place)") {
                try index.verifyCorpus(named: "people")
            }
            #expect(error?.code == .indexDamaged)
            #expect(error?.kind == .integrity)
        }
        for count in [0, 100, 4096, intact.count / 2, intact.count - 1] {
            try intact.prefix(count).write(to: file)
            let index = try LineageIndex(path: scene.databasePath)
            let error = #expect(throws: LineageError.self) {
                try index.find(PersonalIdentifier(kind: .email, value: "box7@x0.example"))
            }
            #expect(error?.code == .indexDamaged)
        }
        let index = try LineageIndex(path: scene.databasePath)
        try index.reindex(shard: shard, ofCorpus: "people")
        #expect(
            try index.find(PersonalIdentifier(kind: .email, value: "box7@x0.example"))
                .map(\.key.id) == ["r7"])
    }

    @Test func `a segment that is gone is an integrity error, not an empty answer`() throws {
        let scene = try LineageScene()
        try scene.add(try people(0..<5))
        try FileManager.default.removeItem(at: try #require(try segments(scene).first))
        let index = try LineageIndex(path: scene.databasePath)
        let error = #expect(throws: LineageError.self) {
            try index.find(PersonalIdentifier(kind: .name, value: "Nobody Atall"))
        }
        #expect(error?.code == .indexDamaged)
    }

    @Test func `what a killed build left is removed at the next opening, what is in use is not`()
        throws
    {
        let scene = try LineageScene()
        try scene.add(try people(0..<5))
        let used = try segments(scene)
        let folder = URL(fileURLWithPath: scene.databasePath + ".segments")
        for name in [".building-1234", "0123456789ab-r1-01234567.segment"] {
            try Data("half".utf8).write(to: folder.appendingPathComponent(name))
        }
        try Data("mine".utf8).write(to: folder.appendingPathComponent("notes.txt"))
        _ = try LineageIndex(path: scene.databasePath)
        let left = Set(try segments(scene).map(\.lastPathComponent))
        #expect(left == Set(used.map(\.lastPathComponent) + ["notes.txt"]))
    }

    @Test func `where nothing can be written, nothing is registered and nothing is left`() throws {
        let scene = try LineageScene()
        // A file where the folder of the segments belongs.
        try Data().write(to: URL(fileURLWithPath: scene.databasePath + ".segments"))
        let error = #expect(throws: DomainError.self) { try scene.add(try people(0..<5)) }
        #expect(error?.code == .fileNotWritten)
        #expect(error?.kind == .io)
        #expect(try scene.index.corpora().isEmpty)
    }

    @Test func `a line of a hundred megabytes is refused with its number`() throws {
        let scene = try LineageScene()
        let shard = scene.folder.url.appendingPathComponent("long.jsonl")
        var content = Data("{\"text\":\"a\"}\n{\"text\":\"".utf8)
        content.append(Data(repeating: 97, count: 100 << 20))
        content.append(Data("\"}\n".utf8))
        try content.write(to: shard)
        let error = #expect(throws: LineageError.self) {
            try scene.index.addCorpus(name: "people", shards: [shard])
        }
        #expect(error?.code == .oversizedLine)
        #expect(error?.details["line"] == "2")
        #expect(try segments(scene).isEmpty)
    }

    @Test func `a shard that vanishes or shrinks under the index is named when it is needed`()
        throws
    {
        let scene = try LineageScene()
        let lines = try people(0..<40)
        let shard = try scene.folder.file("people.jsonl", lines.joined(separator: "\n"))
        try scene.index.addCorpus(name: "people", shards: [shard])
        _ = try scene.folder.file("people.jsonl", lines[..<10].joined(separator: "\n"))
        let short = #expect(throws: LineageError.self) {
            try scene.found(.text, "number 30 writes")
        }
        #expect(short?.code == .shardChanged)
        #expect(short?.details["path"] == shard.path)
        try FileManager.default.removeItem(at: shard)
        let gone = #expect(throws: LineageError.self) {
            try scene.found(.text, "number 30 writes")
        }
        #expect(gone?.code == .shardMissing)
    }
}

/// Sebastiano Vigna's generator, for tests that need the same numbers every time.
private struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
