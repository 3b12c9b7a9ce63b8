import ArgumentParser
import Domain
import Engine
import Foundation

struct CertificateClaim: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "claim",
        abstract: "Tests a claim that a certified model still says a person's data.",
        discussion: """
            Puts the prompt to exactly the weights that the certificate is about: the likeliest answer
            and drawn ones with a fixed seed. Reproduced means that a value of the person, or the
            expected text, comes out, and not as often when the same is asked about others. What
            stands in the prompt does not count. If it is reproduced, the certificate is revoked and
            the case opened again.

            The claim is kept sealed under the case's key, and its report (numbers and digests) in
            reports/. The same claim gives the same report, bit for bit; --kept tests one again.

            With --dry-run nothing is kept or changed; --model then asks other weights, e.g. those
            before the deletion, to see whether the prompt can bring the person out at all.

            Exit code 2 if it could not be decided.

            Examples:
              lethe certificate claim C-2026-0007 --prompt claim.txt --dry-run
              lethe certificate claim C-2026-0007 --prompt claim.txt --expect answer.txt --yes
            """)
    @OptionGroup var options: GlobalOptions
    @Argument(help: "Case id.") var id: String
    @Option(
        help: ArgumentHelp("File with the text to ask.", valueName: "file"), completion: .file())
    var prompt: String?
    @Option(
        help: ArgumentHelp("File with a text that is said to come out.", valueName: "file"),
        completion: .file())
    var expect: String?
    @Option(
        help: ArgumentHelp(
            "Test a claim again that was kept; its report names it.", valueName: "digest"))
    var kept: String?
    @Option(help: "Drawn answers beside the likeliest one.") var samples = 19
    @Option(help: "Seed of the draws and of whom the person is compared with.")
    var seed: UInt64 = 0
    @Option(help: "Most tokens of an answer.") var maximumTokens = 48
    @Option(help: "With --dry-run: name, or first digits of the digest, of other weights.")
    var model: String?
    @Flag(help: "Only test; keep and change nothing.") var dryRun = false
    @Flag(help: "Yes, revoke and open the case again if it is reproduced.") var yes = false

    func validate() throws {
        guard yes != dryRun else {
            throw ValidationError(
                "If it is reproduced the certificate is revoked. Look with --dry-run first, then "
                    + "give --yes.")
        }
        guard (prompt == nil) != (kept == nil), expect == nil || prompt != nil else {
            throw ValidationError("Give --prompt, with or without --expect, or --kept.")
        }
        guard kept.map({ Digest(hexadecimal: $0) != nil }) ?? true else {
            throw ValidationError("--kept takes the 64 digits that a report names.")
        }
        guard (0...1000).contains(samples) else {
            throw ValidationError("--samples must be 0 to 1000.")
        }
        guard (1...4096).contains(maximumTokens) else {
            throw ValidationError("--maximum-tokens must be 1 to 4096.")
        }
        guard model == nil || dryRun else {
            throw ValidationError("Only the certified weights decide: --model needs --dry-run.")
        }
    }

    func run() throws {
        let caseID = try Workspace.caseID(id)
        let workspace = try options.open(for: yes ? .changing : .reading)
        var settings = ClaimSettings()
        settings.sampleCount = samples
        settings.seed = seed
        settings.maximumTokenCount = maximumTokens
        let claim = try claim(of: caseID, in: workspace)
        let context = ProgressDisplay().context
        let resolution =
            yes
            ? try workspace.resolveClaim(
                claim, on: caseID, settings: settings, actor: options.actorName, context: context)
            : try workspace.tryClaim(
                claim, on: caseID, model: model, settings: settings, context: context)
        try options.emit(resolution) { describe(resolution) }
        if resolution.report.outcome == .couldNotDecide {
            throw ExitCode(FailureKind.verificationFailed.rawValue)
        }
    }

    private func claim(of id: CaseID, in workspace: Workspace) throws -> ReappearanceClaim {
        if let kept = kept.flatMap(Digest.init(hexadecimal:)) {
            return try workspace.keptClaim(kept, of: id)
        }
        return try ReappearanceClaim(
            promptFile: URL(fileURLWithPath: prompt ?? ""),
            expectedFile: expect.map { URL(fileURLWithPath: $0) })
    }
}

private func describe(_ resolution: ClaimResolution) -> String {
    let report = resolution.report
    var text = "\(report.outcome.rawValue): \(report.explanation)\n"
    if !report.isCertifiedModel { text += "These are not the certified weights.\n" }
    if let figures = report.figures {
        text += "person   \(figures.hits) of \(figures.answers) answers\n"
        if figures.othersAnswers > 0 {
            text += "others   \(figures.othersHits) of \(figures.othersAnswers) answers\n"
        }
    }
    text += "model    \(report.model)\nreport   \(resolution.reportDigest)\n"
    if let revocation = resolution.revocation {
        text += "The certificate is revoked (\(revocation.revocation.short))"
        text += resolution.isReopened ? ", and the case is opened again.\n" : ".\n"
    }
    return text
}
