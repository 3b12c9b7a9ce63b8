import Domain
import TensorCore

/// GPT-2 (Radford et al. 2019): LayerNorm before each half, learned positions, GELU (tanh form),
/// head tied to the embedding. Names as in Hugging Face `GPT2LMHeadModel`, with or without the
/// prefix `transformer.`; linear weights are stored [in, out].
struct GPT2: DecoderArchitecture {
    static let family = ModelFamily(
        id: "gpt2", title: "GPT-2", modelType: "gpt2",
        make: { configuration, names in
            // OpenAI's own checkpoints carry no prefix.
            let prefix = names.contains("wte.weight") ? "" : "transformer."
            return try GPT2(configuration, prefix: prefix)
        },
        describe: { model in
            try model.refuseGroupedQueries()
            return [
                ("architectures", .array([.string("GPT2LMHeadModel")])),
                ("n_embd", .number("\(model.hiddenSize)")),
                ("n_inner", .number("\(model.intermediateSize)")),
                ("n_layer", .number("\(model.layers)")), ("n_head", .number("\(model.heads)")),
                ("n_positions", .number("\(model.maximumPositions)")),
                ("activation_function", .string("gelu_new")),
            ]
        })

    let familyID = "gpt2"
    let vocabularySize: Int
    let maximumPositions: Int
    let layerCount: Int
    private let prefix: String
    private let width: Int
    private let feedForwardWidth: Int
    let attention: AttentionShape
    private let epsilon: Float
    private let activation: GELUForm
    private let isTied: Bool
    private let standardDeviation: Float

    init(_ configuration: Configuration, prefix: String) throws {
        for (key, expected) in [
            ("scale_attn_by_inverse_layer_idx", false), ("reorder_and_upcast_attn", false),
            ("scale_attn_weights", true), ("add_cross_attention", false),
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
        activation = try GELUForm(
            configuration, key: "activation_function", default: "gelu_new")
        isTied = try configuration.boolean("tie_word_embeddings", default: true)
        standardDeviation = Float(try configuration.real("initializer_range", default: 0.02))
    }

    var linearLayout: Tape.WeightLayout { .inputByOutput }
    var headName: String { isTied ? prefix + "wte.weight" : "lm_head.weight" }

    func ignores(tensorNamed name: String) -> Bool {
        // Causal masks that old checkpoints carry along, and the tied head.
        name.hasSuffix(".attn.bias") || name.hasSuffix(".attn.masked_bias")
            || (isTied && name == "lm_head.weight")
    }

    var parameterShapes: [ParameterShape] {
        var list = ParameterList(standardDeviation: standardDeviation)
        // Residual projections start smaller by sqrt(2 layers), as in the original.
        let residual = standardDeviation / Float(2 * layerCount).squareRoot()
        list.matrix(prefix + "wte", [vocabularySize, width])
        list.matrix(prefix + "wpe", [maximumPositions, width])
        for layer in 0..<layerCount {
            let prefix = "\(prefix)h.\(layer)."
            func linear(_ name: String, _ input: Int, _ output: Int, _ deviation: Float? = nil) {
                list.linear(
                    prefix + name, from: input, to: output, hasBias: true,
                    layout: .inputByOutput, standardDeviation: deviation)
            }
            list.layerNorm(prefix + "ln_1", width)
            linear("attn.c_attn", width, 3 * width)
            linear("attn.c_proj", width, width, residual)
            list.layerNorm(prefix + "ln_2", width)
            linear("mlp.c_fc", width, feedForwardWidth)
            linear("mlp.c_proj", feedForwardWidth, width, residual)
        }
        list.layerNorm(prefix + "ln_f", width)
        if !isTied { list.matrix("lm_head", [vocabularySize, width]) }
        return list.shapes
    }

    func hiddenStates(
        of batch: PackedBatch, parameters: ParameterSet, tape: Tape, caches: [KeyValueCache]?,
        depth: Int?
    ) throws -> Activation {
        var x = tape.embedding(
            batch.ids, table: try parameters.required(prefix + "wte.weight"),
            positions: batch.positions,
            positionTable: try parameters.required(prefix + "wpe.weight"))
        for layer in 0..<(depth ?? layerCount) {
            let prefix = "\(prefix)h.\(layer)."
            x = try tape.layer(x) { tape, x in
                let named = NamedOperations(tape: tape, parameters: parameters)
                func linear(_ x: Activation, _ name: String) throws -> Activation {
                    try named.linear(x, prefix + name, layout: .inputByOutput)
                }
                let fused = try linear(
                    try named.layerNorm(x, prefix + "ln_1", epsilon: epsilon), "attn.c_attn")
                let mixed = tape.causalAttention(
                    query: fused, key: fused, value: fused, shape: attention,
                    columns: attention.sideBySide, sequences: batch.sequences,
                    cache: caches?[layer])
                let middle = tape.add(x, try linear(mixed, "attn.c_proj"))
                let inner = activation.applied(
                    to: try linear(
                        try named.layerNorm(middle, prefix + "ln_2", epsilon: epsilon),
                        "mlp.c_fc"), on: tape)
                return tape.add(middle, try linear(inner, "mlp.c_proj"))
            }
        }
        guard depth == nil else { return x }
        return try NamedOperations(tape: tape, parameters: parameters)
            .layerNorm(x, prefix + "ln_f", epsilon: epsilon)
    }
}
