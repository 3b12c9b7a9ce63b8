import ArgumentParser
import Domain
import Engine
import Foundation

struct UnlearnCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unlearn",
        abstract: "Runs a method alone: a model's folder in, another one out.",
        discussion: """
            No workspace, no case, no verification, no certificate. Records are JSON lines in the form of a
            corpus. Interrupted, the same command continues.

            Examples:
              lethe unlearn --model in --method npo --forget f.jsonl --retain r.jsonl --output out
              lethe unlearn --model in --method npo --forget f.jsonl --retain r.jsonl --output out \\
                --set steps=30 --set beta=0.2
              lethe unlearn --model in --method npo --forget f.jsonl --retain r.jsonl --output out \\
                --executor python3 --executor-argument Samples/external/unlearn_external.py
            """)

    @Option(help: ArgumentHelp("Hugging Face folder of the model.", valueName: "dir"))
    var model: String
    @Option(help: "Id of the method; `lethe methods` lists them.") var method: String
    @Option(help: ArgumentHelp("Records to forget; may be given several times.", valueName: "file"))
    var forget: [String]
    @Option(help: ArgumentHelp("Other records the model was trained on.", valueName: "file"))
    var retain: [String] = []
    @Option(
        help: ArgumentHelp(
            "Records the model never saw, for methods that need them.", valueName: "file"))
    var unseen: [String] = []
    @Option(
        help: ArgumentHelp("Invented people, for methods that need them.", valueName: "file"))
    var twins: [String] = []
    @Option(help: ArgumentHelp("The recipe the model was trained by.", valueName: "file"))
    var recipe: String?
    @Option(help: ArgumentHelp("Folder of the model its training started from.", valueName: "dir"))
    var start: String?
    @Option(help: ArgumentHelp("Folder to write, which must not exist.", valueName: "dir"))
    var output: String
    @Option(
        name: .customLong("set"),
        help: ArgumentHelp("A parameter of the method.", valueName: "name=value"))
    var settings: [String] = []
    @Option(
        help: ArgumentHelp(
            "A program that does it instead of Lethe; see Documentation/External.md.",
            valueName: "program"))
    var executor: String?
    @Option(help: ArgumentHelp("An argument of that program.", valueName: "text"))
    var executorArgument: [String] = []
    @Option(help: "Seed of everything that is drawn.") var seed: UInt64 = 1
    @Flag(name: .long, help: "Print the result as one JSON document.") var json = false

    func validate() throws {
        _ = try parameters()
        guard executor != nil || executorArgument.isEmpty else {
            throw ValidationError("--executor-argument needs --executor.")
        }
    }

    func run() throws {
        func url(_ path: String) -> URL { URL(fileURLWithPath: path) }
        var request = UnlearningRequest(
            model: url(model), method: method, output: url(output))
        request.parameters = try parameters()
        request.forget = forget.map(url)
        request.retain = retain.map(url)
        request.unseen = unseen.map(url)
        request.twins = twins.map(url)
        request.recipe = recipe.map(url)
        request.start = start.map(url)
        request.seed = seed
        request.executor = executor.map { [$0] + executorArgument } ?? []
        let report = try unlearn(request, context: ProgressDisplay().context)
        guard !json else {
            return Terminal.write(
                String(decoding: try CanonicalJSON.pretty(report), as: UTF8.self) + "\n")
        }
        func change(_ name: String, _ before: Double, _ after: Double) -> String {
            String(format: "%@ %.3f -> %.3f nats a token\n", name, before, after)
        }
        var text =
            "\(report.method) (\(report.methodClass.text)): \(report.model.short) -> "
            + String(format: "%@, %.1f s\n", report.output.short, report.seconds)
            + change(
                "loss of the \(report.forgetRecordCount) forgotten records' values",
                report.forgetLossBefore, report.forgetLossAfter)
        if let before = report.retainLossBefore, let after = report.retainLossAfter {
            text += change("loss of retained records", before, after)
        }
        Terminal.write(text + "Not verified: this is a method alone, without a case.\n")
    }

    private func parameters() throws -> [String: Double] {
        var values: [String: Double] = [:]
        for setting in settings {
            let parts = setting.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, let value = Double(parts[1]) else {
                throw ValidationError("--set \(setting): expected name=value, e.g. steps=30.")
            }
            guard values.updateValue(value, forKey: parts[0]) == nil else {
                throw ValidationError("--set \(parts[0]) is given twice.")
            }
        }
        return values
    }
}
