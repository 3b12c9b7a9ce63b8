import ArgumentParser
import Domain
import Engine
import Foundation
import Intake

struct FormatsCheck: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Holds a file against every rule of its format.",
        discussion: """
            Each rule with its section of the specification: kept, broken (with the position) or not
            checked. Rules that intake does not insist on are marked. Nothing is stored, and no
            workspace is needed. Exit code 2 if a rule is broken, 65 if intake would refuse the file.

            Examples:
              lethe formats check request.http --keys senders.json
              lethe formats check priv.json --format priv --json
            """)

    @OptionGroup var options: GlobalOptions
    @Argument(help: "The file.", completion: .file()) var file: String
    @Option(help: "Its format; auto recognises it.") var format = "auto"
    @Option(help: ArgumentHelp("Keys of senders.", valueName: "file"), completion: .file())
    var keys: String?
    @Option(help: ArgumentHelp("When it arrived (RFC 3339), if not now.", valueName: "time"))
    var arrival: String?

    private struct Result: Encodable {
        let schema = "lethe.format-check.v1"
        let report: FormatReport
    }

    func run() throws {
        let time = try arrival.map { text in
            guard let time = Timestamp(text) else {
                throw ValidationError("--arrival must be like 2026-11-02T09:00:00Z.")
            }
            return time
        }
        let url = URL(fileURLWithPath: file)
        let report = try checkFormat(
            readRequestFile(url), format: format, keys: try keys.map(readKeys) ?? .none,
            sourceName: url.lastPathComponent, arrival: time)
        try options.emit(Result(report: report)) { describe(report) }
        if !report.isAccepted { throw ExitCode(FailureKind.badInput.rawValue) }
        if !report.conforms { throw ExitCode(FailureKind.verificationFailed.rawValue) }
    }
}

private func describe(_ report: FormatReport) -> String {
    let rows = report.findings.map { finding in
        let place = [
            finding.line.map { "line \($0)" }, finding.column.map { "column \($0)" },
            finding.path,
        ].compactMap { $0 }.joined(separator: ", ")
        return [
            finding.outcome.rawValue, finding.section,
            finding.statement + (finding.isEnforced ? "" : " (intake does not insist)"),
            [finding.message, place.isEmpty ? nil : place].compactMap { $0 }.joined(
                separator: "; "),
        ]
    }
    let verdict =
        report.isAccepted
        ? "Intake takes it (\(report.requestCount) requests, "
            + (report.isAuthenticated ? "signature checked" : "sender not verified") + ")."
        : "Intake refuses it."
    return "\(report.source): \(report.format ?? "unknown format")\n"
        + Terminal.table(["", "SECTION", "RULE", "FOUND"], rows)
        + report.remarks.map { "note: \($0)\n" }.joined() + verdict + "\n"
}
