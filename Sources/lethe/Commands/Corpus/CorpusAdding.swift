import ArgumentParser
import Domain
import Engine
import Foundation
import Lineage

extension CorpusRole: ExpressibleByArgument {}

/// One corpus as a JSON document.
struct CorpusDocument: Encodable {
    let schema = "lethe.corpus.v1"
    let items: [CorpusSummary]
    let imports: [ImportedShard]
    /// Only where shards were given now.
    let suppressed: [SuppressionHit]?

    init(
        _ summary: CorpusSummary, imports: [ImportedShard], suppressed: [SuppressionHit]? = nil
    ) {
        items = [summary]
        self.imports = imports
        self.suppressed = suppressed
    }

    init(_ change: CorpusChange) {
        self.init(change.summary, imports: change.imports, suppressed: change.suppressed)
    }
}

/// What shards were unpacked from, as a table; nothing if all are JSONL.
func describe(_ imports: [ImportedShard]) -> String {
    guard !imports.isEmpty else { return "" }
    return "\n"
        + Terminal.table(
            ["UNPACKED FROM", "FORMAT", "TO"],
            imports.map { [$0.sourcePath, $0.format, $0.plainPath] })
}

private func show(_ change: CorpusChange, _ options: GlobalOptions) throws {
    if !change.suppressed.isEmpty {
        let records = Set(change.suppressed.map { "\($0.file)\u{0}\($0.line)" }).count
        Terminal.writeError(
            "lethe: warning: \(records) of the records are about erased people; "
                + "lethe train refuses the corpus.\n" + describe(change.suppressed))
    }
    try options.emit(CorpusDocument(change)) {
        describe(change.summary) + describe(change.imports)
    }
}

struct IndexOptions: ParsableArguments {
    @Flag(
        help: """
            Index only identifiers, in about half the time: names and other texts are found as \
            well, by reading every record. `lethe corpus reindex` adds the texts.
            """)
    var identifiersOnly = false

    var contents: IndexContents { identifiersOnly ? .identifiers : .identifiersAndTexts }
}

struct CorpusAdd: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Registers and indexes shards as a corpus.",
        discussion: """
            JSONL: one object a line: text, or prompt/completion, or question/answer; optional id,
            subjects, metadata (metadata.values: typed personal values). JSONL stays where it is.
            JSONL in gzip (.gz) or Zstandard (.zst), text files (.txt, one document each) and folders
            of text files are unpacked into the workspace; keep the files, erasures reach them too.

            Examples:
              lethe corpus add people data/people-*.jsonl
              lethe corpus add crawl crawl-01.jsonl.gz crawl-02.jsonl.zst
              lethe corpus add letters letters/
              lethe corpus add tokenizer-text text.jsonl --role general
              lethe corpus add twins held-out.jsonl --role twins --for people
              lethe corpus add crawl crawl-*.jsonl --identifiers-only
            """)

    @OptionGroup var options: GlobalOptions
    @Argument(help: "Name of the corpus.") var name: String
    @Argument(
        help: ArgumentHelp(
            "JSONL, packed JSONL, text files or folders of them.", valueName: "file"),
        completion: .file())
    var shards: [String]
    @Option(
        help: """
            training: models are trained on it. twins: held-out people for counterfactual twins. \
            controls: never-trained people. general: text without people.
            """)
    var role: CorpusRole = .training
    @Option(
        name: .customLong("for"),
        help: ArgumentHelp("Training corpus that twins or controls belong to.", valueName: "corpus")
    )
    var servedCorpus: String?
    @OptionGroup var index: IndexOptions

    func run() throws {
        let display = ProgressDisplay()
        try show(
            options.open(for: .changing).addCorpus(
                name: name, role: role, servedCorpus: servedCorpus,
                shards: shards.map { URL(fileURLWithPath: $0) }, contents: index.contents,
                actor: options.actorName, context: display.context), options)
    }
}

struct CorpusExtend: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "extend", abstract: "Adds shards to a corpus; only they are indexed.",
        discussion: """
            Takes the same files as `lethe corpus add`. Models that were trained before are not
            concerned. A case that is scoped already and whose person has records in the new shards
            has to be withdrawn and taken in again.

            Example:
              lethe corpus extend people data/people-2027-01.jsonl.gz
            """)

    @OptionGroup var options: GlobalOptions
    @Argument(help: "Name of the corpus.") var name: String
    @Argument(
        help: ArgumentHelp(
            "JSONL, packed JSONL, text files or folders of them.", valueName: "file"),
        completion: .file())
    var shards: [String]
    @OptionGroup var index: IndexOptions

    func run() throws {
        let display = ProgressDisplay()
        try show(
            options.open(for: .changing).extendCorpus(
                name: name, shards: shards.map { URL(fileURLWithPath: $0) },
                contents: index.contents, actor: options.actorName, context: display.context),
            options)
    }
}

struct CorpusReindex: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reindex",
        abstract: "Indexes one shard of a corpus again, after it changed or the index was damaged.",
        discussion: """
            Refused (exit code 3) if a record that a model was trained on is gone or changed. For a
            shard that was unpacked, name the file that it came from.

            Example:
              lethe corpus reindex people data/people-2.jsonl
            """)

    @OptionGroup var options: GlobalOptions
    @Argument(help: "Name of the corpus.") var name: String
    @Argument(
        help: ArgumentHelp("The shard, or what it was unpacked from.", valueName: "file"),
        completion: .file())
    var shard: String

    func run() throws {
        let display = ProgressDisplay()
        try show(
            options.open(for: .changing).reindexShard(
                URL(fileURLWithPath: shard), ofCorpus: name, actor: options.actorName,
                context: display.context), options)
    }
}
