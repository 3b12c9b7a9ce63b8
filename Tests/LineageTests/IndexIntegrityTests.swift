import Domain
import Foundation
import Lineage
import TestSupport
import Testing

/// What holds on disk: durability, secrecy, and shards that must stay what they were.
struct IndexIntegrityTests {
    private func mode(_ path: String) throws -> Int? {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return (attributes[.posixPermissions] as? NSNumber)?.intValue
    }

    @Test func `the index is opened durably and for its owner only`() throws {
        let scene = try LineageScene()
        try scene.add(["{\"text\":\"a\"}"])
        let settings = try scene.index.durabilitySettings()
        #expect(settings["journal_mode"] == "wal")
        #expect(settings["synchronous"] == "2")
        #expect(settings["foreign_keys"] == "1")
        for suffix in ["", "-wal", ".key"] {
            #expect(try mode(scene.databasePath + suffix) == 0o600, "\(suffix)")
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: scene.databasePath + ".key")).count == 32)
    }

    @Test func `postings hold no plain identifier, and no text is copied`() throws {
        let scene = try LineageScene()
        try scene.add([
            try line(
                "a1", "Her secret hobby is chess.", subjects: ["p-1"],
                values: [.email: "zygmunt@example.org", .nationalID: "900514344"])
        ])
        #expect(try scene.found(.email, "zygmunt@example.org") == ["a1"])
        for suffix in ["", "-wal"] {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: scene.databasePath + suffix))
            for value in ["zygmunt", "900514344", "secret hobby", "hobby is"] {
                #expect(bytes.range(of: Data(value.utf8)) == nil, "\(value) in \(suffix)")
            }
        }
    }

    @Test func `an index opened again knows everything it knew`() throws {
        let scene = try LineageScene()
        let summary = try scene.add([try line("a1", "ann@x.com", subjects: ["p-1"])])
        let again = try LineageIndex(path: scene.databasePath)
        #expect(try again.corpora() == [summary])
        #expect(
            try again.find(PersonalIdentifier(kind: .email, value: "ann@x.com")).map(\.key.id)
                == ["a1"])
    }

    @Test func `a missing or foreign key is an integrity error, not a silent miss`() throws {
        let scene = try LineageScene()
        let key = URL(fileURLWithPath: scene.databasePath + ".key")
        try Data(repeating: 7, count: 32).write(to: key)
        let wrong = #expect(throws: LineageError.self) {
            try LineageIndex(path: scene.databasePath)
        }
        #expect(wrong?.code == .indexKeyWrong)
        try FileManager.default.removeItem(at: key)
        let gone = #expect(throws: LineageError.self) { try LineageIndex(path: scene.databasePath) }
        #expect(gone?.code == .indexKeyMissing)
        #expect(gone?.kind == .integrity)
        #expect(!FileManager.default.fileExists(atPath: key.path))
    }

    @Test func `a file that is no database is reported as damaged`() throws {
        let folder = try ScratchFolder()
        let file = try folder.file("x.sqlite", String(repeating: "no database at all ", count: 400))
        let error = #expect(throws: LineageError.self) { try LineageIndex(path: file.path) }
        #expect(error?.code == .indexDamaged)
        #expect(error?.kind == .integrity)
    }

    @Test func `a changed shard is found by verification and refused when read`() throws {
        let scene = try LineageScene()
        let lines = [try line("a1", "Ann Lee, ann@x.com"), try line("b1", "Bob Ray, bob@x.com")]
        let summary = try scene.add(lines)
        let same = try scene.index.verifyCorpus(named: "people")
        #expect(same.map(\.status) == [.same])
        #expect(same.map(\.found) == [summary.shards[0].digest])

        let changed = lines[0] + "\n" + lines[1].replacing("Bob", with: "Rob") + "\n"
        let shard = try scene.folder.file("people.jsonl", changed)
        let check = try scene.index.verifyCorpus(named: "people")[0]
        #expect(check.status == .changed)
        #expect(check.expected == summary.shards[0].digest)
        #expect(check.found == Digest(of: changed))
        for read in [
            { _ = try scene.index.records(ofCorpus: "people") },
            { _ = try scene.index.persons(ofCorpus: "people") },
            { _ = try scene.index.records(ids: ["b1"], corpus: "people") },
            { _ = try scene.found(.name, "Bob Ray") },
        ] {
            let error = #expect(throws: LineageError.self) { try read() }
            #expect(error?.code == .shardChanged)
            #expect(error?.kind == .integrity)
            #expect(error?.details["path"] == shard.path)
        }
        // The line that is still the same can be read by itself.
        #expect(try scene.index.records(ids: ["a1"], corpus: "people").map(\.id) == ["a1"])

        try FileManager.default.removeItem(at: shard)
        #expect(try scene.index.verifyCorpus(named: "people").map(\.status) == [.missing])
        let gone = #expect(throws: LineageError.self) {
            try scene.index.records(ofCorpus: "people")
        }
        #expect(gone?.code == .shardMissing)
    }

    @Test func `a shard that the system does not give is neither missing nor changed`() throws {
        let scene = try LineageScene()
        try scene.add([try line("a1", "alpha writes"), try line("b1", "beta writes")])
        let shard = scene.folder.url.appendingPathComponent("people.jsonl")
        let content = try Data(contentsOf: shard)
        let reads = [
            { _ = try scene.index.records(ids: ["b1"], corpus: "people") },
            { _ = try scene.found(.text, "beta writes") },
        ]
        func expectUnreadable() {
            for read in reads {
                let error = #expect(throws: DomainError.self) { try read() }
                #expect(error?.code == .fileUnreadable)
                #expect(error?.kind == .io)
                #expect(error?.details["path"] == shard.path)
            }
        }
        // Opens, and fails to be read.
        try FileManager.default.removeItem(at: shard)
        try FileManager.default.createDirectory(at: shard, withIntermediateDirectories: false)
        expectUnreadable()
        // Is there, and does not open.
        try FileManager.default.removeItem(at: shard)
        try FileManager.default.createSymbolicLink(at: shard, withDestinationURL: shard)
        expectUnreadable()
        try FileManager.default.removeItem(at: shard)
        for read in reads {
            let error = #expect(throws: LineageError.self) { try read() }
            #expect(error?.code == .shardMissing)
        }
        try content.write(to: shard)
        for read in reads { try read() }
    }

    @Test func `an appended line changes the shard even though every record reads the same`() throws
    {
        let scene = try LineageScene()
        let one = try line("a1", "alpha")
        try scene.add([one])
        _ = try scene.folder.file("people.jsonl", one + "\n" + (try line("a2", "beta")) + "\n")
        let error = #expect(throws: LineageError.self) {
            try scene.index.records(ofCorpus: "people")
        }
        #expect(error?.code == .shardChanged)
    }

    @Test func `an unknown corpus or record is answered with what is known`() throws {
        let scene = try LineageScene()
        try scene.add([try line("a1", "alpha")])
        let corpus = #expect(throws: DomainError.self) { try scene.index.corpus(named: "poeple") }
        #expect(corpus?.kind == .notFound)
        #expect(corpus?.message.contains("Known: people.") == true)
        let record = #expect(throws: LineageError.self) {
            try scene.index.records(ids: ["a9"], corpus: "people")
        }
        #expect(record?.code == .unknownRecord)
        let subject = #expect(throws: LineageError.self) {
            try scene.index.profile(subject: "p-9")
        }
        #expect(subject?.code == .unknownSubject)
    }
}
