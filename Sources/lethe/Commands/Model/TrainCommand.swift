import ArgumentParser
import Domain
import Engine
import Foundation
import LanguageModels

struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Trains or fine-tunes a model and records which records went in.",
        discussion: """
            Interrupted, the same command continues from the last checkpoint. A recipe with a section \
            sisa trains an ensemble in shards and slices, from which people can be deleted exactly at \
            a part of the cost.

            Examples:
              lethe train assistant --corpus people --recipe Samples/recipe.yaml
              lethe train tuned --corpus people --recipe tune.yaml --base assistant
            """)

    @OptionGroup var options: GlobalOptions
    @Argument(help: "Name of the model.") var name: String
    @Option(help: "Corpus to train on; may be given several times.") var corpus: [String]
    @Option(help: ArgumentHelp("Training recipe (YAML).", valueName: "file")) var recipe: String
    @Option(help: "Model to start from instead of fresh weights.") var base: String?
    @Flag(help: "Only continue an interrupted training; an error if there is no checkpoint.")
    var resume = false

    func run() throws {
        let display = ProgressDisplay()
        let workspace = try options.open(for: .changing)
        let result = try workspace.train(
            name: name, corpora: corpus,
            recipe: try RecipeFile.read(URL(fileURLWithPath: recipe)), base: base,
            mustResume: resume,
            actor: options.actorName, context: display.context)
        try options.emit(result) { describe(result) }
    }
}

/// A trained or imported model in words.
func describe(_ result: TrainedModel) -> String {
    let kind = result.memberCount.map { "ensemble of \($0) \(result.family)" } ?? result.family
    var lines = [
        "\(result.name) version \(result.version): \(kind), \(result.parameterCount) "
            + "parameters, digest \(result.digest.short)"
    ]
    if let steps = result.stepCount, let seconds = result.seconds {
        let loss = result.finalLoss.map { String(format: " loss %.4f,", $0) } ?? ""
        lines.append(
            "trained on \(result.recordCount) records in \(steps) steps,\(loss) "
                + String(format: "%.1f s", seconds))
    }
    return lines.joined(separator: "\n") + "\n"
}
