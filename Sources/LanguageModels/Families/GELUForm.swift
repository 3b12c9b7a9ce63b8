import TensorCore

/// Which of GELU's two forms a model computes.
enum GELUForm {
    /// By the error function; `gelu` in Hugging Face.
    case exact
    /// By tanh; `gelu_new`, `gelu_pytorch_tanh` and `gelu_fast`, which round differently only.
    case tanh

    private static let names: [(String, GELUForm)] = [
        ("gelu", .exact), ("gelu_new", .tanh), ("gelu_pytorch_tanh", .tanh), ("gelu_fast", .tanh),
    ]

    /// - Throws: `unsupported-model` for any other activation.
    init(_ configuration: Configuration, key: String, default fallback: String) throws {
        let name = try configuration.text(key, default: fallback)
        guard let form = Self.names.first(where: { $0.0 == name })?.1 else {
            throw configuration.unsupported(
                key, name, supported: Self.names.map(\.0).joined(separator: ", "))
        }
        self = form
    }

    func applied(to x: Activation, on tape: Tape) -> Activation {
        switch self {
        case .exact: tape.exactGELU(x)
        case .tanh: tape.gelu(x)
        }
    }
}
