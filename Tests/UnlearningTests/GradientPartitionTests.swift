import Foundation
import TensorCore
import TestSupport
import Testing
import Unlearning

@Suite struct GradientPartitionTests {
    /// Two gradients of a matrix [4 out, 3 in] and cosines computed by NumPy.
    struct Case: Decodable {
        let first: [[Float]]
        let second: [[Float]]
        let rowCosines: [Double]
        let columnCosines: [Double]

        private enum CodingKeys: String, CodingKey {
            case first = "g1"
            case second = "g2"
            case rowCosines = "row_cos(out-unit vectors,dim-1)"
            case columnCosines = "col_cos(in-unit vectors,dim-2)"
        }

        static func read() throws -> Case {
            struct File: Decodable {
                struct Expected: Decodable { let pcgu: Case }
                let expected: Expected
            }
            let url = Fixtures.root.appendingPathComponent("metrics/toy_oracle.json")
            return try JSONDecoder().decode(File.self, from: Data(contentsOf: url)).expected.pcgu
        }
    }

    /// Gradients are rounded to float32 before the products are summed in double precision.
    static let tolerance = 1e-6

    static func transposed(_ rows: [[Float]]) -> [[Float]] {
        (0..<rows[0].count).map { column in rows.map { $0[column] } }
    }

    static func tensor(_ rows: [[Float]]) -> Tensor {
        Tensor([rows.count * rows[0].count], values: rows.flatMap { $0 })
    }

    @Test(
        "Cosines of output and input units are the published ones in both layouts",
        arguments: [false, true], [GradientPartition.Aggregation.input, .output])
    func cosines(isTransposed: Bool, aggregation: GradientPartition.Aggregation) throws {
        let known = try Case.read()
        let shape = isTransposed ? [3, 4] : [4, 3]
        let partition = GradientPartition(
            [ParameterShape("m", shape, .constant(0))], inputByOutput: isTransposed ? ["m"] : [],
            aggregation: aggregation)
        let (first, second) = (
            Self.tensor(isTransposed ? Self.transposed(known.first) : known.first),
            Self.tensor(isTransposed ? Self.transposed(known.second) : known.second)
        )
        let expected = aggregation == .input ? known.rowCosines : known.columnCosines
        let found = partition.cosines(first, second)
        #expect(partition.vectorCount == expected.count)
        for (cosine, expected) in zip(found, expected) {
            #expect(abs(try #require(cosine) - expected) < Self.tolerance)
        }
    }

    @Test("The lowest cosines are chosen, ties by place, vectors without a gradient never")
    func lowest() throws {
        let cosines = try Case.read().rowCosines
        #expect(GradientPartition.lowest(cosines, count: 2) == [1, 0])
        #expect(GradientPartition.lowest(cosines, count: 9) == [1, 0, 3, 2])
        #expect(GradientPartition.lowest([0.5, nil, -1, 0.5, -1], count: 3) == [2, 4, 0])
        #expect(GradientPartition.lowest([nil, nil], count: 1) == [])
    }

    @Test("A vector that one of the gradients misses is told from one that both have")
    func missing() {
        let partition = GradientPartition(
            [ParameterShape("m", [3, 2], .constant(0))], aggregation: .input)
        let first = Tensor([6], values: [1, 0, 0, 0, 3, 4])
        let second = Tensor([6], values: [0, 0, 5, 0, -3, -4])
        #expect(partition.cosines(first, second) == [nil, 0, -1])
    }

    @Test("Biases and norms are one vector each, and only chosen vectors keep their gradient")
    func keep() {
        let shapes = [
            ParameterShape("a", [2, 3], .constant(0)), ParameterShape("bias", [3], .constant(0)),
            ParameterShape("b", [2, 2], .constant(0)),
        ]
        let ones = [Float](repeating: 1, count: 13)
        // Vectors by rows: 0 and 1 of a, 2 the bias, 3 and 4 of b. By columns: 0 to 2, 3, 4 and 5.
        let rows = GradientPartition(shapes, aggregation: .input)
        #expect(rows.vectorCount == 5)
        let kept = Tensor([13], values: ones)
        rows.keep(only: [1, 2, 3], in: kept)
        #expect(kept.values == [0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0])
        let columns = GradientPartition(shapes, aggregation: .output)
        #expect(columns.vectorCount == 6)
        let others = Tensor([13], values: ones)
        columns.keep(only: [2, 4], in: others)
        #expect(others.values == [0, 0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0])
    }
}
