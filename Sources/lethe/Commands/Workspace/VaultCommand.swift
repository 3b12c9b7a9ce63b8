import ArgumentParser
import Casework
import Domain
import Engine
import Foundation

struct VaultCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vault",
        abstract: "Keeps the people's requests: keys, passphrase, retention.",
        discussion: """
            Every request is encrypted under a key of its own, which is wrapped by the workspace's key
            in keys/vault.key. A passphrase protects that file. Each command that opens the
            workspace then asks for it, or takes it from --passphrase-file, LETHE_PASSPHRASE_FILE
            (the file's first line) or LETHE_PASSPHRASE. A lost passphrase cannot be replaced.
            """,
        subcommands: [
            VaultStatusCommand.self, VaultProtect.self, VaultUnprotect.self, VaultRotate.self,
            VaultShred.self, VaultSweep.self,
        ])
}

struct VaultStatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Says how requests are protected and kept.",
        discussion: """
            Examples:
              lethe vault status
              lethe vault status --json
            """)
    @OptionGroup var options: GlobalOptions

    func run() throws {
        let status = try options.open(for: .reading).vaultStatus()
        try options.emit(status) { describe(status) }
    }

    private func describe(_ status: VaultStatus) -> String {
        let figures = status.figures
        let leftPages = figures.isPurged ? "" : ", with old pages still in the database's log"
        var retention = "until somebody shreds them (no retention-days in the policy)"
        if let days = status.retentionDays {
            retention = "\(days) days after the end of a case; \(status.overdueCount) overdue"
        }
        let rows: [(String, String)] = [
            ("key file", status.isProtected ? "protected by a passphrase" : "no passphrase"),
            ("key changed", figures.keyChangedAt?.description ?? "never"),
            ("readable", "\(figures.readableCount) requests"),
            ("shredded", "\(figures.shreddedCount) requests\(leftPages)"),
            ("retention", retention),
        ]
        return rows.map { label, value in
            label + String(repeating: " ", count: 13 - label.count) + value + "\n"
        }.joined()
    }
}

/// What a change of the vault's protection came to.
private struct VaultChange: Encodable {
    let schema: String
    let isProtected: Bool
    /// Whether anything was changed.
    let changed: Bool
}

struct VaultProtect: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "protect", abstract: "Sets or changes the passphrase of the vault.",
        discussion: """
            Without --new-passphrase-file it is typed twice, without an echo. It has at least 8 bytes;
            the file's first line counts, and may come from a descriptor. Old backups of the key file
            stay as they are.

            Examples:
              lethe vault protect
              lethe vault protect --new-passphrase-file /run/secrets/lethe
              pass lethe | lethe vault protect --new-passphrase-file /dev/stdin
            """)
    @OptionGroup var options: GlobalOptions
    @Option(
        help: ArgumentHelp("File whose first line is the new passphrase.", valueName: "file"),
        completion: .file())
    var newPassphraseFile: String?

    func run() throws {
        let workspace = try options.open(for: .changing)
        guard let new = try Passphrase.new(file: newPassphraseFile) else {
            throw CaseworkError(
                .passphraseNeeded, "There is no new passphrase, or the two that were typed differ.",
                remedy: "Type it twice, or name a file with --new-passphrase-file.")
        }
        try workspace.protectVault(by: new, actor: options.actorName)
        let change = VaultChange(
            schema: "lethe.vault-protect.v1", isProtected: true, changed: true)
        try options.emit(change) { "The vault is protected by the new passphrase.\n" }
    }
}

struct VaultUnprotect: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unprotect", abstract: "Stores the vault's keys without a passphrase.",
        discussion: """
            For machines where nobody can be asked and the disk is protected by other means.

            Example:
              lethe vault unprotect --passphrase-file /run/secrets/lethe
            """)
    @OptionGroup var options: GlobalOptions

    func run() throws {
        let changed = try options.open(for: .changing).unprotectVault(actor: options.actorName)
        let change = VaultChange(
            schema: "lethe.vault-protect.v1", isProtected: false, changed: changed)
        try options.emit(change) {
            changed
                ? "The vault needs no passphrase any more.\n"
                : "The vault had no passphrase.\n"
        }
    }
}

struct VaultRotate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate", abstract: "Changes the workspace's key and destroys the old one.",
        discussion: """
            Every case's key is wrapped anew in one transaction; the requests themselves and keyed
            digests stay as they are. Stopped at any point, it leaves every request readable; give
            the command again then. The passphrase stays.

            Example:
              lethe vault rotate
            """)
    @OptionGroup var options: GlobalOptions

    private struct Result: Encodable {
        let schema = "lethe.vault-rotate.v1"
        let entry: HistoryEntry
    }

    func run() throws {
        let entry = try options.open(for: .changing).rotateVaultKey(actor: options.actorName)
        try options.emit(Result(entry: entry)) {
            "New key \(entry.facts["key"] ?? "-"); "
                + "\(entry.facts["case-count"] ?? "0") case keys wrapped anew.\n"
        }
    }
}
