import Domain

/// Qwen3 (Yang et al. 2025, arXiv 2505.09388), dense: Llama's decoder with an RMSNorm over each
/// head of queries and keys. Names as in Hugging Face `Qwen3ForCausalLM`; no sliding window.
enum Qwen3 {
    static let family = ModelFamily(
        id: "qwen3", title: "Qwen3, dense", modelType: "qwen3",
        make: { configuration, _ in
            try configuration.refuseSlidingWindow()
            let hasBias = try configuration.boolean("attention_bias", default: false)
            return try GatedDecoder(
                configuration, familyID: "qwen3",
                features: .init(
                    queryKeyValueHasBias: hasBias, attentionOutputHasBias: hasBias,
                    normalizesHeads: true, defaultHeadWidth: 128))
        },
        describe: { model in
            GatedDecoder.description(
                model, architecture: "Qwen3ForCausalLM",
                adding: [("head_dim", .number("\(model.hiddenSize / model.heads)"))])
        })
}
