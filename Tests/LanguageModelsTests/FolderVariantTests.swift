import Domain
import Foundation
import LanguageModels
import TensorCore
import TestSupport
import Testing

/// The ways in which one and the same model comes: spellings of its configuration, shards, element
/// types, tied and untied heads.
@Suite struct FolderVariantTests {
    static func logits(_ model: LanguageModel) throws -> [Float] {
        var batch = PackedBatch()
        batch.appendRows((0..<30).map { Int32($0 * 37 % 120 + 3) }, from: 0)
        return try model.logits(of: batch).values
    }

    /// Zero for equal bits. Numbers, not arrays: a failure should fit on a line.
    static func difference(_ model: LanguageModel, _ expected: [Float]) throws -> Double {
        GoldenModelTests.relativeError(try logits(model), expected)
    }

    struct Spelling: Sendable, CustomTestStringConvertible {
        let model: String
        let text: String
        var testDescription: String { "\(model): \(text)" }
    }

    static let llama3 = """
        "factor": 32.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, \
        "original_max_position_embeddings": 64
        """

    /// `rope_parameters` is what the reference models have.
    static let spellings = [
        Spelling(model: "llama-gqa-tied", text: #""rope_theta": 100000"#),
        Spelling(model: "llama-gqa-tied", text: #""rope_theta": 100000, "rope_scaling": null"#),
        Spelling(
            model: "llama-gqa-tied",
            text: #""rope_theta": 1e5, "rope_scaling": {"type": "linear", "factor": 1.0}"#),
        Spelling(
            model: "llama3-rope-scaled",
            text: #""rope_theta": 500000, "rope_scaling": {"rope_type": "llama3", \#(llama3)}"#),
        Spelling(
            model: "llama3-rope-scaled",
            text: #""rope_theta": 500000, "rope_scaling": {"type": "llama3", \#(llama3)}"#),
        Spelling(model: "gpt-neox", text: #""rotary_pct": 0.25, "rotary_emb_base": 10000"#),
        Spelling(model: "gpt-neox", text: #""partial_rotary_factor": 0.25, "rope_theta": 10000"#),
        Spelling(model: "gpt-neox", text: ""),
        Spelling(model: "phi", text: #""partial_rotary_factor": 0.5, "rope_theta": 10000.0"#),
        Spelling(model: "phi", text: #""rope_parameters": {"partial_rotary_factor": 0.5}"#),
    ]

    @Test("Old and new spellings of rotary positions are the same model", arguments: spellings)
    func sameModel(item: Spelling) throws {
        let expected = try Self.logits(ModelFolderTests.Copy(item.model).load())
        var copy = try ModelFolderTests.Copy(item.model)
        try copy.configure(dropping: ["rope_parameters"], adding: item.text)
        #expect(try Self.difference(copy.load(), expected) == 0)
    }

    @Test(
        "Every number of a spelling counts",
        arguments: [
            Spelling(model: "llama-gqa-tied", text: #""rope_theta": 10000"#),
            Spelling(
                model: "llama-gqa-tied",
                text: #""rope_theta": 1e5, "rope_scaling": {"type": "linear", "factor": 2.0}"#),
            Spelling(
                model: "llama3-rope-scaled",
                text: #""rope_theta": 10000, "rope_scaling": {"rope_type": "llama3", \#(llama3)}"#),
            Spelling(model: "gpt-neox", text: #""rotary_pct": 0.5, "rotary_emb_base": 10000"#),
            Spelling(model: "gpt-neox", text: #""rotary_pct": 0.25, "rotary_emb_base": 500"#),
            Spelling(model: "phi", text: #""partial_rotary_factor": 1.0"#),
        ])
    func numbersCount(item: Spelling) throws {
        let expected = try Self.logits(ModelFolderTests.Copy(item.model).load())
        var copy = try ModelFolderTests.Copy(item.model)
        try copy.configure(dropping: ["rope_parameters"], adding: item.text)
        #expect(try Self.difference(copy.load(), expected) > 1e-3)
    }

    @Test(
        "What a configuration asks for beyond the computation is refused by its key",
        arguments: [
            ("llama-untied", #""rope_scaling": {"type": "dynamic", "factor": 2.0}"#, "rope_type"),
            (
                "llama-untied",
                #""rope_parameters": {"full_attention": {"rope_theta": 1e4}}"#, "rope_parameters"
            ),
            ("qwen2", #""layer_types": ["full_attention", "sliding_attention"]"#, "layer_types"),
            (
                "qwen2",
                #""layer_types": null, "use_sliding_window": true, "sliding_window": 8, "#
                    + #""max_window_layers": 1"#, "use_sliding_window"
            ),
            ("phi", #""qk_layernorm": true"#, "qk_layernorm"),
            ("phi", #""hidden_act": "relu""#, "hidden_act"),
            ("gpt-neox", #""hidden_act": "gelu_10""#, "hidden_act"),
            ("gpt2", #""scale_attn_weights": false"#, "scale_attn_weights"),
        ])
    func refused(model: String, text: String, key: String) throws {
        var copy = try ModelFolderTests.Copy(model)
        try copy.configure(dropping: [], adding: text)
        let error = copy.failure()
        #expect(error?.code == .unsupportedModel)
        #expect(error?.details["key"] == key)
    }

    @Test("A window that no layer uses is no obstacle")
    func unusedWindow() throws {
        var copy = try ModelFolderTests.Copy("qwen2")
        try copy.configure(
            dropping: ["layer_types"],
            adding: #""use_sliding_window": true, "sliding_window": 8, "max_window_layers": 2"#)
        #expect(
            try Self.difference(copy.load(), Self.logits(ModelFolderTests.Copy("qwen2").load()))
                == 0)
    }

    @Test(
        "A share of turned dimensions outside a head is refused",
        arguments: ["0.01", "1.5", "0", "-1"])
    func rotaryShare(share: String) throws {
        var copy = try ModelFolderTests.Copy("phi")
        try copy.configure(
            dropping: ["rope_parameters"], adding: "\"partial_rotary_factor\": \(share)")
        let error = copy.failure()
        #expect(error?.code == .malformedConfiguration)
        #expect(error?.details["key"] == "partial_rotary_factor")
    }

    @Test("GELU's tanh forms are one; the exact form is another")
    func geluForms() throws {
        func model(_ name: String) throws -> LanguageModel {
            var copy = try ModelFolderTests.Copy("phi")
            try copy.configure(dropping: [], adding: "\"hidden_act\": \"\(name)\"")
            return try copy.load()
        }
        let expected = try Self.logits(model("gelu_new"))
        #expect(try Self.difference(model("gelu_pytorch_tanh"), expected) == 0)
        #expect(try Self.difference(model("gelu_fast"), expected) == 0)
        let exact = try Self.difference(model("gelu"), expected)
        #expect(exact > 1e-6 && exact < 1e-2)
    }

    @Test(
        "A tied model passes over a head of its own, whatever it holds",
        arguments: ["llama-gqa-tied", "gpt2", "qwen3"])
    func tiedWins(name: String) throws {
        var copy = try ModelFolderTests.Copy(name)
        let expected = try Self.logits(copy.load())
        let shape = try #require(
            copy.tensors.first {
                $0.name.hasSuffix("wte.weight") || $0.name.hasSuffix("tokens.weight")
            }
        ).tensor.shape
        copy.tensors.append(("lm_head.weight", Tensor.zeros(shape)))
        let model = try copy.load()
        #expect(try Self.difference(model, expected) == 0)
        #expect(model.parameters["lm_head.weight"] == nil)
    }

    @Test(
        "An untied head equal to the embedding gives the tied model's logits",
        arguments: [
            ("gpt2", "transformer.wte.weight", "lm_head.weight"),
            ("llama-gqa-tied", "model.embed_tokens.weight", "lm_head.weight"),
            ("qwen2", "model.embed_tokens.weight", "lm_head.weight"),
        ])
    func untied(name: String, embedding: String, head: String) throws {
        var copy = try ModelFolderTests.Copy(name)
        let expected = try Self.logits(copy.load())
        try copy.configure(dropping: [], adding: #""tie_word_embeddings": false"#)
        #expect(copy.failure()?.code == .missingTensor)
        let table = try #require(copy.tensors.first { $0.name == embedding }).tensor
        copy.tensors.append((head, table))
        let model = try copy.load()
        #expect(model.architecture.headName == head)
        #expect(try Self.difference(model, expected) == 0)
    }

    @Test(
        "A tied GPT-NeoX or Phi reads its head from the embedding",
        arguments: [
            ("gpt-neox", "gpt_neox.embed_in.weight", "embed_out.weight"),
            ("phi", "model.embed_tokens.weight", "lm_head.weight"),
        ])
    func tied(name: String, embedding: String, head: String) throws {
        var copy = try ModelFolderTests.Copy(name)
        let place = try #require(copy.tensors.firstIndex { $0.name == head })
        copy.tensors[place].tensor = try #require(
            copy.tensors.first { $0.name == embedding }
        ).tensor
        let expected = try Self.logits(copy.load())
        try copy.configure(dropping: [], adding: #""tie_word_embeddings": true"#)
        let model = try copy.load()
        #expect(model.architecture.headName == embedding)
        #expect(try Self.difference(model, expected) == 0)
    }

    @Test(
        "A folder in half precision is written back byte for byte",
        arguments: [Safetensors.ElementType.bf16, .f16, .f32], ["llama-untied", "phi"])
    func sameType(type: Safetensors.ElementType, name: String) throws {
        var copy = try ModelFolderTests.Copy(name)
        copy.types = Dictionary(
            copy.tensors.map { ($0.name, type) }, uniquingKeysWith: { a, _ in a })
        let model = try copy.load()
        let target = try ScratchFolder()
        #expect(try model.save(to: target.url) == model.digest)
        func bytes(_ folder: ScratchFolder) throws -> Data {
            try DurableFile.read(folder.url.appendingPathComponent(LanguageModel.weightsName))
        }
        #expect(try bytes(target) == bytes(copy.scratch))
        #expect(
            try LanguageModel(folder: target.url, tokenizer: ByteTokenizer()).digest == model.digest
        )
    }
}
