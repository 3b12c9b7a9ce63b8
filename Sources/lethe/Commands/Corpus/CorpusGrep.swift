import ArgumentParser
import Domain
import Engine
import Foundation
import Lineage

struct CorpusGrep: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "grep", abstract: "Finds the records that hold a text anywhere.",
        discussion: """
            Finds the text within words too, whatever the letter case, accents and spacing. Prints
            ids, shards and lines; --show prints what stands in the records, which is personal data.

            Examples:
              lethe corpus grep "lives in Bad Harzburg"
              lethe corpus grep @example.org --corpus people --limit 20 --show
            """)

    @OptionGroup var options: GlobalOptions
    @Argument(help: "What to look for.") var text: String
    @Option(help: "Only in this corpus; may be given several times.") var corpus: [String] = []
    @Option(help: "At most so many records, the first ones.") var limit = 100
    @Flag(help: "Print the texts of the records found.") var show = false

    private struct Result: Encodable {
        let schema = "lethe.corpus-grep.v1"
        let items: [FoundText]
        let hasMore: Bool
    }

    func validate() throws {
        guard limit >= 1 else { throw ValidationError("--limit must be at least 1.") }
    }

    func run() throws {
        let (found, hasMore) = try options.open(for: .reading).search(
            text: text, corpora: corpus, limit: limit, withTexts: show)
        try options.emit(Result(items: found, hasMore: hasMore)) {
            guard !found.isEmpty else { return "No record holds it.\n" }
            let table = Terminal.table(
                ["CORPUS", "ROLE", "RECORD", "SHARD", "LINE", "DELETED BY"],
                found.map { item in
                    [
                        item.hit.key.corpus, item.hit.role.rawValue, item.hit.key.id,
                        URL(fileURLWithPath: item.hit.key.shard).lastPathComponent,
                        "\(item.hit.key.line)", item.hit.deletedBy ?? "-",
                    ]
                })
            let texts = found.compactMap { item in
                item.text.map { "\n\(item.hit.key.corpus)/\(item.hit.key.id)\n\(Self.safe($0))\n" }
            }
            return table + texts.joined()
                + (hasMore ? "There are more; --limit says how many to print.\n" : "")
        }
    }

    /// A record must not steer the terminal it is shown on.
    private static func safe(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { scalar -> Unicode.Scalar in
                    switch scalar.properties.generalCategory {
                    case .control where scalar != "\n" && scalar != "\t", .format: "\u{FFFD}"
                    default: scalar
                    }
                }))
    }
}
