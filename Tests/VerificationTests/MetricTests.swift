import Domain
import Testing
import Verification

private let rounding = 1e-12

@Suite struct MetricTests {
    @Test func rougeLEqualsTheRougeScorePackageWithItsStemmer() throws {
        let rows = try #require(try MetricFixture.json("rouge_pairs.json")["rows"]?.items)
        #expect(rows.count == 229)
        for row in rows {
            let rouge = RougeL(
                reference: try #require(row["gt"]?.text), generated: try #require(row["gen"]?.text),
                stemming: true)
            #expect(abs(rouge.recall - (try #require(row["rougeL_recall"]?.real))) < rounding)
            #expect(abs(rouge.f1 - (try #require(row["rougeL_f1"]?.real))) < rounding)
        }
    }

    @Test func rougeLEqualsTheRougeScorePackageWithoutStemmer() throws {
        let rows = try #require(try MetricFixture.json("rouge_pairs.json")["rows"]?.items)
        let expected = try #require(try MetricFixture.json("rouge_unstemmed.json").items)
        var differs = 0
        for (row, values) in zip(rows, expected) {
            let (reference, generated) = (
                try #require(row["gt"]?.text), try #require(row["gen"]?.text)
            )
            let rouge = RougeL(reference: reference, generated: generated)
            let numbers = try #require(values.reals)
            #expect(abs(rouge.precision - numbers[0]) < rounding)
            #expect(abs(rouge.recall - numbers[1]) < rounding)
            #expect(abs(rouge.f1 - numbers[2]) < rounding)
            if rouge != RougeL(reference: reference, generated: generated, stemming: true) {
                differs += 1
            }
        }
        #expect(differs > 10)
    }

    @Test func stemsEqualNLTKs() throws {
        let stems = try #require(try MetricFixture.json("porter_stems.json").members)
        #expect(stems.count > 1500)
        for stem in stems {
            #expect(porterStem(of: stem.key) == stem.value.text, "\(stem.key)")
        }
    }

    @Test func anEmptyTextScoresZero() {
        #expect(RougeL(reference: "", generated: "a word").f1 == 0)
        #expect(RougeL(reference: "a word", generated: "...").f1 == 0)
    }

    @Test func extractionStrengthAndExactMemorizationEqualTheReferenceCases() throws {
        let cases = try #require(
            try MetricFixture.json("toy_oracle.json").at("expected", "es_cases")?.items)
        for item in cases {
            let predicted = try #require(item["pred"]?.reals)
            let labels = try #require(item["label"]?.reals)
            let choices = zip(predicted, labels).map { $0 == $1 }
            #expect(extractionStrength(choices) == item["es_paper"]?.real)
            #expect(exactMemorization(choices) == item["em"]?.real)
        }
        #expect(extractionStrength([]) == nil)
        #expect(exactMemorization([]) == nil)
    }

    @Test(arguments: ["seq0", "seq1"])
    func lossProbabilityAndMinKEqualTheReferenceSequences(name: String) throws {
        let sequence = try #require(try MetricFixture.json("toy_oracle.json").at("expected", name))
        let logProbabilities = try #require(sequence["token_logp"]?.reals)
        #expect(
            abs((try #require(meanLoss(logProbabilities))) - (try #require(sequence["loss"]?.real)))
                < rounding)
        #expect(
            abs(
                (try #require(probability(logProbabilities)))
                    - (try #require(sequence["prob"]?.real))) < rounding)
        for (key, share) in [("mink_0.2", 0.2), ("mink_0.4", 0.4), ("mink_1.0", 1)] {
            let answer = AnswerScores(logProbabilities: logProbabilities, endLogProbability: -9)
            let score = try #require(Attack.minK(share: share).membershipScore?(answer))
            // The reference has the sign of "not a member".
            #expect(abs(-score - (try #require(sequence[key]?.real))) < rounding)
        }
        #expect(perplexity([-2, -2]) == probability([2, 2]))
    }

    @Test func theLossAttackCountsTheEndTokenAndMinKDoesNot() throws {
        let answer = AnswerScores(logProbabilities: [-1, -3], endLogProbability: -5)
        #expect(Attack.loss.membershipScore?(answer) == -3)
        #expect(Attack.minK(share: 0.5).membershipScore?(answer) == -3)
        let empty = AnswerScores(logProbabilities: [], endLogProbability: nil)
        #expect(Attack.loss.membershipScore?(empty) == .some(nil))
        #expect(Attack.minK().membershipScore?(empty) == .some(nil))
    }

    @Test func repetitionCountsSequencesThatCameBefore() {
        #expect(repetition([1, 2, 3, 4, 5]) == 0)
        #expect(repetition([7, 7, 7, 7, 7, 7]) == 0.75)
        #expect(repetition([1, 2]) == nil)
    }

    @Test func idsOfMetricsAndAttacksAreUniqueAndPermanent() {
        #expect(
            builtinMetrics.map(\.id) == [
                "exact-memorization", "exposure", "extraction-likelihood", "extraction-strength",
                "forget-quality", "js-divergence", "kl-divergence", "memorization-accuracy",
                "model-utility", "paraphrase-probability", "paraphrase-rouge", "perplexity",
                "probability", "repetition", "rouge-l-f1", "rouge-l-recall",
                "truth-ratio-arithmetic", "truth-ratio-geometric", "truth-ratio-probability",
                "verbatim-extraction",
            ])
        #expect(
            builtinAttacks.map(\.id) == [
                "dc-pdd", "grad-norm", "lira", "loss", "min-k", "min-k-plus-plus",
                "neighbourhood", "recall", "reference", "relearning", "rmia", "zlib",
            ])
        #expect(
            (builtinMetrics.map(\.source) + builtinAttacks.map(\.source)).allSatisfy { !$0.isEmpty }
        )
    }
}
