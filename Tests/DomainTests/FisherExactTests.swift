import Domain
import Testing

/// Expected values: Fisher 1935 (The Design of Experiments, chapter 2) and sums of binomial
/// coefficients as exact fractions.
@Suite struct FisherExactTests {
    @Test("The lady who tastes tea: four of four is one in seventy, three of four 17 in seventy")
    func tea() {
        let all = fisherExactPValue(successes: 4, trials: 4, otherSuccesses: 0, otherTrials: 4)
        #expect(abs(all - 1.0 / 70) < 1e-15)
        let most = fisherExactPValue(successes: 3, trials: 4, otherSuccesses: 1, otherTrials: 4)
        #expect(abs(most - 17.0 / 70) < 1e-14)
    }

    @Test("One success of a few against none of many is the share of the few")
    func single() {
        let p = fisherExactPValue(
            successes: 1, trials: 20, otherSuccesses: 0, otherTrials: 1180)
        #expect(abs(p - 1.0 / 60) < 1e-13)
    }

    @Test("Small tails keep their precision")
    func tail() {
        let p = fisherExactPValue(
            successes: 15, trials: 20, otherSuccesses: 11, otherTrials: 1180)
        #expect(abs(p / 1.0625126292007665e-23 - 1) < 1e-10)
    }

    @Test("Without any success, or with the fewest there can be, nothing is shown")
    func nothing() {
        #expect(
            fisherExactPValue(successes: 0, trials: 20, otherSuccesses: 0, otherTrials: 9) == 1)
        #expect(
            fisherExactPValue(successes: 0, trials: 5, otherSuccesses: 3, otherTrials: 5) >= 1
                - 1e-14
        )
        #expect(
            fisherExactPValue(successes: 0, trials: 0, otherSuccesses: 3, otherTrials: 5) == 1)
    }
}
