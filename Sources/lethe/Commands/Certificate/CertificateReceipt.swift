import ArgumentParser
import Domain
import Engine
import Foundation

struct CertificateReceipt: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "receipt",
        abstract: "Writes the receipt that lets the person show that a certificate is about them.",
        discussion: """
            The receipt holds the person's data and the key of the certificate's commitments: give it to
            the person and to nobody else. It cannot be made any more once the case's key is destroyed.

            Example:
              lethe certificate receipt C-2026-0001 receipt.json
              lethe certificate verify certificate.dsse.json --receipt receipt.json
            """)
    @OptionGroup var options: GlobalOptions
    @Argument(help: "Case id.") var id: String
    @Argument(help: "File to write; readable by you alone.") var file: String

    private struct Result: Encodable {
        let schema = "lethe.certificate-receipt.v1"
        let file: String
    }

    func run() throws {
        let url = URL(fileURLWithPath: file)
        try options.open(for: .reading).writeReceipt(of: Workspace.caseID(id), to: url)
        try options.emit(Result(file: url.path)) {
            "\(url.path)\nIt holds the person's data: give it to the person and to nobody else.\n"
        }
    }
}
