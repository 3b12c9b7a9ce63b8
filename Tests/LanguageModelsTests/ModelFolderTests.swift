import Domain
import Foundation
import LanguageModels
import TensorCore
import TestSupport
import Testing

/// Broken copies of a model folder, and what is said about each.
@Suite struct ModelFolderTests {
    /// A copy of a reference model to be spoiled.
    struct Copy {
        let scratch: ScratchFolder
        var tensors: [(name: String, tensor: Tensor)] = []
        var types: [String: Safetensors.ElementType] = [:]
        var configuration: String

        init(_ fixture: String = "llama-untied") throws {
            scratch = try ScratchFolder()
            let folder = Fixtures.root.appendingPathComponent("models/\(fixture)")
            configuration = String(
                decoding: try DurableFile.read(folder.appendingPathComponent("config.json")),
                as: UTF8.self)
            let file = try Safetensors(
                contentsOf: folder.appendingPathComponent("model.safetensors"))
            for entry in file.entries {
                tensors.append((entry.name, try #require(try file.tensor(entry.name))))
            }
        }

        mutating func configure(_ old: String, _ new: String) {
            #expect(configuration.contains(old))
            configuration = configuration.replacingOccurrences(of: old, with: new)
        }

        /// Drops keys of config.json and adds others, written as the members of a JSON object.
        mutating func configure(dropping keys: [String], adding text: String) throws {
            let old = try #require(JSONParser.parse(Data(configuration.utf8)).members)
            let new = try #require(JSONParser.parse(Data("{\(text)}".utf8)).members)
            let kept = old.filter { member in
                !keys.contains(member.key) && !new.contains { $0.key == member.key }
            }
            configuration = String(
                decoding: JSONValue.object(kept + new).serialized(), as: UTF8.self)
        }

        func load(_ tokenizer: (any Tokenizer)? = ByteTokenizer()) throws -> LanguageModel {
            _ = try scratch.file("config.json", configuration)
            try Safetensors.encode(tensors, types: types)
                .write(to: scratch.url.appendingPathComponent("model.safetensors"))
            return try LanguageModel(folder: scratch.url, tokenizer: tokenizer)
        }

        func failure(_ tokenizer: (any Tokenizer)? = ByteTokenizer()) -> ModelError? {
            #expect(throws: ModelError.self) { try load(tokenizer) }
        }
    }

    @Test("The unspoiled copy loads")
    func unspoiled() throws {
        let model = try Copy().load()
        #expect(model.parameterCount == 57_072)
        #expect(model.architecture.familyID == "llama")
        #expect(model.architecture.vocabularySize == 160)
        #expect(model.architecture.maximumPositions == 64)
    }

    @Test("A missing tensor is named with its shape")
    func missingTensor() throws {
        var copy = try Copy()
        copy.tensors.removeAll { $0.name == "model.layers.1.mlp.down_proj.weight" }
        let error = copy.failure()
        #expect(error?.code == .missingTensor)
        #expect(error?.message.contains("model.layers.1.mlp.down_proj.weight") == true)
        #expect(error?.message.contains("[48, 80]") == true)
        #expect(error?.details == ["tensor": "model.layers.1.mlp.down_proj.weight"])
    }

    @Test("A wrong shape is named with both shapes")
    func wrongShape() throws {
        var copy = try Copy()
        let place = try #require(copy.tensors.firstIndex { $0.name == "model.norm.weight" })
        copy.tensors[place].tensor = Tensor.zeros([47])
        let error = copy.failure()
        #expect(error?.code == .wrongShape)
        #expect(
            error?.message == "model.norm.weight has shape [47]; config.json asks for [48].")
    }

    @Test("An unexpected tensor is named")
    func unexpectedTensor() throws {
        var copy = try Copy()
        copy.tensors.append(("model.layers.0.self_attn.q_proj.lora_A.weight", Tensor.zeros([2])))
        let error = copy.failure()
        #expect(error?.code == .unexpectedTensor)
        #expect(
            error?.message.contains("model.layers.0.self_attn.q_proj.lora_A.weight") == true)
        #expect(error?.message.contains("llama") == true)
    }

    @Test("Rotary frequencies that old checkpoints carry are passed over")
    func ignoredTensor() throws {
        var copy = try Copy()
        copy.tensors.append(
            ("model.layers.0.self_attn.rotary_emb.inv_freq", Tensor.zeros([6])))
        #expect(try copy.load().parameterCount == 57_072)
    }

    @Test("A tokenizer larger than the model is refused with both sizes")
    func vocabulary() throws {
        let tokenizer = try BytePairTokenizer(
            file: DurableFile.read(
                Fixtures.root.appendingPathComponent(
                    "tokenizers/tofu-bytelevel-2048/tokenizer.json")))
        let error = try Copy().failure(tokenizer)
        #expect(error?.code == .vocabularyMismatch)
        #expect(error?.message == "The tokenizer has 2048 tokens, the model only 160.")
    }

    @Test("An unknown kind of model is refused with the known ones")
    func unknownType() throws {
        var copy = try Copy()
        copy.configure(#""model_type": "llama""#, #""model_type": "mamba""#)
        let error = copy.failure()
        #expect(error?.code == .unsupportedModel)
        #expect(
            error?.message == #"config.json: model_type is "mamba"; supported: "#
                + "gpt2, gpt_neox, llama, phi, qwen2, qwen3.")
    }

    @Test(
        "An option the computation does not have is refused by name",
        arguments: [
            (#""hidden_act": "silu""#, #""hidden_act": "relu""#, "hidden_act", "relu"),
            (#""rope_type": "default""#, #""rope_type": "yarn""#, "rope_type", "yarn"),
            (#""rope_type": "default""#, #""rope_type": "dynamic""#, "rope_type", "dynamic"),
            (#""rope_type": "default""#, #""rope_type": "longrope""#, "rope_type", "longrope"),
        ])
    func unsupported(old: String, new: String, key: String, value: String) throws {
        var copy = try Copy()
        copy.configure(old, new)
        let error = copy.failure()
        #expect(error?.code == .unsupportedModel)
        #expect(error?.message.contains(key) == true)
        #expect(error?.message.contains(value) == true)
    }

    @Test(
        "A malformed value of the configuration is named by its key",
        arguments: [
            (#""num_hidden_layers": 2"#, #""num_hidden_layers": "two""#, "num_hidden_layers"),
            (#""num_hidden_layers": 2"#, #""num_hidden_layers": 0"#, "num_hidden_layers"),
            (#""num_key_value_heads": 4"#, #""num_key_value_heads": 3"#, "num_key_value_heads"),
            (#""head_dim": 12"#, #""head_dim": 11"#, "head_dim"),
            (#""head_dim": 12"#, #""head_dim": 2000000000"#, "head_dim"),
            (#""rms_norm_eps": 1e-06"#, #""rms_norm_eps": -1"#, "rms_norm_eps"),
            (#""tie_word_embeddings": false"#, #""tie_word_embeddings": 0"#, "tie_word_embeddings"),
        ])
    func malformed(old: String, new: String, key: String) throws {
        var copy = try Copy()
        copy.configure(old, new)
        let error = copy.failure()
        #expect(error?.code == .malformedConfiguration)
        #expect(error?.details["key"] == key)
    }

    @Test(
        "Sizes beyond all memory are refused before any is reserved",
        arguments: [("hidden_size", 48), ("vocab_size", 160), ("intermediate_size", 80)])
    func hostileSizes(key: String, value: Int) throws {
        // Within the range of the key, but more than any memory holds.
        var large = try Copy()
        large.configure("\"\(key)\": \(value)", "\"\(key)\": 16777216")
        if key != "hidden_size" {
            large.configure("\"hidden_size\": 48", "\"hidden_size\": 16777216")
        }
        #expect(large.failure()?.code == .wrongShape)
        // Beyond the range.
        var beyond = try Copy()
        beyond.configure("\"\(key)\": \(value)", "\"\(key)\": 9223372036854775807")
        let error = beyond.failure()
        #expect(error?.code == .malformedConfiguration)
        #expect(error?.details["key"] == key)
        // Small enough to be held, but not what the file holds.
        var other = try Copy()
        other.configure("\"\(key)\": \(value)", "\"\(key)\": \(2 * value)")
        #expect(other.failure()?.code == .wrongShape)
    }

    @Test("A new model of more parameters than any machine holds is refused")
    func hostileRecipe() throws {
        let recipe = try RecipeFile.parse(
            """
            lethe-recipe: 1
            family: llama
            model: {hidden-size: 1000000, intermediate-size: 1000000, layers: 900, heads: 1000}
            epochs: 1
            learning-rate: 0.1
            """)
        let tokenizer = try TinyModel.tokenizer()
        let configuration = try recipe.configuration(vocabularySize: 280, endID: 0)
        let error = #expect(throws: ModelError.self) {
            try LanguageModel(configuration: configuration, tokenizer: tokenizer, seed: 1)
        }
        #expect(error?.code == .unsupportedModel)
        #expect(error?.message.contains("6.3e+15 parameters") == true)
    }

    @Test("More heads than the width has dimensions are refused")
    func tooManyHeads() throws {
        var copy = try Copy()
        copy.configure("\"num_attention_heads\": 4", "\"num_attention_heads\": 1024")
        copy.configure("\"num_key_value_heads\": 4", "\"num_key_value_heads\": 1024")
        copy.configure("\"head_dim\": 12", "\"head_dim\": null")
        let error = copy.failure()
        #expect(error?.code == .malformedConfiguration)
        #expect(error?.details["key"] == "head_dim")
    }

    @Test(
        "A folder without one of its files says which",
        arguments: ["config.json", "model.safetensors", "tokenizer.json"])
    func missingFile(name: String) throws {
        let copy = try Copy()
        _ = try copy.load()
        let file = copy.scratch.url.appendingPathComponent(name)
        if name != "tokenizer.json" { try FileManager.default.removeItem(at: file) }
        let error = #expect(throws: ModelError.self) {
            try LanguageModel(
                folder: copy.scratch.url,
                tokenizer: name == "tokenizer.json" ? nil : ByteTokenizer())
        }
        #expect(error?.code == .incompleteFolder)
        #expect(error?.message.contains(name) == true)
    }

    @Test("Export keeps each tensor's element type and the file's digest")
    func elementTypes() throws {
        var copy = try Copy()
        copy.types = [
            "model.norm.weight": .f64, "lm_head.weight": .bf16,
            "model.embed_tokens.weight": .f16,
        ]
        let model = try copy.load()
        let file = copy.scratch.url.appendingPathComponent("model.safetensors")
        #expect(model.digest == (try Digest(ofFileAt: file)))
        let target = try ScratchFolder()
        #expect(try model.copy().save(to: target.url) == model.digest)
        let saved = try Safetensors(
            contentsOf: target.url.appendingPathComponent("model.safetensors"))
        for entry in saved.entries {
            #expect(entry.type == copy.types[entry.name] ?? .f32, "\(entry.name)")
        }
        #expect(
            try DurableFile.read(target.url.appendingPathComponent("config.json"))
                == Data(copy.configuration.utf8))
    }

    @Test("Initial weights follow from the seed")
    func initialWeights() throws {
        let model = try TinyModel.make(seed: 3)
        #expect(model.digest == (try TinyModel.make(seed: 3).digest))
        #expect(model.digest != (try TinyModel.make(seed: 4).digest))
        #expect(model.copy().reinitialized(seed: 3).digest == model.digest)
    }

    @Test(
        "A saved new model reads back, tokenizer and all",
        arguments: builtinModelFamilies.map(\.id))
    func newModel(family: String) throws {
        let model = try TinyModel.make(family: family)
        let target = try ScratchFolder()
        let digest = try model.save(to: target.url)
        let again = try LanguageModel(folder: target.url)
        #expect(again.digest == digest)
        #expect(again.architecture.familyID == family)
        #expect(again.tokenizer.endID == 0)
        #expect(again.tokenizer.encode("naïve 12") == model.tokenizer.encode("naïve 12"))
    }

    @Test("Every file of the families' folder that describes one is in the list of families")
    func families() throws {
        let folder = Fixtures.repository.appendingPathComponent("Sources/LanguageModels/Families")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        var described: [String] = []
        for file in files {
            let text = String(
                decoding: try DurableFile.read(folder.appendingPathComponent(file)), as: UTF8.self)
            for match in text.matches(of: /ModelFamily\(\s*id: "([^"]+)"/) {
                described.append(String(match.1))
            }
        }
        #expect(described.sorted() == builtinModelFamilies.map(\.id).sorted())
        #expect(described.count == 6)
    }

    @Test(
        "A new model of every family learns from a recipe",
        arguments: builtinModelFamilies.map(\.id))
    func learns(family: String) throws {
        let model = try TinyModel.make(family: family)
        let before = try TinyModel.loss(model, TinyModel.corpus)
        let recipe = TrainingRecipe(epochs: 30, batchSize: 4, learningRate: 0.01, seed: 5)
        _ = try Trainer(recipe).train(model, on: TinyModel.corpus, context: WorkContext())
        let after = try TinyModel.loss(model, TinyModel.corpus)
        #expect(before > 5)
        #expect(after < before / 4, "\(before) -> \(after)")
    }

    @Test(
        "A recipe asks for grouped queries only of families that have them",
        arguments: ["gpt2", "gpt-neox"])
    func groupedQueries(family: String) throws {
        let recipe = try RecipeFile.parse(
            """
            lethe-recipe: 1
            family: \(family)
            model: {hidden-size: 32, intermediate-size: 64, layers: 1, heads: 4, key-value-heads: 2}
            epochs: 1
            learning-rate: 0.01
            """)
        let error = #expect(throws: ModelError.self) {
            try recipe.configuration(vocabularySize: 280, endID: 0)
        }
        #expect(error?.code == .malformedRecipe)
        #expect(error?.message.contains(family) == true)
    }
}
