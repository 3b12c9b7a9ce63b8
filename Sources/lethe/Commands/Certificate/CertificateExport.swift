import ArgumentParser
import Domain
import Engine
import Foundation

struct CertificateExport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract:
            "Writes a certificate with all that is needed to read and check it into a folder.",
        discussion: """
            Examples:
              lethe certificate export C-2026-0001 ./for-the-person
              lethe certificate export C-2026-0001 ./for-the-person --pdf
            """)
    @OptionGroup var options: GlobalOptions
    @Argument(help: "Case id.") var id: String
    @Argument(help: "Folder.", completion: .directory) var folder: String
    @Flag(help: "Also as PDF/A in every language; needs the program weasyprint.") var pdf = false

    private struct Result: Encodable {
        let schema = "lethe.certificate-export.v1"
        let files: [String]
    }

    func run() throws {
        let files = try options.open(for: .reading).exportCertificate(
            of: Workspace.caseID(id), to: URL(fileURLWithPath: folder), withPDF: pdf)
        try options.emit(Result(files: files.map(\.path))) {
            files.map { $0.path + "\n" }.joined()
        }
    }
}
