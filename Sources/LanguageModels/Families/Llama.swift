import Domain
import TensorCore

/// Llama (Touvron et al. 2023): RMSNorm before each half, rotary positions, grouped-query attention,
/// SwiGLU. Names and layout as in Hugging Face `LlamaForCausalLM`.
package struct Llama: DecoderArchitecture {
    package static let family = ModelFamily(
        id: "llama", title: "Llama 1, 2, 3 and models of the same shape", modelType: "llama",
        make: { configuration, _ in try Llama(configuration) })

    package let familyID = "llama"
    package let vocabularySize: Int
    package let maximumPositions: Int
    package let layerCount: Int
    private let width: Int
    private let feedForwardWidth: Int
    private let attention: AttentionShape
    private let epsilon: Float
    private let isTied: Bool
    private let attentionHasBias: Bool
    private let feedForwardHasBias: Bool
    private let standardDeviation: Float
    private let rotary: RotaryTable

    /// Longest rotary table made ahead; a longer `max_position_embeddings` is cut to it.
    private static let longestTable = 32_768

    init(_ configuration: Configuration) throws {
        try configuration.require("hidden_act", oneOf: ["silu"], default: "silu")
        vocabularySize = try configuration.integer("vocab_size")
        maximumPositions = min(
            Self.longestTable, try configuration.integer("max_position_embeddings", default: 2_048))
        layerCount = try configuration.integer("num_hidden_layers", in: 1...1_000)
        width = try configuration.integer("hidden_size")
        feedForwardWidth = try configuration.integer("intermediate_size")
        let heads = try configuration.integer("num_attention_heads", in: 1...1_024)
        let groups = try configuration.integer("num_key_value_heads", default: heads)
        guard heads % groups == 0 else {
            throw configuration.failure(
                "must divide num_attention_heads (\(heads))", key: "num_key_value_heads")
        }
        let headWidth = try configuration.integer("head_dim", default: width / heads)
        guard headWidth % 2 == 0, (2...4_096).contains(headWidth) else {
            throw configuration.failure(
                "(\(headWidth)) must be even and in 2...4096 for rotary positions", key: "head_dim")
        }
        attention = AttentionShape(heads: heads, keyValueHeads: groups, headWidth: headWidth)
        epsilon = Float(try configuration.real("rms_norm_eps", default: 1e-6))
        isTied = try configuration.boolean("tie_word_embeddings", default: false)
        attentionHasBias = try configuration.boolean("attention_bias", default: false)
        feedForwardHasBias = try configuration.boolean("mlp_bias", default: false)
        standardDeviation = Float(try configuration.real("initializer_range", default: 0.02))
        rotary = RotaryTable(
            inverseFrequencies: try rotaryInverseFrequencies(configuration, width: headWidth),
            positionCount: maximumPositions)
    }

    package var keyValueWidth: Int { attention.keyValueHeads * attention.headWidth }
    package var headName: String { isTied ? "model.embed_tokens.weight" : "lm_head.weight" }

    package func ignores(tensorNamed name: String) -> Bool {
        name.hasSuffix(".rotary_emb.inv_freq") || (isTied && name == "lm_head.weight")
    }

    package var parameterShapes: [ParameterShape] {
        let normal = Initialization.normal(standardDeviation: standardDeviation)
        var shapes = [ParameterShape("model.embed_tokens.weight", [vocabularySize, width], normal)]
        func linear(_ name: String, _ out: Int, _ input: Int, _ hasBias: Bool) {
            shapes.append(ParameterShape(name + ".weight", [out, input], normal))
            if hasBias { shapes.append(ParameterShape(name + ".bias", [out], .constant(0))) }
        }
        let queryWidth = attention.heads * attention.headWidth
        for layer in 0..<layerCount {
            let prefix = "model.layers.\(layer)."
            shapes.append(ParameterShape(prefix + "input_layernorm.weight", [width], .constant(1)))
            linear(prefix + "self_attn.q_proj", queryWidth, width, attentionHasBias)
            linear(prefix + "self_attn.k_proj", keyValueWidth, width, attentionHasBias)
            linear(prefix + "self_attn.v_proj", keyValueWidth, width, attentionHasBias)
            linear(prefix + "self_attn.o_proj", width, queryWidth, attentionHasBias)
            shapes.append(
                ParameterShape(prefix + "post_attention_layernorm.weight", [width], .constant(1)))
            linear(prefix + "mlp.gate_proj", feedForwardWidth, width, feedForwardHasBias)
            linear(prefix + "mlp.up_proj", feedForwardWidth, width, feedForwardHasBias)
            linear(prefix + "mlp.down_proj", width, feedForwardWidth, feedForwardHasBias)
        }
        shapes.append(ParameterShape("model.norm.weight", [width], .constant(1)))
        if !isTied {
            shapes.append(ParameterShape("lm_head.weight", [vocabularySize, width], normal))
        }
        return shapes
    }

    package func hiddenStates(
        of batch: PackedBatch, parameters: ParameterSet, tape: Tape, caches: [KeyValueCache]?
    ) throws -> Activation {
        func linear(_ x: Activation, _ name: String) throws -> Activation {
            tape.linear(
                x, weight: try parameters.required(name + ".weight"),
                bias: parameters[name + ".bias"])
        }
        func norm(_ x: Activation, _ name: String) throws -> Activation {
            tape.rmsNorm(x, weight: try parameters.required(name), epsilon: epsilon)
        }
        func rotated(_ x: Activation) -> Activation {
            tape.rotary(
                x, headWidth: attention.headWidth, positions: batch.positions, table: rotary)
        }
        var x = tape.embedding(
            batch.ids, table: try parameters.required("model.embed_tokens.weight"))
        for layer in 0..<layerCount {
            let prefix = "model.layers.\(layer)."
            let normed = try norm(x, prefix + "input_layernorm.weight")
            let mixed = tape.causalAttention(
                query: rotated(try linear(normed, prefix + "self_attn.q_proj")),
                key: rotated(try linear(normed, prefix + "self_attn.k_proj")),
                value: try linear(normed, prefix + "self_attn.v_proj"),
                shape: attention, sequences: batch.sequences, cache: caches?[layer])
            x = tape.add(x, try linear(mixed, prefix + "self_attn.o_proj"))
            let inner = try norm(x, prefix + "post_attention_layernorm.weight")
            let gated = tape.swiGLU(
                gate: try linear(inner, prefix + "mlp.gate_proj"),
                up: try linear(inner, prefix + "mlp.up_proj"))
            x = tape.add(x, try linear(gated, prefix + "mlp.down_proj"))
        }
        return try norm(x, "model.norm.weight")
    }
}
