import Domain
import LanguageModels
import Testing
import Verification

/// A model without any memory: every token's probability is a hash of all that stands before it.
private final class RandomModel: ScoringModel {
    let digest = Digest(of: "random")
    let tokenizer: any Tokenizer = ByteTokenizer()

    func score(_ sequences: [ScoredSequence]) throws -> [[TokenScore]] {
        sequences.map { sequence in
            var hash: UInt64 = 0xcbf2_9ce4_8422_2325
            var scores: [TokenScore] = []
            for (index, id) in sequence.ids.enumerated() {
                hash = (hash ^ UInt64(id)) &* 0x100_0000_01b3
                guard sequence.scored.contains(index) else { continue }
                var mixed = hash
                mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
                mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
                let uniform = Float(mixed >> 40) / Float(1 << 24)
                scores.append(TokenScore(logProbability: -6 * uniform, isGreedyChoice: false))
            }
            return scores
        }
    }

    func generate(_ prompts: [[Int32]], maximumTokenCount: Int) throws -> [[Int32]] {
        prompts.map { _ in [] }
    }

    func relearned(
        on sequences: [ScoredSequence], stepCount: Int, learningRate: Float
    ) throws -> any ScoringModel { self }
}

@Suite struct CalibrationTests {
    @Test func neverTrainedPersonsAreFailedAsOftenAsTheBudgetSays() throws {
        var people = FakePeople(seed: 3)
        let twins = people.persons(205, "twin")
        // Two short records are enough for the test and keep it fast.
        let persons = people.persons(200, "never").map { person in
            PersonProfile(
                subject: person.subject, records: Array(person.records[2...3]),
                values: person.values)
        }
        let model = RandomModel()
        let gate = Gate(
            before: model, after: model, twins: twins, neverTrained: [], retained: [],
            generalRecords: [], tokenizerText: nil, policy: GatePolicy(),
            policyDigest: Digest(of: "policy"), seed: 11, twinSource: "invented persons",
            environment: [:])
        var failed: [GateCheck: Int] = [:]
        for person in persons {
            let report = try #require(
                try gate.reports(for: [person], context: WorkContext()).first)
            #expect(report.testedFields == ["national-id", "phone"])
            for check in [GateCheck.forgetValues, .forgetTails, .attackRelearning]
            where report.outcome(check) == .failed {
                failed[check, default: 0] += 1
            }
            #expect(report.outcome(.forgetValues) != .couldNotCheck)
        }
        // Four, two and one p-values at .005 each; the counts lie in the 99.9 % binomial interval.
        for (check, count) in [
            (GateCheck.forgetValues, 4.0), (.forgetTails, 2), (.attackRelearning, 1),
        ] {
            let interval = clopperPearsonInterval(
                successes: failed[check] ?? 0, trials: persons.count, confidence: 0.999)
            #expect(interval.lowerBound <= count * 0.005, "\(check.rawValue) \(failed)")
        }
        // The four p-values of two fields are dependent, so fewer than 2 % fail; but some must.
        #expect((failed[.forgetValues] ?? 0) >= 1)
    }
}
