import Casework
import Domain
import TestSupport
import Testing

@Suite("Which cases share a run") struct GroupTests {
    private func policy(
        _ groups: GroupingPolicy? = nil, drift: DriftBudget? = nil,
        methods: [String] = ["npo", "shrink-refit"]
    ) -> Policy {
        Policy(
            name: "groups", regime: .gdprEU, ladder: methods.map { PolicyRung(method: $0) },
            gate: GatePolicy(), groups: groups, drift: drift)
    }

    private func later(_ seconds: Int64) -> FixedClock {
        FixedClock(Timestamp(secondsSince1970: Sample.start.secondsSince1970 + seconds))
    }

    @Test("Runs hold at most the policy's number of persons, in order of arrival")
    func size() throws {
        let scratch = try ScratchStore()
        for name in ["a", "b", "c", "d", "e"] { try scratch.receive(name) }
        let world = FakeWorld(outcome: { record in
            // The third case is about two persons.
            .found(
                Sample.scope(
                    subjects: (0..<(record.id.number == 3 ? 2 : 1)).map {
                        "person-\(record.id.number)-\($0)"
                    }))
        })
        try world.driver(scratch.store, policy: policy(GroupingPolicy(maximumPersons: 3))).run()
        #expect(world.runs == ["demo npo 2", "demo npo 2", "demo npo 1"])
        #expect(try scratch.store.list().allSatisfy { $0.state == .certified })
    }

    @Test("Cases wait for others within the window, but not once full, named, or near the deadline")
    func window() throws {
        let groups = GroupingPolicy(windowSeconds: 86_400, maximumPersons: 2)
        func runs(_ names: [String], after seconds: Int64, named: Bool = false) throws -> [String] {
            let scratch = try ScratchStore()
            for name in names { try scratch.receive(name) }
            let world = FakeWorld()
            let ids = named ? try scratch.store.list().map(\.id) : nil
            let events = try world.driver(
                scratch.store, policy: policy(groups), clock: later(seconds)
            ).run(cases: ids)
            if world.runs.isEmpty {
                #expect(events.last?.sentence.contains("Waits for other cases") == true)
                #expect(try scratch.store.list().allSatisfy { $0.state == .scoped })
            }
            return world.runs
        }
        #expect(try runs(["a"], after: 0) == [])
        #expect(try runs(["a"], after: 86_399) == [])
        #expect(try runs(["a"], after: 86_400) == ["demo npo 1"])
        #expect(try runs(["a", "b"], after: 0) == ["demo npo 2"])
        #expect(try runs(["a"], after: 0, named: true) == ["demo npo 1"])
        // Received on 5 March; a window of a year ends a week before the due day all the same.
        let long = policy(GroupingPolicy(windowSeconds: 365 * 86_400))
        for (days, expected) in [(20, 0), (27, 1)] {
            let scratch = try ScratchStore()
            try scratch.receive()
            let world = FakeWorld()
            try world.driver(scratch.store, policy: long, clock: later(Int64(days) * 86_400)).run()
            #expect(world.runs.count == expected, "\(days)")
        }
    }

    @Test("One who fails does not hold up the others of the group, whose own checks passed")
    func culprit() throws {
        let scratch = try ScratchStore()
        for name in ["a", "b", "c"] { try scratch.receive(name) }
        // With the first in it, the test over the whole group fails for everybody under npo.
        let world = FakeWorld(
            passes: { method, record in
                method != "npo"
                    || !(record.progress.unlearning?.casesInRun.contains {
                        $0.number == 1
                    } ?? false)
            },
            failedChecks: { _, record in
                record.id.number == 1 ? ["forget-values", "forget-group"] : ["forget-group"]
            })
        try world.driver(scratch.store, policy: policy()).run()
        let records = try scratch.store.list()
        #expect(records.map(\.state) == [.certified, .certified, .certified])
        #expect(records.map { $0.progress.unlearning?.method } == ["shrink-refit", "npo", "npo"])
        #expect(Set(world.runs) == ["demo npo 3", "demo shrink-refit 1", "demo npo 2"])
        for record in records[1...] {
            let events = try scratch.store.history(of: record.id).map(\.event)
            #expect(events.filter { $0 == "group-split" }.count == 1)
        }
        _ = try scratch.store.verifyHistory()
    }

    @Test("What fails for several together on every rung is tried for each alone, once")
    func alone() throws {
        for helps in [true, false] {
            let scratch = try ScratchStore()
            for name in ["a", "b"] { try scratch.receive(name) }
            let world = FakeWorld(passes: { _, record in
                helps && record.progress.unlearning?.casesInRun.count == 1
            })
            let events = try world.driver(scratch.store, policy: policy()).run()
            let together = ["demo npo 2", "demo shrink-refit 2"]
            if helps {
                #expect(world.runs == together + ["demo npo 1", "demo npo 1"])
                #expect(try scratch.store.list().allSatisfy { $0.state == .certified })
            } else {
                #expect(world.runs.count == 6)
                #expect(events.last?.failure?.code == "ladder-exhausted")
                try world.driver(scratch.store, policy: policy()).run()
                #expect(world.runs.count == 6)
            }
        }
    }

    @Test("A spent drift budget leaves only exact methods, or stops the run")
    func drift() throws {
        func attempt(
            loss: Double, then: DriftRemedy, method: String? = nil, lacking: [String] = []
        ) throws -> (runs: [String], failure: String?) {
            let scratch = try ScratchStore()
            try scratch.receive()
            let world = FakeWorld()
            world.state.withLock {
                $0.losses = [Digest(of: "m0"): loss]
                for name in lacking { $0.obstacles[name] = "no journal" }
            }
            let budget = DriftBudget(maximumUtilityLoss: 0.05, then: then)
            let events = try world.driver(scratch.store, policy: policy(drift: budget)).run(
                method: method)
            return (world.runs, events.last?.failure?.code)
        }
        #expect(try attempt(loss: 0.049, then: .retrain).runs == ["demo npo 1"])
        #expect(try attempt(loss: 0.05, then: .retrain).runs == ["demo retrain 1"])
        #expect(try attempt(loss: 0.05, then: .replay).runs == ["demo replay 1"])
        #expect(
            try attempt(loss: 0.05, then: .replay, lacking: ["replay"]).runs == ["demo retrain 1"])
        #expect(try attempt(loss: 0.05, then: .stop) == ([], "drift-spent"))
        #expect(try attempt(loss: 0.05, then: .stop, method: "retrain").runs == ["demo retrain 1"])
        #expect(try attempt(loss: 0.05, then: .retrain, method: "npo") == ([], "drift-spent"))
        #expect(try attempt(loss: 0.05, then: .stop, method: "auto") == ([], "drift-spent"))
    }
}
