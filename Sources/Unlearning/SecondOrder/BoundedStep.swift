import LanguageModels
import TensorCore

/// Steps straight on a model's weights, without an optimiser, none longer than a share of the weights'
/// own Euclidean length.
struct BoundedStep {
    static func parameter(_ share: Double, source: String) -> ParameterDescription {
        ParameterDescription(
            "step-norm", share, in: 1e-6...1,
            "longest step, as a share of the Euclidean length of all weights", source: source)
    }

    /// Longest step, in the unit of the weights.
    let longest: Double

    /// - Parameter share: of the length of `weights`, above 0.
    init(share: Double, of weights: ParameterSet) {
        longest = share * Self.length(of: weights.values)
    }

    /// Adds `factor * direction` to the weights, shortened where it is too long.
    /// - Parameter direction: one number for each weight, in the order of the set.
    /// - Returns: by what the step was multiplied to shorten it, 1 for not at all.
    /// - Throws: `diverged` where the direction holds something infinite or not a number.
    @discardableResult
    func add(_ direction: Tensor, times factor: Double, to weights: ParameterSet) throws -> Double {
        let length = abs(factor) * Self.length(of: direction)
        guard length.isFinite else {
            throw ModelError(
                .diverged, "The step is no longer a number.",
                remedy: "Choose a smaller step, or a larger damping where the method has one.")
        }
        let shortening = length > longest ? longest / length : 1
        let scale = Float(factor * shortening)
        let values = weights.values
        for index in 0..<values.count {
            values.pointer[index] += scale * direction.pointer[index]
        }
        return shortening
    }

    /// Euclidean length, added up in order in double precision.
    static func length(of values: Tensor) -> Double {
        var sum = 0.0
        for index in 0..<values.count {
            sum += Double(values.pointer[index]) * Double(values.pointer[index])
        }
        return sum.squareRoot()
    }
}
