import ArgumentParser
import Casework
import Domain
import Engine
import Foundation

struct CaseSupersede: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "supersede", abstract: "Closes a duplicate: another case stands in for it.",
        discussion: """
            Only a verified case stands in for another, and never for one that is verified better:
            whoever writes in another's name could otherwise block that person's own request.
            `lethe case duplicates` finds them.

            Example:
              lethe case supersede C-2026-0009 --by C-2026-0007 --reason "same person, same request"
            """)
    @OptionGroup var options: GlobalOptions
    @OptionGroup var decision: DecisionOptions
    @Option(help: ArgumentHelp("The case that stands in.", valueName: "id")) var by: String

    func run() throws {
        let other = try Workspace.caseID(by)
        try decision.decide(options, .superseded) { workspace, before in
            try workspace.cases.supersede(
                before.id, by: other, actor: options.actorName, reason: decision.reason,
                at: workspace.clock.now())
        }
    }
}

struct CaseReopen: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reopen", abstract: "Opens a closed case again.",
        discussion: """
            Causes: new-hit, regurgitation-claim, restore, certificate-revoked (a certified case);
            review-outcome (a refused one); superseder-closed, identity-confirmed (a superseded one).
            The period is counted anew. A certificate that the case has is contradicted, and revoked:
            with the reason error after new-hit, reappearance after regurgitation-claim and restore.

            Example:
              lethe case reopen C-2026-0007 --cause review-outcome --reason "decision of the authority"
            """)
    @OptionGroup var options: GlobalOptions
    @OptionGroup var decision: DecisionOptions
    @Option(help: "Why it has to be opened.") var cause: String

    func run() throws {
        let found = try lookUp(
            cause, in: ReopeningCause.allCases, kind: "cause", by: \.rawValue)
        try decision.decide(options, .reopened) { workspace, before in
            try workspace.reopen(
                before.id, cause: found, actor: options.actorName, reason: decision.reason)
        }
    }
}

struct CaseDuplicates: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "duplicates",
        abstract: "Lists open cases whose requests name the same person.",
        discussion: """
            Requests are compared by keyed digests of what belongs to one person only: e-mail address,
            telephone, numbers, user name. Names and addresses do not count. Nothing is decided by it.

            Example:
              lethe case duplicates
            """)
    @OptionGroup var options: GlobalOptions

    func run() throws {
        let groups = try options.open(for: .reading).duplicates()
        try options.emit(Listing("case-duplicates", groups)) {
            groups.isEmpty ? "No duplicates.\n" : groups.map(describe).joined(separator: "\n")
        }
    }

    private func describe(_ group: DuplicateGroup) -> String {
        "The same \(group.kinds.map(\.rawValue).joined(separator: ", ")):\n"
            + Terminal.table(
                ["CASE", "STATE", "RECEIVED", "DUE", "IDENTITY"],
                group.cases.map {
                    [
                        $0.caseID.description, $0.state.rawValue, $0.receivedAt.dateText,
                        $0.dueAt.dateText, $0.identity.rawValue,
                    ]
                })
            + (group.commands.isEmpty
                ? "None is verified; confirm one with `lethe case confirm-identity`.\n"
                : "Possible:\n" + group.commands.map { "  \($0)\n" }.joined())
    }
}
