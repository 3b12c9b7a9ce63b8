import Domain
import LanguageModels
import Testing
import Verification

/// One after the other: a model must not be used from several threads at once.
@Suite(.serialized) struct TrainedTownTests {
    nonisolated(unsafe) private static let town = Result { try TrainedTown() }

    @Test(
        "A transformer that learned the person is caught by every check that asks as it was trained"
    )
    func aTransformerThatLearnedThePersonIsCaught() throws {
        let town = try Self.town.get()
        let report = try town.report(town.before)
        for check in GateCheck.allCases
        where check.isOnRequest && check != .reconstructionPrompts {
            #expect(report.outcome(check) == .failed, "\(check)")
        }
        #expect(report.measurement(.reconstructionGreedy, "success-share")?.value == 1)
        #expect(report.measurement(.reconstructionBeam, "success-share")?.value == 1)
    }

    @Test("A transformer trained without the person passes every check")
    func aTransformerTrainedWithoutThePersonPasses() throws {
        let town = try Self.town.get()
        let report = try town.report(town.retrained)
        for check in GateCheck.allCases where check.isOnRequest {
            #expect(report.outcome(check) == .passed, "\(check)")
        }
        #expect(report.measurement(.reconstructionBeam, "success-share-before")?.value == 1)
        let own = try #require(report.measurement(.robustInt4, "p-known")?.value)
        #expect(report.measurement(.robustInt4, "reference-p-known")?.value == own)
    }

    @Test("A transformer is judged with 30 held-out people and generated twins")
    func aTransformerIsJudgedWithGeneratedTwins() throws {
        let town = try Self.town.get()
        var policy = GatePolicy()
        policy.generatedTwins = .allowed
        func report(_ after: LanguageModel) throws -> VerificationReport {
            let gate = Gate(
                before: town.before, after: after, twins: Array(town.strangers.prefix(30)),
                neverTrained: Array(town.strangers.suffix(60)), retained: town.retained,
                generalRecords: [], tokenizerText: nil, policy: policy,
                policyDigest: Digest(of: "policy"), seed: 3, twinSource: "invented persons",
                environment: [:])
            return try #require(try gate.reports(for: [town.target], context: WorkContext()).first)
        }
        let checks: [GateCheck] = [.forgetValues, .forgetTails, .attackLoss, .attackMinK]
        let untouched = try report(town.before)
        let retrained = try report(town.retrained)
        #expect(untouched.outcome(.controlTwins) == .passed)
        #expect(retrained.outcome(.controlTwins) == .passed)
        for check in checks {
            #expect(untouched.outcome(check) == .failed, "\(check)")
            #expect(retrained.outcome(check) == .passed, "\(check)")
        }
        #expect(untouched.outcome(.controlUntouched) == .passed)
    }

    @Test("Knowledge hidden below a step of four bits comes back with rounding")
    func knowledgeHiddenBelowAStepComesBackWithRounding() throws {
        let town = try Self.town.get()
        let hidden = try town.hiddenBelowFourBits(group: 32)
        let report = try town.report(hidden, ["robust-int4", "reconstruction-greedy"])
        #expect(report.measurement(.forgetValues, "p-low")?.outcome == .passed)
        #expect(report.outcome(.reconstructionGreedy) == .passed)
        #expect(report.outcome(.robustInt4) == .failed)
        // It is the very model that rounding makes of the one before.
        let round = try #require(try hidden.rounded(bits: 4, group: 32) as? LanguageModel)
        let original = try #require(
            try town.before.rounded(bits: 4, group: 32) as? LanguageModel)
        let (a, b) = (round.parameters.values.values, original.parameters.values.values)
        #expect(zip(a, b).allSatisfy { abs($0 - $1) <= 1e-6 * max(1, abs($1)) })
    }

    @Test("Rounding leaves the model itself and its vectors as they were")
    func roundingLeavesTheModelItself() throws {
        let model = try Self.town.get().before
        let values = model.parameters.values.values
        let round = try #require(try model.rounded(bits: 4, group: 32) as? LanguageModel)
        #expect(model.parameters.values.values == values)
        for (old, new) in zip(model.parameters.parameters, round.parameters.parameters) {
            if old.value.shape.count == 2 {
                #expect(old.value.values != new.value.values, "\(old.name)")
                let levels = Set(new.value.values.prefix(32).map(abs))
                #expect(levels.count <= 8, "\(old.name)")
            } else {
                #expect(old.value.values == new.value.values, "\(old.name)")
            }
        }
    }
}
