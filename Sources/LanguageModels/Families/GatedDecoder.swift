import Domain
import TensorCore

/// The decoder that Llama and its relatives share: RMSNorm before each half, rotary positions,
/// grouped-query attention, SwiGLU. Families differ in biases and in norms of queries and keys.
///
/// Names and layout as in Hugging Face: linear weights [out, in].
struct GatedDecoder: DecoderArchitecture {
    /// What a family adds to the shared computation.
    struct Features {
        var queryKeyValueHasBias = false
        var attentionOutputHasBias = false
        var feedForwardHasBias = false
        /// RMSNorm over each head of queries and keys, before they are rotated.
        var normalizesHeads = false
        /// Width of a head where the configuration does not say; nil = hidden size / heads.
        var defaultHeadWidth: Int?
    }

    let familyID: String
    let vocabularySize: Int
    let maximumPositions: Int
    let layerCount: Int
    private let features: Features
    private let width: Int
    private let feedForwardWidth: Int
    let attention: AttentionShape
    private let epsilon: Float
    private let isTied: Bool
    private let standardDeviation: Float
    private let rotary: RotaryTable

    /// - Throws: `malformed-configuration`, `unsupported-model`.
    init(_ configuration: Configuration, familyID: String, features: Features) throws {
        self.familyID = familyID
        self.features = features
        try configuration.require("hidden_act", oneOf: ["silu"], default: "silu")
        vocabularySize = try configuration.integer("vocab_size")
        maximumPositions = try configuration.rotaryPositions(default: 2_048)
        layerCount = try configuration.integer("num_hidden_layers", in: 1...1_000)
        width = try configuration.integer("hidden_size")
        feedForwardWidth = try configuration.integer("intermediate_size")
        attention = try configuration.rotaryAttention(
            width: width, defaultHeadWidth: features.defaultHeadWidth)
        epsilon = Float(try configuration.real("rms_norm_eps", default: 1e-6))
        isTied = try configuration.boolean("tie_word_embeddings", default: false)
        standardDeviation = Float(try configuration.real("initializer_range", default: 0.02))
        rotary = try configuration.rotaryTable(
            headWidth: attention.headWidth, positionCount: maximumPositions)
    }

    var headName: String { isTied ? "model.embed_tokens.weight" : "lm_head.weight" }

    func ignores(tensorNamed name: String) -> Bool {
        name.hasSuffix(".rotary_emb.inv_freq") || (isTied && name == "lm_head.weight")
    }

    var parameterShapes: [ParameterShape] {
        var list = ParameterList(standardDeviation: standardDeviation)
        list.matrix("model.embed_tokens", [vocabularySize, width])
        for layer in 0..<layerCount {
            let prefix = "model.layers.\(layer)."
            list.rmsNorm(prefix + "input_layernorm", width)
            list.linears(
                [
                    (prefix + "self_attn.q_proj", attention.queryWidth),
                    (prefix + "self_attn.k_proj", attention.keyValueWidth),
                    (prefix + "self_attn.v_proj", attention.keyValueWidth),
                ], from: width, hasBias: features.queryKeyValueHasBias)
            list.linear(
                prefix + "self_attn.o_proj", from: attention.queryWidth, to: width,
                hasBias: features.attentionOutputHasBias)
            if features.normalizesHeads {
                list.rmsNorm(prefix + "self_attn.q_norm", attention.headWidth)
                list.rmsNorm(prefix + "self_attn.k_norm", attention.headWidth)
            }
            list.rmsNorm(prefix + "post_attention_layernorm", width)
            list.linears(
                ["gate_proj", "up_proj"].map { (prefix + "mlp." + $0, feedForwardWidth) },
                from: width, hasBias: features.feedForwardHasBias)
            list.linear(
                prefix + "mlp.down_proj", from: feedForwardWidth, to: width,
                hasBias: features.feedForwardHasBias)
        }
        list.rmsNorm("model.norm", width)
        if !isTied { list.matrix("lm_head", [vocabularySize, width]) }
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
                let mixed = try attended(
                    try named.rmsNorm(x, prefix + "input_layernorm", epsilon: epsilon),
                    prefix + "self_attn.", batch: batch, named: named, cache: caches?[layer])
                let middle = tape.add(x, mixed)
                let inner = try named.rmsNorm(
                    middle, prefix + "post_attention_layernorm", epsilon: epsilon)
                let gated = tape.swiGLU(
                    try named.linears(inner, [prefix + "mlp.gate_proj", prefix + "mlp.up_proj"]))
                return tape.add(middle, try named.linear(gated, prefix + "mlp.down_proj"))
            }
        }
        guard depth == nil else { return x }
        return try NamedOperations(tape: tape, parameters: parameters)
            .rmsNorm(x, "model.norm", epsilon: epsilon)
    }

    private func attended(
        _ x: Activation, _ prefix: String, batch: PackedBatch, named: NamedOperations,
        cache: KeyValueCache?
    ) throws -> Activation {
        let tape = named.tape
        let names = ["q_proj", "k_proj", "v_proj"].map { prefix + $0 }
        let mixed: Activation
        if features.normalizesHeads {
            // Norms are for rows, so each part is one by itself.
            func rotated(_ name: String, _ norm: String, _ heads: HeadColumns) throws -> Activation
            {
                let y = try named.linear(x, name)
                let rows = tape.reshaped(y, to: [y.value.count / heads.width, heads.width])
                return tape.rotary(
                    tape.reshaped(
                        try named.rmsNorm(rows, prefix + norm, epsilon: epsilon), to: y.value.shape),
                    heads: [heads], positions: batch.positions, table: rotary)
            }
            let columns = attention.apart
            mixed = tape.causalAttention(
                query: try rotated(names[0], "q_norm", columns.query),
                key: try rotated(names[1], "k_norm", columns.key),
                value: try named.linear(x, names[2]), shape: attention,
                sequences: batch.sequences, cache: cache)
        } else {
            let columns = attention.sideBySide
            let joined = tape.rotary(
                try named.linears(x, names), heads: [columns.query, columns.key],
                positions: batch.positions, table: rotary)
            mixed = tape.causalAttention(
                query: joined, key: joined, value: joined, shape: attention, columns: columns,
                sequences: batch.sequences, cache: cache)
        }
        return try named.linear(mixed, prefix + "o_proj")
    }

    /// The family's part of a new model's `config.json`.
    static func description(
        _ model: TrainingRecipe.Model, architecture: String,
        adding others: [(String, JSONValue)] = []
    ) -> [(String, JSONValue)] {
        [
            ("architectures", .array([.string(architecture)])),
            ("hidden_size", .number("\(model.hiddenSize)")),
            ("intermediate_size", .number("\(model.intermediateSize)")),
            ("num_hidden_layers", .number("\(model.layers)")),
            ("num_attention_heads", .number("\(model.heads)")),
            ("num_key_value_heads", .number("\(model.keyValueHeads)")),
            ("max_position_embeddings", .number("\(model.maximumPositions)")),
            ("rms_norm_eps", .number("1e-05")), ("rope_theta", .number("10000.0")),
            ("hidden_act", .string("silu")),
        ] + others
    }
}

extension Configuration {
    /// Longest rotary table made ahead; a longer `max_position_embeddings` is cut to it.
    private static let longestTable = 32_768

    /// Positions of a model that needs a rotary table.
    func rotaryPositions(default fallback: Int) throws -> Int {
        min(Self.longestTable, try integer("max_position_embeddings", default: fallback))
    }

    /// Heads of a model with rotary positions, by Hugging Face's usual keys.
    /// - Throws: `malformed-configuration` unless groups divide heads and heads have an even width.
    func rotaryAttention(
        width: Int, isGrouped: Bool = true, defaultHeadWidth: Int? = nil
    ) throws -> AttentionShape {
        let heads = try integer("num_attention_heads", in: 1...1_024)
        let groups = isGrouped ? try integer("num_key_value_heads", default: heads) : heads
        guard heads % groups == 0 else {
            throw failure("must divide num_attention_heads (\(heads))", key: "num_key_value_heads")
        }
        let headWidth = try integer("head_dim", default: defaultHeadWidth ?? width / heads)
        guard headWidth % 2 == 0, (2...4_096).contains(headWidth) else {
            throw failure(
                "(\(headWidth)) must be even and in 2...4096 for rotary positions", key: "head_dim")
        }
        return AttentionShape(heads: heads, keyValueHeads: groups, headWidth: headWidth)
    }
}
