import Domain
import Foundation
import GRDB
import Lineage
import TestSupport
import Testing

/// Erased people are recognised when they come back; others are not taken for them.
struct SuppressionTests {
    private let scene: LineageScene
    private let time = Timestamp(secondsSince1970: 1_790_000_000)
    private static let text =
        "On the ferry to Ulvøya the old lighthouse keeper told her story once more."

    init() throws {
        scene = try LineageScene()
        let summary = try scene.index.suppress(
            [
                PersonalIdentifier(kind: .email, value: "Quillon.Vantreight+news@example.org"),
                PersonalIdentifier(kind: .phone, value: "+47 22 34 56 78"),
                PersonalIdentifier(kind: .nationalID, value: "QQ 12 34 56 C"),
                PersonalIdentifier(kind: .customerID, value: "C-100234"),
                PersonalIdentifier(kind: .username, value: "quillonv"),
                PersonalIdentifier(kind: .name, value: "Quillon Ané Vantreight"),
                PersonalIdentifier(kind: .dateOfBirth, value: "1984-12-31"),
                PersonalIdentifier(kind: .address, value: "12 Harbour Street"),
            ],
            records: [
                CorpusRecord(
                    id: "r1", prompt: "", completion: Self.text, digest: Digest(of: "r1")),
                CorpusRecord(id: "r2", prompt: "", completion: "Yes.", digest: Digest(of: "r2")),
            ], caseID: "case-1", at: time)
        #expect(summary.unused == ["address"])
        #expect(summary.shortTextCount == 1)
        #expect(summary.keyCounts["record-text"] == 1)
    }

    private func rules(_ lines: [String]) throws -> [[String]] {
        let file = try scene.folder.file("new.jsonl", lines.map { $0 + "\n" }.joined())
        let hits = try scene.index.suppressionList().screen([file])
        return lines.indices.map { index in
            hits.filter { $0.line == index + 1 }.map(\.rule.rawValue)
        }
    }

    static let hits: [(String, String)] = [
        ("Write to QUILLON.VANTREIGHT@example.org today", "email"),
        ("Write to quillon.vantreight+news@EXAMPLE.org.", "email"),
        ("Write to quillon.vantreight [at] example (dot) org.", "email"),
        ("Reach Quillon.Vantreight at example dot org", "email"),
        ("Call 0047 2234 5678", "phone"),
        ("Call (+47) 22-34-56-78!", "phone"),
        ("His number is qq123456c, I think", "national-id"),
        ("His number is QQ-12-34-56-C", "national-id"),
        ("Seen by @QuillonV.", "username"),
        ("Vantreight, Quillon Ane (born 31 December 1984)", "name-and-date-of-birth"),
        ("Quillon Vantreight was born on December 31, 1984", "name-and-date-of-birth"),
        (
            "ON THE FERRY  to Ulvoya the old lighthouse keeper told her story once more.",
            "record-text"
        ),
    ]

    @Test(arguments: hits)
    func `what an erased person is known by is found in new text`(
        text: String, rule: String
    ) throws {
        #expect(try rules([line("n", text)]) == [[rule]])
    }

    static let others = [
        "Quillon Ané Vantreight, Quillon Vantreight and Vantreight, Quillon again",
        "Born on 31 December 1984 in Oslo: Quillon Ambersley",
        "Ann Vantreight was born on 31 December 1984",
        "vantreight@example.org and quillon.vantreight@example.com",
        "Call 22 34 56 78 or +46 22 34 56 79", "12 Harbour Street", "C-100234", "Yes.",
        "The word quillonv alone, and quillonv@example.net",
        "On the ferry to Ulvøya the old lighthouse keeper told his story once more.",
        "QQ 12 34 56 D",
    ]

    @Test(arguments: others)
    func `a name alone, a shared date, or a similar number suppresses nobody`(
        text: String
    ) throws {
        #expect(try rules([line("n", text)]) == [[]])
    }

    @Test func `declared values and subject ids are compared, too`() throws {
        let found = try rules([
            line("1", "x y", values: [.email: "quillon.vantreight+news@example.org"]),
            line("2", "x y", values: [.name: "Vantreight Quillon", .dateOfBirth: "1984-12-31"]),
            line("3", "x y", values: [.name: "Quillon Vantreight"]),
            line("4", "x y", subjects: ["C-100234"]),
            line("5", "x y", values: [.customerID: "c-100234", .username: "QuillonV"]),
            line("6", "x y", subjects: ["C-1002345"]),
        ])
        #expect(
            found == [
                ["email"], ["name-and-date-of-birth"], [], ["customer-id"],
                ["customer-id", "username"], [],
            ])
    }

    @Test func `two hundred namesakes with identifiers of their own pass`() throws {
        let lines = try (0..<200).map { number in
            try line(
                "n\(number)",
                "Quillon Vantreight, born \(1985 + number % 15)-0\(1 + number % 9)-14, "
                    + "q.vantreight\(number)@example.org, +47 23 \(100_000 + number)",
                subjects: ["C-2\(number)"])
        }
        #expect(try rules(lines).flatMap { $0 } == [])
    }

    @Test func `packed shards are screened as they are, with line and case`() throws {
        let index = scene.index
        try index.suppress(
            [],
            records: [
                CorpusRecord(
                    id: "x", prompt: "", completion: Self.text, digest: Digest(of: "x"))
            ], caseID: "case-2", at: time)
        let shard = scene.folder.url.appendingPathComponent("new.txt")
        try Data(Self.text.utf8).write(to: shard)
        let gzip = scene.folder.url.appendingPathComponent("people.jsonl.gz")
        try Data(fixture: ShardFormatTests.gzip).write(to: gzip)
        let hits = try index.suppressionList().screen([gzip, shard])
        #expect(hits.map(\.caseID) == ["case-1", "case-2"])
        #expect(hits.map(\.recordID) == ["new.txt", "new.txt"])
        #expect(hits.map(\.line) == [1, 1])
        #expect(try index.liftSuppression(caseID: "case-1") > 10)
        #expect(try index.suppressionList().screen([shard]).map(\.caseID) == ["case-2"])
        #expect(try index.liftSuppression(caseID: "case-2") == 1)
        #expect(try index.suppressionList().isEmpty)
    }

    @Test func `a request's own digest of an address suppresses like the address`() throws {
        let digest = Digest(of: "mara.osthoff@example.net").hexadecimal
        try scene.index.suppress(
            [PersonalIdentifier(kind: .email, value: digest, format: .sha256)], records: [],
            caseID: "case-3", at: time)
        #expect(try rules([line("n", "cc Mara.Osthoff@Example.net")]) == [["email"]])
    }

    @Test func `another spelling of a provider's mailbox suppresses its owner`() throws {
        try scene.index.suppress(
            [PersonalIdentifier(kind: .email, value: "Mara.Osthoff+shop@googlemail.com")],
            records: [], caseID: "case-4", at: time)
        #expect(
            try rules([
                line("1", "cc maraosthoff@gmail.com"), line("2", "mara.osthoff [at] gmail.com"),
                line("3", "m.ara@gmail.com"),
            ]) == [["email"], ["email"], []])
    }

    @Test func `a list of an earlier version still holds its people back`() throws {
        // HMAC-SHA256 of `email:` and the SHA-256 of the address, first 16 bytes, under the index's
        // key: what versions before this one stored for an address with and without its tag.
        let key = try Data(contentsOf: URL(fileURLWithPath: scene.databasePath + ".key"))
        let pool = try DatabaseQueue(path: scene.databasePath)
        for form in ["mara.osthoff+shop@example.net", "mara.osthoff@example.net"] {
            let code = Self.hmac(Data("email:\(Digest(of: form))".utf8), key: key)
            try pool.write {
                try $0.execute(
                    sql: "INSERT INTO suppression(key, rule, caseID, addedAt) VALUES (?, ?, ?, ?)",
                    arguments: [code.prefix(16), "email", "case-0", time.description])
            }
        }
        #expect(
            try rules([
                line("1", "Mara.Osthoff@example.net"), line("2", "mara.osthoff+x@example.net"),
                line("3", "mara.osthoff+shop (at) example.net"), line("4", "mara@example.net"),
            ]) == [["email"], ["email"], ["email"], []])
    }

    /// RFC 2104 with SHA-256, for a key of up to 64 bytes.
    private static func hmac(_ message: Data, key: Data) -> Data {
        func digest(_ data: Data) -> Data {
            let digits = Array(Digest(of: data).hexadecimal)
            return Data(
                stride(from: 0, to: 64, by: 2).compactMap {
                    UInt8(String(digits[$0...$0 + 1]), radix: 16)
                })
        }
        let padded = key + Data(repeating: 0, count: 64 - key.count)
        return digest(
            Data(padded.map { $0 ^ 0x5C }) + digest(Data(padded.map { $0 ^ 0x36 }) + message))
    }

    @Test func `nothing of a person can be read from the list`() throws {
        let database = scene.databasePath
        for file in [database, database + "-wal"] {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: file))
            for secret in ["antreight", "2234", "123456", "100234", "quillonv", "1984", "ferry"] {
                #expect(bytes.range(of: Data(secret.utf8)) == nil, "\(secret) in \(file)")
            }
        }
    }

    @Test func `a shard that cannot be read stops the screening`() throws {
        let bad = try scene.folder.file("bad.jsonl", "{\"text\":\"a\"}\n{\"text\":\n")
        let error = #expect(throws: LineageError.self) {
            try scene.index.suppressionList().screen([bad])
        }
        #expect(error?.code == .malformedLine)
        #expect(error?.details["line"] == "2")
    }
}
