import Domain
import Foundation
import LanguageModels
import TensorCore
import TestSupport
import Testing

/// Whole models against PyTorch 2 + transformers: the numbers in `Tests/Fixtures/models`.
@Suite struct GoldenModelTests {
    static let trained = [
        "gpt2", "llama-gqa-tied", "llama-untied", "llama3-rope-scaled", "qwen2", "qwen3",
        "gpt-neox", "phi",
    ]

    /// With the real weights, of which there are no steps.
    static let all = trained + ["stories260K"]

    /// float32 sums in another order than PyTorch's.
    static let forwardTolerance = 1e-4
    static let gradientTolerance = 1e-3
    static let stepTolerance = 1e-4
    /// Adam divides by the root of the second moment: where a gradient is zero but for rounding (the
    /// key bias, to which softmax is blind), rounding decides steps of up to lr = 1e-3.
    static let blindStepTolerance = 1e-3
    static let blindParameters = ["c_attn.bias", "query_key_value.bias", "k_proj.bias"]

    struct Golden {
        let model: LanguageModel
        let file: Safetensors
        let ids: [[Int32]]

        init(_ name: String) throws {
            let folder = Fixtures.root.appendingPathComponent("models/\(name)")
            model = try LanguageModel(folder: folder, tokenizer: ByteTokenizer())
            file = try Safetensors(contentsOf: folder.appendingPathComponent("golden.safetensors"))
            let shape = try #require(file["input_ids"]).shape
            let flat = try #require(file.int32Values("input_ids"))
            ids = (0..<shape[0]).map { Array(flat[$0 * shape[1]..<($0 + 1) * shape[1]]) }
        }

        func tensor(_ name: String) throws -> Tensor { try #require(try file.tensor(name)) }

        /// A parameter's array in the file: its gradient or its value after three steps. The head
        /// of GPT-NeoX had another name in memory than it has in checkpoints.
        func tensor(_ kind: String, of parameter: Parameter) throws -> Tensor {
            try tensor(
                kind
                    + (parameter.name == "embed_out.weight" ? "lm_head.weight" : parameter.name))
        }

        /// One packed batch of all rows with the labels' scored positions; all are, where there
        /// are no labels.
        func batch() throws -> (batch: PackedBatch, weights: [Float]) {
            let labels = file.int32Values("labels")
            let width = ids[0].count
            var weights: [Float] = []
            for row in ids.indices {
                for column in 1..<width {
                    weights.append((labels?[row * width + column] ?? 0) < 0 ? 0 : 1)
                }
            }
            return (PackedBatch(ids.map { ScoredSequence(ids: $0, scored: 1..<width) }), weights)
        }

        func loss(_ weights: [Float]) -> ([Float]) -> (Double, [Float]) {
            let count = weights.reduce(0, +)
            return { logp in
                let total = zip(logp, weights).reduce(0.0) { $0 - Double($1.0 * $1.1) }
                return (total / Double(count), weights.map { -$0 / count })
            }
        }
    }

    static func relativeError(_ a: [Float], _ b: [Float]) -> Double {
        let scale = b.reduce(0.0) { max($0, Double($1.magnitude)) }
        return zip(a, b).reduce(0.0) { max($0, Double(($1.0 - $1.1).magnitude)) }
            / max(scale, 1e-12)
    }

    @Test("Logits equal PyTorch's", arguments: all)
    func logits(name: String) throws {
        let golden = try Golden(name)
        var batch = PackedBatch()
        for row in golden.ids { batch.appendRows(row, from: 0) }
        let logits = try golden.model.logits(of: batch)
        let error = Self.relativeError(logits.values, try golden.tensor("logits").values)
        #expect(error < Self.forwardTolerance, "relative error \(error)")
    }

    @Test("Loss and token losses equal PyTorch's", arguments: all)
    func loss(name: String) throws {
        let golden = try Golden(name)
        let (batch, weights) = try golden.batch()
        let tape = Tape(recording: false)
        let scores = try golden.model.targetScores(of: batch, tape: tape)
        let values = scores.logProbabilities.value.values
        let loss = golden.loss(weights)(values).0
        let expected = Double(try golden.tensor("loss").values[0])
        #expect(abs(loss - expected) < Self.forwardTolerance * expected)
        guard name != "stories260K" else { return }
        let tokenLosses = zip(values, weights).map { -$0 * $1 }
        #expect(
            Self.relativeError(tokenLosses, try golden.tensor("token_losses").values)
                < Self.forwardTolerance)
    }

    @Test("Every gradient equals PyTorch's", arguments: all)
    func gradients(name: String) throws {
        let golden = try Golden(name)
        let (batch, weights) = try golden.batch()
        try golden.model.accumulateGradient(of: batch, loss: golden.loss(weights))
        var compared = 0
        for parameter in golden.model.parameters.parameters {
            let expected = try golden.tensor("grad.", of: parameter).values
            let error = Self.relativeError(parameter.gradient.values, expected)
            #expect(error < Self.gradientTolerance, "\(parameter.name): \(error)")
            compared += 1
        }
        #expect(compared == golden.file.entries.filter { $0.name.hasPrefix("grad.") }.count)
    }

    @Test("Layers computed again in backward give the same gradients, bit by bit", arguments: all)
    func checkpointedLayers(name: String) throws {
        let golden = try Golden(name)
        let (batch, weights) = try golden.batch()
        func gradients(_ tape: Tape) throws -> [UInt32] {
            golden.model.parameters.zeroGradients()
            let scores = try golden.model.targetScores(of: batch, tape: tape)
            let slope = golden.loss(weights)(scores.logProbabilities.value.values).1
            tape.backward(
                from: scores.logProbabilities, seed: Tensor([slope.count], values: slope))
            return golden.model.parameters.gradients.values.map(\.bitPattern)
        }
        let plain = try gradients(Tape())
        let again = try gradients(Tape(checkpointsLayers: true))
        #expect(zip(again, plain).filter { $0 != $1 }.count == 0)
        #expect(plain.contains { $0 != 0 })
    }

    @Test("Residuals one after the other give the logits numpy computes")
    func sequentialResiduals() throws {
        let golden = try Golden("gpt-neox")
        let folder = Fixtures.root.appendingPathComponent("models/gpt-neox")
        let configuration = String(
            decoding: try DurableFile.read(folder.appendingPathComponent("config.json")),
            as: UTF8.self)
        let model = try LanguageModel(
            configuration: JSONParser.parse(
                Data(
                    configuration.replacingOccurrences(
                        of: #""use_parallel_residual": true"#,
                        with: #""use_parallel_residual": false"#
                    ).utf8)),
            weights: Safetensors(
                contentsOf: folder.appendingPathComponent(LanguageModel.weightsName)),
            tokenizer: ByteTokenizer(), companions: [:])
        var batch = PackedBatch()
        for row in golden.ids { batch.appendRows(row, from: 0) }
        let logits = try model.logits(of: batch).values
        let expected = try #require(
            try Safetensors(
                contentsOf: folder.appendingPathComponent("sequential-logits.safetensors")
            ).tensor("logits"))
        #expect(Self.relativeError(logits, expected.values) < Self.forwardTolerance)
        #expect(
            Self.relativeError(logits, try golden.tensor("logits").values) > Self.forwardTolerance)
    }

    @Test("Parameters after three AdamW steps equal PyTorch's", arguments: trained)
    func steps(name: String) throws {
        let golden = try Golden(name)
        let (batch, weights) = try golden.batch()
        let model = golden.model
        let optimizer = AdamW(model.parameters, settings: .init())
        for _ in 0..<3 {
            model.parameters.zeroGradients()
            try model.accumulateGradient(of: batch, loss: golden.loss(weights))
            optimizer.step(learningRate: 1e-3)
        }
        for parameter in model.parameters.parameters {
            let error = Self.relativeError(
                parameter.value.values, try golden.tensor("step3.", of: parameter).values)
            let isBlind = Self.blindParameters.contains { parameter.name.hasSuffix($0) }
            #expect(
                error < (isBlind ? Self.blindStepTolerance : Self.stepTolerance),
                "\(parameter.name): \(error)")
        }
        let scores = try model.targetScores(of: batch, tape: Tape(recording: false))
        let loss = golden.loss(weights)(scores.logProbabilities.value.values).0
        let expected = Double(try golden.tensor("loss_after_3").values[0])
        #expect(abs(loss - expected) < Self.forwardTolerance * expected)
    }

    @Test("Greedy ids equal PyTorch's exactly", arguments: all)
    func greedy(name: String) throws {
        let golden = try Golden(name)
        let expected = try #require(golden.file.int32Values("greedy"))
        let prompt = name == "stories260K" ? [1] : Array(golden.ids[0].prefix(6))
        let generated = try golden.model.generate(
            [prompt, prompt], maximumTokenCount: expected.count - prompt.count, sampler: .greedy,
            stopAtEnd: false)
        #expect(prompt + generated[0] == expected)
        #expect(generated[1] == generated[0])
    }

    @Test("Cached generation agrees with reading the whole sequence again", arguments: all)
    func cacheAgrees(name: String) throws {
        let golden = try Golden(name)
        let row = golden.ids[0]
        var whole = PackedBatch()
        whole.appendRows(row, from: 0)
        let expected = try golden.model.logits(of: whole, rows: [row.count - 1])
        let caches = (0..<golden.model.architecture.layerCount).map { _ in
            KeyValueCache(
                sequenceCount: 1, capacity: row.count,
                shape: golden.model.architecture.attention)
        }
        var last = Tensor([0])
        for (position, id) in row.enumerated() {
            var batch = PackedBatch()
            batch.appendRows([id], from: position)
            last = try golden.model.logits(of: batch, caches: caches)
        }
        #expect(Self.relativeError(last.values, expected.values) < 1e-5)
    }

    @Test("A saved model reads back with the same digest and logits", arguments: all)
    func roundTrip(name: String) throws {
        let golden = try Golden(name)
        let scratch = try ScratchFolder()
        let digest = try golden.model.save(to: scratch.url)
        let again = try LanguageModel(folder: scratch.url, tokenizer: ByteTokenizer())
        #expect(again.digest == digest)
        #expect(again.parameters.values.values == golden.model.parameters.values.values)
        #expect(
            digest
                == (try Digest(
                    ofFileAt: scratch.url.appendingPathComponent(LanguageModel.weightsName))))
    }
}

/// Bytes as token ids 0 ... 127 of ASCII; the golden models have vocabularies of their own.
struct ByteTokenizer: Tokenizer {
    let vocabularySize = 128
    let beginID: Int32? = 1
    let endID: Int32? = 2
    func spans(_ text: String) -> [TokenSpan] {
        text.utf8.enumerated().map {
            TokenSpan(id: Int32($0.element & 127), bytes: $0.offset..<$0.offset + 1)
        }
    }
    func decode(_ ids: [Int32]) -> String {
        String(decoding: ids.map { UInt8(truncatingIfNeeded: $0) }, as: UTF8.self)
    }
    func bytes(of id: Int32) -> [UInt8]? { (0..<128).contains(id) ? [UInt8(id)] : nil }
}
