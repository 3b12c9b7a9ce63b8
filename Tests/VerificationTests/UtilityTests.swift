import Domain
import Testing
import Verification

@Suite struct UtilityTests {
    @Test func modelUtilityEqualsThePublishedOnes() throws {
        let cases = try #require(try MetricFixture.json("model_utility.json")["cases"]?.items)
        #expect(cases.count == 4)
        for item in cases {
            let nine = try #require(item["components"]?.reals)
            let parts = stride(from: 0, to: 9, by: 3).map {
                UtilityComponents.Part(
                    probability: nine[$0], rougeLRecall: nine[$0 + 1], truthRatio: nine[$0 + 2])
            }
            let utility = modelUtility(
                UtilityComponents(retain: parts[0], realAuthors: parts[1], worldFacts: parts[2]))
            let published = try #require(item["model_utility"]?.real)
            #expect(abs(try #require(utility) - published) < 1e-9)
        }
    }

    @Test func oneUselessComponentMakesTheUtilityZero() {
        let good = UtilityComponents.Part(probability: 1, rougeLRecall: 1, truthRatio: 1)
        let bad = UtilityComponents.Part(probability: 1, rougeLRecall: 0, truthRatio: 1)
        let broken = UtilityComponents.Part(probability: .nan, rougeLRecall: 0, truthRatio: 1)
        func utility(_ last: UtilityComponents.Part) -> Double? {
            modelUtility(UtilityComponents(retain: good, realAuthors: good, worldFacts: last))
        }
        #expect(utility(good) == 1)
        #expect(utility(bad) == 0)
        #expect(utility(broken) == nil)
    }

    @Test func theHarmonicMeanEqualsTheReferenceCase() throws {
        let item = try #require(try MetricFixture.json("toy_oracle.json").at("expected", "hmean"))
        let mean = try #require(harmonicMean(try unwrapped(item["x"]?.reals)))
        #expect(abs(mean - (try #require(item["y"]?.real))) < 1e-12)
        #expect(harmonicMean([]) == nil)
        #expect(harmonicMean([-1, 1]) == nil)
        #expect(harmonicMean([.infinity, 1]) == nil)
    }

    @Test func summaryScoresAreHarmonicMeansOfTheirParts() throws {
        // HM(.5, .5, .25, .25) = 4 / (2 + 2 + 4 + 4)
        let memorization = try #require(
            memorizationScore(
                extractionStrength: 0.5, exactMemorization: 0.5, paraphraseProbability: 0.75,
                truthRatioProbability: 0.75))
        #expect(abs(memorization - 1.0 / 3) < 1e-12)
        #expect(
            memorizationScore(
                extractionStrength: 0, exactMemorization: 1, paraphraseProbability: 0,
                truthRatioProbability: 0) == 0)
        #expect(
            memorizationScore(
                extractionStrength: 1.5, exactMemorization: 0, paraphraseProbability: 0,
                truthRatioProbability: 0) == nil)
        let utility = try #require(
            utilityScore(
                modelUtility: 0.3, fluency: 0.9, modelUtilityBefore: 0.6, fluencyBefore: 0.8))
        #expect(abs(utility - 2.0 / 3) < 1e-12)
        #expect(
            utilityScore(modelUtility: 1, fluency: 1, modelUtilityBefore: 0, fluencyBefore: 1)
                == nil)
        let whole = try #require(aggregateScore(memorization: 1, privacy: 0.5, utility: 0.5))
        #expect(abs(whole - 0.6) < 1e-12)
    }

    @Test func closenessIsOneAtTheReferencesAreaAndZeroAtTheFarthest() throws {
        #expect(privacyCloseness(area: 0.38, referenceArea: 0.38) == 1)
        #expect(privacyCloseness(area: 1, referenceArea: 0.25) == 0)
        #expect(
            abs(try #require(privacyCloseness(area: 0.625, referenceArea: 0.25)) - 0.5) < 1e-12)
        #expect(privacyCloseness(area: .nan, referenceArea: 0.5) == nil)
        #expect(privacyScore([1, 0.5]).map { abs($0 - 2.0 / 3) < 1e-12 } == true)
        #expect(relativeDifference(3, 2) == 50)
        #expect(relativeDifference(3, 0) == nil)
    }
}
