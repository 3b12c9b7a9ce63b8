import Casework
import Domain
import Testing

@Suite struct DeskDriverTests {
    static func policy(identity: IdentityLevel? = nil, fourEyes: Bool? = nil) -> Policy {
        Policy(
            name: "own", regime: .gdprEU, ladder: [PolicyRung(method: "retrain")],
            gate: GatePolicy(), identity: identity, fourEyes: fourEyes)
    }

    static func driver(
        _ world: FakeWorld, _ scratch: ScratchStore, _ policy: Policy, actor: String = "ada"
    ) -> CaseDriver {
        CaseDriver(
            store: scratch.store, scoper: FakeScoper(world: world),
            unlearner: FakeUnlearner(world: world), verifier: FakeVerifier(world: world),
            certifier: FakeCertifier(world: world), policy: policy, actor: actor)
    }

    @Test(
        "Nothing is searched or unlearned before the identity is shown as well as the policy asks")
    func identity() throws {
        let scratch = try ScratchStore()
        let world = FakeWorld()
        let id = try scratch.receive().id
        let desk = Self.driver(world, scratch, Self.policy(identity: .accountLogin))
        try desk.run()
        let waiting = try scratch.store.load(id)
        #expect(waiting.state == .awaitingIdentity)
        #expect(world.runs.isEmpty)
        let explanation = explain(waiting, policy: desk.policy, now: Sample.start)
        #expect(explanation.waitsFor == .operator)
        #expect(
            explanation.commands.first
                == "lethe case confirm-identity C-2026-0001 --level account-login --evidence FILE "
                + "--reason \"...\"")
        #expect(
            explanation.stillRequired == ["a proof of identity of the level account-login"])
        func confirm(_ level: IdentityLevel) throws -> CaseState {
            try scratch.store.confirmIdentity(
                id, level: level, evidence: Digest(of: "x"), actor: "bob", reason: "seen",
                at: Sample.start
            ).state
        }
        #expect(try confirm(.emailControl) == .awaitingIdentity)
        #expect(caseworkError { _ = try desk.advance(id) }?.code == .nothingToDo)
        #expect(try confirm(.document) == .received)
        try desk.run()
        #expect(try scratch.store.load(id).state == .certified)
    }

    @Test(
        "A request that was verified at intake counts, and a policy that asks for less lets go on")
    func identityAtIntake() throws {
        let scratch = try ScratchStore()
        let world = FakeWorld()
        let signed = try scratch.store.create(
            NewCase(regime: .gdprEU, sourceFormat: "drp", identity: .authenticatedRequest),
            vault: Sample.request("signed"), actor: "intake"
        ).id
        let plain = try scratch.receive("plain").id
        try Self.driver(world, scratch, Self.policy(identity: .authenticatedRequest)).run()
        #expect(try scratch.store.load(signed).state == .certified)
        #expect(try scratch.store.load(plain).state == .awaitingIdentity)
        let event = try Self.driver(world, scratch, Self.policy()).advance(plain)
        #expect(event.to == .received)
    }

    @Test("Who ran a case can neither approve nor certify it where the policy asks for four eyes")
    func fourEyes() throws {
        let scratch = try ScratchStore()
        let world = FakeWorld()
        let id = try scratch.receive().id
        let policy = Self.policy(fourEyes: true)
        let ada = Self.driver(world, scratch, policy)
        let bob = Self.driver(world, scratch, policy, actor: "bob")
        let events = try ada.run()
        #expect(events.last?.sentence.hasPrefix("Waits for the approval of somebody else") == true)
        let verified = try scratch.store.load(id)
        #expect(verified.state == .verified)
        #expect(verified.progress.legal.runners == ["ada"])
        let explanation = explain(verified, policy: policy, now: Sample.start)
        #expect(explanation.waitsFor == .operator)
        #expect(explanation.blockedBy?.contains("ada made the result") == true)
        func approve(_ actor: String) throws -> CaseRecord {
            try scratch.store.approve(id, actor: actor, reason: "looked at it", at: Sample.start)
        }
        #expect(caseworkError { _ = try bob.advance(id) }?.details["guard"] == "four-eyes-kept")
        #expect(caseworkError { _ = try approve("ada") }?.code == .fourEyes)
        #expect(try approve("bob").state == .verified)
        #expect(caseworkError { _ = try ada.advance(id) }?.details["guard"] == "four-eyes-kept")
        #expect(world.state.withLock { $0.certified.isEmpty })
        #expect(try bob.advance(id).to == .certified)
        #expect(try scratch.store.verifyHistory().caseCount == 1)
    }

    @Test("A failed exact deletion is closed by somebody who did not make it, under four eyes")
    func investigation() throws {
        let scratch = try ScratchStore()
        let world = FakeWorld(passes: { _, _ in false })
        let id = try scratch.receive().id
        let policy = Self.policy(fourEyes: true)
        try Self.driver(world, scratch, policy).run()
        #expect(try scratch.store.load(id).state == .failedVerification)
        func approve(_ actor: String) throws -> CaseRecord {
            try scratch.store.approve(id, actor: actor, reason: "chance", at: Sample.start)
        }
        #expect(caseworkError { _ = try approve("ada") }?.code == .fourEyes)
        let bare = caseworkError {
            _ = try scratch.store.apply(.investigationClosed, to: id, actor: "bob", reason: "x")
        }
        #expect(bare?.details["guard"] == "closer-independent")
        #expect(try approve("bob").state == .verified)
        #expect(try Self.driver(world, scratch, policy, actor: "eve").advance(id).to == .certified)
    }

    @Test("A policy that comes to ask for four eyes after the run is heeded")
    func later() throws {
        let scratch = try ScratchStore()
        let world = FakeWorld()
        let id = try scratch.receive().id
        let before = Self.driver(world, scratch, Self.policy())
        for _ in 0..<3 { _ = try before.advance(id) }
        #expect(try scratch.store.load(id).state == .verified)
        let after = Self.driver(world, scratch, Self.policy(fourEyes: true))
        #expect(caseworkError { _ = try after.advance(id) }?.details["guard"] == "four-eyes-kept")
        // And one under which the case ran is not escaped by a laxer policy.
        let second = try scratch.receive("b").id
        let strict = Self.driver(world, scratch, Self.policy(fourEyes: true))
        for _ in 0..<3 { _ = try strict.advance(second) }
        let error = caseworkError { _ = try before.advance(second) }
        #expect(error?.details["guard"] == "four-eyes-kept")
    }

    @Test("A certified case that is opened again is searched, run and certified anew")
    func reopened() throws {
        let scratch = try ScratchStore()
        let world = FakeWorld()
        let id = try scratch.receive().id
        let desk = Self.driver(world, scratch, Self.policy())
        try desk.run()
        let first = try scratch.store.load(id)
        #expect(first.state == .certified)
        let opened = try scratch.store.reopen(
            id, cause: .newHit, actor: "ada", reason: "another shard", at: DecisionTests.day(100))
        #expect(opened.state == .reopened)
        #expect(opened.progress.certificate == nil)
        #expect(
            opened.progress.legal.reopenings.map(\.certificate)
                == [first.progress.certificate?.payloadDigest])
        #expect(outwardStatus(of: opened) == .inProgress)
        try desk.run()
        #expect(try scratch.store.load(id).state == .certified)
        #expect(world.runs.count == 2)
        #expect(try scratch.store.verifyHistory().caseCount == 1)
    }
}
