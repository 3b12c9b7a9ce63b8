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

extension DecisionOptions {
    /// Takes a decision on the case, which is shown as it was before and is after.
    func decide(
        _ options: GlobalOptions, _ event: CaseEvent, _ sentence: String = "Recorded.",
        _ work: (Workspace, CaseRecord) throws -> CaseRecord
    ) throws {
        let workspace = try options.open(for: .changing)
        let before = try workspace.cases.load(Workspace.caseID(id))
        let after = try work(workspace, before)
        try workspace.discardAbandonedWork()
        try report(before, after, event, options, sentence)
    }
}

/// A moment as an operator types it: RFC 3339, or a date alone for its first second in UTC.
/// - Throws: a usage error that names the option.
func moment(_ text: String?, _ option: String) throws -> Timestamp? {
    try text.map { text in
        guard let time = Timestamp(text) else {
            throw ValidationError("\(option) must be like 2026-12-01 or 2026-12-01T09:00:00Z.")
        }
        return time
    }
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
        try workspace.discardAbandonedWork()
        try report(before, after, Self.event, options)
    }
}

/// Prints a decision that was taken.
func report(
    _ before: CaseRecord, _ after: CaseRecord, _ event: CaseEvent, _ options: GlobalOptions,
    _ sentence: String = "Recorded."
) throws {
    let change = DriverEvent(
        caseID: after.id, event: event, from: before.state, to: after.state, sentence: sentence)
    try options.emit(Listing("case-decision", [change])) { line(for: change) }
}

struct CaseRelease: DecisionCommand {
    static let configuration = CommandConfiguration(
        commandName: "release", abstract: "Lets a held case go on from where it was.",
        discussion: "Example:\n  lethe case release C-2026-0007 --reason \"the order was lifted\"")
    static let event = CaseEvent.release
    @OptionGroup var options: GlobalOptions
    @OptionGroup var decision: DecisionOptions
}

struct CaseWithdraw: DecisionCommand {
    static let configuration = CommandConfiguration(
        commandName: "withdraw", abstract: "Closes a case because the person takes it back.",
        discussion: "Example:\n  lethe case withdraw C-2026-0007 --reason \"taken back by letter\"")
    static let event = CaseEvent.withdraw
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
