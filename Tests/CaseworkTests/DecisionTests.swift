import Casework
import Domain
import Foundation
import Testing

@Suite struct DecisionTests {
    static func day(_ count: Int64) -> Timestamp {
        Timestamp(secondsSince1970: Sample.start.secondsSince1970 + count * 86_400)
    }
    static let proof = Digest(of: "what was seen")

    static func receive(
        _ scratch: ScratchStore, _ name: String, identity: IdentityLevel = .unverified,
        regime: Regime = .gdprEU
    ) throws -> CaseID {
        try scratch.store.create(
            NewCase(regime: regime, sourceFormat: "drp", identity: identity),
            vault: Sample.request(name), actor: "intake"
        ).id
    }

    @Test("An unverified request cannot shadow a verified one, however early it came")
    func shadowing() throws {
        // The shape of GHSA-qx5f-ghc2-7g5c: a stranger writes first in the person's name.
        let scratch = try ScratchStore()
        let stranger = try Self.receive(scratch, "stranger")
        let person = try Self.receive(scratch, "person", identity: .authenticatedRequest)
        func supersede(_ id: CaseID, by other: CaseID) -> CaseworkError? {
            caseworkError {
                _ = try scratch.store.supersede(
                    id, by: other, actor: "ada", reason: "same person", at: Sample.start)
            }
        }
        #expect(supersede(person, by: stranger)?.code == .notVerified)
        #expect(try scratch.store.load(person).state == .received)
        // Nor an equally unverified one: neither is known to be the person's.
        let third = try Self.receive(scratch, "third")
        #expect(supersede(third, by: stranger)?.code == .notVerified)
        #expect(supersede(stranger, by: person) == nil)
        #expect(try scratch.store.load(stranger).state == .superseded)
        #expect(supersede(person, by: stranger)?.code == .causeUnfit)
        #expect(supersede(person, by: person)?.code == .causeUnfit)
        // The table refuses it too, whoever calls it.
        let error = caseworkError {
            _ = try scratch.store.apply(.superseded, to: person, actor: "x", reason: "y") {
                $0.legal.supersededBy = Supersession(
                    by: third, level: .unverified, at: Sample.start, actor: "x")
            }
        }
        #expect(error?.details["guard"] == "superseder-verified")
        // A duplicate that is verified after all can be opened again.
        let again = try scratch.store.reopen(
            stranger, cause: .identityConfirmed, actor: "ada", reason: "showed a document",
            at: Self.day(2))
        #expect(again.state == .reopened)
        #expect(again.progress.legal.supersededBy == nil)
        #expect(try scratch.store.verifyHistory().caseCount == 3)
    }

    @Test("A duplicate whose stand-in came to nothing is found and can be opened again")
    func stranded() throws {
        let scratch = try ScratchStore()
        let a = try Self.receive(scratch, "a")
        let b = try Self.receive(scratch, "b", identity: .document)
        _ = try scratch.store.supersede(a, by: b, actor: "ada", reason: "same", at: Sample.start)
        #expect(strandedDuplicates(among: try scratch.store.list()).isEmpty)
        _ = try scratch.store.apply(.withdraw, to: b, actor: "ada", reason: "by letter")
        #expect(strandedDuplicates(among: try scratch.store.list()).map(\.id) == [a])
        let wrong = caseworkError {
            _ = try scratch.store.reopen(
                a, cause: .newHit, actor: "ada", reason: "x", at: Sample.start)
        }
        #expect(wrong?.code == .causeUnfit)
        _ = try scratch.store.reopen(
            a, cause: .supersederClosed, actor: "ada", reason: "x", at: Sample.start)
        #expect(strandedDuplicates(among: try scratch.store.list()).isEmpty)
    }

    @Test("Only a message as well verified as the request takes it back")
    func cancellation() throws {
        let scratch = try ScratchStore()
        let id = try Self.receive(scratch, "a", identity: .authenticatedRequest)
        func cancel(_ level: IdentityLevel) throws -> CaseRecord {
            try scratch.store.cancel(
                id, message: Digest(of: "never mind"), level: level, actor: "intake",
                at: Sample.start)
        }
        #expect(caseworkError { _ = try cancel(.emailControl) }?.code == .notVerified)
        #expect(try cancel(.authenticatedRequest).state == .withdrawn)
        #expect(caseworkError { _ = try cancel(.document) }?.code == .notAllowed)
    }

    @Test("A message that takes several requests back ends all of them or none, once")
    func severalTakenBack() throws {
        let message = Digest(of: "never mind any of them")
        func scene() throws -> (ScratchStore, [CaseID]) {
            let scratch = try ScratchStore()
            let ids = try ["a", "b", "c"].map {
                try Self.receive(
                    scratch, $0, identity: $0 == "c" ? .authenticatedRequest : .unverified)
            }
            return (scratch, ids)
        }
        func cancel(
            _ ids: [CaseID], _ level: IdentityLevel = .authenticatedRequest, in store: any CaseStore
        ) throws -> [CaseState] {
            try store.cancel(
                ids.map { TakenBack($0, level: level) }, message: message, actor: "intake",
                at: Sample.start
            ).map(\.state)
        }
        func states(_ store: SQLiteCaseStore) throws -> [CaseState] {
            try store.list().map(\.state)
        }
        let open = [CaseState](repeating: .received, count: 3)
        let ended = [CaseState](repeating: .withdrawn, count: 3)

        // The last is verified better than the message: nothing happens to the others either.
        let (scratch, ids) = try scene()
        #expect(
            caseworkError { _ = try cancel(ids, .unverified, in: scratch.store) }?.code
                == .notVerified)
        #expect(try states(scratch.store) == open)
        #expect(try cancel(ids + [ids[0]], in: scratch.store) == ended)
        let entryCount = try scratch.store.verifyHistory().entryCount
        #expect(entryCount == 6)
        #expect(caseworkError { _ = try cancel(ids, in: scratch.store) }?.code == .notAllowed)
        #expect(try scratch.store.verifyHistory().entryCount == entryCount)

        // Killed directly before and directly after the transaction, and taken in again.
        for (point, left) in [(1, open), (2, ended)] {
            let (scratch, ids) = try scene()
            let world = FakeWorld()
            world.state.withLock { $0.crashAt = point }
            #expect(throws: Crash.self) {
                try cancel(ids, in: CrashingStore(store: scratch.store, world: world))
            }
            #expect(try states(scratch.reopened()) == left)
            _ = try? cancel(ids, in: scratch.store)
            #expect(try states(scratch.store) == ended)
            #expect(try scratch.store.verifyHistory().entryCount == entryCount)
        }

        // One by one, as earlier versions did, and killed in between: the rest is completed.
        let (old, oldIDs) = try scene()
        _ = try old.store.cancel(
            oldIDs[0], message: message, level: .unverified, actor: "intake", at: Sample.start)
        #expect(try cancel(oldIDs, in: old.store) == ended)
        #expect(try old.store.verifyHistory().entryCount == entryCount)
        #expect(try old.store.load(oldIDs[0]).progress.legal.cancellation?.level == .unverified)
    }

    @Test("A case that another message or the operator closed is not taken back with others")
    func closedOtherwise() throws {
        let scratch = try ScratchStore()
        let ids = try ["a", "b"].map { try Self.receive(scratch, $0) }
        _ = try scratch.store.apply(
            .withdraw, to: ids[1], actor: "ada", reason: "taken back by letter")
        let error = caseworkError {
            _ = try scratch.store.cancel(
                ids.map { TakenBack($0, level: .unverified) }, message: Digest(of: "never mind"),
                actor: "intake", at: Sample.start)
        }
        #expect(error?.code == .notAllowed)
        #expect(try scratch.store.load(ids[0]).state == .received)
    }

    @Test("A refusal needs a ground of the case's law, a text and a date that is not in the future")
    func refusal() throws {
        let scratch = try ScratchStore()
        let id = try Self.receive(scratch, "a")
        func refuse(
            _ ground: String, _ text: String = "A lawsuit is pending.", day: Int64 = 0
        ) throws -> CaseRecord {
            try scratch.store.refuse(
                id, ground: ground, text: text, toldAt: Self.day(day), actor: "ada",
                reason: "counsel says so", at: Sample.start)
        }
        #expect(caseworkError { _ = try refuse("ccpa-exception") }?.code == .groundUnfit)
        #expect(throws: DomainError.self) { try refuse("art99") }
        #expect(caseworkError { _ = try refuse("art17-3-e", "") }?.code == .incompleteDecision)
        #expect(caseworkError { _ = try refuse("art17-3-e", day: 1) }?.code == .incompleteDecision)
        let personal = caseworkError { _ = try refuse("art17-3-e", "Dear \(Sample.personName),") }
        #expect(personal?.code == .personalDataInReason)
        let bare = caseworkError {
            _ = try scratch.store.apply(.refuse, to: id, actor: "ada", reason: "because")
        }
        #expect(bare?.details["guard"] == "refusal-complete")
        let record = try refuse("art17_3_e")
        #expect(record.state == .refused)
        #expect(record.closedAt == Sample.start)
        let entry = try #require(try scratch.store.history(of: id).last)
        #expect(entry.facts["article"] == "Art. 17(3)(e)")
        #expect(entry.facts["told-at"] == Sample.start.description)
        let reasons = explain(record, now: Self.day(60)).reasons.joined(separator: "\n")
        #expect(reasons.contains("supervisory authority") && reasons.contains("court"))
        #expect(explain(record, now: Self.day(60)).standing == .kept)
        let opened = try scratch.store.reopen(
            id, cause: .reviewOutcome, actor: "ada", reason: "the court decided", at: Self.day(60))
        #expect(opened.progress.legal.refusal == nil)
        // One month from 4 May 2026.
        #expect(opened.dueAt.description == "2026-06-04T23:59:59Z")
    }

    @Test("Parts that stay send a scoped case back to be scoped, and can be taken back")
    func exemptions() throws {
        let scratch = try ScratchStore()
        let id = try Self.receive(scratch, "a")
        func exempt(_ ground: String, _ record: String, _ span: Range<Int>? = nil) throws
            -> CaseRecord
        {
            try scratch.store.exempt(
                id, record: record, span: span, ground: ground, actor: "ada", reason: "claims",
                at: Sample.start)
        }
        #expect(caseworkError { _ = try exempt("no-data", "people/1") }?.code == .groundUnfit)
        #expect(caseworkError { _ = try exempt("art17-3-e", "x") }?.code == .incompleteDecision)
        _ = try scratch.store.apply(.scopeFound, to: id, actor: "ada") { $0.scope = Sample.scope() }
        #expect(try exempt("art17-3-e", "people/1").state == .received)
        let two = try exempt("art17-3-a", "people/2", 3..<9)
        #expect(two.progress.legal.exemptions.map(\.place) == ["people/1", "people/2[3..<9]"])
        let unknown = caseworkError {
            _ = try scratch.store.liftExemption(id, place: "people/2", actor: "ada", reason: "x")
        }
        #expect(unknown?.code == .incompleteDecision)
        let one = try scratch.store.liftExemption(
            id, place: "people/2[3..<9]", actor: "ada", reason: "settled")
        #expect(one.progress.legal.exemptions.map(\.place) == ["people/1"])
    }

    @Test("A hold runs out by itself into somebody's attention, not into work")
    func holds() throws {
        let scratch = try ScratchStore()
        let id = try Self.receive(scratch, "a")
        let held = try scratch.store.hold(
            id, authority: "district court", until: Self.day(10), actor: "ada", reason: "order",
            at: Sample.start)
        #expect(held.progress.legal.hold?.until == Self.day(10))
        #expect(try scratch.store.expireHolds(actor: "clock", at: Self.day(9)).isEmpty)
        #expect(try scratch.store.expireHolds(actor: "clock", at: Self.day(10)).map(\.id) == [id])
        #expect(try scratch.store.expireHolds(actor: "clock", at: Self.day(11)).isEmpty)
        let expired = try scratch.store.load(id)
        #expect(expired.state == .onHold)
        #expect(explain(expired, now: Self.day(11)).blockedBy?.contains("has passed") == true)
        let past = caseworkError {
            _ = try scratch.store.renewHold(
                id, authority: "court", until: Sample.start, actor: "ada", reason: "x",
                at: Self.day(11))
        }
        #expect(past?.code == .incompleteDecision)
        let renewed = try scratch.store.renewHold(
            id, authority: "court", actor: "ada", reason: "longer", at: Self.day(11))
        #expect(renewed.progress.legal.hold?.until == Self.day(101))
        let released = try scratch.store.apply(.release, to: id, actor: "ada", reason: "lifted")
        #expect(released.progress.legal.hold == nil)
        #expect(released.state == .received)
    }

    @Test("An extension moves the due day, once and in time")
    func extending() throws {
        let scratch = try ScratchStore()
        let id = try Self.receive(scratch, "a")
        func extend(givenOn day: Int64, now: Int64? = nil) throws -> CaseRecord {
            try scratch.store.extend(
                id, givenAt: Self.day(day), notice: "Many systems have to be searched.",
                actor: "ada", reason: "complex", at: Self.day(now ?? day))
        }
        #expect(caseworkError { _ = try extend(givenOn: 3, now: 2) }?.code == .incompleteDecision)
        #expect(caseworkError { _ = try extend(givenOn: 33) }?.code == .extensionTooLate)
        #expect(try extend(givenOn: 20).dueAt.description == "2026-06-05T23:59:59Z")
        #expect(caseworkError { _ = try extend(givenOn: 21) }?.code == .extensionTooLate)
        let entry = try #require(try scratch.store.history(of: id).last)
        #expect(entry.facts["notice"] == "Many systems have to be searched.")
    }

    @Test("What sets the clock moves the due day: UK identity and pauses, an earlier receipt")
    func clockNotes() throws {
        let scratch = try ScratchStore(clock: FixedClock(Self.day(30)))
        let uk = try Self.receive(scratch, "a", regime: .gdprUK)
        func note(_ id: CaseID, _ note: ClockNote, _ day: Int64) throws -> CaseRecord {
            try scratch.store.noteClock(id, note, at: Self.day(day), actor: "ada", reason: "letter")
        }
        #expect(try note(uk, .identityRequested, 1).dueAt.description == "2026-04-05T23:59:59Z")
        let confirmed = try scratch.store.confirmIdentity(
            uk, level: .document, evidence: Self.proof, actor: "ada", reason: "seen",
            at: Self.day(11))
        #expect(confirmed.dueAt.description == "2026-04-16T23:59:59Z")
        _ = try note(uk, .paused, 12)
        #expect(caseworkError { _ = try note(uk, .paused, 13) }?.code == .clockContradiction)
        #expect(try note(uk, .resumed, 15).dueAt.description == "2026-04-19T23:59:59Z")
        let eu = try Self.receive(scratch, "b")
        #expect(caseworkError { _ = try note(eu, .paused, 1) }?.code == .clockContradiction)
        let earlier = try note(eu, .receivedEarlier(Self.day(-10), evidence: Self.proof), 3)
        #expect(earlier.receivedAt == Self.day(-10))
        #expect(earlier.dueAt.description == "2026-03-23T23:59:59Z")
        let later = caseworkError {
            _ = try note(eu, .receivedEarlier(Self.day(-9), evidence: Self.proof), 3)
        }
        #expect(later?.code == .clockContradiction)
    }

    @Test("Recipients are told, answer, or are excused, also after the certificate")
    func recipients() throws {
        let scratch = try ScratchStore()
        let id = try Self.receive(scratch, "a")
        func record(_ name: String, _ change: RecipientChange) throws -> CaseRecord {
            try scratch.store.recordRecipient(
                id, name: name, change, at: Sample.start, actor: "ada", reason: "register")
        }
        #expect(caseworkError { _ = try record("shop", .notified) }?.code == .unknownRecipient)
        _ = try record("shop", .added)
        _ = try record("archive", .added)
        #expect(caseworkError { _ = try record("shop", .added) }?.code == .incompleteDecision)
        #expect(
            caseworkError { _ = try record("shop", .acknowledged) }?.code == .incompleteDecision)
        let before = try scratch.store.load(id)
        #expect(
            explain(before, now: Sample.start).stillRequired == [
                "shop has to be told of the erasure (GDPR Art. 19)",
                "archive has to be told of the erasure (GDPR Art. 19)",
            ])
        _ = try record("shop", .notified)
        _ = try record("shop", .acknowledged)
        let after = try record("archive", .excused(.disproportionate))
        #expect(explain(after, now: Sample.start).stillRequired.isEmpty)
        #expect(
            after.progress.legal.recipients.map(\.inWords) == [
                "shop acknowledged on 2026-03-05",
                "archive need not be told: that would be disproportionate",
            ])
        #expect(!StateMachine.rows(from: .certified, on: .recipientNotified).isEmpty)
    }

    @Test(
        "A new case is counted in the controller's zone and calendar, and names both with a digest")
    func opening() throws {
        let scratch = try ScratchStore()
        let calendar = try WorkingCalendar.named("DE")
        let berlin = try #require(ControllerZone(id: "Europe/Berlin"))
        let record = try scratch.store.create(
            NewCase(
                regime: .gdprEU, sourceFormat: "drp", calendar: calendar, zone: berlin,
                identity: .authenticatedRequest),
            vault: Sample.request("a"), actor: "intake")
        // Easter Sunday and Monday are passed over; midnight in Berlin is 22:00 UTC in April.
        #expect(record.dueAt.description == "2026-04-07T21:59:59Z")
        #expect(record.clockFacts.offsetSeconds == 3_600)
        #expect(record.clockFacts.calendarDigest == calendar.digest)
        #expect(record.progress.legal.identity.evidence.map(\.evidence) == [record.requestDigest])
        let facts = try #require(try scratch.store.history(of: record.id).first).facts
        #expect(facts["time-zone"] == "Europe/Berlin")
        #expect(facts["calendar"] == "DE")
        #expect(facts["calendar-digest"] == calendar.digest?.hexadecimal)
        #expect(facts["identity"] == "authenticated-request")
    }
}
