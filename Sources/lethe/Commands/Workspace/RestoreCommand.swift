import ArgumentParser
import Domain
import Engine
import Foundation

struct RestoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Makes a workspace from a backup.",
        discussion: """
            The backup is verified, copied and verified again; the history says that it was restored.
            Nothing is left of a restoration that fails. What was erased after the backup has come
            back: give the tombstones that were kept apart from it, and erase again what is listed.
            With tombstones, or where the backup has some of its own, `lethe restore-check` is done
            at once; exit code 2 if something must be erased again.

            Examples:
              lethe restore /backup/2026-11-21 /srv/lethe
              lethe restore /backup/2026-11-21 /srv/lethe --tombstones offsite/tombstones.jsonl
            """)
    @OptionGroup var options: GlobalOptions
    @Argument(help: ArgumentHelp("The backup's folder.", valueName: "backup")) var backup: String
    @Argument(help: ArgumentHelp("A folder that does not exist yet.", valueName: "dir"))
    var target: String
    @Option(
        help: ArgumentHelp("Tombstones exported since the backup.", valueName: "file"),
        completion: .file())
    var tombstones: String?

    private struct Result: Encodable {
        let schema = "lethe.restore.v1"
        let restored: RestoreReport
        /// What must be erased again; nil if it was not looked for.
        let check: [RestoreRow]?
        /// What to do next.
        let next: [String]
    }

    func run() throws {
        let display = ProgressDisplay()
        let place = URL(fileURLWithPath: target)
        if let tombstones, !FileManager.default.isReadableFile(atPath: tombstones) {
            throw DomainError(
                .fileUnreadable, "\(tombstones) cannot be read.", details: ["path": tombstones],
                remedy: "Check the path; nothing was restored.")
        }
        let report = try Workspace.restore(
            URL(fileURLWithPath: backup), to: place, actor: options.actorName,
            context: display.context)
        let rows = try check(report, place, display.context)
        let next = nextSteps(report, rows)
        try options.emit(Result(restored: report, check: rows, next: next)) {
            "Workspace \(report.workspace), as of \(report.backupCreatedAt).\n"
                + next.map { "  - \($0)\n" }.joined()
        }
        if rows?.isEmpty == false { throw ExitCode(FailureKind.verificationFailed.rawValue) }
    }

    private func check(
        _ report: RestoreReport, _ place: URL, _ context: WorkContext
    ) throws -> [RestoreRow]? {
        guard report.missingKeys.isEmpty, let file = tombstones ?? report.tombstones else {
            return nil
        }
        return try options.open(place, for: .changing).restoreCheck(
            files: [], tombstones: URL(fileURLWithPath: file), context: context)
    }

    private func nextSteps(_ report: RestoreReport, _ rows: [RestoreRow]?) -> [String] {
        var steps: [String] = []
        if !report.missingKeys.isEmpty {
            steps.append(
                "Put back the keys the backup was made without: "
                    + report.missingKeys.joined(separator: ", ") + ".")
        }
        if report.omitted.contains("models") {
            steps.append("The backup holds no models: copy them back, or train again.")
        }
        if let rows, !rows.isEmpty {
            steps.append(
                "\(rows.count) things that were erased are back: `lethe restore-check --workspace "
                    + "'\(report.workspace)'` lists them; erase them again.")
        }
        if tombstones == nil || rows == nil {
            steps.append(
                "Run `lethe restore-check --workspace '\(report.workspace)' --tombstones FILE` with "
                    + "the tombstones exported since \(report.backupCreatedAt).")
        }
        steps.append(
            "Shred again what was shredded since: `lethe vault sweep --workspace "
                + "'\(report.workspace)'` does what retention asks for.")
        return steps
    }
}
