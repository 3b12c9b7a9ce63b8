import ArgumentParser
import Casework
import Domain
import Engine
import Foundation

struct VaultShred: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shred", abstract: "Destroys the request of a closed case for good.",
        discussion: """
            Key and content are destroyed: nobody can read the request any more, with the workspace's
            key or without. A file that came in with other requests in it is destroyed with it; the
            other requests stay readable. History and certificate stay valid. What stays elsewhere is
            printed.

            Example:
              lethe vault shred C-2026-0007 --reason "asked for by the data protection officer"
            """)
    @OptionGroup var options: GlobalOptions
    @OptionGroup var decision: DecisionOptions

    func run() throws {
        let workspace = try options.open(for: .changing)
        let report = try workspace.shredRequest(
            of: Workspace.caseID(decision.id), actor: options.actorName, reason: decision.reason)
        try options.emit(report) {
            "The request of \(report.caseID) is destroyed.\n"
                + (report.isPurged ? "" : unpurged)
                + report.stays.map { "  - \($0)\n" }.joined()
        }
    }
}

private let unpurged =
    "Another process is reading: old pages leave the database's log with the next change.\n"

struct VaultSweep: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sweep", abstract: "Does what the calendar asks for; `lethe run` does it too.",
        discussion: """
            Shreds the requests of cases that ended longer ago than the policy's retention-days, marks
            holds whose order ran out, and notes deadlines and warnings that came due. Meant for a
            daily timer.

            Examples:
              lethe vault sweep
              lethe vault sweep --json
            """)
    @OptionGroup var options: GlobalOptions

    func run() throws {
        let report = try options.open(for: .changing).sweep(actor: options.actorName)
        try options.emit(report) {
            report.isEmpty ? "Nothing is due.\n" : describe(report)
        }
    }
}

/// What was done because its time had come, a line each.
func describe(_ report: SweepReport) -> String {
    var lines: [String] = []
    for id in report.expiredHolds {
        lines.append("\(id)  the order of its hold ran out; see `lethe case explain \(id)`")
    }
    for timer in report.timers {
        lines.append("\(timer.caseID)  \(timer.kind.rawValue) came on \(timer.dueAt.dateText)")
    }
    for id in report.shredded {
        lines.append("\(id)  its request was shredded: its retention is over")
    }
    return lines.map { $0 + "\n" }.joined() + (report.isPurged ? "" : unpurged)
}
