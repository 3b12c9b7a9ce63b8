import ArgumentParser
import Domain
import Engine
import Foundation

struct LogCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log", abstract: "Shows, checks and publishes the transparency log.",
        discussion: """
            Every certificate, revocation and change of keys is entered into an append-only log: digests
            only. Signed checkpoints over it show that nothing was taken back; witnesses, that everybody is
            shown the same log.
            """,
        subcommands: [
            LogShow.self, LogVerify.self, LogProofCommand.self, LogWitnessRequest.self,
            LogAddCosignature.self, LogExportCommand.self, LogEnter.self,
        ])
}

struct LogShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Says where the log stands.",
        discussion: "Example:\n  lethe log show")
    @OptionGroup var options: GlobalOptions

    func run() throws {
        let status = try options.open(for: .reading).logStatus()
        try options.emit(status) {
            var rows = [
                ("origin", status.origin), ("size", "\(status.size)"), ("root", status.root),
                ("key", status.verifierKey), ("checkpoints", "\(status.checkpointCount)"),
            ]
            rows += status.witnesses.map { ("witness", $0) }
            rows += status.sightings.map { ("seen by", "\($0.witness) \($0.time)") }
            if status.threshold > 0 {
                let size = status.witnessedSize.map { "up to entry \($0)" } ?? "not yet"
                rows.append(("witnessed", "by \(status.threshold): \(size)"))
            }
            return rows.map { label, value in
                label + String(repeating: " ", count: 13 - label.count) + value + "\n"
            }.joined()
        }
    }
}

struct LogVerify: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Reads the whole log again and checks all of it.",
        discussion: """
            Entries against tiles, tiles against each other, and every checkpoint that was ever signed.
            Exit code 5 and the name of the first wrong file if something was changed.

            Example:
              lethe log verify
            """)
    @OptionGroup var options: GlobalOptions

    func run() throws {
        let audit = try options.open(for: .reading).auditLog()
        try options.emit(audit) {
            Terminal.styled("sound", .green)
                + " log \(audit.origin): \(audit.entryCount) entries, "
                + "\(audit.checkpointCount) checkpoints, root \(audit.root)\n"
        }
    }
}

struct LogProofCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "proof", abstract: "Proves that a checkpoint continues an older one.",
        discussion: """
            FROM and TO are numbers of entries over which a checkpoint was signed. The hashes are those of
            RFC 9162, section 2.1.4. The proof that a certificate is in the log comes with the certificate.

            Example:
              lethe log proof --consistency 12 40
            """)
    @OptionGroup var options: GlobalOptions
    @Option(
        parsing: .upToNextOption, help: ArgumentHelp("Two sizes of the log.", valueName: "size"))
    var consistency: [UInt64]

    func validate() throws {
        guard consistency.count == 2 else {
            throw ValidationError("Give two sizes: --consistency FROM TO.")
        }
    }

    func run() throws {
        let proof = try options.open(for: .reading).logConsistency(
            from: consistency[0], to: consistency[1])
        try options.emit(proof) {
            "\(proof.origin)\n\(proof.from) \(proof.fromRoot)\n\(proof.to) \(proof.toRoot)\n"
                + proof.hashes.map { $0 + "\n" }.joined()
        }
    }
}

struct LogEnter: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enter", abstract: "Enters what was signed and is not in the log yet.",
        discussion: """
            For workspaces that signed certificates before there was a log. What is in it already stays
            where it is.

            Example:
              lethe log enter
            """)
    @OptionGroup var options: GlobalOptions

    func run() throws {
        let late = try options.open(for: .changing).enterMissing()
        try options.emit(late) {
            "\(late.certificates) certificates and \(late.revocations) revocations entered; "
                + "the log has \(late.size) entries.\n"
        }
    }
}
