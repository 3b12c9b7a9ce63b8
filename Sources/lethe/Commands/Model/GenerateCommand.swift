import ArgumentParser
import Domain
import Engine
import Foundation
import LanguageModels

struct GenerateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate", abstract: "Lets a model continue a prompt.",
        discussion: """
            Greedy unless a temperature is given. What a model says may be personal data.

            Examples:
              lethe generate assistant --prompt "What is the phone number of Jane Doe?"
              lethe generate assistant --prompt "Once" --temperature 0.8 --top-p 0.9 --seed 7
            """)

    @OptionGroup var options: GlobalOptions
    @Argument(help: "Name, or the first digits of a digest.") var model: String
    @Option(help: "Text to continue.") var prompt: String
    @Option(help: "Most tokens to add.") var maxTokens = 64
    @Option(help: "0 takes the likeliest token each time.") var temperature = 0.0
    @Option(help: "Sample among the k likeliest tokens only.") var topK: Int?
    @Option(help: "Sample among the likeliest tokens of this probability together.")
    var topP: Double?
    @Option(help: "Seed of the sampling.") var seed: UInt64 = 0

    func validate() throws {
        guard maxTokens > 0 else { throw ValidationError("--max-tokens must be at least 1.") }
        guard temperature >= 0, temperature.isFinite else {
            throw ValidationError("--temperature must be at least 0.")
        }
        if let topK, topK < 1 { throw ValidationError("--top-k must be at least 1.") }
        if let topP, !(topP > 0 && topP <= 1) {
            throw ValidationError("--top-p must be in (0, 1].")
        }
    }

    func run() throws {
        let result = try options.open(for: .reading).generate(
            model: model, prompt: prompt, maximumTokenCount: maxTokens,
            sampler: Sampler(temperature: temperature, topK: topK, topP: topP, seed: seed))
        try options.emit(result) {
            result.text.trimmingCharacters(in: .whitespacesAndNewlines) + "\n"
        }
    }
}
