import Casework
import Domain
import Foundation
import GRDB
import TestSupport
import Testing

@Suite struct ShreddingTests {
    /// A value for each kind of identifier that stands nowhere else.
    static func canary(_ kind: IdentifierKind, _ case: Int) -> String {
        "canary-\(kind.rawValue)-\(`case`)-zq7x"
    }

    static func request(_ number: Int, rawBytes: Data? = nil) -> VaultedRequest {
        VaultedRequest(
            rawBytes: rawBytes ?? Data("raw-canary-\(number)-zq7x".utf8),
            request: DeletionRequest(
                sourceID: "source-canary-\(number)-zq7x", receivedAt: Sample.start,
                regime: .gdprEU,
                identifiers: IdentifierKind.allCases.map {
                    PersonalIdentifier(kind: $0, value: canary($0, number))
                }, ground: "art17-1-b", note: "note-canary-\(number)-zq7x"))
    }

    /// Everything in the store's files.
    static func bytes(of folder: ScratchFolder) throws -> Data {
        try FileManager.default.contentsOfDirectory(
            at: folder.url, includingPropertiesForKeys: nil
        ).reduce(into: Data()) { $0.append(try Data(contentsOf: $1)) }
    }

    @Test("No identifier, raw text, note or source id is readable in files, errors or exports")
    func canaries() throws {
        let scratch = try ScratchStore()
        let all = (1...40).map { (new: Sample.newCase, vault: Self.request($0)) }
        let ids = try scratch.store.create(all, actor: "ada").map(\.id)
        var texts: [String] = []
        func note(_ body: () throws -> Void) {
            do { try body() } catch { texts.append("\(error)") }
        }
        note { _ = try scratch.store.create(all, actor: "ada") }
        for kind in IdentifierKind.allCases {
            note {
                _ = try scratch.store.apply(
                    .hold, to: ids[0], actor: "ada", reason: Self.canary(kind, 1))
            }
        }
        #expect(texts.count == 1 + IdentifierKind.allCases.count)
        func search() throws {
            let haystack = try Self.bytes(of: scratch.folder)
            #expect(haystack.range(of: Data("zq7x".utf8)) == nil)
            let export = String(decoding: try scratch.store.exportHistory(), as: UTF8.self)
            #expect(!(export + texts.joined()).contains("zq7x"))
        }
        try search()
        // The search can find: the plain text is there for who has the key.
        #expect(
            try scratch.store.vaultedRequest(of: ids[0]).rawBytes.range(of: Data("zq7x".utf8))
                != nil)
        for id in ids { try scratch.store.shred(id, actor: "ada", reason: "retention ended") }
        note { _ = try scratch.store.request(of: ids[0]) }
        try search()
        #expect(try scratch.store.verifyHistory().caseCount == 40)
    }

    @Test("Not a byte of a shredded key or of its content stays in the database or its log")
    func noRemains() throws {
        let scratch = try ScratchStore()
        // Long enough for pages of its own, beside neighbours that stay.
        let ids = try (1...30).map { number in
            let raw = Data((0..<6_000).map { UInt8(truncatingIfNeeded: $0 &* number) })
            return try scratch.store.create(
                Sample.newCase, vault: Self.request(number, rawBytes: raw), actor: "ada"
            ).id
        }
        func sealed(_ id: CaseID) throws -> [Data] {
            try DatabaseQueue(path: scratch.path).read { db in
                try ["SELECT wrappedKey FROM vaultKeys", "SELECT sealed FROM vaultContents"].map {
                    try #require(
                        try Data.fetchOne(
                            db, sql: $0 + " WHERE caseID = ?", arguments: [id.description]))
                }
            }
        }
        let victims = Array(ids[10..<20])
        let remains = try victims.map(sealed)
        // A page holds a long value in pieces, so every piece of 32 bytes is looked for.
        let before = try Self.bytes(of: scratch.folder)
        let key = try #require(remains.first?.first)
        #expect(before.range(of: key) != nil)
        for id in victims { try scratch.store.shred(id, actor: "ada", reason: "retention ended") }
        let after = try Self.bytes(of: scratch.folder)
        for data in remains.joined() {
            for start in stride(from: 0, to: data.count - 32, by: max(1, data.count / 60)) {
                #expect(after.range(of: data.dropFirst(start).prefix(32)) == nil)
            }
        }
        #expect(try scratch.store.pendingIntents().isEmpty)
        #expect(try scratch.store.request(of: ids[0]).identifiers.count > 0)
    }

    @Test("While another process reads, the log is left to be purged, and purged afterwards")
    func purgedLater() throws {
        let scratch = try ScratchStore()
        let id = try scratch.receive().id
        let store = try SQLiteCaseStore(
            path: scratch.path, vault: try Vault(masterKey: Data(repeating: 7, count: 32)),
            clock: FixedClock(Sample.start), waitSeconds: 0.1)
        let reader = try DatabaseQueue(path: scratch.path)
        try reader.inDatabase { db in
            try db.execute(sql: "BEGIN; SELECT count(*) FROM cases;")
            try store.shred(id, actor: "ada", reason: "retention ended")
            #expect(try !store.finishShredding())
            try db.execute(sql: "COMMIT")
        }
        let findings = try StoreExamination.examine(store, now: Sample.start)
        #expect(findings.contains { $0.check == "shredding" && !$0.isSound })
        #expect(try store.finishShredding())
        #expect(caseworkError { _ = try store.request(of: id) }?.code == .vaultShredded)
    }

    @Test("A file of many requests is stored once, and goes with the first that is shredded")
    func sharedFile() throws {
        let scratch = try ScratchStore()
        let raw = Data((0..<50_000).map { UInt8(truncatingIfNeeded: $0 &* 7) })
        let records = try scratch.store.create(
            (1...100).map { (new: Sample.newCase, vault: Self.request($0, rawBytes: raw)) },
            actor: "ada")
        #expect(records.allSatisfy { $0.requestDigest == Digest(of: raw) })
        let (first, second) = (records[0].id, records[1].id)
        #expect(try scratch.reopened().vaultedRequest(of: second).rawBytes == raw)
        #expect(try Self.bytes(of: scratch.folder).count < 3_000_000)
        try scratch.store.shred(first, actor: "ada", reason: "retention ended")
        // The file named the first person as well.
        #expect(
            caseworkError { _ = try scratch.store.vaultedRequest(of: second) }?.code
                == .vaultShredded)
        #expect(
            try scratch.store.request(of: second).identifiers.first?.value.revealed
                == Self.canary(IdentifierKind.allCases[0], 2))
        let findings = try StoreExamination.examine(scratch.store, now: Sample.start)
        #expect(findings.filter { !$0.isSound } == [])
    }
}
