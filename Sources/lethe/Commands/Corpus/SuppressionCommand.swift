import ArgumentParser
import Domain
import Engine
import Foundation

struct SuppressionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "suppression",
        abstract: "Erased people who are kept from coming back, and letting them.",
        subcommands: [SuppressionListing.self, SuppressionLift.self])
}

struct SuppressionListing: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the cases whose persons are suppressed.",
        discussion: """
            Only numbers: what is held are keyed digests, which nobody can read.

            Example:
              lethe suppression list
            """)
    @OptionGroup var options: GlobalOptions

    func run() throws {
        let entries = try options.open(for: .reading).suppressions()
        try options.emit(Listing("suppression-list", entries)) {
            Terminal.table(
                ["CASE", "KEYS", "BY RULE"],
                entries.map { entry in
                    [
                        entry.caseID, "\(entry.keyCounts.values.reduce(0, +))",
                        entry.keyCounts.sorted { $0.key < $1.key }
                            .map { "\($0.key) \($0.value)" }.joined(separator: ", "),
                    ]
                })
        }
    }
}

struct SuppressionLift: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lift",
        abstract: "Lets a person's data be trained on again, for a stated reason.",
        discussion: """
            For a person who consented anew, or who was erased by mistake. What was erased stays erased;
            new files that hold the person are taken again. The reason stays in the history.

            Example:
              lethe suppression lift C-2026-0007 --reason "consented anew, letter of 3 December"
            """)
    @OptionGroup var options: GlobalOptions
    @Argument(help: "Case that erased the person.") var id: String
    @Option(help: "Why. Kept in the history for good: no personal data.") var reason: String

    private struct Result: Encodable {
        let schema = "lethe.suppression-lift.v1"
        let caseID: CaseID
        let keyCount: Int
    }

    func run() throws {
        let caseID = try Workspace.caseID(id)
        let count = try options.open(for: .changing).liftSuppression(
            of: caseID, reason: reason, actor: options.actorName)
        try options.emit(Result(caseID: caseID, keyCount: count)) {
            "\(count) keyed digests of \(caseID) were taken away; the person's data can be trained on "
                + "again.\n"
        }
    }
}
