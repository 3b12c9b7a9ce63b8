import Casework
import Domain
import Foundation
import GRDB
import TestSupport
import Testing

@Suite struct ExaminationTests {
    static func broken(
        _ scratch: ScratchStore, at now: Timestamp = Sample.start, retentionDays: Int? = nil
    ) throws -> [StoreFinding] {
        try StoreExamination.examine(
            try scratch.reopened(), now: now, retentionDays: retentionDays
        ).filter { !$0.isSound }
    }

    @Test("A sound store gets one finding for each check and nothing to do")
    func sound() throws {
        let scratch = try HistoryTests.filled()
        let findings = try StoreExamination.examine(
            scratch.store, now: Sample.start, retentionDays: 30)
        #expect(findings.allSatisfy { $0.isSound && $0.remedy == nil })
        #expect(
            findings.map(\.check) == [
                "durability", "database-form", "history-chain", "clock", "vault", "shredding",
                "retention", "leases", "open-cases", "timers", "intents",
            ])
    }

    @Test(
        "Whatever is wrong is found, named and comes with what to do",
        arguments: [
            (
                "UPDATE history SET body = CAST(replace(CAST(body AS TEXT), 'lifted', 'Lifted') "
                    + "AS BLOB)", "history-chain", "6"
            ),
            ("DELETE FROM cases WHERE number = 2", "history-chain", "7"),
            (
                "UPDATE cases SET dueAt = dueAt + 86400 WHERE number = 1", "history-chain", "6"
            ),
            ("DELETE FROM vaultKeys WHERE caseID = 'C-2026-0001'", "vault", "C-2026-0001"),
            ("DELETE FROM vaultContents WHERE caseID = 'C-2026-0001'", "vault", "C-2026-0001"),
            (
                "UPDATE vaultKeys SET wrappedKey = zeroblob(60) WHERE caseID = 'C-2026-0002'",
                "vault", "C-2026-0002"
            ),
            (
                "INSERT INTO vaultKeys (caseID, wrappedKey) VALUES ('C-2026-0077', x'00')",
                "vault", "C-2026-0077"
            ),
            (
                "INSERT INTO vaultFiles (id, sealed) VALUES ('lonely', x'00')", "vault", "lonely"
            ),
            (
                "UPDATE timers SET firedAt = 1 WHERE caseID = 'C-2026-0001'", "overdue",
                "C-2026-0001"
            ),
            ("DELETE FROM timers WHERE caseID = 'C-2026-0001'", "open-cases", "C-2026-0001"),
            ("UPDATE cases SET closedAt = NULL", "open-cases", "C-2026-0002"),
            (
                """
                INSERT INTO leases VALUES ('case:C-2026-0001', 'C-2026-0001', 1,
                '{"bootID":"gone","processID":1,"processNamespace":"","processStart":1}', 'ada',
                60, 0, 60, 60)
                """, "leases", "case:C-2026-0001"
            ),
            (
                """
                INSERT INTO intents (caseID, kind, facts, createdAt, attemptCount, lastError)
                VALUES ('C-2026-0001', 'notify-recipient', '{}', 0, 3, 'timeout')
                """, "intents", "C-2026-0001"
            ),
        ])
    func found(_ sql: String, _ check: String, _ subject: String) throws {
        let scratch = try HistoryTests.filled()
        try HistoryTests.tamper(scratch, sql)
        let findings = try Self.broken(scratch)
        #expect(findings.contains { $0.check == check && $0.subject == subject })
        #expect(findings.allSatisfy { $0.remedy?.isEmpty == false })
    }

    @Test("What the passing of time makes wrong is found")
    func time() throws {
        let scratch = try HistoryTests.filled()
        let year = Timestamp(secondsSince1970: Sample.start.secondsSince1970 + 365 * 86_400)
        #expect(
            try Self.broken(scratch, at: year, retentionDays: 30).map(\.check) == [
                "retention", "timers", "timers",
            ])
        let early = Timestamp(secondsSince1970: Sample.start.secondsSince1970 - 3_600)
        #expect(try Self.broken(scratch, at: early).map(\.check) == ["clock"])
    }

    @Test("A history whose end was cut off is not gone on with")
    func cutEnd() throws {
        let scratch = try HistoryTests.filled()
        try HistoryTests.tamper(scratch, "DELETE FROM history WHERE sequence = 8")
        let error = caseworkError {
            try scratch.store.appendNote(event: "model-trained", actor: "ada")
        }
        #expect(error?.code == .historyBroken)
        #expect(error?.details["sequence"] == "8")
    }

    @Test("Each of 2 000 flipped bits of stored entries is found at its entry")
    func bitFlips() throws {
        let scratch = try HistoryTests.filled()
        try HistoryTests.tamper(scratch, "SELECT 1")
        let raw = try DatabaseQueue(path: scratch.path)
        try raw.inDatabase { try $0.execute(sql: "PRAGMA synchronous = OFF") }
        var state: UInt64 = 20_261_121
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
        var misplaced: [String] = []
        for _ in 0..<2_000 {
            let sequence = 1 + random(8)
            // Of a hash only bits that leave it a text can be stored in its column.
            let column = random(4) == 0 ? "hash" : "body"
            let before = try #require(
                try raw.read {
                    try Data.fetchOne(
                        $0, sql: "SELECT CAST(\(column) AS BLOB) FROM history WHERE sequence = ?",
                        arguments: [sequence])
                })
            var after = before
            let index = random(before.count)
            after[index] ^= 1 << UInt8(random(column == "hash" ? 7 : 8))
            let type = column == "hash" ? "TEXT" : "BLOB"
            func store(_ bytes: Data) throws {
                try raw.write {
                    try $0.execute(
                        sql: "UPDATE history SET \(column) = CAST(? AS \(type)) WHERE sequence = ?",
                        arguments: [bytes, sequence])
                }
            }
            try store(after)
            let error = caseworkError { _ = try scratch.store.verifyHistory() }
            if error?.code != .historyBroken || error?.details["sequence"] != String(sequence) {
                misplaced.append("\(column) \(sequence) \(index)")
            }
            try store(before)
        }
        #expect(misplaced.isEmpty)
        #expect(try scratch.store.verifyHistory().entryCount == 8)
    }

    @Test("Pages of the list follow each other, select, and show what the records hold")
    func pages() throws {
        let scratch = try ScratchStore()
        let all = try (1...7).map { try scratch.receive("req-\($0)") }
        _ = try scratch.store.apply(
            .withdraw, to: all[2].id, actor: "ada", reason: "by letter")
        let first = try scratch.store.list(limit: 3)
        let second = try scratch.store.list(limit: 3, after: first.last?.id)
        let third = try scratch.store.list(limit: 3, after: second.last?.id)
        #expect((first + second + third).map(\.id) == all.map(\.id))
        #expect(first[2].state == .withdrawn)
        #expect(first[2].closedAt == Sample.start)
        #expect(first[0].dueAt == all[0].dueAt)
        #expect(first[0].receivedAt == all[0].receivedAt)
        #expect(first[0].sourceFormat == "lethe-json")
        #expect(first[0].regime == .gdprEU)
        #expect(
            try scratch.store.list(state: .received, limit: 2, after: first[1].id).map(\.id)
                == [all[3].id, all[4].id])
        #expect(try scratch.store.list(dueBefore: all[0].dueAt, limit: 9).isEmpty)
        #expect(try scratch.store.countByState() == [.received: 6, .withdrawn: 1])
        #expect(try scratch.store.openCases().count == 6)
    }

    @Test("Entries can be gone through from any of them on, whatever their number")
    func entries() throws {
        let scratch = try ScratchStore()
        _ = try scratch.store.create(
            (1...1_001).map { (new: Sample.newCase, vault: Sample.request("req-\($0)")) },
            actor: "ada")
        var sequences: [Int] = []
        try scratch.store.forEachEntry { sequences.append($0.sequence) }
        #expect(sequences == Array(1...1_001))
        sequences = []
        try scratch.store.forEachEntry(from: 1_000) { sequences.append($0.sequence) }
        #expect(sequences == [1_000, 1_001])
    }

    @Test("A database of the first schema opens with its cases, deadlines and requests")
    func firstSchema() throws {
        let url = Fixtures.root.appendingPathComponent("casework/store-schema-1.sql")
        let sql = try String(contentsOf: url, encoding: .utf8)
        let words = try #require(sql.split(separator: "\n").first).split(separator: " ")
        let digits = Array(try #require(words.last).dropLast())
        let key = Data(
            stride(from: 0, to: digits.count - 1, by: 2).compactMap {
                UInt8(String(digits[$0...$0 + 1]), radix: 16)
            })
        let folder = try ScratchFolder()
        let path = folder.url.appendingPathComponent("cases.sqlite").path
        let old = try DatabaseQueue(path: path)
        try old.writeWithoutTransaction { try $0.execute(sql: sql) }
        try old.close()
        let store = try SQLiteCaseStore(path: path, vault: try Vault(masterKey: key))
        #expect(try store.verifyHistory().caseCount == 2)
        #expect(
            try store.request(of: CaseID(year: 2026, number: 1)).sourceID == "web-form-1041")
        let rows = try store.list(limit: 10)
        #expect(rows.map(\.state) == [.onHold, .refused])
        let closing = try store.history(of: rows[1].id).last { $0.event == "refuse" }
        #expect(rows.map(\.closedAt) == [nil, closing?.at])
        let last = try #require(try store.history(of: nil).last?.at)
        let findings = try StoreExamination.examine(store, now: last)
        #expect(findings.filter { !$0.isSound } == [])
    }
}
