import ArgumentParser
import Casework
import Domain
import Engine
import Foundation

/// What every operator's decision takes.
struct DecisionOptions: ParsableArguments {
    @Argument(help: "Case id.") var id: String
    @Option(help: "Why. Kept in the history for good: no personal data.") var reason: String
}

/// A decision that is one event of the state machine.
protocol DecisionCommand: ParsableCommand {
    static var event: CaseEvent { get }
    var options: GlobalOptions { get }
    var decision: DecisionOptions { get }
}

extension DecisionCommand {
    func run() throws {
        let workspace = try options.open(for: .changing)
        let before = try workspace.cases.load(Workspace.caseID(decision.id))
        let after = try workspace.cases.apply(
            Self.event, to: before.id, expectedVersion: before.version, actor: options.actorName,
            reason: decision.reason)
        try report(before, after, Self.event, options)
    }
}

private func report(
    _ before: CaseRecord, _ after: CaseRecord, _ event: CaseEvent, _ options: GlobalOptions
) throws {
    let change = DriverEvent(
        caseID: after.id, event: event, from: before.state, to: after.state,
        sentence: "Recorded.")
    try options.emit(Listing("case-decision", [change])) { line(for: change) }
}

struct CaseHold: DecisionCommand {
    static let configuration = CommandConfiguration(
        commandName: "hold", abstract: "Stops a case, e.g. for a legal hold.",
        discussion: "Example:\n  lethe case hold C-2026-0007 --reason \"litigation hold 17(3)(e)\"")
    static let event = CaseEvent.hold
    @OptionGroup var options: GlobalOptions
    @OptionGroup var decision: DecisionOptions
}

struct CaseRelease: DecisionCommand {
    static let configuration = CommandConfiguration(
        commandName: "release", abstract: "Lets a held case go on from where it was.")
    static let event = CaseEvent.release
    @OptionGroup var options: GlobalOptions
    @OptionGroup var decision: DecisionOptions
}

struct CaseRefuse: DecisionCommand {
    static let configuration = CommandConfiguration(
        commandName: "refuse", abstract: "Closes a case without deleting, for a legal reason.",
        discussion: "The person must be told why and where to complain (GDPR Art. 12(4)).")
    static let event = CaseEvent.refuse
    @OptionGroup var options: GlobalOptions
    @OptionGroup var decision: DecisionOptions
}

struct CaseWithdraw: DecisionCommand {
    static let configuration = CommandConfiguration(
        commandName: "withdraw", abstract: "Closes a case because the person takes it back.")
    static let event = CaseEvent.withdraw
    @OptionGroup var options: GlobalOptions
    @OptionGroup var decision: DecisionOptions
}

struct CaseApprove: DecisionCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve",
        abstract: "Takes an exactly retrained case past a failed check, with the reason found.",
        discussion: """
            Only for exact methods. Say what was looked into: near-duplicates, other names, the
            tokenizer, another corpus. The certificate shows the failed check and this reason.
            """)
    static let event = CaseEvent.investigationClosed
    @OptionGroup var options: GlobalOptions
    @OptionGroup var decision: DecisionOptions
}

struct CaseMatches: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "matches", abstract: "Shows the records that may be about the person.",
        discussion: """
            Each with a piece of its text, what was found between >> and <<. This is personal data,
            printed for the operator who has to decide; nothing of it is kept.

            Example:
              lethe case matches C-2026-0004
            """)
    @OptionGroup var options: GlobalOptions
    @Argument(help: "Case id.") var id: String

    func run() throws {
        let matches = try options.open(for: .reading).doubtfulRecords(of: Workspace.caseID(id))
        try options.emit(Listing("case-matches", matches)) {
            matches.isEmpty
                ? "No record of this case is in doubt.\n"
                : matches.map {
                    "\($0.candidate)  (\($0.shard), line \($0.line); "
                        + "\($0.reasons.joined(separator: ", ")))\n    \($0.excerpt)\n"
                }.joined()
        }
    }
}

struct CaseAcceptMatch: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "accept-match", abstract: "Says which of several people a request means.",
        discussion: """
            A single record that may be about the person is a candidate too, record:CORPUS/ID;
            `lethe case matches` shows its text.

            Examples:
              lethe case accept-match C-2026-0004 --subject person-017 --reason "checked by phone"
              lethe case accept-match C-2026-0004 --subject record:mails/m-17 --reason "same thread"
            """)
    @OptionGroup var options: GlobalOptions
    @OptionGroup var decision: DecisionOptions
    @Option(help: "Subject id, from `lethe case explain`.") var subject: String

    func run() throws { try decide(true, subject, decision, options) }
}

struct CaseRejectMatch: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reject-match", abstract: "Says that a request does not mean this person.")
    @OptionGroup var options: GlobalOptions
    @OptionGroup var decision: DecisionOptions
    @Option(help: "Subject id, from `lethe case explain`.") var subject: String

    func run() throws { try decide(false, subject, decision, options) }
}

private func decide(
    _ accepted: Bool, _ subject: String, _ decision: DecisionOptions, _ options: GlobalOptions
) throws {
    let workspace = try options.open(for: .changing)
    let before = try workspace.cases.load(Workspace.caseID(decision.id))
    let after = try workspace.cases.decideMatch(
        before.id, subject: subject, accepted: accepted, actor: options.actorName,
        reason: decision.reason, at: workspace.clock.now())
    try report(before, after, accepted ? .matchAccepted : .matchRejected, options)
}
