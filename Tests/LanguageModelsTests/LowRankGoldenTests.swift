import Domain
import Foundation
import LanguageModels
import TensorCore
import TestSupport
import Testing

/// Adapters against PEFT and PyTorch: the numbers in `Tests/Fixtures/lora`.
@Suite struct LowRankGoldenTests {
    static let models = ["gpt2", "llama-gqa-tied"]

    static func folder(_ name: String) -> URL {
        Fixtures.root.appendingPathComponent("lora/\(name)")
    }

    /// A golden model, adapters from PEFT's files and what PyTorch computes with them.
    struct Adapted {
        let base: GoldenModelTests.Golden
        let adapters: AdapterSet
        let file: Safetensors

        init(_ name: String, model: String? = nil) throws {
            base = try GoldenModelTests.Golden(model ?? name)
            adapters = try AdapterSet(
                folder: LowRankGoldenTests.folder(name), for: base.model.architecture)
            file = try Safetensors(
                contentsOf: LowRankGoldenTests.folder(name)
                    .appendingPathComponent("golden.safetensors"))
        }

        var model: LanguageModel { base.model }

        func tensor(_ name: String) throws -> Tensor { try #require(try file.tensor(name)) }

        /// Values of a parameter under the name PyTorch gives it in a model with adapters.
        func expected(_ kind: String, _ parameter: Parameter) throws -> [Float] {
            let stem = parameter.name.dropLast(".weight".count)
            return try tensor("\(kind).base_model.model.\(stem).default.weight").values
        }

        func logits() throws -> [Float] {
            var batch = PackedBatch()
            for row in base.ids { batch.appendRows(row, from: 0) }
            return try model.logits(of: batch).values
        }
    }

    @Test("Loss and logits with adapters equal PyTorch's", arguments: models)
    func forward(name: String) throws {
        let adapted = try Adapted(name)
        try adapted.adapters.attach(to: adapted.model)
        let error = GoldenModelTests.relativeError(
            try adapted.logits(), try adapted.tensor("logits").values)
        #expect(error < GoldenModelTests.forwardTolerance, "relative error \(error)")
        let (batch, weights) = try adapted.base.batch()
        let loss = try adapted.model.accumulateGradient(
            of: batch, loss: adapted.base.loss(weights))
        let expected = Double(try adapted.tensor("loss").values[0])
        #expect(abs(loss - expected) < GoldenModelTests.forwardTolerance * expected)
    }

    @Test(
        "Every adapter's gradient equals PyTorch's, and no other weight has one", arguments: models)
    func gradients(name: String) throws {
        let adapted = try Adapted(name)
        try adapted.adapters.attach(to: adapted.model)
        let (batch, weights) = try adapted.base.batch()
        try adapted.model.accumulateGradient(of: batch, loss: adapted.base.loss(weights))
        for parameter in adapted.adapters.parameters.parameters {
            let error = GoldenModelTests.relativeError(
                parameter.gradient.values, try adapted.expected("grad", parameter))
            #expect(error < GoldenModelTests.gradientTolerance, "\(parameter.name): \(error)")
        }
        #expect(
            adapted.adapters.parameters.parameters.count
                == adapted.file.entries.filter { $0.name.hasPrefix("grad.") }.count)
        #expect(adapted.model.parameters.gradients.values.allSatisfy { $0 == 0 })
    }

    @Test(
        "Adapters after three AdamW steps, and the model they are merged into, equal PyTorch's",
        arguments: models)
    func steps(name: String) throws {
        let adapted = try Adapted(name)
        let (model, adapters) = (adapted.model, adapted.adapters)
        try adapters.attach(to: model)
        let (batch, weights) = try adapted.base.batch()
        let optimizer = AdamW(adapters.parameters, settings: .init())
        func gradient() throws -> Double {
            adapters.parameters.zeroGradients()
            return try model.accumulateGradient(of: batch, loss: adapted.base.loss(weights))
        }
        for _ in 0..<3 {
            _ = try gradient()
            optimizer.step(learningRate: 1e-3)
        }
        for parameter in adapters.parameters.parameters {
            let error = GoldenModelTests.relativeError(
                parameter.value.values, try adapted.expected("step3", parameter))
            #expect(error < GoldenModelTests.stepTolerance, "\(parameter.name): \(error)")
        }
        let expected = Double(try adapted.tensor("loss_after_3").values[0])
        #expect(abs(try gradient() - expected) < GoldenModelTests.forwardTolerance * expected)
        let attached = try adapted.logits()
        try adapters.merge(into: model)
        let merged = try adapted.logits()
        let error = GoldenModelTests.relativeError(
            merged, try adapted.tensor("merged_logits_after_3").values)
        #expect(error < GoldenModelTests.forwardTolerance, "relative error \(error)")
        #expect(GoldenModelTests.relativeError(merged, attached) < 1e-5)
    }

    @Test(
        "Patterns of ranks and alphas, rank-stabilised scaling and chosen layers work as in PEFT",
        arguments: ["patterns", "one-layer"])
    func variants(name: String) throws {
        let adapted = try Adapted(name, model: "llama-gqa-tied")
        let plain = try adapted.logits()
        try adapted.adapters.attach(to: adapted.model)
        let expected = try adapted.tensor("logits").values
        #expect(GoldenModelTests.relativeError(plain, expected) > 0.01)
        let attached = GoldenModelTests.relativeError(try adapted.logits(), expected)
        #expect(attached < GoldenModelTests.forwardTolerance, "relative error \(attached)")
        try adapted.adapters.merge(into: adapted.model)
        let merged = GoldenModelTests.relativeError(
            try adapted.logits(), try adapted.tensor("merged_logits").values)
        #expect(merged < GoldenModelTests.forwardTolerance, "relative error \(merged)")
    }

    @Test(
        "Written files have PEFT's names, shapes and values, and its configuration keys",
        arguments: ["gpt2", "llama-gqa-tied", "patterns", "one-layer"])
    func written(name: String) throws {
        let adapted = try Adapted(name, model: name == "gpt2" ? name : "llama-gqa-tied")
        let scratch = try ScratchFolder()
        try adapted.adapters.save(to: scratch.url, start: Digest(of: "base"))
        let files = try [scratch.url, Self.folder(name)].map {
            try Safetensors(contentsOf: $0.appendingPathComponent(AdapterSet.weightsName))
        }
        #expect(files[0].entries.map(\.name).sorted() == files[1].entries.map(\.name).sorted())
        for entry in files[1].entries {
            #expect(files[0][entry.name]?.shape == entry.shape)
            #expect(
                try files[0].tensor(entry.name)?.values == files[1].tensor(entry.name)?.values)
        }
        #expect(files[0].metadata["format"] == "pt")
        #expect(files[0].metadata["base-model-sha256"] == Digest(of: "base").hexadecimal)
        let configurations = try [scratch.url, Self.folder(name)].map {
            try JSONParser.parse(
                DurableFile.read($0.appendingPathComponent("adapter_config.json")))
        }
        let members = try #require(configurations[0].members)
        #expect(members.count > 10)
        for member in members {
            let expected = try #require(configurations[1][member.key], "\(member.key)")
            switch member.key {
            case "rank_pattern", "alpha_pattern":
                // Whole paths where PEFT was given patterns; read back below.
                #expect(member.value.members != nil)
            case "target_modules" where ["patterns", "one-layer"].contains(name):
                #expect(member.value.items?.isEmpty == false)
            case "target_modules":
                #expect(
                    Set(try #require(member.value.items).map(\.text))
                        == Set(try #require(expected.items).map(\.text)))
            default:
                #expect(
                    member.value == expected || member.value.real == expected.real,
                    "\(member.key)")
            }
        }
        let again = try AdapterSet(folder: scratch.url, for: adapted.model.architecture)
        #expect(again.parts.map(\.scale) == adapted.adapters.parts.map(\.scale))
        #expect(again.parts.map(\.weight) == adapted.adapters.parts.map(\.weight))
        #expect(
            again.parameters.values.values == adapted.adapters.parameters.values.values)
    }
}
