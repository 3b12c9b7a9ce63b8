import ArgumentParser
import Certificates
import Domain
import Engine
import Foundation

struct KeysProtect: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "protect",
        abstract: "Sets, changes or removes the passphrase of the signing key.",
        discussion: """
            The key file is then encrypted as `openssl pkey` reads it (PKCS#8, PBKDF2, AES-256). Without
            --new-passphrase-file the new passphrase is typed twice; it has at least 8 bytes. A lost
            passphrase cannot be replaced, and the key cannot be rotated without it. Old backups of the
            key file stay as they are.

            Examples:
              lethe keys protect
              lethe keys protect --new-passphrase-file /run/secrets/signing
              lethe keys protect --remove --signing-passphrase-file /run/secrets/signing
            """)
    @OptionGroup var options: GlobalOptions
    @Option(
        help: ArgumentHelp("File whose first line is the new passphrase.", valueName: "file"),
        completion: .file())
    var newPassphraseFile: String?
    @Flag(help: "Store the key without a passphrase.") var remove = false

    private struct Result: Encodable {
        let schema = "lethe.keys-protect.v1"
        let isProtected: Bool
        let changed: Bool
    }

    func validate() throws {
        guard !remove || newPassphraseFile == nil else {
            throw ValidationError("Give a new passphrase or --remove, not both.")
        }
    }

    func run() throws {
        let changed = try options.open(for: .changing).protectSigningKey(
            {
                guard !remove else { return nil }
                guard let new = try Passphrase.new(file: newPassphraseFile, of: .signingKey) else {
                    throw passphraseMissing
                }
                return new
            }, actor: options.actorName)
        try options.emit(Result(isProtected: !remove, changed: changed)) {
            switch (remove, changed) {
            case (true, true): "The signing key needs no passphrase any more.\n"
            case (true, false): "The signing key had no passphrase.\n"
            case (false, _): "The signing key is protected by the new passphrase.\n"
            }
        }
    }
}
