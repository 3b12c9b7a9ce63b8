import ArgumentParser
import Domain
import Foundation
import LanguageModels
import TensorCore

/// Where the question-answer records lie: beside the package's sources.
private let dataFolder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("data")

private func lines(_ name: String) throws -> [JSONValue] {
    let text = try Data(contentsOf: dataFolder.appendingPathComponent(name))
    return try text.split(separator: UInt8(ascii: "\n")).map { try JSONParser.parse(Data($0)) }
}

private func tokenizer(_ path: String) throws -> BytePairTokenizer {
    try BytePairTokenizer(file: try Data(contentsOf: URL(fileURLWithPath: path)))
}

/// Question and answer as the peer encodes them: apart, without special tokens.
private func sequence(
    _ question: JSONValue?, _ answer: JSONValue?, _ tokenizer: any Tokenizer
) -> ScoredSequence {
    let prompt = tokenizer.encode(question?.text ?? "")
    let ids = prompt + tokenizer.encode(" " + (answer?.text ?? ""))
    return ScoredSequence(ids: ids, scored: max(1, prompt.count)..<ids.count)
}

struct UnlearnCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unlearn",
        abstract: "One epoch of gradient difference on TOFU's forget10 and as much of retain90.")

    @Argument(help: "small or smollm2.") var model: BenchmarkModel
    @Argument(help: "A tokenizer.json.") var tokenizerFile: String
    @Option(help: "Records of each set.") var limit = 400

    func run() throws {
        let tokenizer = try tokenizer(tokenizerFile)
        func encoded(_ name: String) throws -> [ScoredSequence] {
            try lines(name).prefix(limit).map { sequence($0["question"], $0["answer"], tokenizer) }
        }
        let forget = try encoded("forget10.jsonl")
        let retain = try encoded("retain90-first-400.jsonl")
        let model = try self.model.languageModel(tokenizer)
        let optimizer = AdamW(model.parameters, settings: .init())
        func update(_ rows: Range<Int>) throws {
            // One packed batch of both sets; the loss is linear in the log-probabilities.
            var batch = PackedBatch(forget[rows])
            let forgetCount = batch.targets.count
            for sequence in retain[rows] { batch.append(sequence) }
            let retainCount = batch.targets.count - forgetCount
            let weights =
                Array(repeating: 1 / Float(forgetCount), count: forgetCount)
                + Array(repeating: -1 / Float(retainCount), count: retainCount)
            try model.accumulateGradient(of: batch, weights: weights)
            optimizer.step(learningRate: 1e-5, clearsGradients: true)
        }
        try update(0..<2)
        let size = self.model.batch.rows
        let time = try seconds {
            for start in stride(from: 0, to: forget.count, by: size) {
                try update(start..<min(forget.count, start + size))
            }
        }
        let tokens = (forget + retain).reduce(0) { $0 + $1.ids.count }
        try report([
            ("case", "unlearn-\(self.model.rawValue)"), ("seconds", time), ("tokens", tokens),
            ("tokens_per_second", Double(tokens) / time), ("peak_memory_mib", peakMemoryMiB()),
        ])
    }
}

struct ScoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "score",
        abstract: "Log-probabilities of six answers to each of TOFU's forget10 questions.")

    @Argument(help: "small or smollm2.") var model: BenchmarkModel
    @Argument(help: "A tokenizer.json.") var tokenizerFile: String
    @Option(help: "Questions.") var limit = 400

    func run() throws {
        let tokenizer = try tokenizer(tokenizerFile)
        let sequences = try lines("forget10-answers.jsonl").prefix(limit).flatMap { record in
            (record["answers"]?.items ?? []).map { sequence(record["question"], $0, tokenizer) }
        }
        let model = try self.model.languageModel(tokenizer)
        _ = try model.score(Array(sequences.prefix(2)))
        var scores: [[TokenScore]] = []
        let time = try seconds { scores = try model.score(sequences) }
        let tokens = sequences.reduce(0) { $0 + $1.ids.count }
        try report([
            ("case", "score-\(self.model.rawValue)"), ("seconds", time), ("tokens", tokens),
            ("sequences", scores.count), ("tokens_per_second", Double(tokens) / time),
            ("peak_memory_mib", peakMemoryMiB()),
        ])
    }
}

struct LoadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load", abstract: "A safetensors file read into float32 memory.")

    @Argument(help: "A safetensors file.") var file: String

    func run() throws {
        let url = URL(fileURLWithPath: file)
        var count = 0
        let times = try (0..<5).map { _ in
            try seconds {
                let source = try Safetensors(contentsOf: url)
                let parameters = ParameterSet(
                    source.tensors.map { ParameterShape($0.name, $0.shape, .constant(0)) })
                for parameter in parameters.parameters {
                    try source.read(parameter.name, into: parameter.value)
                }
                count = parameters.count
            }
        }
        let bytes = try FileManager.default.attributesOfItem(atPath: file)[.size] as? Int ?? 0
        try report([
            ("case", "load"), ("elements", count),
            ("gigabytes_per_second", Double(bytes) / median(times) / 1e9),
        ])
    }
}
