import Casework
import Domain
import Foundation
import Testing

/// What approximate deletions cost a model stays in its lineage, whatever becomes of their cases.
@Suite struct DriftTests {
    /// Loss as the reports say it: each model that was certified has cost its base a fixed share.
    private struct Losing: CaseUnlearner {
        let inner: FakeUnlearner
        let store: SQLiteCaseStore
        let lossOfReport: [Digest: Double]

        func utilityLoss(ofModel digest: Digest) throws -> Double {
            try store.passedReport(ofOutput: digest).flatMap { lossOfReport[$0] } ?? 0
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
    }

    @Test(
        "What a case's deletion cost the model counts against the budget after it was opened again")
    func driftOfReopened() throws {
        for loss in [0.04, 0.06] {
            let scratch = try ScratchStore()
            let id = try scratch.receive().id
            let world = FakeWorld()
            let policy = Policy(
                name: "drift", regime: .gdprEU, ladder: [PolicyRung(method: "npo")],
                gate: GatePolicy(), drift: DriftBudget(maximumUtilityLoss: 0.05, then: .retrain))
            let driver = CaseDriver(
                store: scratch.store, scoper: FakeScoper(world: world),
                unlearner: Losing(
                    inner: FakeUnlearner(world: world), store: scratch.store,
                    lossOfReport: [Sample.report().reportDigest: loss]),
                verifier: FakeVerifier(world: world), certifier: FakeCertifier(world: world),
                policy: policy, actor: "ada")
            try driver.run()
            #expect(world.runs == ["demo npo 1"])
            _ = try scratch.store.reopen(
                id, cause: .newHit, actor: "ada", reason: "another shard", at: Sample.start)
            try driver.run()
            let next = loss < 0.05 ? "demo npo 1" : "demo retrain 1"
            #expect(world.runs == ["demo npo 1", next])
            #expect(try scratch.store.load(id).state == .certified)
        }
    }
}
