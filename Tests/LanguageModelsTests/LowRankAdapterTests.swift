import Domain
import Foundation
import LanguageModels
import TensorCore
import TestSupport
import Testing

@Suite struct LowRankAdapterTests {
    static func adapters(
        _ model: LanguageModel, rank: Int = 4, targets: [String] = [LowRankSettings.allLinear],
        seed: UInt64 = 3
    ) throws -> AdapterSet {
        try AdapterSet(
            for: model.architecture,
            settings: LowRankSettings(rank: rank, alpha: 8, targets: targets), seed: seed)
    }

    static func batch() -> PackedBatch {
        PackedBatch([ScoredSequence(ids: [1, 40, 7, 260, 12], scored: 1..<5)])
    }

    @Test(
        "All linear matrices of the layers are targets, with their widths",
        arguments: [
            (
                "llama",
                [
                    "q_proj 32 32", "k_proj 32 32", "v_proj 32 32", "o_proj 32 32",
                    "gate_proj 32 64",
                    "up_proj 32 64", "down_proj 64 32",
                ]
            ),
            ("gpt2", ["c_attn 32 96", "c_proj 32 32", "c_fc 32 64", "c_proj 64 32"]),
        ])
    func targets(family: String, expected: [String]) throws {
        let model = try TinyModel.make(family: family)
        #expect(
            model.architecture.linearWeights.map {
                "\($0.moduleName) \($0.inputWidth) \($0.outputWidth)"
            } == expected)
        for weight in model.architecture.linearWeights {
            let shape = try #require(model.parameters[weight.name]).value.shape
            #expect(
                shape
                    == (family == "gpt2"
                        ? [weight.inputWidth, weight.outputWidth]
                        : [weight.outputWidth, weight.inputWidth]))
        }
    }

    @Test("Targets are names of modules or ends of their paths, in the model's order")
    func naming() throws {
        let model = try TinyModel.make(family: "gpt2")
        func paths(_ targets: [String]) throws -> [String] {
            try model.architecture.linearWeights(targets: targets).map(\.modulePath)
        }
        #expect(
            try paths(["c_proj", "c_attn"]) == [
                "transformer.h.0.attn.c_attn", "transformer.h.0.attn.c_proj",
                "transformer.h.0.mlp.c_proj",
            ])
        #expect(try paths(["mlp.c_proj"]) == ["transformer.h.0.mlp.c_proj"])
        #expect(try paths(["transformer.h.0.mlp.c_fc"]) == ["transformer.h.0.mlp.c_fc"])
    }

    @Test(
        "A target the model does not have is refused with the possible ones",
        arguments: [
            ("q_prj", "has no linear matrix \"q_prj\"", "Did you mean \"q_proj\"?"),
            ("proj", "has no linear matrix \"proj\"", nil),
            ("embed_tokens", "\"embed_tokens\" is an embedding or a head", nil),
            ("model.norm", "has no linear matrix", nil),
        ] as [(String, String, String?)])
    func unknownTarget(target: String, message: String, remedy: String?) throws {
        let model = try TinyModel.make()
        let error = #expect(throws: ModelError.self) {
            try Self.adapters(model, targets: ["v_proj", target])
        }
        #expect(error?.code == .unknownTarget)
        #expect(error?.details["target"] == target)
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
        #expect(
            error?.message.contains(
                "Known: q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj, all-linear.")
                == true)
        if let remedy { #expect(error?.remedy == remedy) }
    }

    @Test("New adapters start as PEFT's: A uniform within 1/sqrt(in), B zero")
    func start() throws {
        let model = try TinyModel.make()
        let adapters = try Self.adapters(model, rank: 16)
        for part in adapters.parts {
            let bound = 1 / Float(part.weight.inputWidth).squareRoot()
            let values = part.down.value.values
            #expect(values.allSatisfy { abs($0) <= bound })
            let mean = values.reduce(0, +) / Float(values.count)
            #expect(abs(mean) < 0.1 * bound, "\(part.down.name)")
            // A uniform distribution's deviation is its bound / sqrt(3).
            let square = values.reduce(0) { $0 + $1 * $1 } / Float(values.count)
            #expect(abs(square.squareRoot() * Float(3).squareRoot() / bound - 1) < 0.1)
            #expect(part.up.value.values.allSatisfy { $0 == 0 })
            #expect(part.scale == 0.5)
        }
    }

    @Test("An adapter's start depends on seed and name alone")
    func seeds() throws {
        let model = try TinyModel.make()
        let all = try Self.adapters(model)
        let some = try Self.adapters(model, targets: ["v_proj"])
        let other = try Self.adapters(model, targets: ["v_proj"], seed: 4)
        let name = "model.layers.0.self_attn.v_proj.lora_A.weight"
        let values = try #require(all.parameters[name]).value.values
        #expect(try #require(some.parameters[name]).value.values == values)
        #expect(try #require(other.parameters[name]).value.values != values)
        #expect(some.parameters.count == 4 * 32 + 32 * 4)
    }

    @Test("New adapters change nothing, and taken off they leave the weights as they were")
    func attaching() throws {
        let model = try TinyModel.make(family: "gpt2")
        let weights = model.parameters.values.values
        let plain = try model.logits(of: Self.batch()).values
        let adapters = try Self.adapters(model)
        try adapters.attach(to: model)
        #expect(!model.parameters.isTrainable)
        #expect(try model.logits(of: Self.batch()).values == plain)
        adapters.parameters.values.fill(0.1)
        #expect(try model.logits(of: Self.batch()).values != plain)
        adapters.detach(from: model)
        #expect(model.parameters.isTrainable)
        #expect(try model.logits(of: Self.batch()).values == plain)
        #expect(model.parameters.values.values == weights)
    }

    @Test("Merging adds the scaled product to the targets and to nothing else")
    func merging() throws {
        for family in ["llama", "gpt2"] {
            let model = try TinyModel.make(family: family)
            let before = model.copy()
            let target = family == "gpt2" ? "c_fc" : "up_proj"
            let adapters = try Self.adapters(model, rank: 2, targets: [target])
            let part = try #require(adapters.parts.first)
            for index in 0..<part.up.value.count {
                part.up.value.pointer[index] = Float(index % 7) - 3
            }
            try adapters.attach(to: model)
            try adapters.merge(into: model)
            #expect(model.parameters.isTrainable)
            let (a, b) = (part.down.value.values, part.up.value.values)
            let (input, output) = (part.weight.inputWidth, part.weight.outputWidth)
            for (old, new) in zip(before.parameters.parameters, model.parameters.parameters) {
                guard old.name == part.weight.name else {
                    #expect(old.value.values == new.value.values, "\(old.name)")
                    continue
                }
                for row in 0..<output {
                    for column in 0..<input {
                        let product = (0..<2).reduce(Float(0)) {
                            $0 + b[row * 2 + $1] * a[$1 * input + column]
                        }
                        let place = family == "gpt2" ? column * output + row : row * input + column
                        let expected = old.value.values[place] + 4 * product
                        #expect(abs(new.value.values[place] - expected) < 1e-5)
                    }
                }
            }
        }
    }
}
