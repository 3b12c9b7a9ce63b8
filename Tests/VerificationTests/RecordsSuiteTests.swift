import Domain
import LanguageModels
import Testing
import Verification

@Suite struct RecordsSuiteTests {
    private let town = FakeTown(targetCount: 3, twinCount: 3)

    private var forget: [CorpusRecord] { town.targets.flatMap(\.records) }
    private var holdout: [CorpusRecord] { town.neverTrained.prefix(3).flatMap(\.records) }

    private func evaluate(
        _ model: any ScoringModel, forget: [CorpusRecord]? = nil, holdout: [CorpusRecord]? = nil,
        settings: EvaluationSettings? = nil, hasReference: Bool = true
    ) throws -> EvaluationResult {
        try EvaluationSuite.records.evaluate(
            EvaluationScene(
                model: model, reference: hasReference ? town.retrained : nil,
                data: .records(
                    forget: forget ?? self.forget, retain: town.retained[0].records,
                    holdout: holdout ?? self.holdout),
                settings: settings
                    ?? EvaluationSettings(
                        maximumNewTokenCount: 200, extractionPrefixCount: 45,
                        extractionSuffixCount: 8, attacks: ["loss", "min-k", "zlib"])))
    }

    @Test func aModelThatKnowsTheRecordsByHeartScoresAtTheTop() throws {
        let result = try evaluate(town.before)
        for metric in ["exact-memorization", "extraction-strength", "rouge-l-recall", "rouge-l-f1"]
        {
            let (kept, gone) = (
                try #require(result.summary["forget/\(metric)"]),
                try #require(result.summary["holdout/\(metric)"])
            )
            #expect(kept > 0.95, "\(metric)")
            #expect(gone < kept, "\(metric)")
        }
        // Past the name, with the value to come.
        #expect(try #require(result.summary["forget/verbatim-extraction"]) > 0.9)
        #expect(try #require(result.summary["holdout/verbatim-extraction"]) < 0.5)
        let accuracy = try #require(result.summary["forget/memorization-accuracy"])
        #expect(accuracy > (try #require(result.summary["holdout/memorization-accuracy"])))
        #expect(try #require(result.summary["forget/perplexity"]) < 1.5)
        #expect(try #require(result.summary["attack/loss/auc"]) == 1)
    }

    @Test func aRetrainedModelIsAsFarFromTheRecordsAsItsReference() throws {
        let result = try evaluate(town.retrained)
        #expect(try #require(result.summary["forget/extraction-strength"]) < 0.5)
        #expect(
            result.summary["attack/loss/auc"] == result.summary["reference/attack/loss/auc"])
        #expect(result.summary["open-unlearning/privacy"] == 1)
        // These models give no whole distributions.
        #expect(result.notComputed["forget/kl-divergence"] != nil)
    }

    @Test func summariesAreMeansOfTheExamplesAndPerplexityIsPooled() throws {
        let result = try evaluate(town.before)
        let examples = result.perExample.filter { $0.set == "forget" }
        #expect(examples.map(\.recordID) == forget.map(\.id))
        let values = examples.compactMap { $0.values["probability"] }
        let mean = try #require(result.summary["forget/probability"])
        #expect(abs(mean - values.reduce(0, +) / Double(values.count)) < 1e-12)
        let scored = try town.before.score(
            forget.map { EncodedRecord($0, tokenizer: ByteTokenizer()).completionScored }
        ).joined().map { Double($0.logProbability) }
        let pooled = try #require(result.summary["forget/perplexity"])
        #expect(abs(pooled - (try #require(perplexity(scored)))) < 1e-9)
    }

    @Test func extractionLikelihoodIsMeasuredWhenAskedForAndOneForWhatIsKnownByHeart() throws {
        let known = CorpusRecord(
            id: "known", prompt: "", completion: "zebra quilts jump over vexed folk",
            digest: Digest(of: "known"))
        let model = MemoryModel(town.language, remembered: [known])
        let settings = EvaluationSettings(
            extractionPrefixCount: 5, extractionSuffixCount: 5, extractionLikelihoodN: 4,
            extractionLikelihoodStep: 3)
        let result = try evaluate(model, forget: [known], settings: settings)
        #expect(result.summary["forget/extraction-likelihood"] == 1)
        #expect(result.summary["forget/verbatim-extraction"] == 1)
        #expect(result.summary["forget/memorization-accuracy"] == 1)
        // No prompt, so no question that could be answered.
        #expect(result.summary["forget/rouge-l-recall"] == nil)
        #expect(result.notes["forget/extraction-likelihood"]?.contains("one prefix in 3") == true)
        let stranger = try #require(result.summary["holdout/extraction-likelihood"])
        #expect(stranger < 0.5)
    }

    @Test func anAttackThatCannotBeMadeSaysWhyAndHasNoArea() throws {
        var settings = EvaluationSettings(maximumNewTokenCount: 4)
        settings.attacks = ["loss", "reference", "rmia", "zlib"]
        let result = try evaluate(town.before, settings: settings, hasReference: false)
        #expect(result.membership.map(\.attack) == settings.attacks)
        #expect(result.summary["attack/loss/auc"] == 1)
        #expect(result.notComputed["attack/reference/auc"] == "no reference model")
        #expect(result.notComputed["attack/rmia/auc"] == "no OUT models")
        #expect(result.membership[1].obstacle == "no reference model")
        settings.attacks = ["los"]
        #expect(throws: (any Error).self) { try evaluate(town.before, settings: settings) }
        settings.attacks = ["relearning"]
        #expect(throws: VerificationError.self) { try evaluate(town.before, settings: settings) }
    }

    @Test func withoutHeldOutRecordsNoAttackIsRun() throws {
        let result = try evaluate(town.before, holdout: [])
        #expect(result.notComputed["attack"] != nil)
        #expect(result.summary.keys.allSatisfy { !$0.contains("auc") })
        #expect(result.itemCounts["holdout"] == nil)
    }

    @Test func noRecordsAndBrokenModelsAreErrors() throws {
        let empty = #expect(throws: VerificationError.self) {
            try EvaluationSuite.records.evaluate(
                EvaluationScene(
                    model: town.before, data: .records(forget: [], retain: [], holdout: [])))
        }
        #expect(empty?.code == .unsuitableEvaluation)
        let broken = #expect(throws: VerificationError.self) { try evaluate(BrokenModel()) }
        #expect(broken?.code == .degenerateScores)
        #expect(broken?.details["record"] == forget[0].id)
    }

    @Test func suitesAreFoundByTheirPermanentIds() throws {
        #expect(builtinEvaluationSuites.map(\.id) == ["records", "tofu"])
        #expect(
            try lookUp("tofu", in: builtinEvaluationSuites, kind: "suite", by: \.id).title.isEmpty
                == false)
    }
}
