import Domain
import Testing
import Verification

@Suite struct ExtractionMetricTests {
    @Test func extractionLikelihoodEqualsTheReferenceCase() throws {
        let item = try #require(
            try MetricFixture.json("toy_oracle.json").at("expected", "el2_case"))
        let tokens = try #require(item["x"]?.reals).map { Int32($0) }
        let continuations = try #require(item["continuations_by_prefix1.."]?.items)
            .map { ($0.reals ?? []).map { Int32($0) } }
        #expect(extractionPrefixCounts(tokenCount: tokens.count, n: 2) == [1, 2, 3, 4])
        let likelihood = extractionLikelihood(tokens, continuations: continuations, n: 2)
        #expect(
            abs(try #require(likelihood) - (try #require(item["el2"]?.real))) < 1e-12)
        // Every second prefix: the first and the third, 2/4 and 2/2.
        #expect(
            extractionLikelihood(
                tokens, continuations: [continuations[0], continuations[2]], n: 2, step: 2) == 0.75)
        #expect(extractionLikelihood(tokens, continuations: [], n: 2) == nil)
        #expect(extractionLikelihood([1, 2], continuations: [], n: 2) == nil)
    }

    @Test func sequencesThatAreRepeatedCountEachTime() {
        #expect(suffixOverlap(generated: [1, 2, 1, 2, 9], truth: [1, 2, 3][...], n: 2) == 0.5)
        #expect(suffixOverlap(generated: [1], truth: [1, 2, 3][...], n: 2) == 0)
        #expect(suffixOverlap(generated: [1, 2], truth: [1][...], n: 2) == nil)
    }

    @Test func verbatimExtractionAsksForEveryTokenOfTheSuffix() throws {
        let text: [Int32] = [1, 2, 3, 4, 5, 6]
        let probe = try #require(ExtractionProbe(text, prefixCount: 2, suffixCount: 3))
        #expect(probe.prompt == [1, 2])
        #expect(probe.suffix == [3, 4, 5])
        #expect(probe.isExtracted(by: [3, 4, 5, 9]))
        #expect(!probe.isExtracted(by: [3, 4]))
        #expect(!probe.isExtracted(by: [3, 4, 6]))
        #expect(
            verbatimExtraction([probe, probe], generated: [[3, 4, 5], [3, 4, 6]]) == 0.5)
        #expect(verbatimExtraction([probe], generated: []) == nil)
        #expect(verbatimExtraction([], generated: []) == nil)
        #expect(ExtractionProbe(text, prefixCount: 4, suffixCount: 3) == nil)
        #expect(ExtractionProbe(text) == nil)
    }

    @Test func memorizationAccuracyIsTheShareOfFirstChoices() {
        #expect(memorizationAccuracy([true, false, true, true]) == 0.75)
        #expect(memorizationAccuracy([]) == nil)
    }

    @Test func exposureEqualsTheReferenceCases() throws {
        let cases = try #require(
            try MetricFixture.json("toy_oracle.json").at("expected", "exposure")?.items)
        #expect(cases.count == 4)
        for item in cases {
            let exposure = try #require(
                Exposure(
                    rank: try unwrapped(item["rank"]?.integer),
                    spaceCount: try unwrapped(item["space"]?.integer)))
            #expect(abs(exposure.bits - (try #require(item["bits"]?.real))) < 1e-12)
        }
        #expect(Exposure(rank: 0, spaceCount: 5) == nil)
        #expect(Exposure(rank: 6, spaceCount: 5) == nil)
    }

    @Test func aValueThatTiesWithOthersCountsAsTheMostExposedOfThem() throws {
        let exposure = try #require(Exposure(loss: 2, candidates: [1, 2, 2, 3, 4, 5, 6]))
        #expect(exposure.rank == 2)
        #expect(exposure.bits == 2)
        #expect(exposure.resolutionBits == 3)
        #expect(Exposure(loss: 2, candidates: []) == nil)
        #expect(Exposure(loss: .nan, candidates: [1]) == nil)
        #expect(Exposure(loss: 1, candidates: [1, .infinity]) == nil)
    }

    @Test func paraphrasesAreScoredAsAnswersAre() {
        #expect(paraphraseProbability([-2, -4]) == probability([-2, -4]))
        #expect(paraphraseProbability([]) == nil)
        // Words of the paraphrase: the, cats, slept; stems of the first two stand in the text.
        #expect(
            paraphraseRouge(paraphrase: "The cats slept.", generated: "the cat sat") == 2.0 / 3)
    }
}
