import ArgumentParser
import Domain
import Engine
import Foundation
import Lineage

/// Records of erased people as a table: files, lines and cases, never what they say.
func describe(_ hits: [SuppressionHit]) -> String {
    Terminal.table(
        ["FILE", "LINE", "RECORD", "RULE", "CASE"],
        hits.map { [$0.file, "\($0.line)", $0.recordID, $0.rule.rawValue, $0.caseID] })
}

struct CorpusScreen: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "screen",
        abstract: "Looks for erased people in files, before anything is trained on them.",
        discussion: """
            Compares keyed digests: the workspace keeps nothing of erased people that could be read.
            Takes the same files as `lethe corpus add`; they need not belong to a corpus. Exit code
            2 if a record of an erased person is found.

            Examples:
              lethe corpus screen new/*.jsonl.gz
              lethe corpus screen letters/ --json
            """)

    @OptionGroup var options: GlobalOptions
    @Argument(
        help: ArgumentHelp(
            "JSONL, packed JSONL, text files or folders of them.", valueName: "file"),
        completion: .file())
    var files: [String]

    func run() throws {
        let display = ProgressDisplay()
        let hits = try options.open(for: .reading).screen(
            files.map { URL(fileURLWithPath: $0) }, context: display.context)
        try options.emit(Listing("corpus-screen", hits)) {
            hits.isEmpty ? "No record of an erased person.\n" : describe(hits)
        }
        if !hits.isEmpty { throw ExitCode(FailureKind.verificationFailed.rawValue) }
    }
}

struct RestoreCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore-check",
        abstract: "Lists what a restored backup brought back and must be erased again.",
        discussion: """
            Reads every known shard, what it was unpacked from, and the files named here. A restored
            workspace has forgotten the erasures since its backup: give it the tombstones that were
            exported since, which are kept apart from backups. Exit code 2 if anything is found.

            Examples:
              lethe restore-check
              lethe restore-check restored/people-*.jsonl --tombstones offsite/tombstones.jsonl
            """)

    @OptionGroup var options: GlobalOptions
    @Argument(
        help: ArgumentHelp("Further files that the restore brought.", valueName: "file"),
        completion: .file())
    var files: [String] = []
    @Option(help: ArgumentHelp("Exported tombstones to take in first.", valueName: "file"))
    var tombstones: String?

    func run() throws {
        let display = ProgressDisplay()
        let rows = try options.open(for: tombstones == nil ? .reading : .changing).restoreCheck(
            files: files.map { URL(fileURLWithPath: $0) },
            tombstones: tombstones.map { URL(fileURLWithPath: $0) }, context: display.context)
        try options.emit(Listing("restore-check", rows)) {
            rows.isEmpty
                ? "Nothing that was erased has come back.\n"
                : Terminal.table(
                    ["WHAT", "WHERE", "LINE", "CASES"],
                    rows.map { row in
                        let model = row.model.map {
                            "\($0) version \(row.version ?? 0)"
                                + (row.isCurrent == true ? " (current)" : "")
                        }
                        return [
                            row.kind, row.path ?? model ?? "-", row.line.map { "\($0)" } ?? "-",
                            row.code ?? row.cases.joined(separator: " "),
                        ]
                    })
        }
        if !rows.isEmpty { throw ExitCode(FailureKind.verificationFailed.rawValue) }
    }
}
