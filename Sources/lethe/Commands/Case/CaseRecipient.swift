import ArgumentParser
import Casework
import Domain
import Engine
import Foundation

struct CaseRecipient: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recipient",
        abstract: "Keeps the register of those who were given the data (GDPR Art. 19).",
        subcommands: [
            RecipientAdd.self, RecipientNotified.self, RecipientAcknowledged.self,
            RecipientExcused.self, RecipientList.self,
        ])
}

/// What every entry in the register takes.
struct RecipientOptions: ParsableArguments {
    @OptionGroup var decision: DecisionOptions
    @Argument(help: "An organisation or a system, not a person.") var name: String
    @Option(help: ArgumentHelp("When it happened. Default: now.", valueName: "time"))
    var at: String?

    func record(
        _ change: RecipientChange, _ event: CaseEvent, _ options: GlobalOptions
    ) throws {
        let time = try moment(at, "--at")
        try decision.decide(options, event) { workspace, before in
            let now = workspace.clock.now()
            guard time ?? now <= now else {
                throw ValidationError("--at must not be in the future.")
            }
            return try workspace.cases.recordRecipient(
                before.id, name: name, change, at: time ?? now, actor: options.actorName,
                reason: decision.reason)
        }
    }
}

struct RecipientAdd: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Adds somebody the data was given to.",
        discussion: """
            Example:
              lethe case recipient add C-2026-0007 "Example Search Ltd" --reason "export of March"
            """)
    @OptionGroup var options: GlobalOptions
    @OptionGroup var recipient: RecipientOptions

    func run() throws { try recipient.record(.added, .recipientAdded, options) }
}

struct RecipientNotified: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "notified", abstract: "Records that a recipient was told of the erasure.",
        discussion: """
            Example:
              lethe case recipient notified C-2026-0007 "Example Search Ltd" --reason "letter sent"
            """)
    @OptionGroup var options: GlobalOptions
    @OptionGroup var recipient: RecipientOptions

    func run() throws { try recipient.record(.notified, .recipientNotified, options) }
}

struct RecipientAcknowledged: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "acknowledged", abstract: "Records that a recipient answered.",
        discussion: """
            Example:
              lethe case recipient acknowledged C-2026-0007 "Example Search Ltd" --reason "their letter"
            """)
    @OptionGroup var options: GlobalOptions
    @OptionGroup var recipient: RecipientOptions

    func run() throws { try recipient.record(.acknowledged, .recipientAcknowledged, options) }
}

struct RecipientExcused: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "excuse", abstract: "Records why a recipient need not be told.",
        discussion: """
            Example:
              lethe case recipient excuse C-2026-0007 "Example Search Ltd" --as impossible \\
                --reason "the company was dissolved"
            """)
    @OptionGroup var options: GlobalOptions
    @OptionGroup var recipient: RecipientOptions
    @Option(
        name: .customLong("as"),
        help: ArgumentHelp("impossible or disproportionate.", valueName: "excuse"))
    var excuse: String

    func run() throws {
        let found = try lookUp(
            excuse, in: RecipientExcuse.allCases, kind: "excuse", by: \.rawValue)
        try recipient.record(.excused(found), .recipientExcused, options)
    }
}

struct RecipientList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the recipients of a case.",
        discussion: "Example:\n  lethe case recipient list C-2026-0007")
    @OptionGroup var options: GlobalOptions
    @Argument(help: "Case id.") var id: String

    func run() throws {
        let recipients = try options.open(for: .reading).cases.load(Workspace.caseID(id))
            .progress.legal.recipients
        try options.emit(Listing("case-recipients", recipients)) {
            recipients.isEmpty
                ? "No recipients.\n" : recipients.map { "\($0.inWords)\n" }.joined()
        }
    }
}
