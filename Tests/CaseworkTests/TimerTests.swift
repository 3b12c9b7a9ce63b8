import Casework
import Domain
import Foundation
import TestSupport
import Testing

@Suite struct TimerTests {
    /// Received 2026-03-05; due 2026-04-06 after Easter; 28 days are 2026-04-02.
    static func day(_ text: String) throws -> Timestamp { try #require(Timestamp(text)) }

    @Test("A case has a timer for the warning line and one for its deadline")
    func deadlines() throws {
        let scratch = try ScratchStore()
        let id = try scratch.receive().id
        #expect(try scratch.store.dueTimers(at: Self.day("2026-04-02T23:59:58Z")).isEmpty)
        let later = try scratch.store.dueTimers(at: Self.day("2026-04-07T00:00:00Z"))
        #expect(later.map(\.kind) == [.deadlineWarning, .deadline])
        #expect(
            later.map(\.dueAt.description) == ["2026-04-02T23:59:59Z", "2026-04-06T23:59:59Z"])
        #expect(later.allSatisfy { $0.caseID == id })
    }

    @Test("A timer fires once, and a case that is closed has none")
    func fireOnce() throws {
        let now = try Self.day("2026-05-01")
        let scratch = try ScratchStore()
        let id = try scratch.receive().id
        let early = try #require(try scratch.store.dueTimers(at: now).first)
        // The store's own clock decides: for it the time has not come.
        #expect(try !scratch.store.fireTimer(early, actor: "ada"))
        let late = try SQLiteCaseStore(
            path: scratch.path, vault: try Vault(masterKey: Data(repeating: 7, count: 32)),
            clock: FixedClock(now))
        #expect(try late.fireTimer(early, actor: "ada"))
        #expect(try !late.fireTimer(early, actor: "bob"))
        #expect(try late.history(of: id).map(\.event) == ["case-created", "timer-fired"])
        #expect(try late.dueTimers(at: now).map(\.kind) == [.deadline])
        _ = try late.apply(.withdraw, to: id, actor: "ada", reason: "by letter")
        #expect(try late.dueTimers(at: now).isEmpty)
        #expect(try late.verifyHistory().entryCount == 3)
    }

    @Test("A timer set with a hold is dropped with the hold")
    func holdExpiry() throws {
        let scratch = try ScratchStore()
        let id = try scratch.receive().id
        let expiry = try Self.day("2026-03-20")
        _ = try scratch.store.apply(
            .hold, to: id, actor: "ada", reason: "court order",
            timers: [CaseTimer(.holdExpiry, dueAt: expiry)])
        #expect(try scratch.store.dueTimers(at: expiry).map(\.kind) == [.holdExpiry])
        _ = try scratch.store.apply(.release, to: id, actor: "ada", reason: "lifted")
        #expect(try scratch.store.dueTimers(at: expiry).isEmpty)
    }

    @Test("The warning ends with the day at the controller's place, as the deadline does")
    func controllersDay() throws {
        let scratch = try ScratchStore()
        let zone = try #require(ControllerZone(id: "Europe/Berlin"))
        _ = try scratch.store.create(
            NewCase(regime: .gdprEU, sourceFormat: "lethe-json", zone: zone),
            vault: Sample.request(), actor: "ada")
        // Both days lie in summer time, two hours before UTC.
        #expect(
            try scratch.store.dueTimers(at: Self.day("2026-05-01")).map(\.dueAt.description)
                == ["2026-04-02T21:59:59Z", "2026-04-06T21:59:59Z"])
    }

    @Test("A hold with an end has a timer until the order ran out or was renewed")
    func holdOrder() throws {
        let scratch = try ScratchStore()
        let id = try scratch.receive().id
        let (first, second) = (try Self.day("2026-03-20"), try Self.day("2026-03-27"))
        _ = try scratch.store.hold(
            id, authority: "district court", until: first, actor: "ada", reason: "court order",
            at: Sample.start)
        let due = try scratch.store.dueTimers(at: first)
        #expect(due.map(\.kind) == [.holdExpiry])
        #expect(due.map(\.dueAt) == [first])
        #expect(try scratch.store.expireHolds(actor: "ada", at: first).map(\.id) == [id])
        #expect(try scratch.store.dueTimers(at: first).isEmpty)
        _ = try scratch.store.renewHold(
            id, authority: "district court", until: second, actor: "ada", reason: "renewed",
            at: first)
        #expect(try scratch.store.dueTimers(at: second).map(\.dueAt) == [second])
        _ = try scratch.store.apply(.release, to: id, actor: "ada", reason: "lifted")
        #expect(try scratch.store.dueTimers(at: second).isEmpty)
    }

    @Test("A change that is refused leaves neither its timer nor its intent")
    func sameTransaction() throws {
        let scratch = try ScratchStore()
        let id = try scratch.receive().id
        let other = try scratch.receive("b").id
        let changes = [id, CaseID(year: 2026, number: 99)].map {
            CaseChange(
                $0, timers: [CaseTimer(.holdExpiry, dueAt: Sample.start)],
                intents: [IntentDraft("notify-recipient")])
        }
        let error = caseworkError {
            _ = try scratch.store.apply(.hold, to: changes, actor: "ada", reason: "court order")
        }
        #expect(error?.code == .caseNotFound)
        #expect(try scratch.store.dueTimers(at: Sample.start).isEmpty)
        #expect(try scratch.store.pendingIntents().isEmpty)
        #expect(try scratch.store.load(other).version == 1)
    }

    @Test("An intent stays until it is done, and is done once")
    func intents() throws {
        let scratch = try ScratchStore()
        let id = try scratch.receive().id
        _ = try scratch.store.apply(
            .hold, to: id, actor: "ada", reason: "court order",
            intents: [IntentDraft("notify-recipient", facts: ["recipient": "r-1"])])
        let intent = try #require(try scratch.store.pendingIntents().first)
        #expect(intent.caseID == id)
        #expect(intent.facts == ["recipient": "r-1"])
        try scratch.store.noteFailedAttempt(of: intent, error: "timeout")
        let again = try #require(try scratch.reopened().pendingIntents().first)
        #expect(again.attemptCount == 1)
        #expect(again.lastError == "timeout")
        #expect(try scratch.store.finishIntent(intent, actor: "ada"))
        #expect(try !scratch.store.finishIntent(intent, actor: "ada"))
        #expect(try scratch.store.pendingIntents().isEmpty)
        #expect(try scratch.store.history(of: id).last?.event == "intent-done")
    }

    @Test("A person whose name is a word of the program's own reason is shredded like the others")
    func awkwardName() throws {
        let scratch = try ScratchStore()
        let id = try scratch.store.create(
            Sample.newCase, vault: Sample.request(name: "Retention"), actor: "ada"
        ).id
        _ = try scratch.store.apply(.withdraw, to: id, actor: "ada", reason: "by letter")
        #expect(
            try scratch.store.vaultFigures()
                == VaultFigures(
                    readableCount: 1, shreddedCount: 0, keyChangedAt: nil, isPurged: true))
        #expect(try scratch.store.shredExpired(days: 0, actor: "ada") == [id])
        #expect(
            try scratch.store.vaultFigures()
                == VaultFigures(
                    readableCount: 0, shreddedCount: 1, keyChangedAt: nil, isPurged: true))
    }

    @Test("Requests are shredded when their time after the closing is over, and not before")
    func retention() throws {
        let scratch = try ScratchStore()
        let closed = try scratch.receive("a").id
        let open = try scratch.receive("b").id
        _ = try scratch.store.apply(.withdraw, to: closed, actor: "ada", reason: "by letter")
        func store(_ text: String) throws -> SQLiteCaseStore {
            try SQLiteCaseStore(
                path: scratch.path, vault: try Vault(masterKey: Data(repeating: 7, count: 32)),
                clock: FixedClock(try Self.day(text)))
        }
        // Closed at 2026-03-05T09:00:00Z.
        #expect(try store("2026-04-04T08:59:59Z").shredExpired(days: 30, actor: "ada").isEmpty)
        let late = try store("2026-04-04T09:00:00Z")
        #expect(
            try late.dueTimers(at: Self.day("2026-04-04T09:00:00Z"), retentionDays: 30)
                .contains { $0.kind == .retention && $0.caseID == closed })
        #expect(try late.shredExpired(days: 30, actor: "ada") == [closed])
        #expect(try late.shredExpired(days: 30, actor: "ada").isEmpty)
        let error = caseworkError { _ = try late.request(of: closed) }
        #expect(error?.code == .vaultShredded)
        #expect(error?.message == "The request of \(closed) was shredded on 2026-04-04.")
        #expect(try late.request(of: open).identifiers.count == 3)
        #expect(try late.verifyHistory().caseCount == 2)
    }
}
