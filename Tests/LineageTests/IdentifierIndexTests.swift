import Domain
import Foundation
import Lineage
import TestSupport
import Testing

/// Keys are made eight at a time, and texts in which nothing can stand are not folded at all: neither
/// may change what is found.
struct IdentifierIndexTests {
    @Test func `an address is found however long it is`() throws {
        // Lengths around the ends of one and two blocks of SHA-256; lookups hash one at a time.
        let addresses = (20...130).map { length in
            let tail = "\(length)@example.com"
            return String(repeating: "q", count: length - tail.utf8.count) + tail
        }
        let scene = try LineageScene()
        try scene.add(
            try addresses.map { address in
                try line("r\(address.utf8.count)", "Write to \(address), please.")
            })
        for address in addresses {
            #expect(try scene.found(.email, address) == ["r\(address.utf8.count)"])
        }
    }

    @Test func `records that repeat a subject or an identifier are found once, each`() throws {
        let scene = try LineageScene()
        try scene.add(
            try (0..<300).map { number in
                try line(
                    "r\(number)", "Mail ann@example.com or ann@example.com, call 555 010 2030.",
                    subjects: ["person-\(number % 7)", "person-\(number % 7)-b"])
            })
        let all = (0..<300).map { "r\($0)" }
        #expect(try scene.found(.email, "ann@example.com") == all)
        #expect(try scene.found(.phone, "555-010-2030") == all)
        for person in 0..<7 {
            let own = all.indices.filter { $0 % 7 == person }.map { all[$0] }
            #expect(try scene.found(.customerID, "person-\(person)") == own)
            #expect(try scene.found(.customerID, "person\(person)b") == own)
        }
    }

    /// What is looked for, and how texts may hold it.
    private static let spellings: [(kind: IdentifierKind, value: String, texts: [String])] = [
        (
            .email, "jane.doe@example.com",
            [
                "jane.doe@example.com", "JANE.DOE AT EXAMPLE.COM", "Jane.Doe [At] example.com",
                "jane.doe arroba example.com", "jane.doe ARROBA example.com",
                "jane.doe&#64;example.com", "jane.doe%40example.com", "jane.doe\u{FF20}example.com",
                "jane.doe  aT  example.com", "jane.doe (at) example (dot) com",
                "jane.doe\\@example.com", "jane.doe \u{200B}at example.com",
            ]
        ),
        (
            .phone, "+1 555 010 2030",
            [
                "+1 555 010 2030", "1-555-010-2030", "(555) 010-2030", "555&#48;102030",
                "\u{FF15}\u{FF15}\u{FF15} 010 2030", "+1555%30102030",
            ]
        ),
        (
            .dateOfBirth, "1984-12-31",
            ["December 31, 1984", "31.12.1984", "1984\u{5E74}12\u{6708}31"]
        ),
    ]

    @Test func `an index of identifiers alone finds what the whole index finds`() throws {
        let whole = try LineageScene()
        let alone = try LineageScene()
        let filler = "Nothing stands here but words, and what about a battered atlas or carrots"
        var lines: [String] = []
        for (kind, _, texts) in Self.spellings {
            for (index, text) in texts.enumerated() {
                for (place, record) in [text, "\(text) \(filler)", "\(filler) \(text)."]
                    .enumerated()
                {
                    lines.append(try line("\(kind)-\(index)-\(place)", record))
                }
            }
        }
        lines.append(try line("none", filler))
        lines.append(#"{"id": "two", "prompt": "jane.doe", "completion": "at example.com"}"#)
        lines.append(#"{"id": "name", "text": "Jane Doe was there."}"#)
        try whole.add(lines)
        let shard = try alone.folder.file("people.jsonl", lines.map { $0 + "\n" }.joined())
        try alone.index.addCorpus(name: "people", shards: [shard], contents: .identifiers)
        for (kind, value, _) in Self.spellings {
            let found = try alone.found(kind, value)
            #expect(try found == whole.found(kind, value))
            #expect(found.contains { $0.hasPrefix("\(kind)-0-") })
        }
        #expect(try alone.found(.email, "jane.doe@example.com").contains("two"))
        #expect(try alone.found(.name, "Jane Doe").contains("name"))
        for text in ["atlas", "tered a", "xample.co", "nowhere at all"] {
            let found = try alone.index.search(text: text).map(\.key.id)
            #expect(try found == whole.index.search(text: text).map(\.key.id))
            #expect(found.isEmpty == (text == "nowhere at all"))
        }
    }

    @Test func `indexing a shard again adds its texts`() throws {
        let scene = try LineageScene()
        let lines = try (0..<2000).map { number in
            try line("r\(number)", "Carrots, peas and \(String(number * 7919, radix: 36)) beans.")
        }
        let shard = try scene.folder.file("people.jsonl", lines.map { $0 + "\n" }.joined())
        try scene.index.addCorpus(name: "people", shards: [shard], contents: .identifiers)
        func byteCount() throws -> Int {
            try FileManager.default.subpathsOfDirectory(atPath: scene.databasePath + ".segments")
                .filter { $0.hasSuffix(".segment") }
                .map {
                    try Data(
                        contentsOf: URL(fileURLWithPath: scene.databasePath + ".segments/" + $0)
                    ).count
                }.reduce(0, +)
        }
        let wanted = "and \(String(1234 * 7919, radix: 36)) bea"
        #expect(try scene.index.search(text: wanted).map(\.key.id) == ["r1234"])
        let before = try byteCount()
        try scene.index.reindex(shard: shard, ofCorpus: "people")
        #expect(try scene.index.search(text: wanted).map(\.key.id) == ["r1234"])
        #expect(try byteCount() > before)
    }
}
