import ArgumentParser
import Certificates
import Domain
import Engine
import Foundation

struct CertificateVerify: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Checks a certificate; needs no workspace and no network.",
        discussion: """
            Takes a certificate.dsse.json, or the folder that it came in: proof, revocations, keys and
            time-stamp are taken from beside it unless they are named. Without --key the key beside it
            is used: that shows that the certificate is whole, not who issued it.

            Exit code 0 if everything needed was checked and holds, 2 if something needed could not be
            checked, 5 if anything does not hold.

            Examples:
              lethe certificate verify ./for-the-person --key issuer.pem
              lethe certificate verify certificate.dsse.json --key key-history.json \\
                --revocations revocations.dsse.json --model ./model
              lethe certificate verify . --receipt receipt.json
              lethe certificate verify . --skip revocation --skip log
            """)
    @OptionGroup var options: GlobalOptions
    @Argument(help: "A certificate.dsse.json, or the folder that it came in.") var place: String
    @Option(
        help: ArgumentHelp(
            "The issuer's public key (PEM) or key history (JSON); again for who signed too.",
            valueName: "file"))
    var key: [String] = []
    @Option(help: ArgumentHelp("The proof that it stands in the log.", valueName: "file"))
    var proof: String?
    @Option(help: ArgumentHelp("The issuer's list of revocations.", valueName: "file"))
    var revocations: String?
    @Option(help: ArgumentHelp("Verifier key of a witness of the log.", valueName: "vkey"))
    var witness: [String] = []
    @Option(
        help: ArgumentHelp(
            "How many of the witnesses must have seen the log; all if not given.",
            valueName: "number"))
    var witnesses: Int = 0
    @Option(
        help: ArgumentHelp("Folder of the model to hold against it.", valueName: "folder"),
        completion: .directory)
    var model: String?
    @Option(help: ArgumentHelp("A person's receipt.", valueName: "file")) var receipt: String?
    @Option(help: ArgumentHelp("A time-stamp (RFC 3161).", valueName: "file"))
    var timestamp: String?
    @Option(
        help: ArgumentHelp(
            "A needed check to do without: signature, key, content, log, revocation.",
            valueName: "check"))
    var skip: [String] = []

    func run() throws {
        var choice = VerificationChoice()
        choice.keys = key.map { URL(fileURLWithPath: $0) }
        choice.proof = proof.map { URL(fileURLWithPath: $0) }
        choice.revocations = revocations.map { URL(fileURLWithPath: $0) }
        choice.witnesses = witness
        choice.witnessCount = witnesses
        choice.model = model.map { URL(fileURLWithPath: $0) }
        choice.receipt = receipt.map { URL(fileURLWithPath: $0) }
        choice.timestamp = timestamp.map { URL(fileURLWithPath: $0) }
        choice.skipped = skip
        let check = try checkCertificate(at: URL(fileURLWithPath: place), choice)
        try options.emit(check) { Self.describe(check) }
        if !check.isValid { throw ExitCode(FailureKind.verificationFailed.rawValue) }
    }

    private static func describe(_ check: CertificateCheck) -> String {
        let verdict =
            check.isValid
            ? Terminal.styled("valid", .green) : Terminal.styled("could not check", .yellow)
        let rows = check.findings.map { finding in
            let sign = finding.outcome == .passed ? "✓" : "?"
            return "\(sign) \(finding.check.rawValue): \(finding.detail)\n"
        }
        let claim = check.certificate.claim
        let key = check.isIssuerKnown ? "" : " (from beside it: compare it with the issuer's)"
        var text = "\(verdict) certificate of case \(check.certificate.caseID): "
        text += (claim.isPartial ? "partly " : "") + claim.level.text
        text +=
            check.skipped.isEmpty ? "\n" : "; without: \(check.skipped.joined(separator: ", "))\n"
        text += rows.joined()
        text += "key \(check.keyID)\(key)\npayload \(check.payloadDigest)\n"
        return text
    }
}
