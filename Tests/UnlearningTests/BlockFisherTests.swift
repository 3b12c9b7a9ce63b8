import Foundation
import TensorCore
import TestSupport
import Testing
import Unlearning

@Suite struct BlockFisherTests {
    /// A damped empirical Fisher matrix of 6 gradients of 4 weights, inverted by NumPy.
    struct Case: Decodable {
        let lambda: Double
        let grads: [[Float]]
        let inverse: [[Double]]
        let inverseTimesOnes: [Double]
        let fourthRoot: [[Double]]

        private enum CodingKeys: String, CodingKey {
            case lambda, grads
            case inverse = "Finv"
            case inverseTimesOnes = "Finv_times_ones"
            case fourthRoot = "F^-1/4"
        }

        static func read() throws -> Case {
            struct File: Decodable {
                struct Expected: Decodable { let woodbury: Case }
                let expected: Expected
            }
            let url = Fixtures.root.appendingPathComponent("metrics/toy_oracle.json")
            return try JSONDecoder().decode(File.self, from: Data(contentsOf: url)).expected
                .woodbury
        }

        func fisher() -> BlockFisher {
            BlockFisherTests.fisher(
                grads, [ParameterShape("w", [4], .constant(0))], blockSize: 4, damping: lambda)
        }
    }

    /// Products are given back in float32, relative error 6e-8 of values up to 11.
    static let tolerance = 2e-6

    static func fisher(
        _ gradients: [[Float]], _ shapes: [ParameterShape], blockSize: Int, damping: Double,
        includes: (String) -> Bool = { _ in true }
    ) -> BlockFisher {
        let fisher = BlockFisher(
            shapes, includes: includes, blockSize: blockSize, damping: damping,
            gradientCount: gradients.count)
        for gradient in gradients {
            let tensor = Tensor([gradient.count], values: gradient)
            fisher.add(tensor)
        }
        return fisher
    }

    static func unit(_ place: Int, of count: Int) -> Tensor {
        Tensor([count], values: (0..<count).map { $0 == place ? 1 : 0 })
    }

    static func random(_ count: Int, _ stream: String) -> [Float] {
        var random = RandomNumbers(seed: 3, stream: stream)
        return (0..<count).map { _ in random.normal() }
    }

    @Test("Taking up gradients one by one inverts the Fisher matrix")
    func woodbury() throws {
        let known = try Case.read()
        let fisher = known.fisher()
        for column in 0..<4 {
            let found = fisher.inverse(times: Self.unit(column, of: 4)).values
            for row in 0..<4 {
                #expect(abs(Double(found[row]) - known.inverse[row][column]) < Self.tolerance)
            }
        }
        let ones = Tensor([4], values: [1, 1, 1, 1])
        for (found, expected) in zip(fisher.inverse(times: ones).values, known.inverseTimesOnes) {
            #expect(abs(Double(found) - expected) < Self.tolerance)
        }
    }

    @Test("The fourth root of the inverse is the known one, and four of them make the inverse")
    func fourthRoot() throws {
        let known = try Case.read()
        let fisher = known.fisher()
        for column in 0..<4 {
            let unit = Self.unit(column, of: 4)
            let found = fisher.inverseFourthRoot(times: unit).values
            for row in 0..<4 {
                #expect(abs(Double(found[row]) - known.fourthRoot[row][column]) < Self.tolerance)
            }
            let four = (0..<4).reduce(unit) { x, _ in fisher.inverseFourthRoot(times: x) }.values
            for row in 0..<4 {
                #expect(abs(Double(four[row]) - known.inverse[row][column]) < 4 * Self.tolerance)
            }
        }
    }

    @Test("Blocks of one weight are the diagonal Fisher")
    func diagonal() throws {
        let known = try Case.read()
        let fisher = Self.fisher(
            known.grads, [ParameterShape("w", [4], .constant(0))], blockSize: 1,
            damping: known.lambda)
        let ones = Tensor([4], values: [1, 1, 1, 1])
        let inverse = fisher.inverse(times: ones).values
        let root = fisher.inverseFourthRoot(times: ones).values
        for place in 0..<4 {
            let mean =
                known.grads.reduce(0.0) { $0 + Double($1[place]) * Double($1[place]) }
                / Double(known.grads.count)
            #expect(abs(Double(inverse[place]) - 1 / (known.lambda + mean)) < Self.tolerance)
            #expect(abs(Double(root[place]) - pow(known.lambda + mean, -0.25)) < Self.tolerance)
        }
    }

    @Test("Blocks end with their parameter, a last one may be smaller, and left out ones give zero")
    func blocks() {
        let shapes = [
            ParameterShape("a", [3], .constant(0)), ParameterShape("left out", [2], .constant(0)),
            ParameterShape("b", [2, 2], .constant(0)),
        ]
        let gradients = (0..<5).map { Self.random(9, "gradient \($0)") }
        let x = Self.random(9, "x")
        let fisher = Self.fisher(
            gradients, shapes, blockSize: 2, damping: 0.5, includes: { $0 != "left out" })
        #expect(fisher.weightCount == 7)
        let found = fisher.inverse(times: Tensor([9], values: x)).values
        func moment(_ i: Int, _ j: Int) -> Double {
            gradients.reduce(0.0) { $0 + Double($1[i]) * Double($1[j]) } / 5 + (i == j ? 0.5 : 0)
        }
        // Pairs by Cramer's rule, the third weight of a by itself.
        for (i, j) in [(0, 1), (5, 6), (7, 8)] {
            let determinant = moment(i, i) * moment(j, j) - moment(i, j) * moment(i, j)
            let expected = [
                (moment(j, j) * Double(x[i]) - moment(i, j) * Double(x[j])) / determinant,
                (moment(i, i) * Double(x[j]) - moment(i, j) * Double(x[i])) / determinant,
            ]
            #expect(abs(Double(found[i]) - expected[0]) < Self.tolerance)
            #expect(abs(Double(found[j]) - expected[1]) < Self.tolerance)
        }
        #expect(abs(Double(found[2]) - Double(x[2]) / moment(2, 2)) < Self.tolerance)
        #expect(found[3] == 0 && found[4] == 0)
        let rooted = fisher.inverseFourthRoot(times: Tensor([9], values: x)).values
        #expect(abs(Double(rooted[2]) - Double(x[2]) * pow(moment(2, 2), -0.25)) < Self.tolerance)
        #expect(rooted[3] == 0 && rooted[4] == 0)
    }

    @Test("A small damping loses no digits over many gradients")
    func smallDamping() {
        let gradients = (0..<300).map { Self.random(8, "gradient \($0)") }
        let x = Self.random(8, "x")
        let fisher = Self.fisher(
            gradients, [ParameterShape("w", [8], .constant(0))], blockSize: 8, damping: 1e-10)
        let y = fisher.inverse(times: Tensor([8], values: x)).values
        // F y, with F from its definition, must give x back.
        for row in 0..<8 {
            var sum = 1e-10 * Double(y[row])
            for gradient in gradients {
                let product = zip(gradient, y).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
                sum += Double(gradient[row]) * product / 300
            }
            #expect(abs(sum - Double(x[row])) < 1e-5, "\(sum) \(x[row])")
        }
    }

    @Test("Jacobi's method finds the eigenvalues of a known matrix")
    func knownEigenvalues() {
        // 2 on the diagonal, -1 beside it: 2 - 2 cos(k pi / 6).
        let n = 5
        var matrix = [Double](repeating: 0, count: n * n)
        for index in 0..<n {
            matrix[index * n + index] = 2
            if index > 0 {
                matrix[index * n + index - 1] = -1
                matrix[(index - 1) * n + index] = -1
            }
        }
        var eigen = SymmetricEigen(size: n)
        eigen.decompose(matrix)
        let expected = (1...n).map { 2 - 2 * cos(Double($0) * .pi / Double(n + 1)) }
        for (found, expected) in zip(eigen.values.sorted(), expected) {
            #expect(abs(found - expected) < 1e-14)
        }
    }

    @Test("Eigenvectors are orthonormal and rebuild the matrix", arguments: [1, 2, 7, 16, 33])
    func reconstruction(size: Int) {
        // A sum of outer products with weights from 1 down to 1e-8.
        var matrix = [Double](repeating: 0, count: size * size)
        for part in 0..<size {
            let vector = Self.random(size, "vector \(part)").map(Double.init)
            let weight = pow(10, -8 * Double(part) / Double(size))
            for i in 0..<size {
                for j in 0..<size { matrix[i * size + j] += weight * vector[i] * vector[j] }
            }
        }
        var eigen = SymmetricEigen(size: size)
        eigen.decompose(matrix)
        let scale = eigen.values.max() ?? 1
        for i in 0..<size {
            for j in 0..<size {
                var rebuilt = 0.0
                var product = 0.0
                for k in 0..<size {
                    let vectors = eigen.vectors
                    rebuilt += eigen.values[k] * vectors[k * size + i] * vectors[k * size + j]
                    product += vectors[i * size + k] * vectors[j * size + k]
                }
                #expect(abs(rebuilt - matrix[i * size + j]) < 1e-13 * scale)
                #expect(abs(product - (i == j ? 1 : 0)) < 1e-13)
            }
        }
    }
}
