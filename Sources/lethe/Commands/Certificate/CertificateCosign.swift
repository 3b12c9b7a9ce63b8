import ArgumentParser
import Certificates
import Domain
import Engine
import Foundation

struct CertificateCosign: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cosign", abstract: "Adds an approver's signature to a certificate.",
        discussion: """
            Where the policy asks for four eyes, the certificate asks for two signatures: the second is
            made by who approved the result, with a key of their own (`lethe keys new`) that was introduced
            as an approver's before the certificate was issued (`lethe keys introduce`). What was signed
            stays as it is. A protected key asks for its passphrase, or takes it from
            --key-passphrase-file, LETHE_KEY_PASSPHRASE_FILE or LETHE_KEY_PASSPHRASE.

            Example:
              lethe certificate cosign C-2026-0007 --key bert.pem --actor bert
            """)
    @OptionGroup var options: GlobalOptions
    @Argument(help: "Case id.") var id: String
    @Option(
        help: ArgumentHelp("The approver's private key.", valueName: "file"), completion: .file())
    var key: String
    @Option(
        help: ArgumentHelp("File whose first line is that key's passphrase.", valueName: "file"),
        completion: .file())
    var keyPassphraseFile: String?

    func run() throws {
        let file = URL(fileURLWithPath: key)
        let signed = try options.open(for: .changing).cosign(
            Workspace.caseID(id),
            key: {
                let passphrase =
                    try SigningKey.isProtected(at: file)
                    ? Passphrase.present(file: keyPassphraseFile, of: .ownKey) : nil
                return try SigningKey(contentsOf: file, passphrase: passphrase)
            }, actor: options.actorName)
        try options.emit(signed) {
            (signed.changed ? "Co-signed" : "Co-signed before") + " with the key \(signed.keyID).\n"
                + "\(signed.signers.count) signatures: "
                + signed.signers.map(\.short).joined(separator: ", ") + "\n"
        }
    }
}
