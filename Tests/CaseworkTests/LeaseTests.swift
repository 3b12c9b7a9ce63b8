import Casework
import Domain
import Foundation
import GRDB
import Synchronization
import TestSupport
import Testing

/// A machine whose running time the test sets.
final class FakeBootClock: BootClock {
    let bootID: String
    private let time = Mutex<Int64>(1_000)

    init(bootID: String = SystemBootClock().bootID) { self.bootID = bootID }
    func seconds() -> Int64 { time.withLock { $0 } }
    func advance(_ seconds: Int64) { time.withLock { $0 += seconds } }
}

@Suite struct LeaseTests {
    let scratch: ScratchStore
    let boot = FakeBootClock()
    let id: CaseID

    init() throws {
        scratch = try ScratchStore()
        id = try scratch.receive().id
    }

    /// Another process's view of the same file.
    func store(boot: FakeBootClock? = nil, at time: Timestamp = Sample.start) throws
        -> SQLiteCaseStore
    {
        try SQLiteCaseStore(
            path: scratch.path, vault: try Vault(masterKey: Data(repeating: 7, count: 32)),
            clock: FixedClock(time), bootClock: boot ?? self.boot)
    }

    func acquire(_ store: SQLiteCaseStore, seconds: Int = 60) throws -> Lease {
        try store.acquireLease(on: [.work(on: id), .model("demo")], seconds: seconds, actor: "ada")
    }

    @Test("One process at a time has the lease, and each lease has a higher token")
    func exclusive() throws {
        let (first, second) = (try store(), try store())
        let lease = try acquire(first)
        let refused = caseworkError { _ = try acquire(second) }
        #expect(refused?.code == .leaseHeld)
        #expect(refused?.kind == .locked)
        try first.releaseLease(lease)
        let next = try acquire(second)
        #expect(next.token > lease.token)
        #expect(try second.allLeases().map(\.resource) == ["case:\(id)", "model:demo"])
        // Giving back an old lease does not touch the present one.
        try first.releaseLease(lease)
        #expect(try second.allLeases().count == 2)
    }

    @Test("A lease is taken on all resources or on none")
    func allOrNone() throws {
        let (first, second) = (try store(), try store())
        _ = try first.acquireLease(on: [.model("demo")], seconds: 60, actor: "ada")
        #expect(caseworkError { _ = try acquire(second) }?.code == .leaseHeld)
        #expect(try second.allLeases().map(\.resource) == ["model:demo"])
    }

    @Test("Work that outlives its lease is taken over, and its result is refused then")
    func overtaken() throws {
        let (first, second) = (try store(), try store())
        let old = try acquire(first)
        boot.advance(60)
        let new = try acquire(second)
        let found = { (progress: inout CaseProgress) in progress.scope = Sample.scope() }
        let late = caseworkError {
            _ = try first.apply(.scopeFound, to: id, actor: "ada", lease: old, update: found)
        }
        #expect(late?.code == .leaseLost)
        #expect(late?.kind == .locked)
        #expect(caseworkError { try first.renewLease(old) }?.code == .leaseLost)
        #expect(try first.load(id).state == .received)
        let record = try second.apply(
            .scopeFound, to: id, actor: "ada", lease: new, update: found)
        #expect(record.state == .scoped)
        let entries = try second.history(of: nil)
        #expect(entries.last?.facts["lease"] == String(new.token))
        let takenOver = entries.first { $0.event == "lease-taken-over" }
        #expect(takenOver?.facts["from"]?.contains("case:\(id) \(old.token)") == true)
        #expect(try second.verifyHistory().caseCount == 1)
    }

    @Test("A renewed lease lives on, and one that ran out unnoticed still gives its result")
    func renewed() throws {
        let store = try store()
        let lease = try acquire(store)
        boot.advance(50)
        try store.renewLease(lease)
        boot.advance(50)
        #expect(try store.allLeases().allSatisfy { $0.isLive })
        boot.advance(50)
        #expect(try store.allLeases().allSatisfy { !$0.isLive })
        let record = try store.apply(.scopeFound, to: id, actor: "ada", lease: lease) {
            $0.scope = Sample.scope()
        }
        #expect(record.state == .scoped)
    }

    @Test("The engine's finding without a lease is refused while another process is at work")
    func withoutLease() throws {
        let (first, second) = (try store(), try store())
        let lease = try acquire(first)
        let found = { (progress: inout CaseProgress) in progress.scope = Sample.scope() }
        let error = caseworkError {
            _ = try second.apply(.scopeFound, to: id, actor: "ada", update: found)
        }
        #expect(error?.code == .leaseHeld)
        // An operator's decision does not wait for it; the work then fails on the version.
        let version = try first.load(id).version
        _ = try second.apply(.hold, to: id, actor: "bob", reason: "court order")
        let late = caseworkError {
            _ = try first.apply(
                .scopeFound, to: id, expectedVersion: version, actor: "ada", lease: lease,
                update: found)
        }
        #expect(late?.code == .caseChanged)
    }

    @Test("A lease of another case gives no right to this one")
    func foreignLease() throws {
        let store = try store()
        let other = try scratch.receive("b").id
        let lease = try acquire(store)
        let error = caseworkError {
            _ = try store.apply(.scopeFound, to: other, actor: "ada", lease: lease) {
                $0.scope = Sample.scope()
            }
        }
        #expect(error?.code == .leaseLost)
    }

    @Test("Setting the time of day back or forward neither ends nor lengthens a lease")
    func timeOfDay() throws {
        _ = try acquire(try store())
        for shift in [-400 * 86_400, 400 * 86_400] as [Int64] {
            let time = Timestamp(secondsSince1970: Sample.start.secondsSince1970 + shift)
            #expect(caseworkError { _ = try acquire(try store(at: time)) }?.code == .leaseHeld)
        }
        boot.advance(61)
        let early = Timestamp(secondsSince1970: Sample.start.secondsSince1970 - 86_400)
        let late = try store(at: early)
        _ = try acquire(late)
        let entry = try #require(try late.history(of: nil).last)
        #expect(entry.event == "lease-taken-over")
        #expect(entry.facts["clock-behind-seconds"] == "86400")
    }

    @Test("The lease of a process that ended, or of before a restart, is taken over at once")
    func endedProcess() throws {
        let first = try acquire(try store())
        // The same process number, given to a program that was started at another moment.
        try DatabaseQueue(path: scratch.path).write {
            try $0.execute(
                sql: "UPDATE leases SET holder = json_set(holder, '$.processStart', 1)")
        }
        let second = try acquire(try store())
        #expect(second.token > first.token)
        let restarted = FakeBootClock(bootID: "another-boot")
        #expect(try acquire(try store(boot: restarted)).token > second.token)
    }

    @Test("An unlearning that is overtaken leaves no result, whatever it made")
    func overtakenDriver() throws {
        let world = FakeWorld()
        let (mine, other) = (try store(), try store())
        _ = try mine.apply(.scopeFound, to: id, actor: "ada") { $0.scope = Sample.scope() }
        let driver = CaseDriver(
            store: mine, scoper: FakeScoper(world: world),
            unlearner: Interrupted(inner: FakeUnlearner(world: world)) {
                self.boot.advance(Int64(CaseDriver.leaseSeconds))
                _ = try other.acquireLease(on: [.work(on: self.id)], seconds: 60, actor: "bob")
            },
            verifier: FakeVerifier(world: world), certifier: FakeCertifier(world: world),
            policy: Sample.policy, actor: "ada")
        #expect(caseworkError { _ = try driver.advance(id) }?.code == .leaseLost)
        #expect(try mine.load(id).state == .scoped)
        // The other one's lease was not given back by the one that lost.
        #expect(try other.allLeases().map(\.resource) == ["case:\(id)"])
        #expect(try mine.verifyHistory().caseCount == 1)
    }

    /// Something happens while an unlearning is under way.
    struct Interrupted: CaseUnlearner {
        let inner: FakeUnlearner
        let meanwhile: @Sendable () throws -> Void

        func utilityLoss(ofModel digest: Digest) throws -> Double {
            try inner.utilityLoss(ofModel: digest)
        }
        var exactMethods: [String] { [] }
        func currentModel(named name: String) throws -> Digest {
            try inner.currentModel(named: name)
        }
        func forecasts(_ input: ForecastInput) throws -> [MethodForecast] {
            try inner.forecasts(input)
        }
        func unlearn(_ input: UnlearnInput, context: WorkContext) throws -> UnlearningSummary {
            let summary = try inner.unlearn(input, context: context)
            try meanwhile()
            return summary
        }
    }

    @Test("A finished step gives its lease back")
    func driverReleases() throws {
        let world = FakeWorld()
        let store = try store()
        try world.driver(store).run()
        #expect(try store.load(id).state == .certified)
        #expect(try store.allLeases().isEmpty)
        let started = try store.history(of: nil).first { $0.event == "unlearning-started" }
        let done = try store.history(of: id).first { $0.event == "unlearn-done" }
        #expect(started?.facts["lease"] != nil)
        #expect(started?.facts["lease"] == done?.facts["lease"])
    }
}
