import Domain
import TensorCore

/// A model that can be stored with fewer bits a weight.
package protocol RoundableModel: ScoringModel {
    /// A copy whose weights are what rounding leaves of them; the receiver does not change.
    /// - Parameters:
    ///   - bits: 2 ... 8.
    ///   - group: inputs of one output that share a step size, 1 or more; nil for all of them.
    /// - Throws: `unsupported-rounding`.
    func rounded(bits: Int, group: Int?) throws -> any ScoringModel
}

extension ModelErrorCode {
    package static let unsupportedRounding = ModelErrorCode(rawValue: "unsupported-rounding")
}

/// Symmetric rounding to the nearest of `2^bits - 1` steps between -absmax and absmax.
///
/// ```
/// step = max |w| / (2^(bits-1) - 1)        for each group; float32
/// w'   = round(w / step) step              halves to even
/// ```
/// The scheme of weight-only int8 and int4 without calibration data (round-to-nearest, the baseline of
/// Frantar et al. 2023, arXiv 2210.17323). Steps stay float32, where stores often keep float16.
package struct WeightRounding: Sendable, Equatable {
    package let bits: Int
    package let group: Int?

    /// - Throws: `unsupported-rounding` for bits outside 2 ... 8 or a group below 1.
    package init(bits: Int, group: Int?) throws {
        guard (2...8).contains(bits), group ?? 1 >= 1 else {
            throw ModelError(
                .unsupportedRounding,
                "Weights cannot be rounded to \(bits) bits in groups of \(group ?? 0).",
                remedy: "Use 2 to 8 bits, and groups of 1 or more weights.")
        }
        self.bits = bits
        self.group = group
    }

    /// Rounds one group of values, `stride` apart, in place. Zeros stay zeros, and what is not a
    /// finite number makes its whole group none.
    private func round(_ values: UnsafeMutablePointer<Float>, count: Int, stride: Int) {
        var largest: Float = 0
        for index in 0..<count {
            let size = abs(values[index * stride])
            if size > largest || !size.isFinite { largest = size }
            if !size.isFinite { break }
        }
        guard largest != 0 else { return }
        let step = largest.isFinite ? largest / Float((1 << (bits - 1)) - 1) : .nan
        for index in 0..<count {
            let place = index * stride
            // Steps of the smallest numbers there are vanish.
            values[place] = step == 0 ? 0 : (values[place] / step).rounded(.toNearestOrEven) * step
        }
    }

    /// Rounds a matrix in place.
    /// - Parameter layout: which of its two dimensions the inputs are.
    package func round(_ matrix: Tensor, layout: Tape.WeightLayout = .outputByInput) {
        guard matrix.shape.count == 2 else { return }
        let (rows, columns) = (matrix.shape[0], matrix.shape[1])
        let (outputs, inputs) = layout == .outputByInput ? (rows, columns) : (columns, rows)
        let group = min(group ?? inputs, inputs)
        for output in 0..<outputs {
            for start in Swift.stride(from: 0, to: inputs, by: max(1, group)) {
                let count = min(group, inputs - start)
                switch layout {
                case .outputByInput:
                    round(matrix.pointer + output * columns + start, count: count, stride: 1)
                case .inputByOutput:
                    round(matrix.pointer + start * columns + output, count: count, stride: columns)
                }
            }
        }
    }
}

extension LanguageModel: RoundableModel {
    /// Rounds every weight of two dimensions: the linear operations, the embeddings, the tables of
    /// positions and the head. Norms and biases stay as they are, as in every such store.
    package func rounded(bits: Int, group: Int?) throws -> any ScoringModel {
        try rounded(WeightRounding(bits: bits, group: group))
    }

    /// The same, with its type.
    func rounded(_ rounding: WeightRounding) -> LanguageModel {
        let copy = copy()
        let layouts = Dictionary(
            architecture.linearWeights.map { ($0.name, $0.layout) },
            uniquingKeysWith: { first, _ in first })
        for parameter in copy.parameters.parameters {
            rounding.round(parameter.value, layout: layouts[parameter.name] ?? .outputByInput)
        }
        return copy
    }
}

extension EnsembleModel: RoundableModel {
    /// Each member rounded by itself, as it is stored by itself.
    package func rounded(bits: Int, group: Int?) throws -> any ScoringModel {
        let rounding = try WeightRounding(bits: bits, group: group)
        return try EnsembleModel(members.map { $0.rounded(rounding) })
    }
}
