/// Element types of GGUF tensors that can be read. Quantised types store blocks of elements with one
/// or two scales (ggml, `ggml-quants.c`); their numbers and sizes are those of ggml's `ggml_type`.
package enum GGUFTensorType: UInt32, Sendable, CaseIterable {
    case f32 = 0
    case f16 = 1
    case q40 = 2
    case q41 = 3
    case q50 = 6
    case q51 = 7
    case q80 = 8
    case q2K = 10
    case q3K = 11
    case q4K = 12
    case q5K = 13
    case q6K = 14
    case f64 = 28
    case bf16 = 30

    /// Elements of one block.
    package var blockElementCount: Int {
        switch self {
        case .f32, .f16, .f64, .bf16: 1
        case .q40, .q41, .q50, .q51, .q80: 32
        case .q2K, .q3K, .q4K, .q5K, .q6K: 256
        }
    }

    /// Bytes of one block.
    package var blockByteCount: Int {
        switch self {
        case .f32: 4
        case .f16, .bf16: 2
        case .f64: 8
        case .q40: 18
        case .q41: 20
        case .q50: 22
        case .q51: 24
        case .q80: 34
        case .q2K: 84
        case .q3K: 110
        case .q4K: 144
        case .q5K: 176
        case .q6K: 210
        }
    }

    /// As it is written in GGUF file names, e.g. `Q4_K`.
    package var name: String {
        let name = "\(self)".uppercased()
        return name.hasPrefix("Q") ? "\(name.prefix(2))_\(name.dropFirst(2))" : name
    }

    /// The type a tensor is written back with: quantised weights are not quantised again.
    package var safetensorsType: Safetensors.ElementType {
        switch self {
        case .f16: .f16
        case .bf16: .bf16
        case .f64: .f64
        default: .f32
        }
    }

    /// Names of ggml's other types, for messages.
    static let unreadNames: [UInt32: String] = [
        9: "Q8_1", 15: "Q8_K", 16: "IQ2_XXS", 17: "IQ2_XS", 18: "IQ3_XXS", 19: "IQ1_S",
        20: "IQ4_NL", 21: "IQ3_S", 22: "IQ2_S", 23: "IQ4_XS", 24: "I8", 25: "I16", 26: "I32",
        27: "I64", 29: "IQ1_M", 34: "TQ1_0", 35: "TQ2_0", 39: "MXFP4", 40: "NVFP4",
    ]
}
