import ArgumentParser
import Casework
import Domain
import Engine
import Foundation

/// What shows something. Only its digest is kept.
struct EvidenceOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "What shows it. Only the file's SHA-256 is kept.", valueName: "file"))
    var evidence: String?
    @Option(help: ArgumentHelp("The SHA-256 itself, instead of a file.", valueName: "hex"))
    var evidenceDigest: String?

    /// Nil if neither is given.
    func digest() throws -> Digest? {
        switch (evidence, evidenceDigest) {
        case (nil, nil): return nil
        case (let file?, nil): return try Digest(ofFileAt: URL(fileURLWithPath: file))
        case (nil, let text?):
            guard let digest = Digest(hexadecimal: text.lowercased()) else {
                throw ValidationError("--evidence-digest must be 64 hexadecimal digits.")
            }
            return digest
        default: throw ValidationError("Give --evidence or --evidence-digest, not both.")
        }
    }
}

struct CaseConfirmIdentity: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "confirm-identity",
        abstract: "Records that the request comes from the person.",
        discussion: """
            Levels: email-control, authenticated-request, account-login, authorised-agent, document. The
            evidence itself is not kept, only its digest. A case that waits for identity goes on if the
            level is as good as the policy asks.

            Examples:
              lethe case confirm-identity C-2026-0007 --level email-control --evidence reply.eml \\
                --reason "answered the confirmation mail"
              lethe case confirm-identity C-2026-0007 --level document --evidence-digest 9f86d0... \\
                --reason "card seen at the desk"
            """)
    @OptionGroup var options: GlobalOptions
    @OptionGroup var decision: DecisionOptions
    @Option(help: "How it was made sure.") var level: String
    @OptionGroup var evidence: EvidenceOptions

    func run() throws {
        let found = try lookUp(
            level, in: IdentityLevel.allCases, kind: "identity level", by: \.rawValue)
        guard let digest = try evidence.digest() else {
            throw ValidationError("Name what was seen: --evidence FILE or --evidence-digest HEX.")
        }
        try decision.decide(options, .identityConfirmed) { workspace, before in
            try workspace.cases.confirmIdentity(
                before.id, level: found, evidence: digest, actor: options.actorName,
                reason: decision.reason, at: workspace.clock.now())
        }
    }
}

struct CaseApprove: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve",
        abstract: "A second person's yes, or an exact deletion taken past a failed check.",
        discussion: """
            On a verified case: the approval that a policy with `four-eyes: true` asks for, by somebody
            who neither ran nor verified it. Who ran it may not issue the certificate either.

            On a failed verification, for exact methods only: say what was looked into - near-duplicates,
            other names, the tokenizer, another corpus. The certificate shows the failed check and
            this reason.

            Examples:
              lethe case approve C-2026-0007 --actor second --reason "report read, model tried"
              lethe case approve C-2026-0008 --reason "scope is whole; one check in twenty fails"
            """)
    @OptionGroup var options: GlobalOptions
    @OptionGroup var decision: DecisionOptions

    func run() throws {
        let workspace = try options.open(for: .changing)
        let before = try workspace.cases.load(Workspace.caseID(decision.id))
        let after = try workspace.cases.approve(
            before.id, actor: options.actorName, reason: decision.reason,
            at: workspace.clock.now())
        let event: CaseEvent =
            StateMachine.rows(from: before.state, on: .investigationClosed).isEmpty
            ? .approved : .investigationClosed
        try report(before, after, event, options)
    }
}
