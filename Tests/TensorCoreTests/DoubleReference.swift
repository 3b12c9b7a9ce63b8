import Foundation
import TensorCore

/// The formulas of the tape's operations in double precision, written out without regard to speed.
enum DoubleReference {
    /// `x W' + b`, W as stored in `layout`.
    static func linear(
        _ x: [Double], _ w: [Double], _ b: [Double]?, input: Int, output: Int,
        layout: Tape.WeightLayout
    ) -> [Double] {
        let tokens = x.count / input
        var y = Array(repeating: 0.0, count: tokens * output)
        for token in 0..<tokens {
            for out in 0..<output {
                var sum = b?[out] ?? 0
                for k in 0..<input {
                    let place = layout == .outputByInput ? out * input + k : k * output + out
                    sum += x[token * input + k] * w[place]
                }
                y[token * output + out] = sum
            }
        }
        return y
    }

    static func embedding(
        _ ids: [Int32], _ table: [Double], _ positions: [Int32], _ positionTable: [Double],
        width: Int
    ) -> [Double] {
        zip(ids, positions).flatMap { id, position in
            (0..<width).map {
                table[Int(id) * width + $0] + positionTable[Int(position) * width + $0]
            }
        }
    }

    static func rmsNorm(_ x: [Double], _ w: [Double], epsilon: Double) -> [Double] {
        rows(x, width: w.count).flatMap { row in
            let meanSquare = row.reduce(0) { $0 + $1 * $1 } / Double(w.count)
            let root = (meanSquare + epsilon).squareRoot()
            return zip(row, w).map { $0 / root * $1 }
        }
    }

    static func layerNorm(
        _ x: [Double], _ w: [Double], _ b: [Double], epsilon: Double
    ) -> [Double] {
        rows(x, width: w.count).flatMap { row in
            let mean = row.reduce(0, +) / Double(w.count)
            let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(w.count)
            let root = (variance + epsilon).squareRoot()
            return w.indices.map { (row[$0] - mean) / root * w[$0] + b[$0] }
        }
    }

    static func rotary(
        _ x: [Double], width: Int, headWidth: Int, positions: [Int32], frequencies: [Double]
    ) -> [Double] {
        var y = x
        let half = frequencies.count
        for (row, position) in positions.enumerated() {
            for head in 0..<width / headWidth {
                let start = row * width + head * headWidth
                for pair in 0..<half {
                    let angle = Double(position) * frequencies[pair]
                    let (a, b) = (x[start + pair], x[start + half + pair])
                    y[start + pair] = a * cos(angle) - b * sin(angle)
                    y[start + half + pair] = b * cos(angle) + a * sin(angle)
                }
            }
        }
        return y
    }

    static func causalAttention(
        _ q: [Double], _ k: [Double], _ v: [Double], shape: AttentionShape,
        sequences: [PackedSequence]
    ) -> [Double] {
        let width = shape.headWidth
        let (qStride, kvStride) = (shape.heads * width, shape.keyValueHeads * width)
        var y = Array(repeating: 0.0, count: q.count)
        for sequence in sequences {
            for head in 0..<shape.heads {
                let group = head / (shape.heads / shape.keyValueHeads)
                for row in sequence.rows {
                    let seen = sequence.prefixes.flatMap { $0 } + (sequence.rows.lowerBound...row)
                    let scores = seen.map { other in
                        (0..<width).reduce(0.0) {
                            $0 + q[row * qStride + head * width + $1]
                                * k[other * kvStride + group * width + $1]
                        } / Double(width).squareRoot()
                    }
                    let weights = softmax(scores)
                    for (weight, other) in zip(weights, seen) {
                        for column in 0..<width {
                            y[row * qStride + head * width + column] +=
                                weight * v[other * kvStride + group * width + column]
                        }
                    }
                }
            }
        }
        return y
    }

    /// Rows of `width` gates and as many values.
    static func swiGLU(_ x: [Double], width: Int) -> [Double] {
        rows(x, width: 2 * width).flatMap { row in
            (0..<width).map { row[$0] / (1 + exp(-row[$0])) * row[width + $0] }
        }
    }

    /// Columns of the heads one after the other, [rows, count * width].
    static func columns(_ x: [Double], of heads: HeadColumns, stride: Int) -> [Double] {
        rows(x, width: stride).flatMap { row in
            (0..<heads.count).flatMap { head in
                (0..<heads.width).map { row[heads.first + head * heads.step + $0] }
            }
        }
    }

    static func gelu(_ x: [Double]) -> [Double] { x.map(gelu) }

    static func gelu(_ x: Double) -> Double {
        x / 2 * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
    }

    static func targetLogProbabilities(
        _ hidden: [Double], _ head: [Double], _ bias: [Double]?, width: Int, rows: [Int],
        targets: [Int32]
    ) -> [Double] {
        zip(rows, targets).map { row, target in
            let logits = (0..<head.count / width).map { word in
                var sum = bias?[word] ?? 0
                for k in 0..<width { sum += hidden[row * width + k] * head[word * width + k] }
                return sum
            }
            let top = logits.reduce(-.infinity, max)
            return logits[Int(target)] - top - log(logits.reduce(0) { $0 + exp($1 - top) })
        }
    }

    static func rows(_ x: [Double], width: Int) -> [[Double]] {
        stride(from: 0, to: x.count, by: width).map { Array(x[$0..<$0 + width]) }
    }

    private static func softmax(_ scores: [Double]) -> [Double] {
        let top = scores.reduce(-.infinity, max)
        let weights = scores.map { exp($0 - top) }
        let total = weights.reduce(0, +)
        return weights.map { $0 / total }
    }
}
