import ArgumentParser
import Casework
import Domain
import Engine
import Foundation

struct CaseGround: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ground", abstract: "Records the ground on which the erasure is owed.",
        discussion: """
            `lethe grounds` lists them. The request's own claim is not changed by it.

            Example:
              lethe case ground C-2026-0007 art17-1-b --reason "no other basis for the processing"
            """)
    @OptionGroup var options: GlobalOptions
    @OptionGroup var decision: DecisionOptions
    @Argument(help: "Id of a ground for erasure.") var ground: String

    func run() throws {
        try decision.decide(options, .groundFound) { workspace, before in
            try workspace.cases.recordGround(
                before.id, ground: ground, actor: options.actorName, reason: decision.reason,
                at: workspace.clock.now())
        }
    }
}

struct CaseExempt: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exempt", abstract: "Leaves a record out of the erasure, on a ground.",
        discussion: """
            The record stays in the corpus and in later trainings; the certificate lists it with its
            ground, and the deletion is a partial one. A case that was scoped already is scoped again.
            A record is erased as one or not at all: with --span the ground covers these bytes of its
            text, and the record stays as a whole.

            Examples:
              lethe case exempt C-2026-0007 --record people/r-17 --ground art17-3-b \\
                --reason "invoice, to be kept for ten years"
              lethe case exempt C-2026-0007 --record mails/m-3 --span 120..180 --ground art17-3-e \\
                --reason "quoted in a lawsuit"
            """)
    @OptionGroup var options: GlobalOptions
    @OptionGroup var decision: DecisionOptions
    @Option(help: ArgumentHelp("The record.", valueName: "corpus/id")) var record: String
    @Option(
        help: ArgumentHelp(
            "Bytes of its text, from the first up to but not including the last.", valueName: "a..b"
        ))
    var span: String?
    @Option(help: "Id of a ground that fits parts, from `lethe grounds`.") var ground: String

    func run() throws {
        let bytes = try span.map(Self.range)
        try decision.decide(options, .exempted) { workspace, before in
            try workspace.exempt(
                before.id, record: record, span: bytes, ground: ground, actor: options.actorName,
                reason: decision.reason)
        }
    }

    private static func range(_ text: String) throws -> Range<Int> {
        let ends = text.split(separator: "..", omittingEmptySubsequences: false).map { Int($0) }
        guard ends.count == 2, let first = ends[0], let last = ends[1], 0 <= first, first < last
        else { throw ValidationError("--span must be like 120..180, the first byte being 0.") }
        return first..<last
    }
}

struct CaseLiftExemption: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lift-exemption", abstract: "Takes an exemption back.",
        discussion: """
            The record is named as `lethe case show` lists it, with its bytes if it has some.

            Example:
              lethe case lift-exemption C-2026-0007 --record people/r-17 --reason "period is over"
            """)
    @OptionGroup var options: GlobalOptions
    @OptionGroup var decision: DecisionOptions
    @Option(help: ArgumentHelp("The exempted record.", valueName: "corpus/id")) var record: String

    func run() throws {
        try decision.decide(options, .exemptionLifted) { workspace, before in
            try workspace.cases.liftExemption(
                before.id, place: record, actor: options.actorName, reason: decision.reason)
        }
    }
}
