import Foundation
import TensorCore
import Testing

/// float32 arithmetic against float64, on numbers up to 10 in magnitude.
private let tolerance = 1e-4

@Suite struct TargetDistributionTests {
    /// Logits are given by the head alone: the hidden states pick its columns.
    private static func distributions(_ logits: [[Float]], target: Int) -> [TargetDistribution] {
        let (rows, vocabulary) = (logits.count, logits[0].count)
        let head = Tensor([vocabulary, rows])
        let hidden = Tensor.zeros([rows, rows])
        for row in 0..<rows {
            hidden.pointer[row * rows + row] = 1
            for id in 0..<vocabulary { head.pointer[id * rows + row] = logits[row][id] }
        }
        let tape = Tape(recording: false)
        return tape.targetDistributions(
            hidden: tape.constant(hidden), head: Parameter(name: "head", value: head),
            rows: Array(0..<rows), targets: Array(repeating: Int32(target), count: rows))
    }

    @Test(
        "Moments equal those in double precision for every width",
        arguments: [1, 2, 15, 16, 17, 37, 160])
    func moments(vocabulary: Int) {
        var generator = RandomNumbers(seed: 3)
        let logits = (0..<3).map { row in
            (0..<vocabulary).map { _ in generator.normal() * Float(1 + 3 * row) }
        }
        let target = vocabulary / 2
        for (found, row) in zip(Self.distributions(logits, target: target), logits) {
            let sum = row.reduce(0.0) { $0 + exp(Double($1)) }
            let logProbabilities = row.map { Double($0) - log(sum) }
            let mean = logProbabilities.reduce(0) { $0 + exp($1) * $1 }
            let variance = logProbabilities.reduce(0) { $0 + exp($1) * ($1 - mean) * ($1 - mean) }
            #expect(abs(Double(found.logProbability) - logProbabilities[target]) < tolerance)
            #expect(abs(Double(found.meanLogProbability) - mean) < tolerance)
            #expect(abs(Double(found.logProbabilityVariance) - variance) < tolerance)
        }
    }

    @Test func aModelThatIsAllButCertainHasASmallVarianceOfTheRightSize() throws {
        // p = 1/(1 + e^-16) and its complement: the variance is p q 16^2.
        let found = Self.distributions([[16, 0]], target: 0)[0]
        let q = 1 / (1 + exp(16.0))
        let expected = q * (1 - q) * 256
        #expect(abs(Double(found.logProbabilityVariance) - expected) < 1e-5 * expected)
        let uniform = Self.distributions([[2, 2, 2, 2]], target: 1)[0]
        #expect(uniform.logProbabilityVariance == 0)
        #expect(abs(Double(uniform.meanLogProbability) + log(4.0)) < tolerance)
    }
}
