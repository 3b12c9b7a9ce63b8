import Domain
import Foundation
import Lineage
import TestSupport
import Testing

/// What a shard may hold, and how anything else is refused: place named, nothing stored.
struct ShardInputTests {
    struct BadShard: Sendable, CustomTestStringConvertible {
        let title: String
        let content: [UInt8]
        let code: String
        let line: String
        let message: String
        var testDescription: String { title }

        init(_ title: String, _ text: String, _ code: String, line: Int, _ message: String) {
            self.init(title, bytes: Array(text.utf8), code, line: line, message)
        }
        init(_ title: String, bytes: [UInt8], _ code: String, line: Int, _ message: String) {
            self.title = title
            content = bytes
            self.code = code
            self.line = "\(line)"
            self.message = message
        }
    }

    private static let good = "{\"text\":\"a\"}\n"

    static let badShards = [
        BadShard("empty line", good + "\n" + good, "empty-line", line: 2, "the line is empty"),
        BadShard("blank line", good + "  \t\r\n", "empty-line", line: 2, "the line is empty"),
        BadShard("empty last line", good + "\n", "empty-line", line: 2, "the line is empty"),
        BadShard(
            "not UTF-8", bytes: Array("{\"text\":\"ab".utf8) + [0xC3, 0x28] + Array("\"}".utf8),
            "invalid-utf8", line: 1, "byte 12 is not UTF-8"),
        BadShard(
            "UTF-16", bytes: [0xFF, 0xFE, 0x7B, 0x00], "invalid-utf8", line: 1,
            "byte 1 is not UTF-8"),
        BadShard(
            "byte-order mark", "\u{FEFF}" + good, "malformed-line", line: 1, "byte-order mark"),
        BadShard(
            "cut off", good + "{\"text\":\"a\"", "malformed-line", line: 2,
            "column 12: a comma or } is expected"),
        BadShard(
            "two objects", "{\"text\":\"a\"} {}", "malformed-line", line: 1,
            "text after the end of the document"),
        BadShard(
            "duplicate key", "{\"text\":\"a\",\"text\":\"b\"}", "malformed-line", line: 1,
            "the same key stands twice"),
        BadShard(
            "an array", "[]", "malformed-line", line: 1, "an object is expected, not array"),
        BadShard("no text", good + "{\"id\":\"x\"}", "missing-text", line: 2, "has no text"),
        BadShard("empty text", "{\"text\":\" \"}", "missing-text", line: 1, "\"text\" is empty"),
        BadShard(
            "answer without question", "{\"answer\":\"x\"}", "missing-text", line: 1,
            "\"question\" is missing"),
        BadShard(
            "two forms", "{\"text\":\"a\",\"prompt\":\"b\",\"completion\":\"c\"}", "missing-text",
            line: 1, "more than one of"),
        BadShard(
            "text is a number", "{\"text\":7}", "malformed-field", line: 1,
            "must be a string, not number"),
        BadShard(
            "unknown key", good + good + "{\"txet\":\"a\"}", "unknown-key", line: 3,
            "unknown key \"txet\""),
        BadShard(
            "empty id", "{\"id\":\"\",\"text\":\"a\"}", "malformed-field", line: 1, "\"id\" must be"
        ),
        BadShard(
            "subjects as string", "{\"text\":\"a\",\"subjects\":\"p\"}", "malformed-field",
            line: 1, "\"subjects\" must be an array"),
        BadShard(
            "reserved subject", "{\"text\":\"a\",\"subjects\":[\"unattributed\"]}",
            "malformed-field", line: 1, "\"subjects\" must be an array"),
        BadShard(
            "unknown value type", "{\"text\":\"a\",\"metadata\":{\"values\":{\"e-mail\":\"x\"}}}",
            "unknown-key", line: 1, "unknown identifier type"),
        BadShard(
            "impossible date",
            "{\"text\":\"a\",\"metadata\":{\"values\":{\"date-of-birth\":\"1984-02-30\"}}}",
            "malformed-field", line: 1, "must be a date"),
        BadShard(
            "same id twice", "{\"id\":\"x\",\"text\":\"a\"}\n{\"id\":\"x\",\"text\":\"b\"}",
            "duplicate-record", line: 2, "bad.jsonl, line 1"),
        BadShard(
            "an id of another shard", good + "{\"id\":\"good\",\"text\":\"b\"}",
            "duplicate-record", line: 2, "good.jsonl, line 1"),
    ]

    @Test(arguments: badShards)
    func `a bad line is refused with its place and rule, and nothing is stored`(
        _ shard: BadShard
    ) throws {
        let error = try #require(try refusal(of: Data(shard.content)))
        #expect(error.codeName == shard.code)
        #expect(error.kind == .badInput)
        #expect(error.details["line"] == shard.line)
        #expect(error.message.contains("bad.jsonl, line \(shard.line):"))
        #expect(error.message.contains(shard.message), "\(error.message)")
        #expect(error.remedy != nil)
    }

    @Test func `a misspelt key is answered with the nearest known one`() throws {
        let error = try #require(try refusal(of: Data("{\"promt\":\"a\"}".utf8)))
        #expect(error.remedy == "Did you mean \"prompt\"?")
    }

    @Test func `an error never repeats the value it is about`() throws {
        let secret = "31 Octember 1984"
        let content = "{\"text\":\"a\",\"metadata\":{\"values\":{\"date-of-birth\":\"\(secret)\"}}}"
        let error = try #require(try refusal(of: Data(content.utf8)))
        #expect(!"\(error) \(error.details)".contains("Octember"))
    }

    @Test func `an empty shard is refused`() throws {
        let error = try #require(try refusal(of: Data()))
        #expect(error.codeName == "empty-shard")
        #expect(error.kind == .badInput)
    }

    @Test func `a shard given twice is refused, by another path as well`() throws {
        let scene = try LineageScene()
        let shard = try scene.folder.file("a.jsonl", Self.good)
        let link = scene.folder.url.appendingPathComponent("b.jsonl")
        try FileManager.default.createSymbolicLink(at: link, withDestinationURL: shard)
        for other in [shard, link] {
            let error = #expect(throws: LineageError.self) {
                try scene.index.addCorpus(name: "people", shards: [shard, other])
            }
            #expect(error?.code == .duplicateShard)
        }
    }

    @Test func `a missing shard is an I-O error that names it`() throws {
        let scene = try LineageScene()
        let gone = scene.folder.url.appendingPathComponent("gone.jsonl")
        let error = #expect(throws: DomainError.self) {
            try scene.index.addCorpus(name: "people", shards: [gone])
        }
        #expect(error?.kind == .io)
        #expect(error?.message.contains("gone.jsonl") == true)
        #expect(try scene.index.corpora().isEmpty)
    }

    @Test func `a name that is taken or malformed is refused`() throws {
        let scene = try LineageScene()
        try scene.add(["{\"text\":\"a\"}"])
        let taken = #expect(throws: LineageError.self) { try scene.add(["{\"text\":\"b\"}"]) }
        #expect(taken?.code == .corpusExists)
        for name in ["", "a b", "../x", "-x"] {
            let error = #expect(throws: LineageError.self) {
                try scene.index.addCorpus(name: name, shards: [URL(fileURLWithPath: "/x")])
            }
            #expect(error?.code == .malformedCorpus)
        }
        let unknown = #expect(throws: DomainError.self) {
            try scene.add("twins", role: .twins, served: "peopel", ["{\"text\":\"a\"}"])
        }
        #expect(unknown?.kind == .notFound)
        #expect(unknown?.remedy == "Did you mean \"people\"?")
    }

    @Test func `Windows line ends and a missing last line end change no record`() throws {
        let scene = try LineageScene()
        let first = try line("a", "alpha")
        let second = try line("b", "beta")
        let unix = try scene.folder.file("unix.jsonl", first + "\n" + second + "\n")
        let windows = try scene.folder.file("windows.jsonl", first + "\r\n" + second)
        try scene.index.addCorpus(name: "unix", shards: [unix])
        try scene.index.addCorpus(name: "windows", shards: [windows])
        let records = try scene.index.records(ofCorpus: "unix")
        #expect(records.map(\.completion) == ["alpha", "beta"])
        #expect(records.map(\.digest) == [Digest(of: first), Digest(of: second)])
        #expect(try scene.index.records(ofCorpus: "windows") == records)
    }

    @Test func `records without id are named by file and line`() throws {
        let scene = try LineageScene()
        try scene.add(["{\"text\":\"a\"}", "{\"prompt\":\"p\",\"completion\":\"c\"}"])
        let records = try scene.index.records(ofCorpus: "people")
        #expect(records.map(\.id) == ["people.jsonl:1", "people.jsonl:2"])
        #expect(records.map(\.text) == ["a", "p c"])
    }

    @Test func `lines longer than a read piece keep their place`() throws {
        let scene = try LineageScene()
        let long = String(repeating: "word ", count: 500_000)
        try scene.add([
            try line("a", long + "alpha"), try line("b", "beta"), try line("c", long + "gamma"),
        ])
        #expect(try scene.found(.text, "beta") == ["b"])
        #expect(try scene.found(.text, "word gamma") == ["c"])
        let records = try scene.index.records(ids: ["c"], corpus: "people")
        #expect(records[0].completion.utf8.count == 2_500_005)
    }

    @Test func `indexing stops when asked, storing nothing`() throws {
        let scene = try LineageScene()
        let shard = try scene.folder.file("a.jsonl", Self.good)
        let error = #expect(throws: DomainError.self) {
            try scene.index.addCorpus(
                name: "people", shards: [shard], context: WorkContext(isCancelled: { true }))
        }
        #expect(error?.kind == .interrupted)
        #expect(try scene.index.corpora().isEmpty)
    }
}
