import Domain
import TensorCore
import Testing
import Verification

@Suite struct TwinExchangeabilityTests {
    @Test("Area, interval and distance agree with a calculation by hand")
    func handCalculation() throws {
        var random = RandomNumbers(seed: 1)
        let found = try #require(
            TwinExchangeability([[0, 1, 2], [3, 1, 1]], generator: &random))
        #expect(found.area == 0.5)
        // u = 1, 0: variance 1/2, so the reach is z sqrt(1/2 / 2).
        #expect(abs(found.interval.upperBound - (0.5 + 1.644_853_627 * 0.5)) < 1e-9)
        #expect(abs(found.largestShift - 1.644_853_627 * 0.5) < 1e-9)
        #expect(abs(found.distance - 1.0 / 3) < 1e-12)
        let tied = try #require(
            TwinExchangeability([[1, 1, 2, 0], [1, 1, 2, 0]], generator: &random))
        #expect(tied.area == 0.5)
        // Equal ranks do not make the interval narrower than even ones: z sqrt(1/12 / 2).
        #expect(abs(tied.largestShift - 1.644_853_627 * 0.204_124_145) < 1e-8)
    }

    @Test("The p-value of the ranks is the share of equally uneven draws")
    func rankPValue() throws {
        var random = RandomNumbers(seed: 2)
        let rows = Array(repeating: [0.0, 1, 2], count: 3)
        let found = try #require(TwinExchangeability(rows, generator: &random))
        #expect(found.area == 1)
        #expect(abs(found.distance - 5.0 / 6) < 1e-12)
        // All three lowest or all three highest: 2 of 27. Four standard deviations of 1999 draws.
        #expect(abs(found.ranks.value - 2.0 / 27) < 0.024)
    }

    @Test("Where nothing tells them apart, few are refused; a shift is found")
    func calibrationAndPower() throws {
        var random = RandomNumbers(seed: 3)
        func found(_ shift: Double, _ controls: Int) throws -> TwinExchangeability {
            let rows = (0..<controls).map { _ in
                (0..<80).map { Double(random.normal()) - ($0 == 0 ? shift : 0) }
            }
            return try #require(TwinExchangeability(rows, generator: &random))
        }
        let even = try (0..<200).map { _ in try found(0, 40) }
        let low = even.count { $0.ranks.value <= 0.05 }
        let interval = clopperPearsonInterval(successes: low, trials: 200, confidence: 0.999)
        #expect(interval.contains(0.05), "\(low)")
        // P(|Z| < (.15 - 1.645 .0456) / .0456) = .90.
        let accepted = even.count { $0.largestShift <= TwinShift.ofWhole }
        #expect(
            clopperPearsonInterval(successes: accepted, trials: 200, confidence: 0.999)
                .contains(0.90), "\(accepted)")
        // At the bound itself (area .65, both normal: .38532 sqrt 2) one of twenty is accepted.
        let shifted = try (0..<200).map { _ in try found(0.544_93, 40) }
        let passed = shifted.count { $0.largestShift <= TwinShift.ofWhole }
        #expect(
            clopperPearsonInterval(successes: passed, trials: 200, confidence: 0.999).lowerBound
                <= 0.05, "\(passed)")
    }

    @Test("Several persons allow less of a shift")
    func shiftsOfGroups() {
        #expect(abs(TwinShift.allowed(0.15, personCount: 1) - 0.15) < 1e-12)
        // normal(normal^-1(.65) / 2) - 1/2
        #expect(abs(TwinShift.allowed(0.15, personCount: 4) - 0.076_387) < 1e-5)
    }

    @Test("Scores that are no numbers give no result")
    func unusableScores() {
        var random = RandomNumbers(seed: 4)
        #expect(TwinExchangeability([[0, 1], [.nan, 1]], generator: &random) == nil)
        #expect(TwinExchangeability([[0, 1], [0, .infinity]], generator: &random) == nil)
        #expect(TwinExchangeability([[0, 1]], generator: &random) == nil)
        #expect(TwinExchangeability([[0], [1]], generator: &random) == nil)
    }
}
