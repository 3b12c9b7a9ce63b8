import ArgumentParser
import COpenBLAS
import Domain
import Foundation
import LanguageModels
import TensorCore

/// The shapes of the peer's script, with random weights.
enum BenchmarkModel: String, CaseIterable, ExpressibleByArgument {
    case small, gpt2, smollm2

    var batch: (rows: Int, length: Int) { self == .small ? (16, 128) : (4, 256) }

    var configuration: String {
        switch self {
        case .small:
            """
            {"model_type": "llama", "hidden_size": 256, "intermediate_size": 768,
             "num_hidden_layers": 4, "num_attention_heads": 4, "num_key_value_heads": 4,
             "vocab_size": 4096, "tie_word_embeddings": true, "max_position_embeddings": 2048}
            """
        case .gpt2:
            """
            {"model_type": "gpt2", "n_embd": 768, "n_layer": 12, "n_head": 12,
             "n_positions": 1024, "vocab_size": 50257}
            """
        case .smollm2:
            """
            {"model_type": "llama", "hidden_size": 576, "intermediate_size": 1536,
             "num_hidden_layers": 30, "num_attention_heads": 9, "num_key_value_heads": 3,
             "vocab_size": 49152, "tie_word_embeddings": true, "max_position_embeddings": 2048}
            """
        }
    }

    func languageModel(_ tokenizer: BytePairTokenizer) throws -> LanguageModel {
        try LanguageModel(
            configuration: try JSONParser.parse(Data(configuration.utf8)), tokenizer: tokenizer,
            seed: 0)
    }

    func make() throws -> (architecture: any DecoderArchitecture, parameters: ParameterSet) {
        let json = try JSONParser.parse(Data(configuration.utf8))
        let architecture = try Configuration(json, source: rawValue)
            .architecture(tensorNames: [])
        let parameters = ParameterSet(architecture.parameterShapes)
        parameters.initialize(seed: 0)
        return (architecture, parameters)
    }

    /// Model operations of one training step: 6 a parameter and token, and attention.
    func operations(_ parameters: Int, tokens: Int, length: Int) -> Double {
        let (layers, width): (Double, Double) =
            switch self {
            case .small: (4, 256)
            case .gpt2: (12, 768)
            case .smollm2: (30, 576)
            }
        return 6 * Double(parameters) * Double(tokens)
            + 12 * layers * Double(tokens) * Double(length) * width
    }
}

struct StepCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "step",
        abstract: "Training steps, float32: forward, backward, AdamW, on one batch.")

    @Argument(help: "small, gpt2 or smollm2.") var model: BenchmarkModel
    @Option(help: "Timed steps; the median counts.") var steps = 3
    @Flag(help: "Layers run again in backward instead of keeping their values.")
    var checkpointing = false

    func run() throws {
        let (architecture, parameters) = try model.make()
        let (rows, length) = model.batch
        var random = RandomNumbers(seed: 0, stream: "tokens")
        let batch = PackedBatch(
            (0..<rows).map { _ in
                ScoredSequence(
                    ids: (0..<length + 1).map { _ in
                        Int32(random.uniform() * Double(architecture.vocabularySize))
                    }, scored: 1..<length + 1)
            })
        let weights = Array(
            repeating: -1 / Float(batch.targets.count), count: batch.targets.count)
        let optimizer = AdamW(parameters, settings: .init())
        let head = try parameters.required(architecture.headName)
        var times: [Double] = []
        var loss = Float(0)
        for _ in 0...steps {
            times.append(
                try seconds {
                    let tape = Tape(checkpointsLayers: checkpointing)
                    let hidden = try architecture.hiddenStates(
                        of: batch, parameters: parameters, tape: tape, caches: nil,
                        depth: nil)
                    let sum = tape.weightedLogProbability(
                        hidden: hidden, head: head, rows: batch.scoredRows,
                        targets: batch.targets, weights: weights
                    ).sum
                    tape.backward(from: sum, seed: Tensor([1], values: [1]))
                    optimizer.step(learningRate: 1e-5, clearsGradients: true)
                    loss = sum.value.pointer[0]
                })
        }
        let time = median(Array(times.dropFirst()))
        let tokens = batch.tokenCount
        let operations = model.operations(parameters.count, tokens: tokens, length: length)
        try report([
            ("case", model.rawValue), ("seconds", time), ("loss", loss),
            ("tokens_per_second", Double(tokens) / time), ("gflops", operations / time / 1e9),
            ("parameters", parameters.count), ("peak_memory_mib", peakMemoryMiB()),
            ("threads", WorkerPool.shared.threadCount),
        ])
    }
}

struct ProductCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "product",
        abstract: "The limit: cblas_sgemm on 2048 x 2048 matrices with OpenBLAS's own threads.")

    @Option var threads = 2

    func run() throws {
        let n = 2_048
        openblas_set_num_threads(Int32(threads))
        let a = Tensor([n, n])
        let b = Tensor([n, n])
        let c = Tensor([n, n])
        var random = RandomNumbers(seed: 0, stream: "product")
        for index in 0..<n * n {
            a.pointer[index] = random.normal()
            b.pointer[index] = random.normal()
        }
        let times = (0..<15).map { _ in
            seconds {
                cblas_sgemm(
                    CblasRowMajor, CblasNoTrans, CblasNoTrans, blasint(n), blasint(n), blasint(n),
                    1, a.pointer, blasint(n), b.pointer, blasint(n), 0, c.pointer, blasint(n))
            }
        }
        let operations = 2 * Double(n) * Double(n) * Double(n)
        try report([("case", "product"), ("gflops", operations / median(times) / 1e9)])
    }
}
