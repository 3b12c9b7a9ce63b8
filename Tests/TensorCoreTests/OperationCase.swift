import TensorCore
import Testing

/// An operation of the tape beside the same formula in double precision.
struct OperationCase: Sendable, CustomTestStringConvertible {
    let name: String
    /// Shapes of the inputs that are activations.
    let activations: [[Int]]
    /// Shapes of the inputs that are parameters.
    let parameters: [[Int]]
    let run: @Sendable (Tape, [Activation], [Parameter]) -> Activation
    let reference: @Sendable (_ activations: [[Double]], _ parameters: [[Double]]) -> [Double]

    var testDescription: String { name }

    /// What every parameter's gradient holds beforehand; operations must add to it.
    static let startingGradient: Float = 0.5

    /// Standard normal values, the same in every run.
    var inputs: Inputs {
        func values(_ shapes: [[Int]], _ kind: String) -> [[Float]] {
            shapes.enumerated().map { index, shape in
                var random = RandomNumbers(seed: 3, stream: "\(name) \(kind) \(index)")
                return (0..<shape.reduce(1, *)).map { _ in random.normal() }
            }
        }
        return Inputs(
            activations: values(activations, "activation"),
            parameters: values(parameters, "parameter"))
    }

    /// Forward and backward from the loss `sum seed(i) y(i)`.
    func evaluate(_ inputs: Inputs, pool: WorkerPool = .shared) -> Evaluation {
        let tape = Tape(pool: pool)
        let leaves = zip(activations, inputs.activations).map {
            tape.constant(Tensor($0, values: $1))
        }
        let weights = zip(parameters, inputs.parameters).map { shape, values in
            let parameter = Parameter(name: "w", value: Tensor(shape, values: values))
            parameter.gradient.fill(Self.startingGradient)
            return parameter
        }
        let output = run(tape, leaves, weights)
        let values = output.value.values
        tape.backward(
            from: output, seed: Tensor([values.count], values: Self.seed(values.count)))
        return Evaluation(
            output: values,
            gradients: leaves.map { $0.gradient?.values ?? [] }
                + weights.map { $0.gradient.values.map { $0 - Self.startingGradient } },
            bits: (leaves.compactMap(\.gradient) + weights.map(\.gradient)).flatMap {
                $0.values.map(\.bitPattern)
            } + values.map(\.bitPattern))
    }

    static func seed(_ count: Int) -> [Float] {
        var random = RandomNumbers(seed: 11, stream: "seed")
        return (0..<count).map { _ in random.normal() }
    }
}

/// Values of an operation's inputs; exact in both precisions.
struct Inputs {
    var activations: [[Float]]
    var parameters: [[Float]]

    var all: [[Double]] { (activations + parameters).map { $0.map(Double.init) } }
}

/// Results of one forward and backward pass.
struct Evaluation {
    let output: [Float]
    /// Of activations, then of parameters.
    let gradients: [[Float]]
    /// All results as bit patterns.
    let bits: [UInt32]
}

extension OperationCase {
    /// The loss in double precision at `all`: activations, then parameters.
    func referenceLoss(_ all: [[Double]]) -> Double {
        let cut = activations.count
        let output = reference(Array(all[..<cut]), Array(all[cut...]))
        return zip(output, Self.seed(output.count)).reduce(0) { $0 + $1.0 * Double($1.1) }
    }
}

/// Thread pools of the tests; made once, for their threads live as long as the process.
enum Pools {
    static let one = WorkerPool(threadCount: 1)
    static let three = WorkerPool(threadCount: 3)
    static let all = [one, three, WorkerPool(threadCount: 2), WorkerPool(threadCount: 7)]
}
