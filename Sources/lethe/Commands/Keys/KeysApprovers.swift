import ArgumentParser
import Certificates
import Domain
import Engine
import Foundation

struct KeysIntroduce: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "introduce", abstract: "Takes an approver's public key into the history.",
        discussion: """
            With it the approver can co-sign certificates that are dated later (`lethe certificate
            cosign`). The private key stays with the approver. With --name, only who gives that name as
            --actor may use the key.

            Examples:
              lethe keys introduce --role approver --public-key bert.pub.pem --name bert
              lethe keys introduce --role approver --public-key id_ed25519.pub
            """)
    @OptionGroup var options: GlobalOptions
    @Option(help: "Only approver: other keys come in by themselves.") var role: String
    @Option(
        help: ArgumentHelp("Ed25519 public key, PEM or an SSH line.", valueName: "file"),
        completion: .file())
    var publicKey: String
    @Option(help: ArgumentHelp("Whose key it is.", valueName: "name")) var name: String?

    func validate() throws {
        guard role == KeyHistory.Role.approver.rawValue else {
            throw ValidationError("Only keys of the role \"approver\" are introduced by hand.")
        }
    }

    func run() throws {
        let change = try options.open(for: .changing).introduceApprover(
            readPublicKey(), holder: name, actor: options.actorName)
        try options.emit(change) {
            "The key \(change.key.keyID) "
                + (change.changed ? "may co-sign from now on.\n" : "was introduced before.\n")
        }
    }

    private func readPublicKey() throws -> PublicKey {
        let url = URL(fileURLWithPath: publicKey)
        let text = String(decoding: try DurableFile.read(url), as: UTF8.self)
        return text.hasPrefix("ssh-")
            ? try PublicKey(sshLine: text.trimmingCharacters(in: .whitespacesAndNewlines))
            : try PublicKey(contentsOf: url)
    }
}

struct KeysNew: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new",
        abstract: "Makes a key of your own to co-sign with; needs no workspace.",
        discussion: """
            Writes the private key (0600) and its public half beside it, FILE.pub.pem; hand out only that
            one. --protect asks for a passphrase, which `certificate cosign` then asks for.

            Examples:
              lethe keys new bert.pem --protect
              lethe keys new bert.pem --new-passphrase-file /run/secrets/bert
            """)
    @OptionGroup var options: GlobalOptions
    @Argument(help: "File of the private key.", completion: .file()) var file: String
    @Flag(help: "Protect it by a passphrase, typed twice.") var protect = false
    @Option(
        help: ArgumentHelp("File whose first line is the passphrase.", valueName: "file"),
        completion: .file())
    var newPassphraseFile: String?

    private struct Result: Encodable {
        let schema = "lethe.keys-new.v1"
        let keyID: Digest
        let privateKey: String
        let publicKey: String
        /// The public key as SSH's tools read it.
        let ssh: String
        let isProtected: Bool
    }

    func run() throws {
        let isProtected = protect || newPassphraseFile != nil
        let passphrase =
            isProtected ? try Passphrase.new(file: newPassphraseFile, of: .ownKey) : nil
        guard !isProtected || passphrase != nil else { throw passphraseMissing }
        let made = try makeKey(at: URL(fileURLWithPath: file), passphrase: passphrase)
        let result = Result(
            keyID: made.key.keyID, privateKey: file, publicKey: made.file.path,
            ssh: made.key.sshLine(), isProtected: isProtected)
        try options.emit(result) {
            "\(result.privateKey)  private, keep it\n\(result.publicKey)  public\n"
                + "key \(result.keyID)\n\(result.ssh)\n"
        }
    }
}

/// There is no new passphrase, or the two that were typed differ.
var passphraseMissing: CertificateError {
    CertificateError(
        .passphraseNeeded, "There is no new passphrase, or the two that were typed differ.",
        remedy: "Type it twice, or name a file with --new-passphrase-file.")
}
