import ArgumentParser
import Casework
import Domain
import Engine
import Foundation

struct BackupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Makes a backup of the workspace, and checks one.",
        discussion: """
            Examples:
              lethe backup /backup/2026-11-21
              lethe backup verify /backup/2026-11-21
            """,
        subcommands: [BackupMake.self, BackupVerify.self], defaultSubcommand: BackupMake.self)
}

struct BackupMake: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "make",
        abstract: "Copies the workspace into a new folder, while it is in use.",
        discussion: """
            The word can be left out. Each file's digest stands in manifest.json. The shards of the
            corpora lie outside of the workspace and are not in it. A backup with keys can be read by
            whoever has it: keep it as safe as the workspace. One without has to be completed by hand
            after its restoration. Every backup knows who was deleted after it: register it with
            `lethe copies add`, and keep tombstones.jsonl apart from the backups.

            Examples:
              lethe backup /backup/2026-11-21
              lethe backup /backup/small --without-models --without-keys
            """)
    @OptionGroup var options: GlobalOptions
    @Argument(help: ArgumentHelp("A folder that does not exist yet.", valueName: "dir"))
    var destination: String
    @Flag(help: "Leave out models, journals and checkpoints.") var withoutModels = false
    @Flag(help: "Leave out the secret keys: vault, signature and index.") var withoutKeys = false

    func run() throws {
        let display = ProgressDisplay()
        let report = try options.open(for: .reading).backUp(
            to: URL(fileURLWithPath: destination),
            BackupChoice(leavesOutModels: withoutModels, leavesOutKeys: withoutKeys),
            context: display.context)
        try options.emit(report) {
            describe(report)
                + "An erasure accounts for it once it is registered:\n"
                + "  lethe copies add '\(report.path)' --kind backup\n"
        }
    }
}

struct BackupVerify: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Holds every file of a backup against its manifest.",
        discussion: """
            Works without a workspace. Exit code 5 names the first file that is missing, changed or
            not listed.

            Example:
              lethe backup verify /backup/2026-11-21
            """)
    @OptionGroup var options: GlobalOptions
    @Argument(help: ArgumentHelp("The backup's folder.", valueName: "dir")) var folder: String

    func run() throws {
        let report = try verifyBackup(URL(fileURLWithPath: folder))
        try options.emit(report) { "Whole.\n" + describe(report) }
    }
}

private func describe(_ report: BackupReport) -> String {
    var rows: [(String, String)] = [
        ("backup", report.path), ("made", report.createdAt.description),
        ("files", "\(report.fileCount), \(report.byteCount) bytes"),
    ]
    if let history = report.history {
        rows.append(
            ("history", "\(history.entryCount) entries, head \(history.headHash.short)"))
    }
    if !report.omitted.isEmpty {
        rows.append(("without", report.omitted.joined(separator: ", ")))
    }
    return rows.map { label, value in
        label + String(repeating: " ", count: 9 - label.count) + value + "\n"
    }.joined()
}
