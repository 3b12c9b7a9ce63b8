import ArgumentParser
import Casework
import Domain
import Engine
import Foundation

struct CaseExtend: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "extend", abstract: "Takes the longer period; the person was told why.",
        discussion: """
            Once, and only if the person was told within the first period (GDPR Art. 12(3)). `lethe case
            explain` has the dates.

            Example:
              lethe case extend C-2026-0007 --notice "Several models have to be trained again." \\
                --given-at 2026-11-20 --reason "told by letter"
            """)
    @OptionGroup var options: GlobalOptions
    @OptionGroup var decision: DecisionOptions
    @Option(help: "The reasons the person was told, without personal data.") var notice: String
    @Option(help: ArgumentHelp("When the person was told. Default: now.", valueName: "time"))
    var givenAt: String?

    func run() throws {
        let time = try moment(givenAt, "--given-at")
        try decision.decide(options, .extended) { workspace, before in
            try workspace.extend(
                before.id, notice: notice, givenAt: time, actor: options.actorName,
                reason: decision.reason)
        }
    }
}

struct CaseClock: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clock", abstract: "Records something that sets a case's legal clock.",
        discussion: """
            Notes: identity-requested, identity-received, fee-requested, fee-paid (they delay the start
            where the law says so); paused, resumed (where the law knows pauses); received-earlier
            (the request had come before, on another channel). `lethe case explain` has the dates that
            follow.

            Examples:
              lethe case clock C-2026-0007 identity-requested --reason "asked by letter"
              lethe case clock C-2026-0007 paused --at 2026-11-20 --reason "asked which account"
              lethe case clock C-2026-0007 received-earlier --received-at 2026-11-02T09:00:00Z \\
                --evidence mail.eml --reason "found in the shared mailbox"
            """)
    @OptionGroup var options: GlobalOptions
    @OptionGroup var decision: DecisionOptions
    @Argument(help: "What happened.") var note: String
    @Option(help: ArgumentHelp("When it happened. Default: now.", valueName: "time"))
    var at: String?
    @Option(help: ArgumentHelp("The earlier receipt, for received-earlier.", valueName: "time"))
    var receivedAt: String?
    @OptionGroup var evidence: EvidenceOptions

    func run() throws {
        let time = try moment(at, "--at")
        let found = try Workspace.clockNote(
            note, receipt: try moment(receivedAt, "--received-at"), evidence: try evidence.digest())
        try decision.decide(options, .clockNoted) { workspace, before in
            try workspace.noteClock(
                before.id, found, at: time, actor: options.actorName, reason: decision.reason)
        }
    }
}
