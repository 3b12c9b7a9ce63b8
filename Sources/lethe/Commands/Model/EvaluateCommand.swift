import ArgumentParser
import Domain
import Engine
import Foundation

struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Metrics and attacks alone, on a benchmark or on one's own records.",
        discussion: """
            No workspace, no case, no verdict. Suites:
              tofu      a folder with TOFU's files; --split forget01, forget05 or forget10
              records   a folder with forget.jsonl, retain.jsonl and holdout.jsonl in the form of a
                        corpus; those missing are left out
            With a reference - a model trained without the forgotten records - forget quality,
            divergences and open-unlearning's privacy score are measured too. --json holds every
            value, also of each example.

            Examples:
              lethe evaluate --model out --suite records --data my-records
              lethe evaluate --model out --reference retrained --suite tofu --data tofu \\
                --split forget10 --json > out.json
              lethe evaluate --model out --suite records --data my-records --attack loss \\
                --attack neighbourhood
            """)

    @Option(help: ArgumentHelp("Hugging Face folder of the model.", valueName: "dir"))
    var model: String
    @Option(help: "What to evaluate: tofu or records.") var suite: String
    @Option(help: ArgumentHelp("Folder with the suite's data.", valueName: "dir")) var data: String
    @Option(help: "Split of TOFU.") var split: String?
    @Option(
        help: ArgumentHelp("A model trained without the forgotten records.", valueName: "dir"))
    var reference: String?
    @Option(help: "The first so many questions or records of each set only.") var limit: Int?
    @Option(help: "Tokens a generated answer may have.") var maxNewTokens: Int?
    @Option(help: "How a question is put, with {q} and {a}.") var promptTemplate: String?
    @Option(
        name: .customLong("attack"),
        help: "Id of a membership attack; may be given several times. See `lethe attacks`.")
    var attacks: [String] = []
    @Option(help: "Seed of everything that is drawn.") var seed: UInt64 = 1
    @Option(help: ArgumentHelp("Write a page for people too, HTML.", valueName: "file"))
    var report: String?
    @Flag(name: .long, help: "Print the result as one JSON document.") var json = false

    func run() throws {
        func url(_ path: String) -> URL { URL(fileURLWithPath: path) }
        var request = EvaluationRequest(model: url(model), suite: suite, data: url(data))
        request.split = split
        request.reference = reference.map(url)
        request.maximumItemCount = limit
        request.maximumNewTokenCount = maxNewTokens
        request.promptTemplate = promptTemplate?.replacing("\\n", with: "\n")
        request.attacks = attacks
        request.seed = seed
        let result = try evaluate(request, context: ProgressDisplay().context)
        if let report {
            try DurableFile.write(
                Data(evaluationPage(result).utf8), to: URL(fileURLWithPath: report))
        }
        guard !json else {
            return Terminal.write(
                String(decoding: try CanonicalJSON.pretty(result), as: UTF8.self) + "\n")
        }
        Terminal.write(
            Terminal.table(
                ["METRIC", "VALUE", "NOTE"],
                result.summary.sorted { $0.key < $1.key }.map {
                    [$0.key, String(format: "%.4g", $0.value), result.notes[$0.key] ?? ""]
                }))
        if !result.notComputed.isEmpty {
            Terminal.write(
                "\nCould not be computed:\n"
                    + Terminal.table(
                        ["METRIC", "WHY"],
                        result.notComputed.sorted { $0.key < $1.key }.map { [$0.key, $0.value] }))
        }
    }
}
