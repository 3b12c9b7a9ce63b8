import Domain
import TensorCore

/// GPT-2 (Radford et al. 2019): LayerNorm before each half, learned positions, GELU (tanh form),
/// head tied to the embedding. Names as in Hugging Face `GPT2LMHeadModel`, with or without the
/// prefix `transformer.`; linear weights are stored [in, out].
package struct GPT2: DecoderArchitecture {
    package static let family = ModelFamily(
        id: "gpt2", title: "GPT-2", modelType: "gpt2",
        make: { configuration, names in
            // OpenAI's own checkpoints carry no prefix.
            let prefix = names.contains("wte.weight") ? "" : "transformer."
            return try GPT2(configuration, prefix: prefix)
        })

    package let familyID = "gpt2"
    package let vocabularySize: Int
    package let maximumPositions: Int
    package let layerCount: Int
    private let prefix: String
    private let width: Int
    private let feedForwardWidth: Int
    private let attention: AttentionShape
    private let epsilon: Float
    private let standardDeviation: Float

    init(_ configuration: Configuration, prefix: String) throws {
        try configuration.require(
            "activation_function", oneOf: ["gelu_new", "gelu_pytorch_tanh"], default: "gelu_new")
        for (key, expected) in [
            ("scale_attn_by_inverse_layer_idx", false), ("reorder_and_upcast_attn", false),
            ("scale_attn_weights", true), ("tie_word_embeddings", true),
            ("add_cross_attention", false),
        ] where try configuration.boolean(key, default: expected) != expected {
            throw configuration.unsupported(key, "\(!expected)", supported: "\(expected)")
        }
        self.prefix = prefix
        vocabularySize = try configuration.integer("vocab_size")
        maximumPositions = try configuration.integer("n_positions", default: 1_024)
        layerCount = try configuration.integer("n_layer", in: 1...1_000)
        width = try configuration.integer("n_embd")
        feedForwardWidth = try configuration.integer("n_inner", default: 4 * width)
        let heads = try configuration.integer("n_head", in: 1...1_024)
        guard width % heads == 0 else {
            throw configuration.failure("must divide n_embd (\(width))", key: "n_head")
        }
        attention = AttentionShape(heads: heads, keyValueHeads: heads, headWidth: width / heads)
        epsilon = Float(try configuration.real("layer_norm_epsilon", default: 1e-5))
        standardDeviation = Float(try configuration.real("initializer_range", default: 0.02))
    }

    package var keyValueWidth: Int { width }
    package var headName: String { prefix + "wte.weight" }

    package func ignores(tensorNamed name: String) -> Bool {
        // Causal masks that old checkpoints carry along, and the tied head.
        name.hasSuffix(".attn.bias") || name.hasSuffix(".attn.masked_bias")
            || name == "lm_head.weight"
    }

    package var parameterShapes: [ParameterShape] {
        let normal = Initialization.normal(standardDeviation: standardDeviation)
        // Residual projections start smaller by sqrt(2 layers), as in the original.
        let residual = Initialization.normal(
            standardDeviation: standardDeviation / Float(2 * layerCount).squareRoot())
        var shapes: [ParameterShape] = []
        func add(_ name: String, _ shape: [Int], _ start: Initialization) {
            shapes.append(ParameterShape(prefix + name, shape, start))
        }
        func norm(_ name: String) {
            add(name + ".weight", [width], .constant(1))
            add(name + ".bias", [width], .constant(0))
        }
        func linear(_ name: String, _ input: Int, _ out: Int, _ start: Initialization) {
            add(name + ".weight", [input, out], start)
            add(name + ".bias", [out], .constant(0))
        }
        add("wte.weight", [vocabularySize, width], normal)
        add("wpe.weight", [maximumPositions, width], normal)
        for layer in 0..<layerCount {
            norm("h.\(layer).ln_1")
            linear("h.\(layer).attn.c_attn", width, 3 * width, normal)
            linear("h.\(layer).attn.c_proj", width, width, residual)
            norm("h.\(layer).ln_2")
            linear("h.\(layer).mlp.c_fc", width, feedForwardWidth, normal)
            linear("h.\(layer).mlp.c_proj", feedForwardWidth, width, residual)
        }
        norm("ln_f")
        return shapes
    }

    package func hiddenStates(
        of batch: PackedBatch, parameters: ParameterSet, tape: Tape, caches: [KeyValueCache]?
    ) throws -> Activation {
        func linear(_ x: Activation, _ name: String) throws -> Activation {
            tape.linear(
                x, weight: try parameters.required(prefix + name + ".weight"),
                bias: try parameters.required(prefix + name + ".bias"), layout: .inputByOutput)
        }
        func norm(_ x: Activation, _ name: String) throws -> Activation {
            tape.layerNorm(
                x, weight: try parameters.required(prefix + name + ".weight"),
                bias: try parameters.required(prefix + name + ".bias"), epsilon: epsilon)
        }
        var x = tape.embedding(
            batch.ids, table: try parameters.required(prefix + "wte.weight"),
            positions: batch.positions,
            positionTable: try parameters.required(prefix + "wpe.weight"))
        for layer in 0..<layerCount {
            let fused = try linear(try norm(x, "h.\(layer).ln_1"), "h.\(layer).attn.c_attn")
            let parts = tape.split(fused, into: 3)
            let mixed = tape.causalAttention(
                query: parts[0], key: parts[1], value: parts[2], shape: attention,
                sequences: batch.sequences, cache: caches?[layer])
            x = tape.add(x, try linear(mixed, "h.\(layer).attn.c_proj"))
            let inner = tape.gelu(
                try linear(try norm(x, "h.\(layer).ln_2"), "h.\(layer).mlp.c_fc"))
            x = tape.add(x, try linear(inner, "h.\(layer).mlp.c_proj"))
        }
        return try norm(x, "ln_f")
    }
}
