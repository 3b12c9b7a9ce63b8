import Domain
import TensorCore

/// Phi-1, 1.5 and 2 (Gunasekar et al. 2023, arXiv 2306.11644; Li et al. 2023, arXiv 2309.05463):
/// one LayerNorm for attention and feed-forward side by side, rotary positions on a part of each
/// head, GELU, biases everywhere, the head's included. Names as in Hugging Face `PhiForCausalLM`.
struct Phi: DecoderArchitecture {
    static let family = ModelFamily(
        id: "phi", title: "Phi-1, 1.5 and 2", modelType: "phi",
        make: { configuration, _ in try Phi(configuration) },
        describe: { model in
            [
                ("architectures", .array([.string("PhiForCausalLM")])),
                ("hidden_size", .number("\(model.hiddenSize)")),
                ("intermediate_size", .number("\(model.intermediateSize)")),
                ("num_hidden_layers", .number("\(model.layers)")),
                ("num_attention_heads", .number("\(model.heads)")),
                ("num_key_value_heads", .number("\(model.keyValueHeads)")),
                ("max_position_embeddings", .number("\(model.maximumPositions)")),
                ("hidden_act", .string("gelu_new")), ("layer_norm_eps", .number("1e-05")),
                ("partial_rotary_factor", .number("0.5")), ("rope_theta", .number("10000.0")),
                ("qk_layernorm", .bool(false)),
            ]
        })

    let familyID = "phi"
    let vocabularySize: Int
    let maximumPositions: Int
    let layerCount: Int
    private let width: Int
    private let feedForwardWidth: Int
    let attention: AttentionShape
    private let epsilon: Float
    private let activation: GELUForm
    private let isTied: Bool
    private let standardDeviation: Float
    private let rotary: RotaryTable

    init(_ configuration: Configuration) throws {
        if try configuration.boolean("qk_layernorm", default: false) {
            throw configuration.unsupported("qk_layernorm", "true", supported: "false")
        }
        vocabularySize = try configuration.integer("vocab_size")
        maximumPositions = try configuration.rotaryPositions(default: 2_048)
        layerCount = try configuration.integer("num_hidden_layers", in: 1...1_000)
        width = try configuration.integer("hidden_size")
        feedForwardWidth = try configuration.integer("intermediate_size")
        attention = try configuration.rotaryAttention(width: width)
        epsilon = Float(try configuration.real("layer_norm_eps", default: 1e-5))
        activation = try GELUForm(configuration, key: "hidden_act", default: "gelu_new")
        isTied = try configuration.boolean("tie_word_embeddings", default: false)
        standardDeviation = Float(try configuration.real("initializer_range", default: 0.02))
        rotary = try configuration.rotaryTable(
            headWidth: attention.headWidth, positionCount: maximumPositions,
            spelling: RotarySpelling(defaultShare: 0.5))
    }

    var headName: String { isTied ? "model.embed_tokens.weight" : "lm_head.weight" }
    var headBiasName: String? { "lm_head.bias" }

    func ignores(tensorNamed name: String) -> Bool {
        name.hasSuffix(".rotary_emb.inv_freq") || (isTied && name == "lm_head.weight")
    }

    var parameterShapes: [ParameterShape] {
        var list = ParameterList(standardDeviation: standardDeviation)
        list.matrix("model.embed_tokens", [vocabularySize, width])
        for layer in 0..<layerCount {
            let prefix = "model.layers.\(layer)."
            list.layerNorm(prefix + "input_layernorm", width)
            list.linears(
                [
                    (prefix + "self_attn.q_proj", attention.queryWidth),
                    (prefix + "self_attn.k_proj", attention.keyValueWidth),
                    (prefix + "self_attn.v_proj", attention.keyValueWidth),
                ], from: width, hasBias: true)
            for (part, input, output) in [
                ("self_attn.dense", attention.queryWidth, width),
                ("mlp.fc1", width, feedForwardWidth),
                ("mlp.fc2", feedForwardWidth, width),
            ] { list.linear(prefix + part, from: input, to: output, hasBias: true) }
        }
        list.layerNorm("model.final_layernorm", width)
        if !isTied { list.matrix("lm_head", [vocabularySize, width]) }
        list.bias("lm_head", vocabularySize)
        return list.shapes
    }

    func hiddenStates(
        of batch: PackedBatch, parameters: ParameterSet, tape: Tape, caches: [KeyValueCache]?,
        depth: Int?
    ) throws -> Activation {
        var x = tape.embedding(
            batch.ids, table: try parameters.required("model.embed_tokens.weight"))
        for layer in 0..<(depth ?? layerCount) {
            let prefix = "model.layers.\(layer)."
            x = try tape.layer(x) { tape, x in
                let named = NamedOperations(tape: tape, parameters: parameters)
                let normed = try named.layerNorm(x, prefix + "input_layernorm", epsilon: epsilon)
                let columns = attention.sideBySide
                let joined = tape.rotary(
                    try named.linears(
                        normed, ["q_proj", "k_proj", "v_proj"].map { prefix + "self_attn." + $0 }),
                    heads: [columns.query, columns.key], positions: batch.positions, table: rotary)
                let mixed = tape.causalAttention(
                    query: joined, key: joined, value: joined, shape: attention, columns: columns,
                    sequences: batch.sequences, cache: caches?[layer])
                let middle = tape.add(x, try named.linear(mixed, prefix + "self_attn.dense"))
                let active = activation.applied(
                    to: try named.linear(normed, prefix + "mlp.fc1"), on: tape)
                return tape.add(middle, try named.linear(active, prefix + "mlp.fc2"))
            }
        }
        guard depth == nil else { return x }
        return try NamedOperations(tape: tape, parameters: parameters)
            .layerNorm(x, "model.final_layernorm", epsilon: epsilon)
    }
}
