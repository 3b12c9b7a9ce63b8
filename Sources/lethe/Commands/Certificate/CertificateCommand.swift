import ArgumentParser
import Certificates
import Domain
import Engine
import Foundation

struct CertificateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "certificate", abstract: "Lists, shows, checks and exports certificates.",
        subcommands: [
            CertificateList.self, CertificateShow.self, CertificateVerify.self,
            CertificateExport.self, CertificateReceipt.self, CertificateSchemaCommand.self,
            CertificateRevoke.self, CertificateRevocations.self, CertificateClaim.self,
            CertificateCosign.self, CertificateTimestamp.self,
        ])
}

struct CertificateList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the certificates that were issued.")
    @OptionGroup var options: GlobalOptions

    func run() throws {
        let rows = try options.open(for: .reading).certificates()
        try options.emit(Listing("certificate-list", rows)) {
            rows.isEmpty
                ? "No certificates.\n"
                : Terminal.table(
                    [
                        "CASE", "ISSUED", "METHOD", "CLASS", "MODEL", "MODEL AFTER", "PAYLOAD",
                        "STANDING",
                    ],
                    rows.map {
                        [
                            $0.caseID.description, $0.issuedAt.description, $0.method,
                            $0.methodClass.text, $0.model, $0.modelAfter.short,
                            $0.payloadDigest.short, $0.standing,
                        ]
                    })
                    + rows.filter(\.needsCosignature).map {
                        "\($0.caseID) needs co-signature: lethe certificate cosign \($0.caseID)\n"
                    }.joined()
        }
    }
}

struct CertificateShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows a case's certificate.")
    @OptionGroup var options: GlobalOptions
    @Argument(help: "Case id.") var id: String

    func run() throws {
        let workspace = try options.open(for: .reading)
        let caseID = try Workspace.caseID(id)
        let verified = try workspace.certificate(of: caseID)
        let verdict = CertificateVerdict(
            verified, schema: "lethe.certificate.v1",
            erasure: try workspace.erasureStatus(of: caseID),
            standing: try workspace.certificateStanding(of: caseID).word,
            timestamp: try workspace.storedTimestamp(of: verified))
        try options.emit(verdict) { describe(verdict) }
    }
}

private func describe(_ verdict: CertificateVerdict) -> String {
    let certificate = verdict.certificate
    let counts = Dictionary(grouping: certificate.verification.checks, by: \.outcome)
    return """
        Certificate of deletion, case \(certificate.caseID), issued \(certificate.issuedAt)
        method     \(certificate.method.id): \(certificate.method.methodClass.text)
        model      \(certificate.model.name), after \(certificate.model.after)
        records    \(certificate.scope.recordCount) removed
        deadline   \(certificate.dueAt.dateText), \(certificate.onTime ? "met" : "missed")
        checks     \(counts[.passed]?.count ?? 0) passed, \(counts[.failed]?.count ?? 0) failed, \
        \(counts[.couldNotCheck]?.count ?? 0) could not be made
        signed by  key \(verdict.signers.map(\.hexadecimal).joined(separator: "\n           key "))
        payload    \(verdict.payloadDigest)

        """ + (verdict.standing.map { "standing   \($0)\n" } ?? "")
            + (verdict.timestamp.map(describe) ?? "")
            + (verdict.erasure.map { "erased     " + describe($0) } ?? "")
            + describe(certificate.verification)
}
