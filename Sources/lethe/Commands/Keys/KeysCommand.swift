import ArgumentParser
import Certificates
import Domain
import Engine
import Foundation

struct KeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "Keeps the keys that certificates are signed with, and their history.",
        discussion: """
            Certificates are signed with keys/signing-key.pem. Every key there was, with its dates, stands
            in keys/key-history.json, a chain of signed statements that is entered into the transparency
            log. A protected signing key asks for its passphrase when something is signed, or takes it from
            --signing-passphrase-file, LETHE_SIGNING_PASSPHRASE_FILE (the file's first line) or
            LETHE_SIGNING_PASSPHRASE.
            """,
        subcommands: [
            KeysList.self, KeysRotate.self, KeysRevoke.self, KeysIntroduce.self, KeysProtect.self,
            KeysExport.self, KeysNew.self,
        ])
}

struct KeysList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists every key with its role, dates and standing.",
        discussion: """
            Examples:
              lethe keys list
              lethe keys list --json
            """)
    @OptionGroup var options: GlobalOptions

    func run() throws {
        let rows = try options.open(for: .reading).keyRows()
        try options.emit(Listing("keys-list", rows)) {
            Terminal.table(
                ["KEY", "ROLE", "STANDING", "FROM", "UNTIL", "FILE"],
                rows.map { row in
                    let end = row.revokedAt ?? row.notAfter
                    let reason = row.revocationReason.map { " (\($0))" } ?? ""
                    let file = row.file.map { $0 + (row.isProtected ? " (passphrase)" : "") }
                    return [
                        row.keyID.short, row.role, row.standing + reason,
                        row.notBefore.description, end?.description ?? "-",
                        file ?? row.holder ?? "-",
                    ]
                })
        }
    }
}

struct KeysExport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Writes the history of keys as a verifier's trust file.",
        discussion: """
            The file is what others check certificates with, now and after a rotation. A file that is there
            already is replaced only by a continuation of it.

            Example:
              lethe keys export key-history.json
            """)
    @OptionGroup var options: GlobalOptions
    @Argument(help: "File.", completion: .file()) var file: String

    private struct Result: Encodable {
        let schema = "lethe.keys-export.v1"
        let path: String
        let keys: Int
    }

    func run() throws {
        let history = try options.open(for: .reading).exportKeyHistory(
            to: URL(fileURLWithPath: file))
        try options.emit(Result(path: file, keys: history.entries.count)) {
            "\(file): \(history.entries.count) keys\n"
        }
    }
}
