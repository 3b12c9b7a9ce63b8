import Casework
import Domain
import Foundation
import GRDB
import TestSupport
import Testing

@Suite struct StoreTests {
    @Test("Cases are numbered within their year and come back as they were stored")
    func create() throws {
        let scratch = try ScratchStore()
        let first = try scratch.receive("a")
        let second = try scratch.receive("b")
        #expect(first.id.description == "C-2026-0001")
        #expect(second.id.description == "C-2026-0002")
        #expect(first.state == .received)
        #expect(first.version == 1)
        #expect(first.dueAt.description == "2026-04-06T23:59:59Z")
        #expect(first.scopeLimits == ["demo"])
        #expect(first.requestDigest == Digest(of: Sample.request("a").rawBytes))
        #expect(try scratch.reopened().load(first.id) == first)
        #expect(try scratch.store.list().map(\.id) == [first.id, second.id])
    }

    @Test("The same request is refused with the number of the case that has it")
    func duplicate() throws {
        let scratch = try ScratchStore()
        try scratch.receive("a")
        let error = caseworkError { try scratch.receive("a") }
        #expect(error?.code == .duplicateRequest)
        #expect(error?.kind == .refused)
        #expect(error?.details["case"] == "C-2026-0001")
    }

    @Test("A file with one bad request leaves nothing of the others")
    func allOrNothing() throws {
        let scratch = try ScratchStore()
        try scratch.receive("a")
        let file = [("b", 1), ("a", 2)].map { (new: Sample.newCase, vault: Sample.request($0.0)) }
        #expect(caseworkError { _ = try scratch.store.create(file, actor: "ada") } != nil)
        #expect(try scratch.store.list().count == 1)
        #expect(try scratch.store.history(of: nil).count == 1)
        // The number is free again.
        #expect(try scratch.receive("c").id.description == "C-2026-0002")
    }

    @Test("A time of receipt in the future is taken as now, and the claim is kept")
    func futureReceipt() throws {
        let early = try #require(Timestamp("2026-03-01T00:00:00Z"))
        let scratch = try ScratchStore(clock: FixedClock(early))
        let record = try scratch.receive()
        #expect(record.receivedAt == early)
        let entry = try #require(try scratch.store.history(of: record.id).first)
        #expect(entry.facts["received-at-claimed"] == Sample.start.description)
    }

    @Test("Listing selects by state and by due date")
    func list() throws {
        let scratch = try ScratchStore()
        let a = try scratch.receive("a")
        let b = try scratch.receive("b")
        _ = try scratch.store.apply(.hold, to: b.id, actor: "ada", reason: "legal hold")
        #expect(try scratch.store.list(state: .onHold).map(\.id) == [b.id])
        #expect(try scratch.store.list(state: .received).map(\.id) == [a.id])
        #expect(try scratch.store.list(dueBefore: a.dueAt).isEmpty)
        let later = Timestamp(secondsSince1970: a.dueAt.secondsSince1970 + 1)
        #expect(try scratch.store.list(state: .received, dueBefore: later).map(\.id) == [a.id])
    }

    @Test("An event of several cases happens to all of them or to none")
    func several() throws {
        let scratch = try ScratchStore()
        let a = try scratch.receive("a")
        let b = try scratch.receive("b")
        let found = { (progress: inout CaseProgress) in progress.scope = Sample.scope() }
        _ = try scratch.store.apply(.scopeFound, to: a.id, actor: "ada", update: found)
        let changes = [a.id, b.id].map { id in
            CaseChange(id) { progress in
                progress.unlearning = Sample.run([a.id, b.id])
                progress.policyDigest = Digest(of: "policy")
                progress.rung = PolicyRung(method: "npo")
            }
        }
        let error = caseworkError {
            _ = try scratch.store.apply(.unlearnDone, to: changes, actor: "ada")
        }
        #expect(error?.code == .notAllowed)
        #expect(try scratch.store.load(a.id).state == .scoped)
        _ = try scratch.store.apply(.scopeFound, to: b.id, actor: "ada", update: found)
        let records = try scratch.store.apply(.unlearnDone, to: changes, actor: "ada")
        #expect(records.map(\.state) == [.unlearned, .unlearned])
        #expect(records.map(\.attempts) == [1, 1])
    }

    @Test("A decision on an outdated version is refused")
    func outdated() throws {
        let scratch = try ScratchStore()
        let record = try scratch.receive()
        _ = try scratch.store.apply(.hold, to: record.id, actor: "ada", reason: "legal hold")
        let error = caseworkError {
            _ = try scratch.store.apply(
                .withdraw, to: record.id, expectedVersion: 1, actor: "bob", reason: "by letter")
        }
        #expect(error?.code == .caseChanged)
        #expect(error?.kind == .locked)
        #expect(try scratch.store.load(record.id).state == .onHold)
    }

    @Test("A released case goes on where it was held, and a reason is required for both")
    func holdRelease() throws {
        let scratch = try ScratchStore()
        let id = try scratch.receive().id
        let scoped = try scratch.store.apply(.scopeFound, to: id, actor: "ada") {
            $0.scope = Sample.scope()
        }
        #expect(scoped.modelName == "demo")
        let missing = caseworkError {
            _ = try scratch.store.apply(.hold, to: id, actor: "ada", reason: "  ")
        }
        #expect(missing?.code == .reasonMissing)
        let held = try scratch.store.apply(.hold, to: id, actor: "ada", reason: "court order")
        #expect(held.heldFrom == .scoped)
        let again = caseworkError {
            _ = try scratch.store.apply(.hold, to: id, actor: "ada", reason: "twice")
        }
        #expect(again?.code == .notAllowed)
        let released = try scratch.store.apply(.release, to: id, actor: "ada", reason: "lifted")
        #expect(released.state == .scoped)
        #expect(released.heldFrom == nil)
    }

    @Test("Matching decisions take the case back to scoping once everybody is decided")
    func matching() throws {
        let scratch = try ScratchStore()
        let id = try scratch.receive().id
        _ = try scratch.store.apply(.scopeAmbiguous, to: id, actor: "ada") {
            $0.scope = Sample.scope(subjects: [], candidates: Sample.candidates)
        }
        func decide(_ subject: String, _ accepted: Bool) throws -> CaseRecord {
            try scratch.store.decideMatch(
                id, subject: subject, accepted: accepted, actor: "ada", reason: "checked the file",
                at: Sample.start)
        }
        #expect(caseworkError { _ = try decide("person-099", true) }?.code == .unknownSubject)
        #expect(try decide("person-017", false).state == .awaitingClarification)
        let record = try decide("person-018", false)
        #expect(record.state == .received)
        #expect(record.progress.decisions.map(\.subject) == ["person-017", "person-018"])
        #expect(record.progress.decisions.allSatisfy { !$0.accepted && $0.actor == "ada" })
        #expect(caseworkError { _ = try decide("person-017", true) }?.code == .notAllowed)
    }

    @Test("A missing case says how to list the cases there are")
    func missing() throws {
        let scratch = try ScratchStore()
        let error = caseworkError {
            _ = try scratch.store.load(CaseID(year: 2026, number: 9))
        }
        #expect(error?.code == .caseNotFound)
        #expect(error?.message == "There is no case C-2026-0009.")
        #expect(error?.remedy?.contains("lethe case list") == true)
    }

    @Test("The connection writes ahead, syncs every commit, and the file is its owner's alone")
    func durability() throws {
        let scratch = try ScratchStore()
        let settings = try scratch.store.durabilitySettings()
        #expect(settings["journal_mode"] == "wal")
        #expect(settings["synchronous"] == "2")
        #expect(settings["foreign_keys"] == "1")
        #expect(settings["secure_delete"] == "1")
        try scratch.receive()
        for suffix in ["", "-wal"] {
            let attributes = try FileManager.default.attributesOfItem(
                atPath: scratch.path + suffix)
            #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
        }
    }

    @Test("A file written by a newer version, or no database at all, is refused")
    func foreignFiles() throws {
        let scratch = try ScratchStore()
        try DatabaseQueue(path: scratch.path).write {
            try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('999-from-the-future')")
        }
        #expect(caseworkError { _ = try scratch.reopened() }?.code == .newerSchema)
        let other = try ScratchFolder()
        let text = try other.file("x.sqlite", String(repeating: "not a database\n", count: 500))
        let error = caseworkError {
            _ = try SQLiteCaseStore(
                path: text.path, vault: try Vault(masterKey: Data(repeating: 7, count: 32)))
        }
        #expect(error?.code == .databaseDamaged)
        #expect(error?.kind == .integrity)
    }

    @Test("Two operators' decisions in every order of two leave a sound history")
    func pairs() throws {
        let scratch = try ScratchStore()
        let events: [CaseEvent] = [
            .hold, .release, .refuse, .withdraw, .matchAccepted, .matchRejected, .searchAgain,
            .investigationClosed,
        ]
        for (i, first) in events.enumerated() {
            for (j, second) in events.enumerated() {
                let id = try scratch.receive("pair-\(i)-\(j)").id
                for event in [first, second] {
                    _ = try? scratch.store.apply(event, to: id, actor: "ada", reason: "because")
                }
            }
        }
        let status = try scratch.store.verifyHistory()
        #expect(status.caseCount == 64)
        #expect(status.entryCount > 64)
    }
}
