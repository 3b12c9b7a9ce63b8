import Domain
import Foundation
import TensorCore
import Testing

@Suite struct ParameterSetTests {
    static let shapes = [
        ParameterShape("first", [40, 50], .normal(standardDeviation: 0.02)),
        ParameterShape("second", [300, 100], .normal(standardDeviation: 2)),
        ParameterShape("gain", [7], .constant(1)),
    ]

    @Test("A parameter's start depends on seed and name, not on the others")
    func byName() throws {
        let set = ParameterSet(Self.shapes)
        let reversed = ParameterSet(Self.shapes.reversed())
        let alone = ParameterSet([Self.shapes[1]])
        let other = ParameterSet(Self.shapes)
        for each in [set, reversed, alone] { each.initialize(seed: 9) }
        other.initialize(seed: 10)
        for shape in Self.shapes {
            #expect(
                try set.required(shape.name).value.values
                    == reversed.required(shape.name).value.values)
        }
        let second = try set.required("second").value.values
        #expect(alone.values.values == second)
        // Not the same numbers under every name: 0.02 and 2 are their standard deviations.
        let first = try set.required("first").value.values
        #expect(zip(first, second).allSatisfy { abs($0 * 100 - $1) > 1e-5 })
        #expect(try other.required("second").value.values != second)
        #expect(try set.required("gain").value.values == Array(repeating: 1, count: 7))
    }

    @Test("Normal starts have mean zero and the standard deviation asked for")
    func moments() throws {
        let set = ParameterSet(Self.shapes)
        set.initialize(seed: 4)
        for (name, deviation) in [("first", 0.02), ("second", 2)] {
            let values = try set.required(name).value.values.map(Double.init)
            let count = Double(values.count)
            let mean = values.reduce(0, +) / count
            let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
            // Four standard errors: of a mean s/sqrt(n), of a deviation s/sqrt(2n).
            #expect(abs(mean) < 4 * deviation / count.squareRoot())
            #expect(
                abs(variance.squareRoot() - deviation) < 4 * deviation / (2 * count).squareRoot())
        }
    }

    @Test("Parameters view one block; a copy has a block of its own")
    func views() throws {
        let set = ParameterSet(Self.shapes)
        set.initialize(seed: 1)
        #expect(set.count == 40 * 50 + 300 * 100 + 7)
        #expect(set.values.values[2_000] == (try set.required("second").value.values[0]))
        let copy = set.copy()
        try copy.required("gain").value.fill(3)
        #expect(try set.required("gain").value.values[0] == 1)
        #expect(copy.values.values.suffix(7) == Array(repeating: 3, count: 7)[...])
    }

    @Test("An undeclared parameter is an error that names it")
    func undeclared() {
        let error = #expect(throws: TensorError.self) {
            try ParameterSet(Self.shapes).required("third")
        }
        #expect(error?.code == .shapeMismatch)
        #expect(error?.message.contains("third") == true)
    }

    @Test("A value that is infinite or no number is found wherever it stands")
    func finite() {
        let set = ParameterSet(Self.shapes)
        set.initialize(seed: 1)
        #expect(set.isFinite)
        for value in [Float.infinity, -.infinity, .nan] {
            for place in [0, 17, set.count - 1] {
                let kept = set.values.pointer[place]
                set.values.pointer[place] = value
                #expect(!set.isFinite)
                set.values.pointer[place] = kept
            }
        }
        #expect(set.isFinite)
    }
}

@Suite struct OptimizationTests {
    /// More than one block of the norm's sum.
    static let count = 70_000

    @Test("Clipping scales gradients to the limit, as PyTorch does")
    func clipping() {
        let set = ParameterSet([ParameterShape("w", [Self.count], .constant(0))])
        var random = RandomNumbers(seed: 2)
        let before = (0..<Self.count).map { _ in random.normal() }
        set.gradients.assign(Tensor([Self.count], values: before))
        let norm = before.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
        let reported = Double(set.clipGradients(to: 3))
        #expect(abs(reported - norm) < 1e-5 * norm)
        let factor = 3 / (norm + 1e-6)
        let error = zip(set.gradients.values, before).reduce(0.0) {
            max($0, abs(Double($1.0) - Double($1.1) * factor))
        }
        #expect(error < 1e-6 * factor)
    }

    @Test("Clipping leaves short gradients as they are")
    func noClipping() {
        let set = ParameterSet([ParameterShape("w", [3], .constant(0))])
        set.gradients.assign(Tensor([3], values: [3, 4, 12]))
        #expect(set.clipGradients(to: 13) == 13)
        #expect(set.gradients.values == [3, 4, 12])
        #expect(set.clipGradients(to: 6.5) == 13)
        let halves = zip(set.gradients.values, [1.5, 2, 6] as [Float])
        for (value, half) in halves { #expect(abs(value - half) < 1e-6) }
    }

    @Test("AdamW follows the paper's formulas")
    func adamW() {
        let set = ParameterSet([ParameterShape("w", [2], .constant(0))])
        set.values.assign(Tensor([2], values: [1, -2]))
        let optimizer = AdamW(
            set,
            settings: .init(beta1: 0.8, beta2: 0.9, epsilon: 1e-4, weightDecay: 0.1))
        var expected = [1.0, -2.0]
        var first = [0.0, 0.0]
        var second = [0.0, 0.0]
        for step in 1...5 {
            let gradients = [0.3 * Double(step), -1 / Double(step)]
            set.gradients.assign(Tensor([2], values: gradients.map(Float.init)))
            optimizer.step(learningRate: 0.05)
            for index in 0..<2 {
                first[index] = 0.8 * first[index] + 0.2 * gradients[index]
                second[index] = 0.9 * second[index] + 0.1 * gradients[index] * gradients[index]
                let mean = first[index] / (1 - pow(0.8, Double(step)))
                let square = second[index] / (1 - pow(0.9, Double(step)))
                expected[index] -= 0.05 * 0.1 * expected[index]
                expected[index] -= 0.05 * mean / (square.squareRoot() + 1e-4)
                #expect(abs(Double(set.values.values[index]) - expected[index]) < 1e-6)
            }
        }
        #expect(optimizer.stepCount == 5)
    }
}
