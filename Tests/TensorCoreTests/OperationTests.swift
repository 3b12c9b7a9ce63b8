import Foundation
import TensorCore
import Testing

@Suite struct OperationTests {
    /// float32 against double, relative to the largest value: sums of up to 180 products.
    static let valueTolerance = 3e-6
    /// The same for gradients, which pass through two sums.
    static let gradientTolerance = 1e-5
    /// Step of the central differences: cutting off costs 1e-10, rounding in double 1e-11.
    static let step = 1e-5

    static func largest(_ values: some Sequence<Double>) -> Double {
        values.reduce(1e-12) { max($0, abs($1)) }
    }

    static func relativeError(_ a: [Float], _ b: [Double]) -> Double {
        zip(a, b).reduce(0) { max($0, abs(Double($1.0) - $1.1)) } / largest(b)
    }

    @Test(
        "Values equal the formula in double precision",
        arguments: OperationCase.all(.small) + OperationCase.all(.large)
            + OperationCase.longAttentions)
    func values(item: OperationCase) {
        let inputs = item.inputs
        let cut = item.activations.count
        let expected = item.reference(Array(inputs.all[..<cut]), Array(inputs.all[cut...]))
        for pool in [Pools.one, Pools.three] {
            let output = item.evaluate(inputs, pool: pool).output
            #expect(output.count == expected.count)
            let error = Self.relativeError(output, expected)
            #expect(error < Self.valueTolerance, "\(error) with \(pool.threadCount) threads")
        }
    }

    @Test("Every slope equals a central difference", arguments: OperationCase.all(.small))
    func slopes(item: OperationCase) {
        let inputs = item.inputs
        let gradients = item.evaluate(inputs).gradients
        var all = inputs.all
        for input in all.indices {
            #expect(gradients[input].count == all[input].count)
            let expected = all[input].indices.map { index in
                let value = all[input][index]
                defer { all[input][index] = value }
                all[input][index] = value + Self.step
                let above = item.referenceLoss(all)
                all[input][index] = value - Self.step
                return (above - item.referenceLoss(all)) / (2 * Self.step)
            }
            let error = Self.relativeError(gradients[input], expected)
            #expect(error < Self.gradientTolerance, "input \(input): \(error)")
        }
    }

    /// Too many inputs for a difference each: one along a random direction of every input.
    @Test(
        "Slopes of work divided over threads equal directional differences",
        arguments: OperationCase.all(.large) + OperationCase.longAttentions)
    func directions(item: OperationCase) {
        let inputs = item.inputs
        let all = inputs.all
        for pool in [Pools.one, Pools.three] {
            let gradients = item.evaluate(inputs, pool: pool).gradients
            for input in all.indices {
                var random = RandomNumbers(seed: 5, stream: "direction \(input)")
                let direction = all[input].map { _ in Double(random.normal()) }
                func loss(_ sign: Double) -> Double {
                    var moved = all
                    for index in direction.indices {
                        moved[input][index] += sign * Self.step * direction[index]
                    }
                    return item.referenceLoss(moved)
                }
                let expected = (loss(1) - loss(-1)) / (2 * Self.step)
                let slope = zip(gradients[input], direction).reduce(0) { $0 + Double($1.0) * $1.1 }
                let norm = gradients[input].reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
                #expect(
                    abs(slope - expected) < Self.gradientTolerance * norm,
                    "input \(input), \(pool.threadCount) threads: \(slope) \(expected) \(norm)")
            }
        }
    }

    @Test(
        "A tape that does not record computes the same bits", arguments: OperationCase.all(.small))
    func recording(item: OperationCase) {
        let inputs = item.inputs
        let tape = Tape(recording: false)
        let output = item.run(
            tape,
            zip(item.activations, inputs.activations).map {
                tape.constant(Tensor($0, values: $1))
            },
            zip(item.parameters, inputs.parameters).map {
                Parameter(name: "w", value: Tensor($0, values: $1))
            })
        #expect(output.value.values == item.evaluate(inputs).output)
    }
}
