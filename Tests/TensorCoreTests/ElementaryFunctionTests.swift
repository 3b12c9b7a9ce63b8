import Foundation
import TensorCore
import Testing

/// exp, sigmoid and tanh are internal; operations show them.
@Suite struct ElementaryFunctionTests {
    /// A few units in the last place of float32 (1.2e-7).
    static let relativeTolerance = 5e-7

    /// -range ... range and values close to zero.
    static func grid(_ range: Double, count: Int = 4_001) -> [Float] {
        let even = (0..<count).map { Float(range * (2 * Double($0) / Double(count - 1) - 1)) }
        return even + (1...60).flatMap { [Float(exp2(-Double($0))), -Float(exp2(-Double($0)))] }
    }

    /// The second of two tokens with scores (x, 0) and values (1, 0) gives exp(x) / (exp(x) + 1).
    @Test("exp agrees with the system's over the range of softmax")
    func exponential() {
        let points = Self.grid(86).filter { $0 <= 0 }
        let tape = Tape(recording: false)
        func pairs(_ values: (Float) -> (Float, Float)) -> Activation {
            tape.constant(
                Tensor(
                    [2 * points.count, 1],
                    values: points.flatMap { [values($0).0, values($0).1] }))
        }
        let output = tape.causalAttention(
            query: pairs { _ in (0, 1) }, key: pairs { ($0, 0) }, value: pairs { _ in (1, 0) },
            shape: AttentionShape(heads: 1, keyValueHeads: 1, headWidth: 1),
            sequences: points.indices.map { PackedSequence(rows: 2 * $0..<2 * $0 + 2) }
        ).value.values
        for (index, point) in points.enumerated() {
            let expected = exp(Double(point)) / (exp(Double(point)) + 1)
            let error = abs(Double(output[2 * index + 1]) / expected - 1)
            #expect(error < Self.relativeTolerance, "exp(\(point)): \(error)")
        }
    }

    @Test("A score far below the largest counts for nothing, and none makes a NaN")
    func clamped() {
        let tape = Tape(recording: false)
        let scores: [Float] = [-100, -1_000, -3e38]
        let head = Parameter(
            name: "head", value: Tensor([4, 1], values: [0] + scores))
        let result = tape.targetLogProbabilities(
            hidden: tape.constant(Tensor([4, 1], values: [1, 1, 1, 1])), head: head,
            rows: [0, 1, 2, 3], targets: [0, 1, 2, 3])
        #expect(result.logProbabilities.value.values == [0, -100, -1_000, -3e38])
        #expect(result.isLargest == [true, false, false, false])
    }

    @Test("Sigmoid agrees with the system's exp")
    func sigmoid() {
        let points = Self.grid(80).filter { $0 != 0 }
        let tape = Tape(recording: false)
        let ones = points.map { _ in Float(1) }
        let output = tape.swiGLU(
            tape.constant(Tensor([1, 2 * points.count], values: points + ones))
        ).value.values
        for (value, point) in zip(output, points) {
            let expected = Double(point) / (1 + exp(-Double(point)))
            let error = abs(Double(value) / expected - 1)
            #expect(error < Self.relativeTolerance, "sigmoid(\(point)): \(error)")
        }
    }

    @Test("GELU agrees with the system's tanh")
    func tanhForm() {
        let points = Self.grid(12)
        let tape = Tape(recording: false)
        let output = tape.gelu(
            tape.constant(Tensor([points.count], values: points))
        ).value.values
        for (value, point) in zip(output, points) {
            let error = abs(Double(value) - DoubleReference.gelu(Double(point)))
            // tanh is good to 3e-7 absolute; GELU multiplies it by x/2.
            #expect(error <= 4e-7 * Double(abs(point)), "gelu(\(point)): \(error)")
        }
    }
}
