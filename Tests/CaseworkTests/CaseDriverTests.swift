import Casework
import Domain
import Foundation
import Synchronization
import TestSupport
import Testing

@Suite struct CaseDriverTests {
    @Test("One case goes from received to certified, one transition at a time")
    func advance() throws {
        let scratch = try ScratchStore()
        let id = try scratch.receive().id
        let driver = FakeWorld().driver(scratch.store)
        let events = try (1...4).map { _ in try driver.advance(id) }
        #expect(
            events.map(\.event) == [
                .scopeFound, .unlearnDone, .verificationPassed, .certificateIssued,
            ])
        #expect(events.map(\.to) == [.scoped, .unlearned, .verified, .certified])
        #expect(events[1].sentence == "Unlearned from demo with npo (approximate).")
        let error = caseworkError { _ = try driver.advance(id) }
        #expect(error?.code == .nothingToDo)
        #expect(error?.kind == .refused)
        let entries = try scratch.store.history(of: nil)
        #expect(
            entries.map(\.event) == [
                "case-created", "scope-found", "unlearning-started", "unlearn-done",
                "verification-passed", "certificate-issued",
            ])
        // The policy is fixed before anything is measured.
        #expect(entries[2].digests["policy"] == (try Sample.policy.digest()).hexadecimal)
        #expect(try scratch.store.verifyHistory().entryCount == 6)
    }

    @Test("What a run keeps to go on from goes once its outcome is in the store, and not before")
    func discarding() throws {
        let scratch = try ScratchStore()
        let id = try scratch.receive().id
        let world = FakeWorld()
        let unlearner = KeepingUnlearner(
            inner: FakeUnlearner(world: world), store: scratch.store, id: id)
        let driver = CaseDriver(
            store: scratch.store, scoper: FakeScoper(world: world), unlearner: unlearner,
            verifier: FakeVerifier(world: world), certifier: FakeCertifier(world: world),
            policy: Sample.policy, actor: "ada")
        _ = try driver.advance(id)
        #expect(unlearner.states.withLock { $0.isEmpty })
        _ = try driver.advance(id)
        #expect(unlearner.states.withLock { $0 } == [.unlearned])
    }

    /// Notes the case's stored state when it is told to discard.
    private final class KeepingUnlearner: CaseUnlearner {
        let inner: FakeUnlearner
        let store: any CaseStore
        let id: CaseID
        let states = Mutex<[CaseState]>([])

        init(inner: FakeUnlearner, store: any CaseStore, id: CaseID) {
            self.inner = inner
            self.store = store
            self.id = id
        }

        func utilityLoss(ofModel digest: Digest) throws -> Double {
            try inner.utilityLoss(ofModel: digest)
        }
        var exactMethods: [String] { inner.exactMethods }
        func currentModel(named name: String) throws -> Digest {
            try inner.currentModel(named: name)
        }
        func forecasts(_ input: ForecastInput) throws -> [MethodForecast] {
            try inner.forecasts(input)
        }
        func unlearn(_ input: UnlearnInput, context: WorkContext) throws -> UnlearningSummary {
            try inner.unlearn(input, context: context)
        }
        func discardWork(of run: UnlearningSummary) throws {
            let record = try store.load(id)
            #expect(record.progress.unlearning?.runID == run.runID)
            states.withLock { $0.append(record.state) }
        }
    }

    @Test("Cases on one model share a run; another model has its own")
    func sharedRun() throws {
        let scratch = try ScratchStore()
        for name in ["a", "b", "c"] { try scratch.receive(name) }
        let world = FakeWorld(outcome: {
            .found(
                Sample.scope(
                    subjects: ["person-\($0.id.number)"],
                    model: $0.id.number == 2 ? "other" : "demo"))
        })
        let events = try world.driver(scratch.store).run()
        #expect(try scratch.store.list().allSatisfy { $0.state == .certified })
        // Two persons are too many for the first rung.
        #expect(world.runs == ["demo shrink-refit 2", "other npo 1"])
        #expect(events.count == 3 * 4)
        #expect(
            try scratch.store.load(CaseID(year: 2026, number: 1)).progress.unlearning?.casesInRun
                .map(\.number) == [1, 3])
    }

    @Test("Failed cases climb the ladder together, and passed ones are certified meanwhile")
    func ladder() throws {
        let scratch = try ScratchStore()
        for name in ["a", "b", "c"] { try scratch.receive(name) }
        let world = FakeWorld(passes: { method, record in
            method == "retrain" || record.id.number == 2
        })
        try world.driver(scratch.store).run()
        #expect(world.runs == ["demo shrink-refit 3", "demo retrain 2"])
        let records = try scratch.store.list()
        #expect(records.map(\.state) == [.certified, .certified, .certified])
        #expect(records.map(\.attempts) == [2, 1, 2])
        #expect(records[0].progress.failures.map(\.method) == ["shrink-refit"])
        #expect(records[0].progress.failures.first?.failedChecks == ["forget-values"])
        // The second run started from the model that the certified case left.
        #expect(
            records[0].progress.unlearning?.baseModel == records[1].progress.unlearning?.outputModel
        )
    }

    @Test("A group that already failed is taken to its end before a new one on the same model")
    func groupOrder() throws {
        let scratch = try ScratchStore()
        // The older case is fresh, so that order of arrival alone would put it first.
        for name in ["a", "b"] { try scratch.receive(name) }
        let ids = try scratch.store.list().map(\.id)
        let world = FakeWorld(passes: { method, record in
            record.id.number == 1 || method != "npo"
        })
        let driver = world.driver(scratch.store)
        for _ in 1...4 { _ = try driver.advance(ids[1]) }
        #expect(try scratch.store.load(ids[1]).state == .scoped)
        try driver.run()
        #expect(world.runs == ["demo npo 1", "demo shrink-refit 1", "demo npo 1"])
        let records = try scratch.store.list()
        #expect(records.map(\.state) == [.certified, .certified])
        #expect(
            records[0].progress.unlearning?.baseModel
                == records[1].progress.unlearning?.outputModel)
    }

    @Test("When every method failed the case stays, says so, and is not run again")
    func exhausted() throws {
        let scratch = try ScratchStore()
        let id = try scratch.receive().id
        let world = FakeWorld(passes: { _, _ in false })
        let driver = world.driver(scratch.store)
        let events = try driver.run()
        #expect(world.runs == ["demo npo 1", "demo shrink-refit 1", "demo retrain 1"])
        #expect(try scratch.store.load(id).state == .failedVerification)
        #expect(events.last?.failure?.code == "ladder-exhausted")
        try driver.run()
        #expect(world.runs.count == 3)
        #expect(caseworkError { _ = try driver.advance(id) }?.code == .ladderExhausted)
        // The last run was exact: an operator may close the investigation, with a reason.
        let closed = try scratch.store.apply(
            .investigationClosed, to: id, actor: "grace", reason: "twins share a surname")
        #expect(closed.progress.closedByInvestigation)
        try driver.run()
        #expect(try scratch.store.load(id).state == .certified)
    }

    @Test("A control fails, is not certified even if it passes, and no other method follows it")
    func control() throws {
        for passes in [false, true] {
            let scratch = try ScratchStore()
            let id = try scratch.receive().id
            let world = FakeWorld(passes: { method, _ in passes || method != "none" })
            let driver = world.driver(scratch.store)
            let events = try driver.run(method: "none")
            #expect(world.runs == ["demo none 1"])
            #expect(
                try scratch.store.load(id).state == (passes ? .verified : .failedVerification))
            if passes { #expect(events.last?.failure?.code == "guard-failed") }
            #expect(world.state.withLock { $0.certified }.isEmpty)
            if passes {
                #expect(caseworkError { _ = try driver.advance(id) }?.code == .guardFailed)
            }
            // Without the control the ladder starts at its first rung.
            try driver.run()
            #expect(world.runs == ["demo none 1", "demo npo 1"])
            #expect(try scratch.store.load(id).state == .certified)
        }
    }

    @Test("Waiting and held cases are named and left alone while the others go on")
    func waiting() throws {
        let scratch = try ScratchStore()
        for name in ["a", "b", "c", "d"] { try scratch.receive(name) }
        let ids = try scratch.store.list().map(\.id)
        _ = try scratch.store.apply(.hold, to: ids[2], actor: "ada", reason: "court order")
        let world = FakeWorld(outcome: { record in
            switch record.id.number {
            case 1: .ambiguous(Sample.scope(subjects: [], candidates: Sample.candidates))
            case 2: .nobody(Sample.scope(subjects: [], model: nil))
            default: .found(Sample.scope(subjects: ["person-\(record.id.number)"]))
            }
        })
        let driver = world.driver(scratch.store)
        let events = try driver.run()
        #expect(
            try scratch.store.list().map(\.state) == [
                .awaitingClarification, .awaitingClarification, .onHold, .certified,
            ])
        #expect(events.filter { $0.event == nil }.map(\.caseID) == [ids[2]])
        #expect(caseworkError { _ = try driver.advance(ids[0]) }?.code == .nothingToDo)
        // Nobody was found: advancing searches again, for a corpus may have come.
        #expect(try driver.advance(ids[1]).event == .searchAgain)
        _ = try scratch.store.decideMatch(
            ids[0], subject: "person-017", accepted: true, actor: "ada", reason: "same customer",
            at: Sample.start)
        try driver.run(cases: [ids[0]])
        #expect(try scratch.store.load(ids[0]).state == .certified)
        #expect(try scratch.store.load(ids[0]).progress.scope?.subjects == ["person-017"])
        #expect(try scratch.store.load(ids[1]).state == .received)
    }

    @Test("A result made from a model that has moved on is made again")
    func modelMoved() throws {
        let scratch = try ScratchStore()
        let id = try scratch.receive().id
        let world = FakeWorld()
        let driver = world.driver(scratch.store)
        for _ in 1...3 { _ = try driver.advance(id) }
        #expect(try scratch.store.load(id).state == .verified)
        world.setModel("demo", Digest(of: "somebody else's"))
        #expect(try driver.advance(id).event == .modelMoved)
        try driver.run()
        let record = try scratch.store.load(id)
        #expect(record.state == .certified)
        #expect(record.progress.unlearning?.baseModel == Digest(of: "somebody else's"))
        #expect(record.attempts == 2)
    }

    @Test("A policy changed after the run is not used to judge it")
    func policyChanged() throws {
        let scratch = try ScratchStore()
        let id = try scratch.receive().id
        let world = FakeWorld()
        for _ in 1...2 { _ = try world.driver(scratch.store).advance(id) }
        var gate = GatePolicy()
        gate.maintainLossRise = 0.5
        let looser = Policy(
            name: "default", regime: .gdprEU, ladder: Sample.policy.ladder, gate: gate)
        let driver = world.driver(scratch.store, policy: looser)
        #expect(try driver.advance(id).event == .policyChanged)
        try driver.run()
        #expect(world.runs == ["demo npo 1", "demo npo 1"])
        let record = try scratch.store.load(id)
        #expect(record.progress.policyDigest == (try looser.digest()))
    }

    @Test("A step that fails for one model leaves its cases where they are; the others go on")
    func failingStep() throws {
        let scratch = try ScratchStore()
        for name in ["a", "b"] { try scratch.receive(name) }
        struct Broken: CaseUnlearner {
            var exactMethods: [String] { [] }
            func utilityLoss(ofModel digest: Digest) throws -> Double { 0 }
            func forecasts(_ input: ForecastInput) throws -> [MethodForecast] { [] }
            let real: FakeUnlearner
            func currentModel(named name: String) throws -> Digest {
                try real.currentModel(named: name)
            }
            func unlearn(_ input: UnlearnInput, context: WorkContext) throws -> UnlearningSummary {
                guard input.modelName == "demo" else {
                    throw DomainError(.malformedValue, "The recipe is lost.", remedy: "Find it.")
                }
                return try real.unlearn(input, context: context)
            }
        }
        let world = FakeWorld(outcome: {
            .found(Sample.scope(model: $0.id.number == 1 ? "other" : "demo"))
        })
        let driver = CaseDriver(
            store: scratch.store, scoper: FakeScoper(world: world),
            unlearner: Broken(real: FakeUnlearner(world: world)),
            verifier: FakeVerifier(world: world), certifier: FakeCertifier(world: world),
            policy: Sample.policy, actor: "ada")
        let events = try driver.run()
        #expect(try scratch.store.list().map(\.state) == [.scoped, .certified])
        let failure = events.first { $0.failure != nil }
        #expect(failure?.caseID.number == 1)
        #expect(failure?.failure?.message == "The recipe is lost.")
    }

    @Test("An interruption stops at the next step and the same command finishes")
    func interrupted() throws {
        let scratch = try ScratchStore()
        let id = try scratch.receive().id
        let world = FakeWorld()
        let driver = world.driver(scratch.store, context: WorkContext(isCancelled: { true }))
        #expect(throws: DomainError.self) { try driver.run() }
        #expect(try scratch.store.load(id).state == .received)
        try world.driver(scratch.store).run()
        #expect(try scratch.store.load(id).state == .certified)
    }

    @Test("The plan names the steps without changing anything")
    func plan() throws {
        let scratch = try ScratchStore()
        for name in ["a", "b", "c"] { try scratch.receive(name) }
        let ids = try scratch.store.list().map(\.id)
        let world = FakeWorld()
        let driver = world.driver(scratch.store)
        for id in ids.prefix(2) { _ = try driver.advance(id) }
        let before = try scratch.store.verifyHistory()
        let steps = try driver.plan()
        #expect(steps.map(\.duty) == [.scope, .unlearn])
        #expect(steps[0].cases == [ids[2]])
        #expect(steps[1].cases == Array(ids.prefix(2)))
        #expect(steps[1].method == "shrink-refit")
        #expect(try driver.plan(method: "none").last?.method == "none")
        #expect(try scratch.store.verifyHistory() == before)
        #expect(world.runs.isEmpty)
    }

    @Test("Killed at any point and started again, a run comes to the same end")
    func crashes() throws {
        /// Runs with a crash at a point; returns the states, and whether the crash was reached.
        func end(crashAt: Int?) throws -> (states: [String], crashed: Bool, points: Int) {
            let scratch = try ScratchStore()
            for name in ["a", "b", "c"] { try scratch.receive(name) }
            let world = FakeWorld(passes: { method, record in
                method == "retrain" || record.id.number == 2
            })
            world.state.withLock { $0.crashAt = crashAt }
            var crashed = false
            do { try world.driver(scratch.store).run() } catch is Crash { crashed = true }
            let points = world.state.withLock { $0.pointCount }
            if crashed { try world.driver(try scratch.reopened()).run() }
            #expect(try scratch.store.verifyHistory().caseCount == 3)
            let records = try scratch.store.list()
            return (
                records.map { "\($0.state) \($0.progress.failures.map(\.method))" }, crashed, points
            )
        }
        let whole = try end(crashAt: nil)
        #expect(
            whole.states == [
                "certified [\"shrink-refit\"]", "certified []", "certified [\"shrink-refit\"]",
            ])
        try #require(whole.points > 40)
        for point in 1...whole.points {
            let again = try end(crashAt: point)
            #expect(again.crashed)
            #expect(again.states == whole.states, "crash at \(point)")
        }
    }
}
