import Casework
import Domain
import Testing

@Suite("Which method a run uses") struct MethodChoiceTests {
    private let world = FakeWorld()

    private func costs(_ shares: [String: Double], lacking obstacles: [String: String] = [:]) {
        world.state.withLock {
            $0.shares = shares
            $0.obstacles = obstacles
        }
    }

    @Test("The cheapest exact method within the policy's budget goes before the ladder")
    func exactWithinBudget() throws {
        let scratch = try ScratchStore()
        let id = try scratch.receive().id
        costs(["replay": 0.1, "retrain": 0.4])
        try world.driver(scratch.store).run()
        #expect(world.runs == ["demo replay 1"])
        #expect(try scratch.store.load(id).state == .certified)
        let started = try scratch.store.history(of: nil).first { $0.event == "unlearning-started" }
        #expect(
            started?.facts["choice"] == "exact, within the budget: 10 % of the training")
    }

    @Test(
        "Without an exact method within the budget the ladder decides",
        arguments: [["replay": 0.6, "retrain": 1.0], [:]])
    func tooDear(shares: [String: Double]) throws {
        let scratch = try ScratchStore()
        try scratch.receive()
        costs(shares)
        try world.driver(scratch.store).run()
        #expect(world.runs == ["demo npo 1"])
    }

    @Test("An exact method that lacks something is no choice, however cheap")
    func obstacle() throws {
        let scratch = try ScratchStore()
        try scratch.receive()
        costs(["replay": 0.1, "retrain": 0.4], lacking: ["replay": "no journal"])
        try world.driver(scratch.store).run()
        #expect(world.runs == ["demo retrain 1"])
    }

    @Test(
        "auto asks for an exact deletion also where the policy has no budget; nothing named does not"
    )
    func automatic() throws {
        let policy = Policy(
            name: "plain", regime: .gdprEU, ladder: Sample.policy.ladder, gate: GatePolicy())
        for (method, expected) in [("auto", "demo replay 1"), (nil, "demo npo 1")] {
            let world = FakeWorld()
            world.state.withLock { $0.shares = ["replay": 0.1] }
            let scratch = try ScratchStore()
            try scratch.receive()
            try world.driver(scratch.store, policy: policy).run(method: method)
            #expect(world.runs == [expected])
        }
    }

    @Test("An exact deletion that failed its verification waits for an operator")
    func failedExact() throws {
        let world = FakeWorld(passes: { method, _ in method == "npo" })
        world.state.withLock { $0.shares = ["replay": 0.1] }
        let scratch = try ScratchStore()
        let id = try scratch.receive().id
        let driver = world.driver(scratch.store)
        let events = try driver.run()
        // No approximate method takes its place by itself.
        #expect(world.runs == ["demo replay 1"])
        #expect(events.last?.failure?.code == "investigation-needed")
        #expect(try scratch.store.load(id).state == .failedVerification)
        #expect(caseworkError { _ = try driver.advance(id) }?.code == .investigationNeeded)
        let explanation = explain(
            try scratch.store.load(id), policy: Sample.policy, now: Sample.start)
        #expect(explanation.commands.contains { $0.hasPrefix("lethe case approve") })
        // The operator may name another method all the same.
        try driver.run(method: "npo")
        #expect(world.runs == ["demo replay 1", "demo npo 1"])
    }

    @Test("A rung that cannot be used is noted and passed over, and the case goes on")
    func unsuitable() throws {
        let scratch = try ScratchStore()
        let id = try scratch.receive().id
        costs([:], lacking: ["npo": "npo needs people"])
        let events = try world.driver(scratch.store).run()
        #expect(world.runs == ["demo shrink-refit 1"])
        #expect(
            events.map(\.sentence).contains("npo cannot be used: npo needs people"))
        #expect(try scratch.store.load(id).state == .certified)
        #expect(try scratch.store.load(id).attempts == 1)
        let note = try scratch.store.history(of: nil).first { $0.event == "method-unsuitable" }
        #expect(note?.facts["method"] == "npo")
        #expect(try scratch.store.verifyHistory().entryCount > 0)
    }

    @Test("One transition leads past the unusable rung too")
    func advance() throws {
        let scratch = try ScratchStore()
        let id = try scratch.receive().id
        costs([:], lacking: ["npo": "npo needs people"])
        let driver = world.driver(scratch.store)
        _ = try driver.advance(id)
        #expect(try driver.advance(id).to == .unlearned)
        #expect(world.runs == ["demo shrink-refit 1"])
    }

    @Test("A method that the operator named is not passed over but says what it lacks")
    func named() throws {
        let scratch = try ScratchStore()
        let id = try scratch.receive().id
        costs([:], lacking: ["npo": "npo needs people"])
        let events = try world.driver(scratch.store).run(method: "npo")
        #expect(world.runs.isEmpty)
        #expect(events.last?.failure?.message == "npo needs people")
        #expect(try scratch.store.load(id).state == .scoped)
    }

    @Test("When no rung can be used the case stays, with every reason")
    func nothingUsable() throws {
        let scratch = try ScratchStore()
        let id = try scratch.receive().id
        costs([:], lacking: ["npo": "no A.", "shrink-refit": "no B.", "retrain": "no C."])
        let events = try world.driver(scratch.store).run()
        let failure = try #require(events.last?.failure)
        #expect(failure.code == "ladder-exhausted")
        for reason in ["no A.", "no B.", "no C."] { #expect(failure.message.contains(reason)) }
        #expect(try scratch.store.load(id).state == .scoped)
    }

    @Test("The plan names the method that would be used, its cost, and what was passed over")
    func plan() throws {
        let scratch = try ScratchStore()
        let id = try scratch.receive().id
        costs(["shrink-refit": 0.4], lacking: ["npo": "npo needs people"])
        let driver = world.driver(scratch.store)
        _ = try driver.advance(id)
        let step = try #require(try driver.plan().first)
        #expect(step.method == "shrink-refit")
        #expect(step.sentence.contains("40 % of the training"))
        #expect(step.sentence.contains("npo cannot be used: npo needs people"))
        #expect(world.runs.isEmpty)
    }
}
