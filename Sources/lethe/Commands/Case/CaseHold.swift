import ArgumentParser
import Casework
import Domain
import Engine
import Foundation

struct CaseHold: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hold", abstract: "Stops a case, e.g. for a legal hold.",
        discussion: """
            Given again with --authority or --until, a held case gets a new order. When the order runs
            out the case waits for a decision; it is not released by itself.

            Examples:
              lethe case hold C-2026-0007 --reason "litigation hold 17(3)(e)"
              lethe case hold C-2026-0007 --authority "Amtsgericht, 12 C 34/26" --until 2027-03-01 \\
                --reason "order of the court"
            """)
    @OptionGroup var options: GlobalOptions
    @OptionGroup var decision: DecisionOptions
    @Option(
        help: ArgumentHelp(
            "Who ordered it; an office, not a person. Default: the controller.", valueName: "office"
        ))
    var authority: String?
    @Option(help: ArgumentHelp("End of the order. Default: 90 days from now.", valueName: "date"))
    var until: String?

    func run() throws {
        let end = try moment(until, "--until")
        let workspace = try options.open(for: .changing)
        let before = try workspace.cases.load(Workspace.caseID(decision.id))
        let after = try workspace.hold(
            before.id, authority: authority, until: end, actor: options.actorName,
            reason: decision.reason)
        let event: CaseEvent =
            StateMachine.rows(from: before.state, on: .hold).isEmpty ? .holdRenewed : .hold
        try report(before, after, event, options)
    }
}
