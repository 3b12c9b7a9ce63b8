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

            Signatures are checked with the keys in keys/intake-keys.json of the workspace, or with
            --keys; a wrong one refuses the file. Without a key a request is taken as unverified, and
            where the policy asks for proof of identity the case waits for it. A file may be a whole
            HTTP message (request line, header fields, empty line, body). A message that takes an
            earlier request back ends that case.

            Examples:
              lethe intake request.json
              lethe intake requests/ more/request.xml
              lethe intake shopify.http --keys senders.json
              cat request.json | lethe intake - --received-at 2026-11-02T09:00:00Z
            """)

    @OptionGroup var options: GlobalOptions
    @Argument(help: "Files, folders, or - for standard input.") var sources: [String]
    @Option(help: "Format of the files; auto recognises it.") var format = "auto"
    @Option(
        help: ArgumentHelp(
            "When the controller received the requests (RFC 3339), if earlier.", valueName: "time"))
    var receivedAt: String?

    @Option(
        help: ArgumentHelp(
            "Keys of senders; see Documentation/RequestFormats.md.", valueName: "file"),
        completion: .file())
    var keys: String?

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
            sources, format: format, receivedAt: time, keys: try keys.map(readKeys),
            actor: options.actorName,
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
        let word = result.action == .withdrawn ? "withdrawn" : "accepted"
        return Terminal.styled(word, .green)
            + " \(result.source) (\(result.format ?? "-")): \(cases)\n"
            + result.remarks.map { "         note: \($0)\n" }.joined()
    }
}

/// Reads a file of senders' keys.
func readKeys(_ path: String) throws -> IntakeKeys {
    let url = URL(fileURLWithPath: path)
    return try IntakeKeys(
        parsing: DurableFile.read(url), sourceName: url.lastPathComponent)
}
