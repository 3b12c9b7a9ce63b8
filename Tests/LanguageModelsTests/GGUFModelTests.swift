import Domain
import Foundation
import LanguageModels
import TensorCore
import TestSupport
import Testing

/// GGUF files made from the reference models with the gguf library's names, against those models.
@Suite struct GGUFModelTests {
    static let models = [
        "llama-gqa-tied", "llama-untied", "llama3-rope-scaled", "qwen2", "qwen3", "gpt2",
        "gpt-neox", "phi",
    ]

    static func reference(_ name: String) -> URL {
        Fixtures.root.appendingPathComponent("models/\(name)")
    }

    static func file(_ name: String) throws -> GGUF {
        try GGUF(contentsOf: Fixtures.root.appendingPathComponent("gguf/models/\(name).gguf"))
    }

    @Test("Every tensor is the Hugging Face tensor, bit by bit", arguments: models)
    func tensors(name: String) throws {
        let model = try GGUFModel(Self.file(name))
        let expected = try Safetensors(
            contentsOf: Self.reference(name).appendingPathComponent("model.safetensors"))
        let found = Dictionary(uniqueKeysWithValues: model.tensors.map { ($0.name, $0) })
        #expect(Set(found.keys) == Set(expected.entries.map(\.name)))
        for entry in expected.entries {
            #expect(found[entry.name]?.shape == entry.shape, "\(entry.name)")
            #expect(found[entry.name]?.type == .f32)
            let target = Tensor(entry.shape)
            try model.read(entry.name, into: target)
            let values = try #require(try expected.tensor(entry.name)).values
            #expect(target.values.map(\.bitPattern) == values.map(\.bitPattern), "\(entry.name)")
        }
    }

    @Test("The configuration gives PyTorch's logits and greedy ids", arguments: models)
    func logits(name: String) throws {
        let source = try GGUFModel(Self.file(name))
        let model = try LanguageModel(
            configuration: source.configuration, weights: source, tokenizer: ByteTokenizer(),
            companions: source.companions)
        let golden = try Safetensors(
            contentsOf: Self.reference(name).appendingPathComponent("golden.safetensors"))
        let shape = try #require(golden["input_ids"]).shape
        let ids = try #require(golden.int32Values("input_ids"))
        var batch = PackedBatch()
        for row in 0..<shape[0] {
            batch.appendRows(Array(ids[row * shape[1]..<(row + 1) * shape[1]]), from: 0)
        }
        let expected = try #require(try golden.tensor("logits")).values
        let error = GoldenModelTests.relativeError(
            try model.logits(of: batch).values, expected)
        #expect(error < GoldenModelTests.forwardTolerance, "relative error \(error)")
        let greedy = try #require(golden.int32Values("greedy"))
        let generated = try model.generate(
            [Array(ids.prefix(6))], maximumTokenCount: greedy.count - 6, sampler: .greedy,
            stopAtEnd: false)
        #expect(Array(ids.prefix(6)) + generated[0] == greedy)
    }

    @Test("Llama 3's rotary scaling is recovered from its factors")
    func ropeScaling() throws {
        let scaling = try GGUFModel(Self.file("llama3-rope-scaled")).configuration["rope_scaling"]
        #expect(scaling?["rope_type"]?.text == "llama3")
        #expect(scaling?["factor"]?.real == 32)
        #expect(scaling?["low_freq_factor"]?.real == 1)
        #expect(scaling?["high_freq_factor"]?.real == 4)
        #expect(scaling?["original_max_position_embeddings"]?.integer == 64)
    }

    @Test("Begin and end tokens, specials and the chat template reach the Hugging Face files")
    func vocabulary() throws {
        let source = try GGUFModel(Self.file("llama-untied"))
        #expect(source.configuration["bos_token_id"]?.integer == 1)
        #expect(source.configuration["eos_token_id"]?.integer == 2)
        #expect(source.configuration["pad_token_id"]?.isNull == true)
        let model = try LanguageModel(
            gguf: Fixtures.root.appendingPathComponent("gguf/models/llama-untied.gguf"))
        #expect(model.tokenizer.beginID == 1)
        #expect(model.tokenizer.endID == 2)
        // <|begin|>, "the" with its space, <extra one>, "an".
        #expect(model.tokenizer.encode("<|begin|> the<extra one>an") == [1, 103, 3, 104])
        #expect(model.tokenizer.decode([1, 103, 3, 104]) == "<|begin|> the<extra one>an")
        let written = try JSONParser.parse(try #require(source.companions["tokenizer_config.json"]))
        #expect(written["bos_token"]?.text == "<|begin|>")
        #expect(written["eos_token"]?.text == "<|end|>")
    }

    @Test("The name of the pre-tokenizer decides how text is cut")
    func preTokenizers() throws {
        // Digits in groups, by threes and one by one; merges with digits do not exist, so the cuts
        // show in where a space may join a digit.
        for name in Self.models {
            let file = try #require(
                try GGUFModel(Self.file(name)).companions["tokenizer.json"])
            let document = try JSONParser.parse(file)
            let steps = document["pre_tokenizer"]
            let ignoresMerges = document["model"]?["ignore_merges"]?.boolean
            #expect(ignoresMerges == (name == "llama3-rope-scaled"))
            let composes = document["normalizer"]?["type"]?.text == "NFC"
            #expect(composes == ["qwen2", "qwen3", "gpt-neox"].contains(name))
            let types = (steps?["pretokenizers"]?.items ?? [steps ?? .null])
                .compactMap { $0["type"]?.text }
            let pattern = steps?["pretokenizers"]?.items?.first?["pattern"]?["Regex"]?.text
            switch name {
            case "llama-gqa-tied": #expect(types == ["Digits", "ByteLevel"])
            case "llama-untied", "llama3-rope-scaled":
                #expect(types == ["Split", "ByteLevel"])
                #expect(pattern?.contains(#"\p{N}{1,3}"#) == true)
            case "qwen2", "qwen3":
                #expect(types == ["Split", "ByteLevel"])
                #expect(pattern?.contains(#"|\p{N}|"#) == true)
            default: #expect(types == ["ByteLevel"])
            }
        }
    }

    @Test("A SentencePiece vocabulary gives the ids and texts of the sentencepiece library")
    func sentencePiece() throws {
        let folder = Fixtures.root.appendingPathComponent("gguf")
        let source = try GGUFModel(
            contentsOf: folder.appendingPathComponent("sentencepiece.gguf"))
        let tokenizer = try readTokenizer(
            file: try #require(source.companions["tokenizer.json"]),
            configuration: source.configuration)
        let cases = try JSONParser.parse(
            try Data(contentsOf: folder.appendingPathComponent("sentencepiece.json")))
        var compared = 0
        for item in cases.items ?? [] {
            let text = try #require(item["text"]?.text)
            let ids = try #require(item["ids"]?.items).compactMap(\.integer).map(Int32.init)
            #expect(tokenizer.encode(text) == ids, "\(text)")
            #expect(tokenizer.decode(ids) == item["decoded"]?.text, "\(text)")
            compared += 1
        }
        #expect(compared == 50)
    }

    // MARK: - What is refused

    /// A one-layer llama model, to be damaged.
    static func writer(architecture: String = "llama", pre: String? = "gpt-2") -> GGUFWriter {
        var writer = GGUFWriter()
        writer.add("general.architecture", architecture)
        for (key, value) in [
            ("block_count", 1), ("context_length", 16), ("embedding_length", 4),
            ("feed_forward_length", 4), ("attention.head_count", 1),
        ] { writer.add("\(architecture).\(key)", UInt32(value)) }
        writer.add("\(architecture).attention.layer_norm_rms_epsilon", Float(1e-5))
        writer.add("tokenizer.ggml.model", "gpt2")
        if let pre { writer.add("tokenizer.ggml.pre", pre) }
        writer.add("tokenizer.ggml.tokens", ["a", "b"] as [String])
        writer.add("tokenizer.ggml.merges", [] as [String])
        writer.add("token_embd.weight", shape: [2, 4], values: [Float](repeating: 1, count: 8))
        return writer
    }

    static func refusal(_ writer: GGUFWriter) -> ModelError? {
        do {
            _ = try GGUFModel(GGUF(writer.file(), name: "t.gguf"))
            return nil
        } catch { return error as? ModelError }
    }

    @Test("The file they are made from is read")
    func undamaged() { #expect(Self.refusal(Self.writer()) == nil) }

    @Test("An architecture that is not read is refused with the list")
    func architecture() {
        let error = Self.refusal(Self.writer(architecture: "mamba"))
        #expect(error?.code == .unsupportedModel)
        #expect(error?.message.contains("llama, qwen2, qwen3, gpt2, gptneox, phi2") == true)
        #expect(Self.refusal(GGUFWriter())?.code == .unsupportedModel)
    }

    @Test("A pre-tokenizer that is unknown or missing is refused with the list")
    func unknownPreTokenizer() {
        for pre in ["tekken", nil] {
            let error = Self.refusal(Self.writer(pre: pre))
            #expect(error?.code == .unsupportedModel)
            #expect(error?.message.contains("smollm") == true)
        }
    }

    @Test("Settings that change the computation are refused where they are not followed")
    func settings() {
        func refuse(_ change: (inout GGUFWriter) -> Void, _ part: String) {
            var writer = Self.writer()
            change(&writer)
            let error = Self.refusal(writer)
            #expect(error?.message.contains(part) == true, "\(error?.message ?? "accepted")")
        }
        refuse({ $0.add("llama.rope.scaling.type", "yarn") }, "rope.scaling.type")
        refuse({ $0.add("llama.expert_count", UInt32(8)) }, "expert_count")
        refuse({ $0.add("llama.attention.value_length", UInt32(2)) }, "value_length")
        refuse({ $0.add("llama.rope.dimension_count", UInt32(2)) }, "rope.dimension_count")
        refuse({ $0.add("llama.rope.freq_base", Float.nan) }, "rope.freq_base")
        refuse({ $0.add("llama.attention.head_count_kv", UInt32(3)) }, "head_count_kv")
        refuse(
            { $0.add("rope_freqs.weight", shape: [2], values: [3, 1]) }, "rope_freqs.weight")
    }

    @Test("Tensors that do not belong, lack their place or have a strange shape are refused")
    func strangeTensors() {
        func refuse(_ name: String, _ shape: [Int], _ code: ModelErrorCode) {
            var writer = Self.writer()
            writer.add(
                name, shape: shape, values: [Float](repeating: 0, count: shape.reduce(1, *)))
            #expect(Self.refusal(writer)?.code == code, "\(name)")
        }
        refuse("blk.1.attn_q.weight", [4, 4], .unexpectedTensor)
        refuse("blk.00.attn_q.weight", [4, 4], .unexpectedTensor)
        refuse("blk.-1.attn_q.weight", [4, 4], .unexpectedTensor)
        refuse("blk.0.attn_qkv.weight", [4, 4], .unexpectedTensor)
        refuse("nothing", [4], .unexpectedTensor)
        refuse("blk.0.attn_q.weight", [3, 4], .wrongShape)
        refuse("blk.0.attn_q.weight", [1, 4, 4], .wrongShape)
    }

    @Test("A model without a layer's tensor is refused by the Hugging Face name")
    func incomplete() throws {
        let source = try GGUFModel(GGUF(Self.writer().file(), name: "t.gguf"))
        #expect {
            try LanguageModel(
                configuration: source.configuration, weights: source, tokenizer: ByteTokenizer(),
                companions: [:])
        } throws: { ($0 as? ModelError)?.code == .missingTensor }
    }

    @Test("GPT-2's repeated head is accepted if it is the embedding, else refused")
    func tiedHead() {
        for (value, isAccepted) in [(Float(1.1), true), (-1, false)] {
            var writer = Self.writer(architecture: "gpt2")
            writer.add("gpt2.attention.layer_norm_epsilon", Float(1e-5))
            writer.add(
                "output.weight", shape: [2, 4], values: [Float](repeating: value, count: 8))
            #expect((Self.refusal(writer) == nil) == isAccepted)
        }
    }

    @Test("Vocabularies with lengths that disagree are refused")
    func vocabularyLengths() {
        var writer = Self.writer()
        writer.add("tokenizer.ggml.token_type", [Int32(1)])
        #expect(Self.refusal(writer)?.code == .malformedGGUF)
        writer = Self.writer()
        writer.add("tokenizer.ggml.bos_token_id", "1")
        #expect(Self.refusal(writer)?.code == .malformedGGUF)
    }

    @Test("Every seed and every input kept from fuzzing gives an error or a model, never a crash")
    func fuzzed() throws {
        for url in try Fixtures.files(in: "gguf/tiny", extension: "gguf")
            + Fixtures.files(in: "gguf/fuzzed", extension: "gguf")
        {
            guard let model = try? GGUFModel(contentsOf: url) else { continue }
            for description in model.tensors {
                try model.read(description.name, into: Tensor(description.shape))
            }
        }
    }
}
