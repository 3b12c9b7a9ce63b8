import TensorCore

/// The inverse of a damped empirical Fisher matrix `F = lambda I + (1/m) sum g_i g_i'` of m gradients,
/// kept only in blocks along the diagonal: weights of different blocks count as independent.
///
/// As in the second-order pruner oBERT (Kurtic et al. 2022, arXiv 2203.07259): every parameter's weights
/// are cut, in order, into blocks of b (a last one may be smaller), each with its own inverse, which begins
/// as `I / lambda` and takes up one gradient after another by Sherman and Morrison's formula:
/// `u = Finv g; Finv -= u u' / (m + g'u)`. b = 1 is the diagonal Fisher.
///
/// Memory: 8 d b bytes for d weights. In double precision: every gradient takes away most of what is left in
/// its direction, and with a small damping single precision would lose all digits, and with them the sign.
package final class BlockFisher {
    private struct Block {
        /// Place of the first weight in the set's block of values.
        let offset: Int
        /// Weights, 1 ... b.
        let count: Int
    }

    package let blockSize: Int
    /// Weights that have a block.
    package let weightCount: Int
    private let blocks: [Block]
    private let gradientCount: Int
    /// [blocks, b, b]; of a smaller block only the first rows and columns are used.
    private let inverses: UnsafeMutablePointer<Double>

    /// Most memory the blocks may take, bytes: 1 GiB.
    package static let byteLimit = 1 << 30

    package static func byteCount(weights: Int, blockSize: Int) -> Int {
        weights * blockSize * MemoryLayout<Double>.stride
    }

    /// - Parameters:
    ///   - shapes: of all parameters, in the order of their block.
    ///   - includes: which parameters have blocks, by name.
    ///   - blockSize: b, 1 or more. - damping: lambda, above 0.
    ///   - gradientCount: m, how many gradients will be added.
    package init(
        _ shapes: [ParameterShape], includes: (String) -> Bool, blockSize: Int, damping: Double,
        gradientCount: Int
    ) {
        var blocks: [Block] = []
        var offset = 0
        var weightCount = 0
        for shape in shapes {
            if includes(shape.name) {
                for start in stride(from: 0, to: shape.count, by: blockSize) {
                    blocks.append(
                        Block(offset: offset + start, count: min(blockSize, shape.count - start)))
                }
                weightCount += shape.count
            }
            offset += shape.count
        }
        self.blocks = blocks
        self.blockSize = blockSize
        self.weightCount = weightCount
        self.gradientCount = gradientCount
        let size = blockSize * blockSize
        inverses = .allocate(capacity: max(1, blocks.count * size))
        inverses.initialize(repeating: 0, count: blocks.count * size)
        for block in blocks.indices {
            for index in 0..<blockSize {
                inverses[block * size + index * (blockSize + 1)] = 1 / damping
            }
        }
    }

    deinit { inverses.deallocate() }

    /// Takes up one gradient.
    /// - Parameter gradient: one number for each weight of the set.
    package func add(_ gradient: Tensor) {
        let m = Double(gradientCount)
        forBlocks { block, inverse, scratch in
            let g = scratch
            let u = scratch + blockSize
            var isZero = true
            for index in 0..<block.count {
                g[index] = Double(gradient.pointer[block.offset + index])
                isZero = isZero && g[index] == 0
            }
            if isZero { return }
            multiply(inverse, g, block.count, into: u)
            var product = m
            for index in 0..<block.count { product += g[index] * u[index] }
            for row in 0..<block.count {
                let factor = u[row] / product
                let line = inverse + row * blockSize
                for column in 0..<block.count { line[column] -= factor * u[column] }
            }
        }
    }

    /// `F^-1 x`; zero for weights without a block.
    /// - Parameter x: one number for each weight of the set.
    package func inverse(times x: Tensor) -> Tensor {
        let result = Tensor.zeros(x.shape)
        forBlocks { block, inverse, scratch in
            for index in 0..<block.count {
                scratch[index] = Double(x.pointer[block.offset + index])
            }
            multiply(inverse, scratch, block.count, into: scratch + blockSize)
            for index in 0..<block.count {
                result.pointer[block.offset + index] = Float(scratch[blockSize + index])
            }
        }
        return result
    }

    /// `F^-1/4 x`, by the eigenvalues of each block; zero for weights without one.
    /// - Parameter x: one number for each weight of the set.
    package func inverseFourthRoot(times x: Tensor) -> Tensor {
        let result = Tensor.zeros(x.shape)
        WorkerPool.shared.forRanges(blocks.count) { range in
            var eigen = SymmetricEigen(size: blockSize)
            let scratch = UnsafeMutablePointer<Double>.allocate(capacity: 2 * blockSize)
            scratch.initialize(repeating: 0, count: 2 * blockSize)
            defer { scratch.deallocate() }
            for index in range {
                let block = blocks[index]
                eigen.decompose(inverses + index * blockSize * blockSize)
                // Weights that a smaller block lacks are 0 here and independent of the others.
                for place in 0..<blockSize {
                    scratch[place] =
                        place < block.count ? Double(x.pointer[block.offset + place]) : 0
                }
                // Rounding may leave an eigenvalue that should be nearly 0 below it.
                eigen.apply(
                    { max(0, $0).squareRoot().squareRoot() }, to: scratch, scratch + blockSize)
                for place in 0..<block.count {
                    result.pointer[block.offset + place] = Float(scratch[blockSize + place])
                }
            }
        }
        return result
    }

    /// Runs `body` for every block, divided over the threads, with 2 b numbers of scratch memory.
    private func forBlocks(
        _ body: (
            _ block: Block, _ inverse: UnsafeMutablePointer<Double>,
            _ scratch: UnsafeMutablePointer<Double>
        ) -> Void
    ) {
        WorkerPool.shared.forRanges(blocks.count) { range in
            let scratch = UnsafeMutablePointer<Double>.allocate(capacity: 2 * blockSize)
            scratch.initialize(repeating: 0, count: 2 * blockSize)
            defer { scratch.deallocate() }
            for index in range {
                body(blocks[index], inverses + index * blockSize * blockSize, scratch)
            }
        }
    }

    /// `y = A x` for the first `count` rows and columns.
    private func multiply(
        _ matrix: UnsafePointer<Double>, _ x: UnsafePointer<Double>, _ count: Int,
        into y: UnsafeMutablePointer<Double>
    ) {
        for row in 0..<count {
            var sum = 0.0
            for column in 0..<count { sum += matrix[row * blockSize + column] * x[column] }
            y[row] = sum
        }
    }
}
