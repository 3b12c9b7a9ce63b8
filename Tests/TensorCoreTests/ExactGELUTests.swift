import Foundation
import TensorCore
import Testing

@Suite struct ExactGELUTests {
    /// Of the normal distribution function, by which GELU multiplies x.
    static let tolerance = 4e-7

    static let points = ElementaryFunctionTests.grid(12) + [0, -0, 30, -30, 1e10, -1e10]

    @Test("The exact GELU agrees with the system's erf")
    func values() {
        let tape = Tape(recording: false)
        let output = tape.exactGELU(
            tape.constant(Tensor([Self.points.count], values: Self.points))
        ).value.values
        for (value, point) in zip(output, Self.points) {
            let x = Double(point)
            let error = abs(Double(value) - x / 2 * (1 + erf(x / 2.0.squareRoot())))
            #expect(error <= Self.tolerance * abs(x), "gelu(\(point)): \(error)")
        }
    }

    @Test("Its slope agrees with the formula in double precision")
    func slopes() {
        let tape = Tape()
        let x = tape.constant(Tensor([Self.points.count], values: Self.points))
        let y = tape.exactGELU(x)
        let ones = Tensor([Self.points.count])
        ones.fill(1)
        tape.backward(from: y, seed: ones)
        let slopes = x.gradient?.values ?? []
        #expect(slopes.count == Self.points.count)
        for (value, point) in zip(slopes, Self.points) {
            let x = Double(point)
            let density = exp(-x * x / 2) / (2 * Double.pi).squareRoot()
            let expected = (1 + erf(x / 2.0.squareRoot())) / 2 + x * density
            #expect(abs(Double(value) - expected) < 1e-6, "slope at \(point): \(value)")
        }
    }
}
