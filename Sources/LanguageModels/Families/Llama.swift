import Domain

/// Llama (Touvron et al. 2023, arXiv 2302.13971), 1, 2 and 3, and models of the same shape. Names
/// as in Hugging Face `LlamaForCausalLM`.
enum Llama {
    static let family = ModelFamily(
        id: "llama", title: "Llama 1, 2, 3 and models of the same shape", modelType: "llama",
        make: { configuration, _ in
            let attentionHasBias = try configuration.boolean("attention_bias", default: false)
            return try GatedDecoder(
                configuration, familyID: "llama",
                features: .init(
                    queryKeyValueHasBias: attentionHasBias,
                    attentionOutputHasBias: attentionHasBias,
                    feedForwardHasBias: try configuration.boolean("mlp_bias", default: false)))
        },
        describe: { GatedDecoder.description($0, architecture: "LlamaForCausalLM") })
}
