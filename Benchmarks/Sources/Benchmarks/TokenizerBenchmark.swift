import ArgumentParser
import Domain
import Foundation
import LanguageModels

/// Speed of encoding text: each line of a file by itself, one thread, as a peer's `encode_batch`.
enum TokenizerBenchmark {
    /// Passes over the text; the fastest counts.
    private static let passCount = 5

    /// - Returns: millions of UTF-8 bytes of text encoded in a second, and the tokens of one pass.
    static func run(
        tokenizerFile: URL, textFile: URL
    ) throws -> (megabytesPerSecond: Double, tokenCount: Int) {
        let tokenizer = try readTokenizer(
            file: DurableFile.read(tokenizerFile), configuration: .object([]))
        let text = String(decoding: try DurableFile.read(textFile), as: UTF8.self)
        // Lines as strings of their own: a substring would be copied within the measured time.
        let lines = text.utf8.split(separator: UInt8(ascii: "\n")).map {
            String(decoding: $0, as: UTF8.self)
        }
        let byteCount = lines.reduce(0) { $0 + $1.utf8.count }
        var best = Double.infinity
        var tokenCount = 0
        for _ in 0..<passCount {
            var encoded: [[Int32]] = []
            encoded.reserveCapacity(lines.count)
            let seconds = ContinuousClock().measure {
                for line in lines { encoded.append(tokenizer.encode(line)) }
            }
            tokenCount = encoded.reduce(0) { $0 + $1.count }
            best = min(best, seconds / .seconds(1))
        }
        return (Double(byteCount) / 1e6 / best, tokenCount)
    }
}

struct TokenizerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokenizer", abstract: "Text encoded on one thread, MB/s.")

    @Argument(help: "A tokenizer.json.") var tokenizerFile: String
    @Argument(help: "A text file; each line is encoded by itself.") var textFile: String

    func run() throws {
        let result = try TokenizerBenchmark.run(
            tokenizerFile: URL(fileURLWithPath: tokenizerFile),
            textFile: URL(fileURLWithPath: textFile))
        try report([
            ("case", "tokenizer"), ("megabytes_per_second", result.megabytesPerSecond),
            ("tokens", result.tokenCount),
        ])
    }
}
