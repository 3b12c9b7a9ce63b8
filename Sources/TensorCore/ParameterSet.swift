import Domain

/// What a parameter holds before training.
package enum Initialization: Sendable, Equatable {
    case normal(standardDeviation: Float)
    case constant(Float)
}

/// Name, shape and start of one parameter.
package struct ParameterShape: Sendable, Equatable {
    package let name: String
    package let shape: [Int]
    package let initialization: Initialization

    package init(_ name: String, _ shape: [Int], _ initialization: Initialization) {
        self.name = name
        self.shape = shape
        self.initialization = initialization
    }

    package var count: Int { shape.reduce(1, *) }
}

/// All parameters of a model, in one contiguous block of values and one of gradients, so that the
/// optimiser, clipping, checkpoints and weight arithmetic each are one loop.
package final class ParameterSet: @unchecked Sendable {
    package let shapes: [ParameterShape]
    package let parameters: [Parameter]
    /// [count of all], in the order of `shapes`.
    package let values: Tensor
    private let gradientBlock: GradientBlock
    private let places: [String: Int]

    /// Values are undefined until initialised or loaded; gradients are zero.
    package init(_ shapes: [ParameterShape]) {
        self.shapes = shapes
        let total = shapes.reduce(0) { $0 + $1.count }
        let values = Tensor([total])
        let block = GradientBlock(count: total)
        self.values = values
        gradientBlock = block
        var offset = 0
        parameters = shapes.map { shape in
            defer { offset += shape.count }
            return Parameter(
                name: shape.name,
                value: Tensor(viewing: values, offset: offset, shape: shape.shape),
                gradients: block, offset: offset)
        }
        places = Dictionary(
            uniqueKeysWithValues: shapes.enumerated().map { ($0.element.name, $0.offset) })
    }

    /// [count of all]; memory is taken when it is first asked for.
    package var gradients: Tensor { gradientBlock.tensor }

    /// Whether backward computes gradients of these parameters. Frozen ones take no memory for them.
    package var isTrainable: Bool {
        get { gradientBlock.isTrainable }
        set { gradientBlock.isTrainable = newValue }
    }

    package var count: Int { values.count }

    /// No value is infinite or not a number.
    package var isFinite: Bool {
        // Zero times anything finite is zero.
        var sum: Float = 0
        for index in 0..<values.count { sum += values.pointer[index] * 0 }
        return sum == 0
    }

    package subscript(name: String) -> Parameter? { places[name].map { parameters[$0] } }

    /// The parameter the architecture itself declared.
    /// - Throws: `shape-mismatch` if there is none; a defect of the architecture.
    package func required(_ name: String) throws -> Parameter {
        guard let parameter = self[name] else {
            throw TensorError(.shapeMismatch, "The architecture has no parameter \(name).")
        }
        return parameter
    }

    /// Fills every parameter from its own random stream, so that a parameter's start depends on the
    /// seed and its name alone.
    package func initialize(seed: UInt64) {
        for (shape, parameter) in zip(shapes, parameters) {
            switch shape.initialization {
            case .constant(let value): parameter.value.fill(value)
            case .normal(let standardDeviation):
                var random = RandomNumbers(seed: seed, stream: shape.name)
                for index in 0..<parameter.value.count {
                    parameter.value.pointer[index] = random.normal() * standardDeviation
                }
            }
        }
    }

    package func zeroGradients() { gradientBlock.zero() }

    /// A set with the same shapes and values and gradients of its own.
    package func copy() -> ParameterSet {
        let other = ParameterSet(shapes)
        other.values.assign(values)
        return other
    }

    /// Scales gradients so that their Euclidean norm is at most `limit`; returns the norm before.
    @discardableResult
    package func clipGradients(to limit: Float) -> Float {
        // Blocks of fixed size, added in order: the sum does not depend on the thread count.
        let block = 65_536
        var total = 0.0
        var start = 0
        while start < gradients.count {
            let count = min(block, gradients.count - start)
            let pointer = gradients.pointer + start
            total += Double(dot(pointer, pointer, count))
            start += count
        }
        let norm = Float(total.squareRoot())
        if norm > limit {
            // 1e-6 as in torch.nn.utils.clip_grad_norm_.
            scale(gradients.pointer, gradients.count, by: limit / (norm + 1e-6))
        }
        return norm
    }
}
