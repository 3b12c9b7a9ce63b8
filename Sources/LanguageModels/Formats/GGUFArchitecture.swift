import Domain

/// How a stored tensor's rows become those of the Hugging Face tensor.
enum GGUFArrangement: Sendable, Equatable {
    case asStored
    /// Matrices stored [out, in] that Hugging Face keeps [in, out]; vectors stay.
    case transposed
    /// Rotary pairs stand side by side; Hugging Face has the first of all pairs of a head, then the
    /// second.
    case pairsTogether
    /// Queries, then keys, then values; Hugging Face has the three of one head together.
    case fusedByPart
    /// Part `index` of three equal ones.
    case part(Int)
}

/// One architecture as llama.cpp writes it: names, arrangement and configuration in Hugging Face's
/// terms. Sources: `convert_hf_to_gguf.py` and `gguf-py/gguf/tensor_mapping.py` of llama.cpp.
struct GGUFArchitecture: Sendable {
    struct Target: Sendable {
        let name: String
        let arrangement: GGUFArrangement

        init(_ name: String, _ arrangement: GGUFArrangement = .asStored) {
            self.name = name
            self.arrangement = arrangement
        }
    }

    /// Value of `general.architecture`.
    let id: String
    /// `model_type` and `architectures` of `config.json`.
    let modelType: String
    let className: String
    /// Stored name without `.weight` or `.bias` -> Hugging Face name.
    let tensors: [String: Target]
    let layerPrefix: String
    /// The same for what follows `blk.N.`; several targets share a fused tensor.
    let layerTensors: [String: [Target]]
    /// Whether the head is the embedding even where the file repeats it.
    var headIsAlwaysTied = false
    let configuration: @Sendable (GGUFSettings, GGUFSizes) throws -> [JSONValue.Member]

    /// Derived values that a file may hold beside the weights.
    static func ignores(_ stored: String) -> Bool {
        stored == "rope_freqs.weight" || stored.hasSuffix(".attn_rot_embd")
            || stored.hasSuffix(".attn_rot_embd.weight") || stored.hasSuffix(".rope_freqs.weight")
    }

    /// What a stored tensor becomes; empty if the architecture has no such tensor.
    func targets(of stored: String, layerCount: Int) -> [Target] {
        guard let dot = stored.lastIndex(of: ".") else { return [] }
        let suffix = String(stored[dot...])
        guard suffix == ".weight" || suffix == ".bias" else { return [] }
        let base = String(stored[..<dot])
        if let target = tensors[base] { return [Target(target.name + suffix, target.arrangement)] }
        let parts = base.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "blk", let layer = Int(parts[1]),
            "\(layer)" == parts[1], (0..<layerCount).contains(layer)
        else { return [] }
        return (layerTensors[String(parts[2])] ?? []).map {
            Target("\(layerPrefix)\(layer).\($0.name)\(suffix)", $0.arrangement)
        }
    }

    /// Every architecture that is read.
    static let all: [GGUFArchitecture] = [llama, qwen2, qwen3, gpt2, gptNeoX, phi2]
}

// MARK: - Llama and its relatives

extension GGUFArchitecture {
    static let llama = GGUFArchitecture(
        id: "llama", modelType: "llama", className: "LlamaForCausalLM",
        tensors: llamaTensors, layerPrefix: "model.layers.",
        layerTensors: llamaLayer(queryKey: .pairsTogether),
        configuration: { settings, sizes in
            try llamaMembers(settings, sizes) + [
                .init("head_dim", .number("\(sizes.headWidth)")),
                .init("attention_bias", .bool(settings.has("blk.0.attn_q.bias"))),
                .init("mlp_bias", .bool(settings.has("blk.0.ffn_up.bias"))),
            ]
        })

    static let qwen2 = GGUFArchitecture(
        id: "qwen2", modelType: "qwen2", className: "Qwen2ForCausalLM",
        tensors: llamaTensors, layerPrefix: "model.layers.",
        layerTensors: llamaLayer(queryKey: .asStored),
        configuration: { settings, sizes in
            try llamaMembers(settings, sizes) + [.init("use_sliding_window", .bool(false))]
        })

    static let qwen3 = GGUFArchitecture(
        id: "qwen3", modelType: "qwen3", className: "Qwen3ForCausalLM",
        tensors: llamaTensors, layerPrefix: "model.layers.",
        layerTensors: llamaLayer(queryKey: .asStored),
        configuration: { settings, sizes in
            try llamaMembers(settings, sizes) + [
                .init("head_dim", .number("\(sizes.headWidth)")),
                .init("attention_bias", .bool(settings.has("blk.0.attn_q.bias"))),
                .init("use_sliding_window", .bool(false)),
            ]
        })

    private static let llamaTensors: [String: Target] = [
        "token_embd": Target("model.embed_tokens"), "output_norm": Target("model.norm"),
        "output": Target("lm_head"),
    ]

    private static func llamaLayer(queryKey: GGUFArrangement) -> [String: [Target]] {
        [
            "attn_norm": [Target("input_layernorm")],
            "attn_q": [Target("self_attn.q_proj", queryKey)],
            "attn_k": [Target("self_attn.k_proj", queryKey)],
            "attn_v": [Target("self_attn.v_proj")],
            "attn_output": [Target("self_attn.o_proj")],
            "attn_q_norm": [Target("self_attn.q_norm")],
            "attn_k_norm": [Target("self_attn.k_norm")],
            "ffn_norm": [Target("post_attention_layernorm")],
            "ffn_gate": [Target("mlp.gate_proj")],
            "ffn_up": [Target("mlp.up_proj")],
            "ffn_down": [Target("mlp.down_proj")],
        ]
    }

    private static func llamaMembers(
        _ settings: GGUFSettings, _ sizes: GGUFSizes
    ) throws -> [JSONValue.Member] {
        let theta = try settings.real("rope.freq_base", default: "10000.0")
        let rotated = try settings.integer("rope.dimension_count", default: sizes.headWidth)
        guard rotated == sizes.headWidth else {
            throw settings.unsupported(
                "rope.dimension_count", "\(rotated)", supported: "a head's \(sizes.headWidth)")
        }
        let scaling = try settings.ropeScaling(theta: theta, rotatedWidth: rotated)
        return sizes.members + [
            .init("hidden_act", .string("silu")),
            .init("rms_norm_eps", try settings.real("attention.layer_norm_rms_epsilon")),
            .init("rope_theta", theta), .init("rope_scaling", scaling ?? .null),
            .init("tie_word_embeddings", .bool(!settings.has("output.weight"))),
        ]
    }
}

// MARK: - GPT-2, GPT-NeoX, Phi

extension GGUFArchitecture {
    static let gpt2 = GGUFArchitecture(
        id: "gpt2", modelType: "gpt2", className: "GPT2LMHeadModel",
        tensors: [
            "token_embd": Target("transformer.wte"), "position_embd": Target("transformer.wpe"),
            "output_norm": Target("transformer.ln_f"),
        ], layerPrefix: "transformer.h.",
        layerTensors: [
            "attn_norm": [Target("ln_1")],
            "attn_qkv": [Target("attn.c_attn", .transposed)],
            "attn_output": [Target("attn.c_proj", .transposed)],
            "ffn_norm": [Target("ln_2")],
            "ffn_up": [Target("mlp.c_fc", .transposed)],
            "ffn_down": [Target("mlp.c_proj", .transposed)],
        ], headIsAlwaysTied: true,
        configuration: { settings, sizes in
            [
                .init("vocab_size", .number("\(sizes.vocabulary)")),
                .init("n_positions", .number("\(sizes.positions)")),
                .init("n_embd", .number("\(sizes.width)")),
                .init("n_layer", .number("\(sizes.layers)")),
                .init("n_head", .number("\(sizes.heads)")),
                .init("n_inner", .number("\(sizes.feedForward)")),
                .init("activation_function", .string("gelu_new")),
                .init(
                    "layer_norm_epsilon", try settings.real("attention.layer_norm_epsilon")),
                .init("tie_word_embeddings", .bool(true)),
            ]
        })

    static let gptNeoX = GGUFArchitecture(
        id: "gptneox", modelType: "gpt_neox", className: "GPTNeoXForCausalLM",
        tensors: [
            "token_embd": Target("gpt_neox.embed_in"),
            "output_norm": Target("gpt_neox.final_layer_norm"), "output": Target("embed_out"),
        ], layerPrefix: "gpt_neox.layers.",
        layerTensors: [
            "attn_norm": [Target("input_layernorm")],
            "attn_qkv": [Target("attention.query_key_value", .fusedByPart)],
            "attn_output": [Target("attention.dense")],
            "ffn_norm": [Target("post_attention_layernorm")],
            "ffn_up": [Target("mlp.dense_h_to_4h")],
            "ffn_down": [Target("mlp.dense_4h_to_h")],
        ],
        configuration: { settings, sizes in
            sizes.members + [
                .init("hidden_act", .string("gelu")),
                .init("layer_norm_eps", try settings.real("attention.layer_norm_epsilon")),
                .init(
                    "rotary_emb_base", try settings.real("rope.freq_base", default: "10000.0")),
                .init("rotary_pct", .number(try rotatedShare(settings, sizes))),
                .init(
                    "use_parallel_residual",
                    .bool(try settings.boolean("use_parallel_residual", default: true))),
                .init("attention_bias", .bool(settings.has("blk.0.attn_qkv.bias"))),
                .init("tie_word_embeddings", .bool(!settings.has("output.weight"))),
            ]
        })

    static let phi2 = GGUFArchitecture(
        id: "phi2", modelType: "phi", className: "PhiForCausalLM",
        tensors: [
            "token_embd": Target("model.embed_tokens"),
            "output_norm": Target("model.final_layernorm"), "output": Target("lm_head"),
        ], layerPrefix: "model.layers.",
        layerTensors: [
            "attn_norm": [Target("input_layernorm")],
            "attn_qkv": [
                Target("self_attn.q_proj", .part(0)), Target("self_attn.k_proj", .part(1)),
                Target("self_attn.v_proj", .part(2)),
            ],
            "attn_q": [Target("self_attn.q_proj")], "attn_k": [Target("self_attn.k_proj")],
            "attn_v": [Target("self_attn.v_proj")],
            "attn_output": [Target("self_attn.dense")],
            "ffn_up": [Target("mlp.fc1")], "ffn_down": [Target("mlp.fc2")],
        ],
        configuration: { settings, sizes in
            sizes.members + [
                .init("hidden_act", .string("gelu_new")),
                .init("layer_norm_eps", try settings.real("attention.layer_norm_epsilon")),
                .init("rope_theta", try settings.real("rope.freq_base", default: "10000.0")),
                .init("partial_rotary_factor", .number(try rotatedShare(settings, sizes))),
                .init("qk_layernorm", .bool(false)),
                .init("tie_word_embeddings", .bool(!settings.has("output.weight"))),
            ]
        })

    /// The share of a head that is rotated, so that share times width, cut to an integer, is the
    /// width again.
    private static func rotatedShare(
        _ settings: GGUFSettings, _ sizes: GGUFSizes
    ) throws -> String {
        let rotated = try settings.integer("rope.dimension_count", default: sizes.headWidth)
        guard rotated <= sizes.headWidth else {
            throw settings.failure(
                "is more than a head's \(sizes.headWidth)", key: "rope.dimension_count")
        }
        let share = Double(rotated) / Double(sizes.headWidth)
        return "\(Int(share * Double(sizes.headWidth)) < rotated ? share.nextUp : share)"
    }
}

extension GGUFSizes {
    /// Under the names of Llama's configuration, which most others share.
    fileprivate var members: [JSONValue.Member] {
        [
            .init("vocab_size", .number("\(vocabulary)")),
            .init("hidden_size", .number("\(width)")),
            .init("intermediate_size", .number("\(feedForward)")),
            .init("num_hidden_layers", .number("\(layers)")),
            .init("num_attention_heads", .number("\(heads)")),
            .init("num_key_value_heads", .number("\(keyValueHeads)")),
            .init("max_position_embeddings", .number("\(positions)")),
        ]
    }
}
