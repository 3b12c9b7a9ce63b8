import TensorCore

/// The parameters of a model in the order of its file, under their names in the checkpoint.
struct ParameterList {
    /// Standard deviation of initial weights unless told otherwise.
    let standardDeviation: Float
    private(set) var shapes: [ParameterShape] = []

    init(standardDeviation: Float) { self.standardDeviation = standardDeviation }

    /// `name.weight` of this shape, without bias.
    mutating func matrix(_ name: String, _ shape: [Int]) {
        shapes.append(
            ParameterShape(
                name + ".weight", shape, .normal(standardDeviation: standardDeviation)))
    }

    /// `name.weight` and, where it has one, `name.bias` of zeros.
    mutating func linear(
        _ name: String, from input: Int, to output: Int, hasBias: Bool,
        layout: Tape.WeightLayout = .outputByInput, standardDeviation: Float? = nil
    ) {
        shapes.append(
            ParameterShape(
                name + ".weight", layout == .outputByInput ? [output, input] : [input, output],
                .normal(standardDeviation: standardDeviation ?? self.standardDeviation)))
        if hasBias { bias(name, output) }
    }

    /// Linear operations on the same input, weights [out, in]: all weights and then all biases, so that
    /// the weights are one matrix.
    mutating func linears(_ parts: [(name: String, output: Int)], from input: Int, hasBias: Bool) {
        for (name, output) in parts { linear(name, from: input, to: output, hasBias: false) }
        if hasBias { for (name, output) in parts { bias(name, output) } }
    }

    mutating func bias(_ name: String, _ width: Int) {
        shapes.append(ParameterShape(name + ".bias", [width], .constant(0)))
    }

    mutating func rmsNorm(_ name: String, _ width: Int) {
        shapes.append(ParameterShape(name + ".weight", [width], .constant(1)))
    }

    mutating func layerNorm(_ name: String, _ width: Int) {
        rmsNorm(name, width)
        bias(name, width)
    }
}

/// Operations of a tape with parameters given by the name they have in the checkpoint.
///
/// Throws only if the architecture did not declare what it uses.
struct NamedOperations {
    let tape: Tape
    let parameters: ParameterSet

    /// With `name.bias` where there is one.
    func linear(
        _ x: Activation, _ name: String, layout: Tape.WeightLayout = .outputByInput
    ) throws -> Activation {
        tape.linear(
            x, weight: try parameters.required(name + ".weight"),
            bias: parameters[name + ".bias"], layout: layout)
    }

    /// Several operations on the same input, results side by side.
    func linears(_ x: Activation, _ names: [String]) throws -> Activation {
        tape.linear(
            x,
            try names.map {
                LinearParameters(
                    weight: try parameters.required($0 + ".weight"), bias: parameters[$0 + ".bias"])
            })
    }

    func rmsNorm(_ x: Activation, _ name: String, epsilon: Float) throws -> Activation {
        tape.rmsNorm(x, weight: try parameters.required(name + ".weight"), epsilon: epsilon)
    }

    func layerNorm(_ x: Activation, _ name: String, epsilon: Float) throws -> Activation {
        tape.layerNorm(
            x, weight: try parameters.required(name + ".weight"),
            bias: try parameters.required(name + ".bias"), epsilon: epsilon)
    }
}
