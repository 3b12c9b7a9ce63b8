import Domain
import TensorCore

/// GPT-NeoX (Black et al. 2022, arXiv 2204.06745), the shape of Pythia: LayerNorm, rotary positions
/// on a part of each head, attention and feed-forward side by side or one after the other, GELU.
/// Names as in Hugging Face `GPTNeoXForCausalLM`; queries, keys and values of a head lie side by
/// side in one matrix [heads * 3 * head width, width].
struct GPTNeoX: DecoderArchitecture {
    static let family = ModelFamily(
        id: "gpt-neox", title: "GPT-NeoX and Pythia", modelType: "gpt_neox",
        make: { configuration, _ in try GPTNeoX(configuration) },
        describe: { model in
            try model.refuseGroupedQueries()
            return [
                ("architectures", .array([.string("GPTNeoXForCausalLM")])),
                ("hidden_size", .number("\(model.hiddenSize)")),
                ("intermediate_size", .number("\(model.intermediateSize)")),
                ("num_hidden_layers", .number("\(model.layers)")),
                ("num_attention_heads", .number("\(model.heads)")),
                ("max_position_embeddings", .number("\(model.maximumPositions)")),
                ("hidden_act", .string("gelu")), ("layer_norm_eps", .number("1e-05")),
                ("rotary_pct", .number("0.25")), ("rotary_emb_base", .number("10000")),
                ("use_parallel_residual", .bool(true)), ("attention_bias", .bool(true)),
            ]
        })

    let familyID = "gpt-neox"
    let vocabularySize: Int
    let maximumPositions: Int
    let layerCount: Int
    private let width: Int
    private let feedForwardWidth: Int
    let attention: AttentionShape
    private let epsilon: Float
    private let activation: GELUForm
    private let isParallel: Bool
    private let attentionHasBias: Bool
    private let isTied: Bool
    private let standardDeviation: Float
    private let rotary: RotaryTable

    init(_ configuration: Configuration) throws {
        vocabularySize = try configuration.integer("vocab_size")
        maximumPositions = try configuration.rotaryPositions(default: 2_048)
        layerCount = try configuration.integer("num_hidden_layers", in: 1...1_000)
        width = try configuration.integer("hidden_size")
        feedForwardWidth = try configuration.integer("intermediate_size")
        attention = try configuration.rotaryAttention(width: width, isGrouped: false)
        guard attention.heads * attention.headWidth == width else {
            throw configuration.failure(
                "must divide hidden_size (\(width))", key: "num_attention_heads")
        }
        epsilon = Float(try configuration.real("layer_norm_eps", default: 1e-5))
        activation = try GELUForm(configuration, key: "hidden_act", default: "gelu")
        isParallel = try configuration.boolean("use_parallel_residual", default: true)
        attentionHasBias = try configuration.boolean("attention_bias", default: true)
        isTied = try configuration.boolean("tie_word_embeddings", default: false)
        standardDeviation = Float(try configuration.real("initializer_range", default: 0.02))
        rotary = try configuration.rotaryTable(
            headWidth: attention.headWidth, positionCount: maximumPositions,
            spelling: RotarySpelling(
                baseKeys: ["rotary_emb_base", "rope_theta"],
                shareKeys: ["rotary_pct", "partial_rotary_factor"], defaultShare: 0.25))
    }

    var headName: String { isTied ? "gpt_neox.embed_in.weight" : "embed_out.weight" }

    func ignores(tensorNamed name: String) -> Bool {
        [".attention.bias", ".attention.masked_bias", ".rotary_emb.inv_freq"].contains {
            name.hasSuffix($0)
        } || (isTied && name == "embed_out.weight")
    }

    var parameterShapes: [ParameterShape] {
        var list = ParameterList(standardDeviation: standardDeviation)
        list.matrix("gpt_neox.embed_in", [vocabularySize, width])
        for layer in 0..<layerCount {
            let prefix = "gpt_neox.layers.\(layer)."
            list.layerNorm(prefix + "input_layernorm", width)
            list.layerNorm(prefix + "post_attention_layernorm", width)
            list.linear(
                prefix + "attention.query_key_value", from: width, to: 3 * width,
                hasBias: attentionHasBias)
            list.linear(
                prefix + "attention.dense", from: width, to: width, hasBias: attentionHasBias)
            list.linear(
                prefix + "mlp.dense_h_to_4h", from: width, to: feedForwardWidth, hasBias: true)
            list.linear(
                prefix + "mlp.dense_4h_to_h", from: feedForwardWidth, to: width, hasBias: true)
        }
        list.layerNorm("gpt_neox.final_layer_norm", width)
        if !isTied { list.matrix("embed_out", [vocabularySize, width]) }
        return list.shapes
    }

    func hiddenStates(
        of batch: PackedBatch, parameters: ParameterSet, tape: Tape, caches: [KeyValueCache]?,
        depth: Int?
    ) throws -> Activation {
        var x = tape.embedding(
            batch.ids, table: try parameters.required("gpt_neox.embed_in.weight"))
        for layer in 0..<(depth ?? layerCount) {
            let prefix = "gpt_neox.layers.\(layer)."
            x = try tape.layer(x) { tape, x in
                let named = NamedOperations(tape: tape, parameters: parameters)
                let mixed = try attended(
                    try named.layerNorm(x, prefix + "input_layernorm", epsilon: epsilon),
                    prefix + "attention.", batch: batch, named: named, cache: caches?[layer])
                let middle = tape.add(x, mixed)
                let inner = try named.layerNorm(
                    isParallel ? x : middle, prefix + "post_attention_layernorm",
                    epsilon: epsilon)
                let active = activation.applied(
                    to: try named.linear(inner, prefix + "mlp.dense_h_to_4h"), on: tape)
                return tape.add(middle, try named.linear(active, prefix + "mlp.dense_4h_to_h"))
            }
        }
        guard depth == nil else { return x }
        return try NamedOperations(tape: tape, parameters: parameters)
            .layerNorm(x, "gpt_neox.final_layer_norm", epsilon: epsilon)
    }

    private func attended(
        _ x: Activation, _ prefix: String, batch: PackedBatch, named: NamedOperations,
        cache: KeyValueCache?
    ) throws -> Activation {
        let tape = named.tape
        let columns = attention.interleaved
        let joined = tape.rotary(
            try named.linear(x, prefix + "query_key_value"), heads: [columns.query, columns.key],
            positions: batch.positions, table: rotary)
        let mixed = tape.causalAttention(
            query: joined, key: joined, value: joined, shape: attention, columns: columns,
            sequences: batch.sequences, cache: cache)
        return try named.linear(mixed, prefix + "dense")
    }
}
