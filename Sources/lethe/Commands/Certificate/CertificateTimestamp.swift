import ArgumentParser
import Domain
import Engine
import Foundation

struct CertificateTimestamp: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "timestamp",
        abstract: "Writes the query for a time-stamp of a certificate, or takes in the answer.",
        discussion: """
            A time-stamp authority (RFC 3161) is sent a digest of what was signed and a random number, and
            no more. Its answer is stored beside the certificate as timestamp.tsr and exported with it.
            Digest and number are checked here; the authority's signature is checked by the command that
            is printed.

            Examples:
              lethe certificate timestamp C-2026-0007 --request query.tsq
              curl -H 'Content-Type: application/timestamp-query' --data-binary @query.tsq URL > answer.tsr
              lethe certificate timestamp C-2026-0007 --token answer.tsr
            """)
    @OptionGroup var options: GlobalOptions
    @Argument(help: "Case id.") var id: String
    @Option(help: ArgumentHelp("Write the query here.", valueName: "file"), completion: .file())
    var request: String?
    @Option(help: ArgumentHelp("The authority's answer.", valueName: "file"), completion: .file())
    var token: String?

    func validate() throws {
        guard (request == nil) != (token == nil) else {
            throw ValidationError("Give either --request or --token.")
        }
    }

    func run() throws {
        let workspace = try options.open(for: .changing)
        let caseID = try Workspace.caseID(id)
        let report =
            if let request {
                try workspace.writeTimestampQuery(of: caseID, to: URL(fileURLWithPath: request))
            } else {
                try workspace.storeTimestamp(
                    URL(fileURLWithPath: token ?? ""), of: caseID, actor: options.actorName)
            }
        try options.emit(report) {
            if let request = report.request { return "\(request): send it to an authority.\n" }
            return (report.timestamp.map(describe) ?? "")
                + "Lethe did not check the authority's signature. After `lethe certificate export`:\n"
                + "  \(report.timestamp?.command ?? "")\n"
        }
    }
}

/// A line for `certificate show`.
func describe(_ timestamp: StoredTimestamp) -> String {
    "stamped    \(timestamp.time), policy \(timestamp.policy), number \(timestamp.serialNumber)\n"
}
