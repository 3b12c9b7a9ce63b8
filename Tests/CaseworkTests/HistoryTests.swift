import Casework
import Domain
import Foundation
import GRDB
import TestSupport
import Testing

@Suite struct HistoryTests {
    /// A workspace with a few cases and notes.
    static func filled() throws -> ScratchStore {
        let scratch = try ScratchStore()
        try scratch.store.appendNote(
            event: "policy-adopted", actor: "ada", digests: ["policy": "00"],
            facts: ["name": "default"])
        let a = try scratch.receive("a").id
        let b = try scratch.receive("b").id
        _ = try scratch.store.apply(.scopeFound, to: a, actor: "ada") { $0.scope = Sample.scope() }
        _ = try scratch.store.apply(.hold, to: a, actor: "ada", reason: "court order")
        _ = try scratch.store.apply(.release, to: a, actor: "ada", reason: "lifted")
        _ = try scratch.store.refuse(
            b, ground: "art17-3-e", text: "A lawsuit is pending.", toldAt: Sample.start,
            actor: "bob", reason: "exempt", at: Sample.start)
        try scratch.store.appendNote(event: "model-trained", actor: "ada")
        return scratch
    }

    @Test("A chain hashed by Python has the hashes that are computed here")
    func published() throws {
        let url = Fixtures.root.appendingPathComponent("casework/history.jsonl")
        var previous = HistoryEntry.genesis
        let lines = try Data(contentsOf: url).split(separator: UInt8(ascii: "\n"))
        #expect(lines.count == 3)
        for line in lines {
            let entry = try CanonicalJSON.decode(HistoryEntry.self, from: Data(line))
            #expect(try CanonicalJSON.compact(entry) == Data(line))
            #expect(try entry.computedHash() == entry.hash)
            #expect(entry.previousHash == previous)
            previous = entry.hash
        }
        #expect(
            previous.hexadecimal.count == 64 && previous != HistoryEntry.genesis)
    }

    @Test("Every change has its entry, and each names the hash of the one before")
    func chain() throws {
        let scratch = try Self.filled()
        let entries = try scratch.store.history(of: nil)
        #expect(entries.map(\.sequence) == Array(1...8))
        #expect(
            entries.map(\.event) == [
                "policy-adopted", "case-created", "case-created", "scope-found", "hold", "release",
                "refuse", "model-trained",
            ])
        for (before, after) in zip(entries, entries.dropFirst()) {
            #expect(after.previousHash == before.hash)
        }
        let own = try scratch.store.history(of: CaseID(year: 2026, number: 1))
        #expect(own.map(\.to) == [.received, .scoped, .onHold, .scoped])
        #expect(own.map(\.from) == [nil, .received, .scoped, .onHold])
        #expect(own.last?.reason == "lifted")
        let status = try scratch.store.verifyHistory()
        #expect(status.entryCount == 8)
        #expect(status.caseCount == 2)
        #expect(status.headHash == entries.last?.hash)
        let lines = try scratch.store.exportHistory().split(separator: UInt8(ascii: "\n"))
        #expect(try lines.map { try CanonicalJSON.decode(HistoryEntry.self, from: $0) } == entries)
    }

    @Test("The database itself refuses to change, remove or insert between entries")
    func appendOnly() throws {
        let scratch = try Self.filled()
        let raw = try DatabaseQueue(path: scratch.path)
        for sql in [
            "UPDATE history SET hash = 'x' WHERE sequence = 3", "DELETE FROM history",
            "INSERT OR REPLACE INTO history (sequence, body, hash) VALUES (3, x'7b7d', 'x')",
            "INSERT INTO history (sequence, body, hash) VALUES (10, x'7b7d', 'x')",
        ] {
            #expect(throws: DatabaseError.self) { try raw.write { try $0.execute(sql: sql) } }
        }
        #expect(try scratch.store.verifyHistory().entryCount == 8)
    }

    /// Tampers as somebody with the file could, past the triggers.
    static func tamper(_ scratch: ScratchStore, _ sql: String) throws {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        try DatabaseQueue(path: scratch.path, configuration: configuration).write {
            for trigger in ["historyKeepsEntries", "historyKeepsAll", "historyHasNoGaps"] {
                try $0.execute(sql: "DROP TRIGGER \(trigger)")
            }
            try $0.execute(sql: sql)
        }
    }

    @Test(
        "A changed history is found at its first broken entry",
        arguments: [
            (
                "UPDATE history SET body = CAST(replace(CAST(body AS TEXT), 'court', 'Court') AS BLOB)",
                5
            ),
            ("DELETE FROM history WHERE sequence = 4", 4),
            ("DELETE FROM history WHERE sequence = 8", 8),
            ("DELETE FROM history WHERE sequence = 1", 1),
            ("UPDATE history SET hash = substr(hash, 2) || '-' WHERE sequence = 6", 6),
            ("UPDATE history SET caseID = 'C-2026-0002' WHERE sequence = 5", 5),
            ("UPDATE history SET sequence = sequence + 1 WHERE sequence = 8", 8),
        ])
    func tampered(_ sql: String, _ sequence: Int) throws {
        let scratch = try Self.filled()
        try Self.tamper(scratch, sql)
        let error = caseworkError { _ = try scratch.store.verifyHistory() }
        #expect(error?.code == .historyBroken)
        #expect(error?.kind == .integrity)
        #expect(error?.details["sequence"] == String(sequence))
    }

    @Test("Flipping any single bit of an entry's stored bytes is found at that entry")
    func bitFlips() throws {
        let scratch = try Self.filled()
        try Self.tamper(scratch, "SELECT 1")
        let raw = try DatabaseQueue(path: scratch.path)
        let body = try #require(
            try raw.read {
                try Data.fetchOne($0, sql: "SELECT body FROM history WHERE sequence = 5")
            })
        func store(_ bytes: Data) throws {
            try raw.write {
                try $0.execute(
                    sql: "UPDATE history SET body = ? WHERE sequence = 5", arguments: [bytes])
            }
        }
        for index in stride(from: 0, to: body.count, by: 7) {
            var flipped = body
            flipped[index] ^= 1 << UInt8(index % 8)
            try store(flipped)
            let error = caseworkError { _ = try scratch.store.verifyHistory() }
            #expect(error?.details["sequence"] == "5", "byte \(index)")
        }
        try store(body)
        #expect(try scratch.store.verifyHistory().entryCount == 8)
    }

    @Test(
        "A present that the history does not lead to is found",
        arguments: [
            "UPDATE cases SET state = 'certified' WHERE number = 1",
            "UPDATE cases SET record = CAST(replace(CAST(record AS TEXT), '\"state\":\"scoped\"', "
                + "'\"state\":\"verified\"') AS BLOB), state = 'verified' WHERE number = 1",
            "UPDATE cases SET record = CAST(replace(CAST(record AS TEXT), '\"recordCount\":5', "
                + "'\"recordCount\":4') AS BLOB) WHERE number = 1",
            "DELETE FROM cases WHERE number = 2",
        ])
    func wrongPresent(_ sql: String) throws {
        let scratch = try Self.filled()
        try Self.tamper(scratch, sql)
        #expect(caseworkError { _ = try scratch.store.verifyHistory() }?.code == .historyBroken)
    }

    @Test("A chain re-hashed from end to end still fails where the table has no such step")
    func rehashed() throws {
        let scratch = try Self.filled()
        let raw = try DatabaseQueue(path: scratch.path)
        try Self.tamper(scratch, "SELECT 1")
        try raw.write { db in
            var previous = HistoryEntry.genesis.hexadecimal
            for row in try Row.fetchAll(db, sql: "SELECT sequence, body FROM history ORDER BY 1") {
                let sequence: Int = row["sequence"]
                var text = String(decoding: row["body"] as Data, as: UTF8.self)
                if sequence == 7 {
                    text = text.replacingOccurrences(
                        of: "\"to\":\"refused\"", with: "\"to\":\"certified\"")
                }
                if let range = text.range(of: "\"previousHash\":\"") {
                    let end = text.index(range.upperBound, offsetBy: 64)
                    text.replaceSubrange(range.upperBound..<end, with: previous)
                }
                previous = Digest(of: text).hexadecimal
                try db.execute(
                    sql: "UPDATE history SET body = ?, hash = ? WHERE sequence = ?",
                    arguments: [Data(text.utf8), previous, sequence])
            }
            try db.execute(sql: "UPDATE historyHead SET hash = ?", arguments: [previous])
        }
        let error = caseworkError { _ = try scratch.store.verifyHistory() }
        #expect(error?.details["sequence"] == "7")
        #expect(error?.message.contains("from received to certified") == true)
    }

    @Test("A clock that was set back is recorded, not repaired")
    func clockSetBack() throws {
        let scratch = try ScratchStore()
        try scratch.receive("a")
        let early = Timestamp(secondsSince1970: Sample.start.secondsSince1970 - 90)
        let store = try SQLiteCaseStore(
            path: scratch.path, vault: try Vault(masterKey: Data(repeating: 7, count: 32)),
            clock: FixedClock(early))
        let entry = try store.appendNote(event: "model-trained", actor: "ada")
        #expect(entry.at == early)
        #expect(entry.facts["clock-behind-seconds"] == "90")
        #expect(try store.verifyHistory().entryCount == 2)
    }
}
