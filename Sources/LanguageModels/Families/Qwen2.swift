import Domain

/// Qwen2 and Qwen2.5 (Yang et al. 2024, arXiv 2407.10671): Llama's decoder with biases on queries,
/// keys and values. Names as in Hugging Face `Qwen2ForCausalLM`; no sliding window.
enum Qwen2 {
    static let family = ModelFamily(
        id: "qwen2", title: "Qwen2 and Qwen2.5", modelType: "qwen2",
        make: { configuration, _ in
            try configuration.refuseSlidingWindow()
            return try GatedDecoder(
                configuration, familyID: "qwen2", features: .init(queryKeyValueHasBias: true))
        },
        describe: { GatedDecoder.description($0, architecture: "Qwen2ForCausalLM") })
}

extension Configuration {
    /// Qwen's configurations can bound the attention of some layers to a window.
    /// - Throws: `unsupported-model` if this one does.
    func refuseSlidingWindow() throws {
        if let types = json["layer_types"], !types.isNull {
            guard let items = types.items else {
                throw failure("must be a list", key: "layer_types")
            }
            if let other = items.first(where: { $0.text != "full_attention" }) {
                throw unsupported(
                    "layer_types", other.text ?? "not a list of names", supported: "full_attention")
            }
            return
        }
        guard try boolean("use_sliding_window", default: false),
            json["sliding_window"]?.isNull == false
        else { return }
        // Layers before this one see everything.
        let layerCount = try integer("num_hidden_layers", in: 1...1_000)
        if try integer("max_window_layers", default: 28, in: 0...(1 << 24)) < layerCount {
            throw unsupported("use_sliding_window", "true", supported: "false")
        }
    }
}
