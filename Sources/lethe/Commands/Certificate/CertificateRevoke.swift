import ArgumentParser
import Certificates
import Domain
import Engine
import Foundation

struct CertificateRevoke: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "Takes a case's certificate back, openly.",
        discussion: """
            Signs a revocation, writes it into certificates/revocations, enters it into the log and the
            history, and opens the case again (with the reason superseded it stays closed). It cannot
            be taken back. Stopped or killed, the same command goes on.

            Reasons: reappearance (what was to be gone came out of the model again), error (the
            certificate said something that was not so), key-compromise (somebody else may have used
            the key that signed it), superseded (another certificate took its place).

            Then give out the new list: `lethe certificate revocations --output FILE`.

            Example:
              lethe certificate revoke C-2026-0007 --reason error --because "a backup was left out"
            """)
    @OptionGroup var options: GlobalOptions
    @Argument(help: "Case id.") var id: String
    @Option(help: "reappearance, error, key-compromise or superseded.") var reason: String
    @Option(help: "In a sentence that everybody may read, for good: no personal data.")
    var because: String

    func run() throws {
        let found = try lookUp(
            reason, in: Revocation.Reason.allCases, kind: "reason", by: \.rawValue)
        let outcome = try options.open(for: .changing).revokeCertificate(
            of: Workspace.caseID(id), reason: found, because: because, actor: options.actorName)
        try options.emit(outcome) {
            let row = outcome.revocation
            return "The certificate of \(row.caseID) "
                + (outcome.isNew ? "is revoked" : "was revoked on \(row.revokedAt)")
                + ": \(row.reason.rawValue).\n"
                + "certificate  \(row.certificate)\nrevocation   \(row.revocation)\n"
                + "log entry    \(row.logIndex.map(String.init) ?? "-")\n"
                + (outcome.isReopened ? "The case is opened again.\n" : "")
        }
    }
}

struct CertificateRevocations: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revocations", abstract: "Lists the certificates that were revoked.",
        discussion: """
            With --output the signed list is written, which tells whoever checks a certificate without
            this workspace whether it still stands. An older list says nothing of what happened since:
            publish it anew from time to time, and after each revocation.

            Examples:
              lethe certificate revocations
              lethe certificate revocations --output revocations.dsse.json
            """)
    @OptionGroup var options: GlobalOptions
    @Option(
        help: ArgumentHelp("Write the signed list into this file.", valueName: "file"),
        completion: .file())
    var output: String?

    func run() throws {
        let workspace = try options.open(for: .reading)
        let rows = try workspace.revocations()
        if let output {
            try DurableFile.write(
                try workspace.signedRevocationList(), to: URL(fileURLWithPath: output))
        }
        try options.emit(Listing("certificate-revocations", rows)) {
            (rows.isEmpty
                ? "No certificate was revoked.\n"
                : Terminal.table(
                    ["CASE", "REVOKED", "REASON", "CERTIFICATE", "LOG", "EVIDENCE"],
                    rows.map {
                        [
                            $0.caseID.description, $0.revokedAt.description, $0.reason.rawValue,
                            $0.certificate.short, $0.logIndex.map(String.init) ?? "-",
                            $0.evidence?.short ?? "-",
                        ]
                    }))
                + (output.map { "Signed list: \($0)\n" } ?? "")
        }
    }
}
