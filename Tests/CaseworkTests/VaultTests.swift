import Casework
import Domain
import Foundation
import GRDB
import TestSupport
import Testing

@Suite struct VaultTests {
    @Test("A request comes back from the vault as it went in, bytes included")
    func roundTrip() throws {
        let scratch = try ScratchStore()
        let id = try scratch.receive().id
        let stored = try scratch.reopened().vaultedRequest(of: id)
        #expect(stored.request == Sample.request().request)
        #expect(stored.rawBytes == Sample.request().rawBytes)
        #expect(try scratch.store.request(of: id).identifiers.first?.value.revealed == Sample.email)
    }

    @Test("Nothing personal is readable in any file of the database")
    func nothingPersonal() throws {
        let scratch = try ScratchStore()
        let id = try scratch.receive("order-4711").id
        _ = try scratch.store.apply(.hold, to: id, actor: "ada", reason: "court order")
        let files = try FileManager.default.contentsOfDirectory(
            at: scratch.folder.url, includingPropertiesForKeys: nil)
        #expect(files.count >= 2)
        var seen = Data()
        for file in files { seen.append(try Data(contentsOf: file)) }
        #expect(seen.range(of: Data("court order".utf8)) != nil)
        for secret in [
            Sample.email, Sample.personName, "Oakfield", "234-5678", "order-4711", "hurry",
        ] {
            #expect(seen.range(of: Data(secret.utf8)) == nil, "\(secret)")
        }
    }

    @Test("After shredding nobody can read the request, and the history is still sound")
    func shred() throws {
        let scratch = try ScratchStore()
        let id = try scratch.receive().id
        let wrapped = try #require(
            try DatabaseQueue(path: scratch.path).read {
                try Data.fetchOne($0, sql: "SELECT wrappedKey FROM vaultKeys")
            })
        let entry = try scratch.store.shred(id, actor: "ada", reason: "retention ended")
        #expect(entry.event == "request-shredded")
        let error = caseworkError { _ = try scratch.store.request(of: id) }
        #expect(error?.code == .vaultShredded)
        #expect(
            caseworkError { try scratch.store.shred(id, actor: "ada", reason: "again") }?.code
                == .vaultShredded)
        for suffix in ["", "-wal"] {
            let url = URL(fileURLWithPath: scratch.path + suffix)
            let bytes = (try? Data(contentsOf: url)) ?? Data()
            #expect(bytes.range(of: wrapped) == nil, "\(suffix)")
        }
        #expect(try scratch.store.verifyHistory().entryCount == 2)
        // The case itself goes on.
        #expect(
            try scratch.store.apply(.withdraw, to: id, actor: "ada", reason: "by letter").state
                == .withdrawn)
    }

    @Test("Another master key, a changed byte or another case's content is not decrypted")
    func tampered() throws {
        let scratch = try ScratchStore()
        let a = try scratch.receive("a").id
        let b = try scratch.receive("b").id
        let other = try SQLiteCaseStore(
            path: scratch.path, vault: try Vault(masterKey: Data(repeating: 8, count: 32)))
        #expect(caseworkError { _ = try other.request(of: a) }?.code == .vaultUnreadable)
        let raw = try DatabaseQueue(path: scratch.path)
        try raw.write { db in
            try db.execute(
                sql: """
                    UPDATE vaultContents SET sealed =
                    (SELECT sealed FROM vaultContents WHERE caseID = 'C-2026-0002')
                    WHERE caseID = 'C-2026-0001'
                    """)
        }
        #expect(caseworkError { _ = try scratch.store.request(of: a) }?.code == .vaultUnreadable)
        try raw.write {
            try $0.execute(
                sql: """
                    UPDATE vaultContents SET sealed = CAST(substr(sealed, 1, 20) || x'00'
                    || substr(sealed, 22) AS BLOB) WHERE caseID = 'C-2026-0002'
                    """)
        }
        #expect(caseworkError { _ = try scratch.store.request(of: b) }?.code == .vaultUnreadable)
    }

    @Test("Key and content moved together to another case are not decrypted either")
    func movedTogether() throws {
        let scratch = try ScratchStore()
        let a = try scratch.receive("a").id
        try scratch.receive("b")
        try DatabaseQueue(path: scratch.path).write { db in
            for (table, column) in [("vaultKeys", "wrappedKey"), ("vaultContents", "sealed")] {
                try db.execute(
                    sql: """
                        UPDATE \(table) SET \(column) =
                        (SELECT \(column) FROM \(table) WHERE caseID = 'C-2026-0002')
                        WHERE caseID = 'C-2026-0001'
                        """)
            }
        }
        #expect(caseworkError { _ = try scratch.store.request(of: a) }?.code == .vaultUnreadable)
    }

    @Test("The key file is made once, readable by its owner alone, and must have 32 bytes")
    func keyFile() throws {
        let folder = try ScratchFolder()
        let url = folder.url.appendingPathComponent("vault.key")
        let first = try Vault.openOrCreate(keyFile: url)
        let bytes = try Data(contentsOf: url)
        #expect(bytes.count == 32)
        let attributes = try FileManager.default.attributesOfItem(atPath: url.path)
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
        let second = try Vault.openOrCreate(keyFile: url)
        #expect(try Data(contentsOf: url) == bytes)
        #expect(first.keyedDigest(of: "req-1") == second.keyedDigest(of: "req-1"))
        #expect(first.keyedDigest(of: "req-1") != first.keyedDigest(of: "req-2"))
        #expect(caseworkError { _ = try Vault(masterKey: bytes.dropLast()) }?.code == .malformedKey)
    }

    @Test(
        "A reason that repeats the person's data is refused, in any case, accent or spacing",
        arguments: [
            "wrote from jane.oakfield@example.org", "JANE  OAKFIELD called", "Jané Oakfield, again",
            "her number is 49151-2345678", "tel. +49 151 234 5678.",
        ])
    func reasonWithPersonalData(_ reason: String) throws {
        let scratch = try ScratchStore()
        let id = try scratch.receive().id
        let error = caseworkError {
            _ = try scratch.store.apply(.withdraw, to: id, actor: "ada", reason: reason)
        }
        #expect(error?.code == .personalDataInReason)
        #expect(error?.kind == .badInput)
        #expect(try scratch.store.load(id).state == .received)
        #expect(error?.description.contains("akfield") == false)
    }

    @Test("Reasons that only look alike are taken")
    func harmlessReasons() throws {
        let scratch = try ScratchStore()
        let request = VaultedRequest(
            rawBytes: Data("x".utf8),
            request: DeletionRequest(
                sourceID: "s",
                identifiers: [
                    PersonalIdentifier(kind: .name, value: "Al"),
                    PersonalIdentifier(
                        kind: .email, value: String(repeating: "a", count: 64), format: .sha256),
                ]))
        let id = try scratch.store.create(Sample.newCase, vault: request, actor: "ada").id
        let record = try scratch.store.apply(
            .hold, to: id, actor: "ada",
            reason: "also under legal hold " + String(repeating: "a", count: 64))
        #expect(record.state == .onHold)
        let error = caseworkError {
            _ = try scratch.store.apply(.release, to: id, actor: "ada", reason: "Al agreed")
        }
        #expect(error?.code == .personalDataInReason)
    }

    @Test("A person named as a subject does not reach the history")
    func subjectWithPersonalData() throws {
        let scratch = try ScratchStore()
        let id = try scratch.receive().id
        _ = try scratch.store.apply(.nobodyFound, to: id, actor: "ada") {
            $0.scope = Sample.scope(subjects: [], model: nil)
        }
        func accept(_ subject: String) throws -> CaseRecord {
            try scratch.store.decideMatch(
                id, subject: subject, accepted: true, actor: "ada", reason: "found by hand",
                at: Sample.start)
        }
        #expect(
            caseworkError { _ = try accept(Sample.personName) }?.code == .personalDataInReason)
        #expect(try accept("person-021").state == .received)
    }
}
