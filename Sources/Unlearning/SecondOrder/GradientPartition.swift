import TensorCore

/// A model's parameters cut into vectors, as partitioned contrastive gradient unlearning chooses among
/// them (Yu et al., Findings of ACL 2023): every matrix into its rows or columns, every bias and norm as
/// one vector. Vectors are numbered in the order of the parameters.
package struct GradientPartition {
    /// What the weights of one vector have in common.
    package enum Aggregation: Int, Sendable {
        /// They lead into one output unit: rows of a matrix [out, in].
        case input
        /// They lead out of one input unit: columns of a matrix [out, in].
        case output
    }

    /// One parameter; a vector is one of its rows or one of its columns.
    private struct Part {
        /// Place of the first element in the set's block.
        let offset: Int
        let rowCount: Int
        let columnCount: Int
        let cutsRows: Bool
        let firstVector: Int

        var vectorCount: Int { cutsRows ? rowCount : columnCount }
    }

    private let parts: [Part]
    package let vectorCount: Int

    /// - Parameters:
    ///   - shapes: of all parameters, in the order of their block; at most two dimensions.
    ///   - inputByOutput: matrices stored [in, out]; all others are taken as [out, in], embeddings
    ///     [vocabulary, width] too: a row for each token.
    package init(
        _ shapes: [ParameterShape], inputByOutput: Set<String> = [], aggregation: Aggregation
    ) {
        var parts: [Part] = []
        var offset = 0
        var vectorCount = 0
        for shape in shapes {
            let isMatrix = shape.shape.count > 1
            let columnCount = shape.shape.last ?? 1
            let isTransposed = inputByOutput.contains(shape.name)
            let part = Part(
                offset: offset, rowCount: shape.count / max(1, columnCount),
                columnCount: columnCount,
                cutsRows: !isMatrix || (aggregation == .input) != isTransposed,
                firstVector: vectorCount)
            parts.append(part)
            offset += shape.count
            vectorCount += part.vectorCount
        }
        self.parts = parts
        self.vectorCount = vectorCount
    }

    /// The cosine between two gradients of the set in every vector.
    ///
    /// A vector without a second gradient has none (nil): stepping there would change nothing. One
    /// without a first gradient has 0, as `torch.nn.functional.cosine_similarity` gives.
    /// - Parameters: both of the length of the set's block.
    package func cosines(_ first: Tensor, _ second: Tensor) -> [Double?] {
        var products = [Double](repeating: 0, count: vectorCount)
        var firstSquares = products
        var secondSquares = products
        for part in parts {
            for row in 0..<part.rowCount {
                for column in 0..<part.columnCount {
                    let element = part.offset + row * part.columnCount + column
                    let vector = part.firstVector + (part.cutsRows ? row : column)
                    let (a, b) = (Double(first.pointer[element]), Double(second.pointer[element]))
                    products[vector] += a * b
                    firstSquares[vector] += a * a
                    secondSquares[vector] += b * b
                }
            }
        }
        return (0..<vectorCount).map { vector in
            guard secondSquares[vector] > 0 else { return nil }
            guard firstSquares[vector] > 0 else { return 0 }
            return products[vector]
                / (firstSquares[vector].squareRoot() * secondSquares[vector].squareRoot())
        }
    }

    /// The `count` vectors with the lowest cosines, fewer if not as many have one; of equal ones those
    /// that come first. In the order of their cosines.
    package static func lowest(_ cosines: [Double?], count: Int) -> [Int] {
        let ordered = cosines.enumerated().compactMap { vector, cosine in
            cosine.map { (vector: vector, cosine: $0) }
        }.sorted { ($0.cosine, $0.vector) < ($1.cosine, $1.vector) }
        return ordered.prefix(count).map(\.vector)
    }

    /// Sets a gradient to zero outside these vectors.
    package func keep(only vectors: [Int], in gradients: Tensor) {
        var isKept = [Bool](repeating: false, count: vectorCount)
        for vector in vectors { isKept[vector] = true }
        for part in parts {
            for row in 0..<part.rowCount {
                for column in 0..<part.columnCount
                where !isKept[part.firstVector + (part.cutsRows ? row : column)] {
                    gradients.pointer[part.offset + row * part.columnCount + column] = 0
                }
            }
        }
    }
}
