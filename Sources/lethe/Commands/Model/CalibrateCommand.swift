import ArgumentParser
import Domain
import Engine
import Foundation

struct CalibrateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calibrate",
        abstract: "Measures how far the gate can be trusted on a model of this workspace.",
        discussion: """
            How often it passes people whom nothing was done about (it never should), people whom the
            model was exactly retrained without (nearly always), and people removed by approximate
            methods. Alone and in groups. Nothing in the workspace changes. One training for each
            chunk of people, one verification for each verdict.

            Examples:
              lethe calibrate assistant
              lethe calibrate assistant --persons 40 --method npo --method shrink-refit
            """)

    @OptionGroup var options: GlobalOptions
    @Argument(help: "A model that was trained in this workspace.") var model: String
    @Option(help: "People to delete.") var persons = 20
    @Option(help: "People left out of one retraining together.") var chunk = 10
    @Option(
        name: .customLong("group"), help: "Size of groups judged together, beside single people.")
    var groups: [Int] = [3, 10]
    @Option(name: .customLong("method"), help: "An approximate method to try on single people.")
    var methods: [String] = []
    @Option(help: "People that each such method is tried on.") var methodPersons = 10
    @Option(help: "Decides which people.") var seed: UInt64 = 1

    func run() throws {
        for method in methods { _ = try methodSummary(method) }
        var request = CalibrationRequest(model: model)
        request.personCount = persons
        request.chunkSize = chunk
        request.groupSizes = groups
        request.methods = methods
        request.methodPersonCount = methodPersons
        request.seed = seed
        let report = try options.open(for: .reading).calibrate(
            request, context: ProgressDisplay().context)
        try options.emit(report) {
            Terminal.table(
                [
                    "TREATMENT", "TOGETHER", "PASSED", "95 %", "COULD NOT CHECK",
                    "CHECKS THAT FAILED",
                ],
                report.rows.map { row in
                    [
                        row.treatment, "\(row.groupSize)", "\(row.passed) of \(row.verdicts)",
                        (row.interval ?? []).map { String(format: "%.2f", $0) }
                            .joined(separator: " - "),
                        "\(row.couldNotCheck)",
                        row.failedChecks.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
                            .map { "\($0.key) \($0.value)" }.joined(separator: ", "),
                    ]
                })
        }
    }
}
