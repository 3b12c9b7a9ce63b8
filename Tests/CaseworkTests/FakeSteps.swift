import Casework
import Domain
import Foundation
import Synchronization

/// The process dies here.
struct Crash: Error {}

/// What the steps' world looks like: which model a name stands for, which methods pass, and a count
/// of every point where a crash can be placed.
final class FakeWorld: Sendable {
    struct State {
        var models: [String: Digest] = ["demo": Digest(of: "m0"), "other": Digest(of: "x0")]
        var pointCount = 0
        var crashAt: Int?
        /// Every run that was started: model, method, number of cases.
        var runs: [String] = []
        var verifiedCount = 0
        var certified: [CaseID] = []
        /// What methods lack, and what exact ones cost as a share of the training.
        var obstacles: [String: String] = [:]
        var shares: [String: Double] = [:]
        /// Utility lost by models, where there is any loss.
        var losses: [Digest: Double] = [:]
    }

    let state = Mutex(State())
    /// Methods whose results pass the verification, by default all but the control.
    let passes: @Sendable (String, CaseRecord) -> Bool
    let outcome: @Sendable (CaseRecord) -> ScopeOutcome
    /// What fails where something does.
    let failedChecks: @Sendable (String, CaseRecord) -> [String]

    init(
        passes: @escaping @Sendable (String, CaseRecord) -> Bool = { method, _ in method != "none"
        },
        outcome: @escaping @Sendable (CaseRecord) -> ScopeOutcome = {
            .found(Sample.scope(subjects: ["person-\($0.id.number)"]))
        },
        failedChecks: @escaping @Sendable (String, CaseRecord) -> [String] = { _, _ in
            ["forget-values"]
        }
    ) {
        self.passes = passes
        self.outcome = outcome
        self.failedChecks = failedChecks
    }

    var runs: [String] { state.withLock { $0.runs } }
    func setModel(_ name: String, _ digest: Digest) { state.withLock { $0.models[name] = digest } }

    /// Counts a point; dies if it is the chosen one.
    func point() throws {
        let dies = state.withLock { state in
            state.pointCount += 1
            return state.pointCount == state.crashAt
        }
        if dies { throw Crash() }
    }

    func driver(
        _ store: any CaseStore, policy: Policy = Sample.policy, context: WorkContext = .init(),
        clock: any Clock = FixedClock(Sample.start)
    ) -> CaseDriver {
        CaseDriver(
            store: CrashingStore(store: store, world: self), scoper: FakeScoper(world: self),
            unlearner: FakeUnlearner(world: self), verifier: FakeVerifier(world: self),
            certifier: FakeCertifier(world: self), policy: policy, actor: "ada", context: context,
            clock: clock)
    }
}

struct FakeScoper: CaseScoper {
    let world: FakeWorld
    func scope(_ input: ScopeInput, context: WorkContext) throws -> ScopeOutcome {
        try world.point()
        if let accepted = input.decisions.first(where: \.accepted) {
            return .found(Sample.scope(subjects: [accepted.subject]))
        }
        return world.outcome(input.record)
    }
}

struct FakeUnlearner: CaseUnlearner {
    let world: FakeWorld
    func currentModel(named name: String) throws -> Digest {
        try world.state.withLock { state in
            guard let digest = state.models[name] else { throw Crash() }
            return digest
        }
    }

    func utilityLoss(ofModel digest: Digest) throws -> Double {
        world.state.withLock { $0.losses[digest] ?? 0 }
    }

    var exactMethods: [String] { ["replay", "retrain"] }

    func forecasts(_ input: ForecastInput) throws -> [MethodForecast] {
        world.state.withLock { state in
            input.rungs.map { rung in
                MethodForecast(
                    rung: rung,
                    methodClass: exactMethods.contains(rung.method) ? .exact : .approximate,
                    obstacle: state.obstacles[rung.method],
                    shareOfTraining: state.shares[rung.method])
            }
        }
    }

    func runID(of input: UnlearnInput) throws -> String? { Self.id(of: input) }

    private static func id(of input: UnlearnInput) -> String {
        let names = input.cases.map(\.id.description).joined(separator: "+")
        return Digest(of: "\(input.baseModel) \(input.rung.method) \(names)").short
    }

    func unlearn(_ input: UnlearnInput, context: WorkContext) throws -> UnlearningSummary {
        try world.point()
        let method = input.rung.method
        if let obstacle = world.state.withLock({ $0.obstacles[method] }) {
            throw UnsuitableRung(CaseworkError(.nothingToDo, obstacle))
        }
        let classes: [String: MethodClass] = [
            "none": .control, "retrain": .exact, "replay": .exact,
        ]
        let cases = input.cases.map(\.id)
        let runID = Self.id(of: input)
        world.state.withLock {
            $0.runs.append("\(input.modelName) \(method) \(cases.count)")
        }
        try world.point()
        return UnlearningSummary(
            runID: runID, method: method, methodClass: classes[method] ?? .approximate,
            baseModel: input.baseModel,
            outputModel: method == "none" ? input.baseModel : Digest(of: "model of \(runID)"),
            parameters: [:], startedAt: Sample.start, finishedAt: Sample.start, casesInRun: cases,
            rungIndex: input.rungIndex)
    }
}

struct FakeVerifier: CaseVerifier {
    let world: FakeWorld
    func verify(_ input: VerifyInput, context: WorkContext) throws -> VerificationSummary {
        try world.point()
        world.state.withLock { $0.verifiedCount += 1 }
        let method = input.record.progress.unlearning?.method ?? ""
        if world.passes(method, input.record) { return Sample.report() }
        return Sample.report(.failed, failed: world.failedChecks(method, input.record))
    }
}

struct FakeCertifier: CaseCertifier {
    let world: FakeWorld
    func certify(_ record: CaseRecord, context: WorkContext) throws -> CertificateSummary {
        try world.point()
        world.state.withLock { state in
            if let name = record.modelName, let run = record.progress.unlearning {
                state.models[name] = run.outputModel
            }
            state.certified.append(record.id)
        }
        try world.point()
        return Sample.certificate
    }
}

/// A store that can die directly before and directly after each transaction.
struct CrashingStore: CaseStore {
    let store: any CaseStore
    let world: FakeWorld
    var leases: any LeaseRegister { store.leases }

    private func transaction<Value>(_ body: () throws -> Value) throws -> Value {
        try world.point()
        let value = try body()
        try world.point()
        return value
    }

    func create(
        _ all: [(new: NewCase, vault: VaultedRequest)], actor: String
    ) throws -> [CaseRecord] {
        try transaction { try store.create(all, actor: actor) }
    }
    func load(_ id: CaseID) throws -> CaseRecord { try store.load(id) }
    func list(state: CaseState?, dueBefore: Timestamp?) throws -> [CaseRecord] {
        try store.list(state: state, dueBefore: dueBefore)
    }
    func apply(
        _ event: CaseEvent, to changes: [CaseChange], actor: String, reason: String?
    ) throws -> [CaseRecord] {
        try transaction { try store.apply(event, to: changes, actor: actor, reason: reason) }
    }
    func request(of id: CaseID) throws -> DeletionRequest { try store.request(of: id) }
    func appendNote(
        event: String, actor: String, reason: String?, digests: [String: String],
        facts: [String: String]
    ) throws -> HistoryEntry {
        try transaction {
            try store.appendNote(
                event: event, actor: actor, reason: reason, digests: digests, facts: facts)
        }
    }
    func history(of id: CaseID?) throws -> [HistoryEntry] { try store.history(of: id) }
}
