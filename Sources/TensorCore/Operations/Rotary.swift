import Foundation

/// Cosines and sines of rotary position embedding (Su et al. 2021), for `rotaryWidth` of each head's
/// dimensions, in the half-split form of Hugging Face: dimension i turns with i + rotaryWidth / 2.
package final class RotaryTable: Sendable {
    package let rotaryWidth: Int
    package let positionCount: Int
    /// [positionCount, rotaryWidth / 2] each.
    fileprivate let cosines: Tensor
    fileprivate let sines: Tensor

    /// - Parameter inverseFrequencies: one angle per position step for each of rotaryWidth / 2 pairs.
    package init(inverseFrequencies: [Double], positionCount: Int) {
        let half = inverseFrequencies.count
        rotaryWidth = 2 * half
        self.positionCount = positionCount
        cosines = Tensor([positionCount, half])
        sines = Tensor([positionCount, half])
        for position in 0..<positionCount {
            for (pair, frequency) in inverseFrequencies.enumerated() {
                // The reference multiplies in float32 before taking cosine and sine.
                let angle = Double(Float(position) * Float(frequency))
                cosines.pointer[position * half + pair] = Float(cos(angle))
                sines.pointer[position * half + pair] = Float(sin(angle))
            }
        }
    }
}

extension Tape {
    /// Rotates heads of x [tokens, ...] by their token's position; other columns stay as they are.
    ///
    /// Backward rotates the gradient the other way. Works in place: the value of `x` itself is not
    /// needed by the backward of the linear operation that made it.
    package func rotary(
        _ x: Activation, heads: [HeadColumns], positions: [Int32], table: RotaryTable
    ) -> Activation {
        let y = Activation(x.value)
        rotate(x.value, heads: heads, positions: positions, table: table, sign: 1, pool: pool)
        let (dx, slope) = (x.slope, y.slope)
        record { [pool] in
            guard let dy = slope.gradient else { return }
            rotate(dy, heads: heads, positions: positions, table: table, sign: -1, pool: pool)
            dx.addOrAdopt(dy, pool: pool)
        }
        return y
    }
}

private func rotate(
    _ tensor: Tensor, heads: [HeadColumns], positions: [Int32], table: RotaryTable, sign: Float,
    pool: WorkerPool
) {
    let half = table.rotaryWidth / 2
    let matrices = heads.map { (HeadMatrix(tensor, $0), $0.count) }
    pool.forRanges(positions.count, minimum: max(2, 8_192 / max(1, tensor.width))) { rows in
        for row in rows {
            let cosine = table.cosines.pointer + Int(positions[row]) * half
            let sine = table.sines.pointer + Int(positions[row]) * half
            for (matrix, count) in matrices {
                for head in 0..<count {
                    let first = matrix[row, head]
                    let second = first + half
                    for i in 0..<half {
                        let a = first[i]
                        let b = second[i]
                        let s = sign * sine[i]
                        first[i] = a * cosine[i] - b * s
                        second[i] = b * cosine[i] + a * s
                    }
                }
            }
        }
    }
}
