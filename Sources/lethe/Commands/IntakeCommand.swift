import ArgumentParser
import Domain
import Engine
import Foundation
import Intake

struct IntakeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "intake", abstract: "Takes deletion requests in: one case per request.",
        discussion: """
            Formats are recognised; see `lethe formats`. A bad file is reported with its position and
            rule, the others are taken in all the same, and the exit code is 65. It is 74 if one could
            not be read or stored: given again, that one may be taken in.

            Examples:
              lethe intake request.json
              lethe intake requests/ more/request.xml
              cat request.json | lethe intake - --received-at 2026-11-02T09:00:00Z
            """)

    @OptionGroup var options: GlobalOptions
    @Argument(help: "Files, folders, or - for standard input.") var sources: [String]
    @Option(help: "Format of the files; auto recognises it.") var format = "auto"
    @Option(
        help: ArgumentHelp(
            "When the controller received the requests (RFC 3339), if earlier.", valueName: "time"))
    var receivedAt: String?

    func run() throws {
        let time = try receivedAt.map { text in
            guard let time = Timestamp(text) else {
                throw ValidationError("--received-at must be like 2026-11-02T09:00:00Z.")
            }
            return time
        }
        if format != "auto" {
            _ = try lookUp(format, in: builtinFormats, kind: "request format", by: \.id)
        }
        let results = try options.open(for: .changing).intake(
            sources, format: format, receivedAt: time, actor: options.actorName,
            standardInput: { try boundedStandardInput() },
            onResult: { if !options.json { Terminal.write(line($0)) } })
        try options.emit(Listing("intake", results)) { "" }
        let failures = results.compactMap(\.failure)
        guard !failures.isEmpty else { return }
        let failedByDisk = failures.contains { $0.exitStatus == FailureKind.io.rawValue }
        throw ExitCode((failedByDisk ? FailureKind.io : .badInput).rawValue)
    }

    /// One byte more than a request may have is enough to refuse it.
    private func boundedStandardInput() throws -> Data {
        let limit = Workspace.maximumRequestBytes + 1
        var data = Data()
        while data.count < limit,
            let piece = try FileHandle.standardInput.read(upToCount: limit - data.count),
            !piece.isEmpty
        {
            data.append(piece)
        }
        return data
    }

    private func line(_ result: IntakeResult) -> String {
        if let failure = result.failure {
            return Terminal.styled("refused ", .red) + " \(result.source): \(failure.message)"
                + (failure.remedy.map { " \($0)" } ?? "") + "\n"
        }
        let cases = result.cases.map(\.description).joined(separator: " ")
        return Terminal.styled("accepted", .green)
            + " \(result.source) (\(result.format ?? "-")): \(cases)\n"
    }
}
