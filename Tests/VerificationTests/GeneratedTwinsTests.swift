import Domain
import LanguageModels
import Testing
import Verification

/// Knows a rule of eight-digit numbers that no generator knows: the second half repeats the first.
/// Everything else is a hash of what stands before.
private final class RuleModel: ScoringModel {
    let digest = Digest(of: "rule")
    let tokenizer: any Tokenizer = ByteTokenizer()
    /// Log-probability of a digit that follows the rule, and of one that does not.
    private let kept: Float
    private let broken: Float

    init(kept: Float, broken: Float) {
        self.kept = kept
        self.broken = broken
    }

    func score(_ sequences: [ScoredSequence]) throws -> [[TokenScore]] {
        sequences.map { sequence in
            var hash: UInt64 = 0xcbf2_9ce4_8422_2325
            var digitCount = 0
            var scores: [TokenScore] = []
            for (index, id) in sequence.ids.enumerated() {
                hash = (hash ^ UInt64(id)) &* 0x100_0000_01b3
                let isDigit = (48...57).contains(id)
                if sequence.scored.contains(index) {
                    var value = -2 * Float((hash ^ (hash >> 31)) % 1000) / 1000 - 1
                    if isDigit, digitCount >= 4 {
                        value += id == sequence.ids[index - 4] ? kept : broken
                    }
                    scores.append(TokenScore(logProbability: value, isGreedyChoice: false))
                }
                digitCount = isDigit ? digitCount + 1 : 0
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

@Suite struct GeneratedTwinsTests {
    private static let town = FakeTown(targetCount: 2, twinCount: 30)
    private var town: FakeTown { Self.town }
    private static let allowing: GatePolicy = {
        var policy = GatePolicy()
        policy.generatedTwins = .allowed
        return policy
    }()

    private func report(
        _ gate: Gate, _ person: PersonProfile
    ) throws -> VerificationReport {
        try #require(try gate.reports(for: [person], context: WorkContext()).first)
    }

    @Test("With 30 given twins and generated ones a model that never saw the person passes")
    func aModelThatNeverSawThePersonPasses() throws {
        let gate = town.gate(after: town.retrained, policy: Self.allowing)
        let report = try report(gate, town.targets[0])
        #expect(report.notPassed == [])
        #expect(report.twinCount == 199)
        #expect(report.testedFields == ["address", "date-of-birth", "national-id", "phone"])
        #expect(
            report.twinSource == "invented persons (30), and generated ones of the same form (169)")
        #expect(report.measurement(.controlTwins, "control-count")?.value == 72)
        for name in ["auc", "auc-phone", "auc-address", "auc-date-of-birth", "auc-tails"] {
            let area = try #require(report.measurement(.controlTwins, name)?.value)
            #expect(abs(area - 0.5) < 0.15, "\(name)")
        }
        #expect(report.check(.attackLoss)?.note?.contains("72 never-trained") == true)
    }

    @Test("With generated twins the untouched model fails")
    func theUntouchedModelFails() throws {
        let gate = town.gate(after: town.before, policy: Self.allowing)
        let report = try report(gate, town.targets[0])
        #expect(report.outcome(.controlTwins) == .passed)
        #expect(report.outcome(.controlUntouched) == .passed)
        for check in [
            GateCheck.forgetValues, .forgetTails, .memorizationCeiling, .mismatch, .attackLoss,
            .attackMinK, .attackRelearning,
        ] {
            #expect(report.outcome(check) == .failed, "\(check.rawValue)")
        }
        let phone = town.gate(
            after: town.remembering([town.targets[0].records[3]]), policy: Self.allowing)
        let partial = try self.report(phone, town.targets[0])
        #expect(partial.measurement(.forgetValues, "p-lowest")?.outcome == .failed)
    }

    @Test("Without leave of the policy too few twins could not be checked, as ever")
    func withoutLeaveNoneAreGenerated() throws {
        var refusing = GatePolicy()
        refusing.generatedTwins = .refused
        for policy in [GatePolicy(), refusing] {
            let report = try report(
                town.gate(after: town.retrained, policy: policy), town.targets[0])
            #expect(report.outcome(.forgetValues) == .couldNotCheck)
            #expect(report.check(.controlTwins) == nil)
            #expect(report.twinSource == "invented persons")
        }
    }

    @Test("Where enough twins are given none are generated, and the report is as it was")
    func givenTwinsComeFirst() throws {
        let full = FakeTown(targetCount: 1)
        let plain = try report(full.gate(after: full.retrained), full.targets[0])
        let allowed = try report(
            full.gate(after: full.retrained, policy: Self.allowing), full.targets[0])
        #expect(try CanonicalJSON.compact(plain) == CanonicalJSON.compact(allowed))
        #expect(allowed.check(.controlTwins) == nil)
    }

    @Test("With too few people to test the generator on it is not used")
    func tooFewControls() throws {
        let gate = Gate(
            before: town.before, after: town.retrained, twins: Array(town.twins.prefix(29)),
            neverTrained: [], retained: town.retained, generalRecords: town.general,
            tokenizerText: nil, policy: Self.allowing, policyDigest: Digest(of: "policy"), seed: 7,
            twinSource: "invented persons", environment: [:])
        let report = try report(gate, town.targets[0])
        #expect(report.outcome(.controlTwins) == .couldNotCheck)
        #expect(report.check(.forgetValues)?.note?.contains("29 never-trained persons") == true)
        for check in [GateCheck.forgetValues, .forgetTails, .mismatch, .attackRelearning] {
            #expect(report.outcome(check) == .couldNotCheck, "\(check.rawValue)")
        }
    }

    @Test(
        "Generated twins that the model tells apart are found out and not used",
        arguments: [(Float(0), Float(-4)), (-4, 0)])
    func twinsToldApartAreNotUsed(kept: Float, broken: Float) throws {
        var coded = CodedPeople(seed: 5)
        func halved(_ person: PersonProfile) -> PersonProfile {
            let half = (person.values[.phone] ?? "").suffix(4)
            let text = CorpusRecord(
                id: person.subject, prompt: "Number of \(person.subject)?",
                completion: "\(half)\(half)", digest: Digest(of: person.subject))
            return PersonProfile(
                subject: person.subject, records: [text, person.records[0]],
                values: [
                    .nationalID: "\(half)\(half)", .phone: person.values[.phone] ?? "",
                ])
        }
        let model = RuleModel(kept: kept, broken: broken)
        let gate = Gate(
            before: model, after: model, twins: coded.persons(60, "twin").map(halved),
            neverTrained: [], retained: [], generalRecords: [], tokenizerText: nil,
            policy: Self.allowing, policyDigest: Digest(of: "policy"), seed: 1,
            twinSource: "invented persons", environment: [:])
        let report = try report(gate, halved(coded.person("tested")))
        #expect(report.testedFields == ["national-id", "phone"])
        #expect(report.outcome(.controlTwins) == .couldNotCheck)
        #expect(report.outcome(.forgetValues) == .couldNotCheck)
        #expect(report.outcome(.attackLoss) == .couldNotCheck)
        let area = try #require(report.measurement(.controlTwins, "auc-national-id")?.value)
        #expect(kept > broken ? area > 0.95 : area < 0.05)
        #expect(
            report.measurement(.controlTwins, kept > broken ? "p-low" : "p-high")?.value == 0.0002)
        #expect(report.measurement(.controlTwins, "largest-shift-phone")?.outcome == .passed)
    }

    @Test("Scores that are no numbers never let generated twins pass")
    func scoresThatAreNoNumbers() throws {
        let broken = StressModel(town.before)
        let gate = Gate(
            before: broken, after: DivergedModel(), twins: town.twins,
            neverTrained: town.neverTrained, retained: town.retained, generalRecords: [],
            tokenizerText: nil, policy: Self.allowing, policyDigest: Digest(of: "policy"), seed: 7,
            twinSource: "invented persons", environment: [:])
        let report = try report(gate, town.targets[0])
        #expect(report.outcome(.controlTwins) == .couldNotCheck)
        #expect(report.outcome(.forgetValues) == .couldNotCheck)
    }

    @Test("The same seed gives the same report")
    func reportsAreReproducible() throws {
        let reports = try (0..<2).map { _ in
            try CanonicalJSON.compact(
                report(town.gate(after: town.retrained, policy: Self.allowing), town.targets[1]))
        }
        #expect(reports[0] == reports[1])
    }

    @Test("Nothing of a person or a twin stands in the report")
    func reportsHoldNoValues() throws {
        let gate = town.gate(after: town.before, policy: Self.allowing)
        let report = try report(gate, town.targets[1])
        let text = String(decoding: try CanonicalJSON.pretty(report), as: UTF8.self)
        for person in town.targets + town.retained + town.twins + town.neverTrained {
            for (kind, value) in person.values {
                #expect(
                    valueOccurrences(of: value, kind: kind, in: text).isEmpty, "\(kind.rawValue)")
            }
        }
    }

    @Test("A field of which too few values are known is not generated and says why")
    func rareFieldsAreNotGenerated() throws {
        func without(_ persons: [PersonProfile]) -> [PersonProfile] {
            persons.map { person in
                PersonProfile(
                    subject: person.subject, records: person.records,
                    values: person.values.filter { $0.key != .phone })
            }
        }
        let gate = Gate(
            before: town.before, after: town.retrained, twins: without(town.twins),
            neverTrained: without(town.neverTrained), retained: without(town.retained),
            generalRecords: town.general, tokenizerText: nil, policy: Self.allowing,
            policyDigest: Digest(of: "policy"), seed: 7, twinSource: "invented persons",
            environment: [:])
        let report = try report(gate, town.targets[0])
        #expect(report.testedFields == ["address", "date-of-birth", "national-id"])
        #expect(report.untestedFields["phone"]?.contains("known of 0 other people") == true)
        #expect(report.outcome(.forgetValues) == .passed)
    }

    @Test("Never-trained persons are failed as often as the budget says, with generated twins too")
    func calibration() throws {
        var coded = CodedPeople(seed: 8)
        let twins = coded.persons(30, "twin")
        let others = coded.persons(42, "never")
        let persons = coded.persons(200, "tested")
        // The model knows how numbers are made up: from a thousand people nobody else ever meets.
        let language = ByteStatistics(
            texts: coded.persons(1000, "speaker").flatMap(\.records)
                .map { EncodedRecord($0, tokenizer: ByteTokenizer()).ids })
        let model = MemoryModel(language, remembered: [])
        let gate = Gate(
            before: model, after: model, twins: twins, neverTrained: others, retained: [],
            generalRecords: [], tokenizerText: nil, policy: Self.allowing,
            policyDigest: Digest(of: "policy"), seed: 11, twinSource: "invented persons",
            environment: [:])
        var failed: [GateCheck: Int] = [:]
        var low: [Double] = []
        let checks: [(GateCheck, Double)] = [
            (.forgetValues, 4), (.forgetTails, 2), (.attackLoss, 1), (.attackMinK, 1),
        ]
        for person in persons {
            let report = try #require(
                try gate.reports(for: [person], context: WorkContext()).first)
            #expect(report.outcome(.controlTwins) == .passed)
            for (check, _) in checks {
                #expect(report.outcome(check) != .couldNotCheck, "\(check)")
                if report.outcome(check) == .failed { failed[check, default: 0] += 1 }
            }
            low.append(try #require(report.measurement(.forgetValues, "p-low")?.value))
        }
        // The 99.9 % binomial interval holds the share of the budget.
        for (check, count) in checks {
            let interval = clopperPearsonInterval(
                successes: failed[check] ?? 0, trials: persons.count, confidence: 0.999)
            #expect(interval.lowerBound <= count * 0.005, "\(check.rawValue) \(failed)")
        }
        // No side is favoured by more than the self-test lets pass. 72 people show a distribution to
        // about a ninth of its spread, which moves the mean by .03; the 200 persons add .02.
        let mean = low.reduce(0, +) / 200
        #expect(abs(mean - 0.5) < TwinShift.ofWhole, "\(mean)")
    }
}
