import ArgumentParser
import Domain
import Engine
import Foundation
import Lineage

struct CorpusRecall: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recall",
        abstract: "Measures how much of what is known of a person the search finds.",
        discussion: """
            Plants invented people in a shadow copy of the corpora's index, each in 17 disguises, and
            pairs of namesakes; searches for them as for a request; counts. The shards are only read.
            The last measurement is kept in the workspace and cited by scopes and certificates.

            Examples:
              lethe corpus recall
              lethe corpus recall --corpus people --persons 200 --seed 7
            """)

    @OptionGroup var options: GlobalOptions
    @Option(help: "Only amid this corpus; may be given several times. Default: all for training.")
    var corpus: [String] = []
    @Option(help: "Invented people; with namesakes, a tenth as many pairs. Default: 2000.")
    var persons: Int?
    @Option(help: "Equal seeds plant equal records.") var seed: UInt64 = 1

    func validate() throws {
        guard persons ?? 1 >= 1 else { throw ValidationError("--persons must be at least 1.") }
    }

    func run() throws {
        let display = ProgressDisplay()
        let measured = try options.open(for: .changing).measureRecall(
            corpora: corpus, persons: persons, seed: seed, actor: options.actorName,
            context: display.context)
        try options.emit(measured) { describe(measured) }
    }

    private func describe(_ measured: MeasuredRecall) -> String {
        func percent(_ share: Double) -> String { String(format: "%.2f %%", 100 * share) }
        let report = measured.report
        let namesakes = report.namesakes
        return "\(report.personCount) invented people amid \(report.recordCount) records of "
            + "\(measured.corpora.joined(separator: ", ")), seed \(report.seed)\n"
            + Terminal.table(
                ["KIND", "PLANTED", "FOUND", "WITHOUT ASKING", "RECALL", "AT LEAST (95 %)"],
                (report.kinds + [report.all]).map {
                    [
                        $0.kind, "\($0.planted)", "\($0.found)", "\($0.accepted)",
                        percent($0.recall), percent($0.recallLowerBound),
                    ]
                })
            + "Namesakes: \(namesakes.pairCount) pairs; of \(namesakes.planted) records of the other "
            + "person \(namesakes.accepted) were taken without asking (at most "
            + "\(percent(namesakes.acceptedUpperBound))), \(namesakes.queued) put before the "
            + "operator; \(namesakes.ownFound) of \(namesakes.ownPlanted) own records found.\n"
            + "Not looked for:\n" + measured.notSearched.map { "  - \($0)\n" }.joined()
    }
}
