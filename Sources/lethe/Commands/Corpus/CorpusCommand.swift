import ArgumentParser
import Domain
import Engine
import Foundation
import Lineage

struct CorpusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "corpus", abstract: "Registers training data and finds people in it.",
        subcommands: [
            CorpusAdd.self, CorpusExtend.self, CorpusReindex.self, CorpusList.self,
            CorpusShow.self, CorpusVerify.self, CorpusFind.self, CorpusGrep.self,
            CorpusScreen.self, CorpusRecall.self,
        ])
}

/// A corpus in one line.
func describe(_ summary: CorpusSummary) -> String {
    """
    \(summary.name): \(summary.recordCount) records about \(summary.subjectCount) people in \
    \(summary.shards.count) shards (\(summary.role.rawValue)), manifest \
    \(summary.manifestDigest.short)

    """
}

struct CorpusList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the registered corpora.")

    @OptionGroup var options: GlobalOptions

    func run() throws {
        let corpora = try options.open(for: .reading).lineage.corpora()
        try options.emit(Listing("corpus-list", corpora)) {
            Terminal.table(
                ["NAME", "ROLE", "FOR", "SHARDS", "RECORDS", "DELETED", "PEOPLE", "MANIFEST"],
                corpora.map {
                    [
                        $0.name, $0.role.rawValue, $0.servedCorpus ?? "-", "\($0.shards.count)",
                        "\($0.recordCount)", "\($0.deletedRecordCount)", "\($0.subjectCount)",
                        $0.manifestDigest.short,
                    ]
                })
        }
    }
}

struct CorpusShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows one corpus with its shards.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: "Name of the corpus.") var name: String

    func run() throws {
        let workspace = try options.open(for: .reading)
        let summary = try workspace.lineage.corpus(named: name)
        let imports = try workspace.imports(of: summary)
        try options.emit(CorpusDocument(summary, imports: imports)) {
            describe(summary)
                + Terminal.table(
                    ["SHARD", "RECORDS", "BYTES", "SHA-256"],
                    summary.shards.map {
                        [
                            URL(fileURLWithPath: $0.path).lastPathComponent, "\($0.recordCount)",
                            "\($0.byteCount)", $0.digest.hexadecimal,
                        ]
                    }) + describe(imports)
        }
    }
}

struct CorpusVerify: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Checks that the shard files still are what was indexed.",
        discussion: "Exit code 5 if a shard was changed or is missing.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: "Name of the corpus.") var name: String

    func run() throws {
        let checks = try options.open(for: .reading).lineage.verifyCorpus(named: name)
        try options.emit(Listing("corpus-verify", checks)) {
            Terminal.table(
                ["SHARD", "STATUS", "EXPECTED", "FOUND"],
                checks.map {
                    [$0.path, $0.status.rawValue, $0.expected.short, $0.found?.short ?? "-"]
                })
        }
        if checks.contains(where: { $0.status != .same }) {
            throw ExitCode(FailureKind.integrity.rawValue)
        }
    }
}

struct CorpusFind: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "find", abstract: "Finds the records that mention an identifier.",
        discussion: """
            Never writes a case, and never prints a record's content.

            Examples:
              lethe corpus find --email jane@example.org
              lethe corpus find people --name "Jane Doe"
            """)

    @OptionGroup var options: GlobalOptions
    @Argument(help: "Only in this corpus.") var name: String?
    @Option(help: "An e-mail address.") var email: String?
    @Option(name: .customLong("name"), help: "A name, found as a phrase.") var fullName: String?
    @Option(help: "A telephone number.") var phone: String?
    @Option(help: "A national number.") var nationalID: String?
    @Option(name: .customLong("id"), help: "A subject or customer id.") var customerID: String?
    @Option(help: "Any phrase.") var text: String?

    func run() throws {
        let given: [(IdentifierKind, String?)] = [
            (.email, email), (.name, fullName), (.phone, phone), (.nationalID, nationalID),
            (.customerID, customerID), (.text, text),
        ]
        let identifiers = given.compactMap { kind, value in
            value.map { PersonalIdentifier(kind: kind, value: $0) }
        }
        guard identifiers.count == 1, let identifier = identifiers.first else {
            throw ValidationError(
                "Give exactly one of --email, --name, --phone, --national-id, --id, --text.")
        }
        let hits = try options.open(for: .reading).lineage.find(
            identifier, corpora: name.map { [$0] })
        try options.emit(Listing("corpus-find", hits)) {
            hits.isEmpty
                ? "No record mentions it.\n"
                : Terminal.table(
                    ["CORPUS", "ROLE", "RECORD", "SUBJECTS", "SHARD", "LINE", "FOUND BY"],
                    hits.map {
                        [
                            $0.key.corpus, $0.role.rawValue, $0.key.id,
                            $0.subjects.joined(separator: " "),
                            URL(fileURLWithPath: $0.key.shard).lastPathComponent, "\($0.key.line)",
                            $0.rules.joined(separator: " "),
                        ]
                    })
        }
    }
}
