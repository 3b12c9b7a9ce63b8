import Domain
import Foundation
import LanguageModels
import TensorCore
import TestSupport
import Testing

/// Adapter folders that are not what they should be. Each starts from a good one that PEFT wrote.
@Suite struct LowRankFileTests {
    static func architecture() throws -> any DecoderArchitecture {
        try GoldenModelTests.Golden("llama-gqa-tied").model.architecture
    }

    /// PEFT's configuration with members replaced or added.
    static func configuration(_ changes: [(String, String)]) throws -> Data {
        let json = try JSONParser.parse(
            DurableFile.read(
                LowRankGoldenTests.folder("llama-gqa-tied")
                    .appendingPathComponent("adapter_config.json")))
        var members = try #require(json.members)
        for (key, text) in changes {
            members.removeAll { $0.key == key }
            members.append(.init(key, try JSONParser.parse(Data(text.utf8))))
        }
        return JSONValue.object(members).serialized()
    }

    static func read(
        configuration: Data, weights: Data? = nil, removing removed: String? = nil
    ) throws -> AdapterSet {
        let scratch = try ScratchFolder()
        let source = LowRankGoldenTests.folder("llama-gqa-tied")
        let files = [
            "adapter_config.json": configuration,
            AdapterSet.weightsName: try weights
                ?? DurableFile.read(source.appendingPathComponent(AdapterSet.weightsName)),
        ]
        for (name, content) in files where name != removed {
            try content.write(to: scratch.url.appendingPathComponent(name))
        }
        return try AdapterSet(folder: scratch.url, for: try architecture())
    }

    @Test(
        "What changes the computation and is not supported is refused by its key",
        arguments: [
            ("peft_type", "\"IA3\""), ("peft_type", "null"), ("use_dora", "true"),
            ("bias", "\"all\""), ("bias", "\"lora_only\""), ("lora_bias", "true"),
            ("modules_to_save", "[\"lm_head\"]"), ("init_lora_weights", "\"pissa\""),
            ("target_modules", "\".*_proj\""), ("exclude_modules", "[\"v_proj\"]"),
            ("layers_pattern", "\"layers\""), ("rank_pattern", "{\"layers.[01].q_proj\": 2}"),
            ("layer_replication", "[[0, 2]]"), ("trainable_token_indices", "[1]"),
            ("target_parameters", "[\"x\"]"), ("some_later_option", "3"),
        ])
    func unsupported(key: String, value: String) throws {
        let configuration = try Self.configuration([(key, value)])
        let error = #expect(throws: ModelError.self) {
            try Self.read(configuration: configuration)
        }
        #expect(error?.code == .unsupportedAdapter)
        #expect(error?.details["key"] == key)
        #expect(error?.message.contains("adapter_config.json: \(key) is ") == true)
    }

    @Test(
        "A value of the wrong kind or range is refused by its key",
        arguments: [
            ("r", "0"), ("r", "4097"), ("r", "\"4\""), ("r", "1e99"), ("lora_alpha", "0"),
            ("lora_alpha", "null"), ("lora_alpha", "1e999"), ("target_modules", "[]"),
            ("target_modules", "null"), ("target_modules", "[\"q_proj\", 3]"),
            ("rank_pattern", "[]"), ("rank_pattern", "{\"q_proj\": -1}"),
            ("alpha_pattern", "{\"q_proj\": \"8\"}"), ("use_rslora", "\"yes\""),
            ("layers_to_transform", "\"0\""),
        ])
    func malformed(key: String, value: String) throws {
        let configuration = try Self.configuration([(key, value)])
        let error = #expect(throws: ModelError.self) {
            try Self.read(configuration: configuration)
        }
        #expect(error?.code == .malformedAdapter, "\(error?.message ?? "none")")
        #expect(error?.details["key"] == key)
    }

    @Test(
        "What only tells of training or origin is passed over",
        arguments: [
            ("lora_dropout", "0.1"), ("base_model_name_or_path", "\"elsewhere\""),
            ("fan_in_fan_out", "true"), ("init_lora_weights", "\"gaussian\""),
            ("peft_version", "\"0.3.0\""), ("some_later_option", "null"),
            ("some_later_switch", "false"), ("layers_to_transform", "[0, 1]"),
        ])
    func neutral(key: String, value: String) throws {
        let adapters = try Self.read(configuration: try Self.configuration([(key, value)]))
        #expect(adapters.parts.count == 6)
        #expect(adapters.parts.allSatisfy { $0.scale == 2 })
    }

    @Test("Scales follow alpha, rank and the kind of scaling")
    func scales() throws {
        let stabilized = try Self.read(
            configuration: try Self.configuration([
                ("use_rslora", "true"), ("lora_alpha", "5"),
                (
                    "alpha_pattern",
                    "{\"layers\\\\.1\\\\.mlp\\\\.down_proj\": 3, "
                        + "\"^model.layers.0.self_attn.q_proj\": 7, \"^layers.0.self_attn.v_proj\": 9}"
                ),
            ]))
        // Root of rank 4: 2. The last pattern begins inside the path and so matches nothing.
        #expect(stabilized.parts.map(\.scale) == [3.5, 2.5, 2.5, 2.5, 2.5, 1.5])
    }

    @Test("A folder without one of the two files is refused with its name")
    func incomplete() throws {
        for name in ["adapter_config.json", AdapterSet.weightsName] {
            let error = #expect(throws: ModelError.self) {
                try Self.read(configuration: try Self.configuration([]), removing: name)
            }
            #expect(error?.code == .incompleteFolder)
            #expect(error?.details["file"] == name)
        }
    }

    @Test("Tensors that are missing, too many or of another shape are refused by name")
    func wrongTensors() throws {
        let configuration = try Self.configuration([])
        let file = try Safetensors(
            contentsOf: LowRankGoldenTests.folder("llama-gqa-tied")
                .appendingPathComponent(AdapterSet.weightsName))
        let tensors = try file.entries.map { ($0.name, try #require(try file.tensor($0.name))) }
        func failure(_ tensors: [(String, Tensor)]) -> ModelError? {
            #expect(throws: ModelError.self) {
                try Self.read(
                    configuration: configuration, weights: Safetensors.encode(tensors))
            }
        }
        let missing = failure(Array(tensors.dropLast()))
        #expect(missing?.code == .missingTensor)
        #expect(missing?.details["tensor"] == tensors.last?.0)
        let extra = "base_model.model.model.layers.0.self_attn.q_proj.lora_magnitude_vector"
        let unexpected = failure(tensors + [(extra, Tensor.zeros([48]))])
        #expect(unexpected?.code == .unexpectedTensor)
        #expect(unexpected?.details["tensor"] == extra)
        let other = failure(
            tensors.map { ($0.0, $0.0 == tensors[0].0 ? Tensor.zeros([2, 96]) : $0.1) })
        #expect(other?.code == .wrongShape)
        #expect(other?.details["tensor"] == tensors[0].0)
        tensors[3].1.pointer[0] = .nan
        #expect(failure(tensors)?.code == .malformedAdapter)
        // Another rank than the tensors have.
        let rank = #expect(throws: ModelError.self) {
            try Self.read(configuration: try Self.configuration([("r", "8")]))
        }
        #expect(rank?.code == .wrongShape)
    }

    @Test("Adapters of another model, and of layers it does not have, are refused")
    func otherModel() throws {
        let model = try GoldenModelTests.Golden("gpt2").model
        let error = #expect(throws: ModelError.self) {
            try AdapterSet(
                folder: LowRankGoldenTests.folder("llama-gqa-tied"), for: model.architecture)
        }
        #expect(error?.code == .unknownTarget)
        let layers = #expect(throws: ModelError.self) {
            try Self.read(
                configuration: try Self.configuration([("layers_to_transform", "[7]")]))
        }
        #expect(layers?.code == .unknownTarget)
        #expect(layers?.details["key"] == "layers_to_transform")
    }
}
