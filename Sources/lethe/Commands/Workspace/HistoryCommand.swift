import ArgumentParser
import Casework
import Domain
import Engine
import Foundation

struct HistoryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "Checks and exports the hash-chained history.",
        subcommands: [HistoryVerify.self, HistoryExport.self])
}

struct HistoryVerify: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Computes the whole chain again.",
        discussion: "Exit code 5 if an entry, or a case's present state, does not follow.")
    @OptionGroup var options: GlobalOptions

    private struct Result: Encodable {
        let schema = "lethe.history-verification.v1"
        let status: HistoryStatus
    }

    func run() throws {
        let status = try options.open(for: .reading).cases.verifyHistory()
        try options.emit(Result(status: status)) {
            "intact: \(status.entryCount) entries, head \(status.headHash.short)\n"
        }
    }
}

struct HistoryExport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Prints every entry as a JSON line; with --json all as one document.",
        discussion: """
            Entries are printed as they are read, so a history of any length takes no memory.

            Examples:
              lethe history export > history.jsonl
              lethe history export --json
            """)
    @OptionGroup var options: GlobalOptions

    func run() throws {
        let store = try options.open(for: .reading).cases
        if options.json {
            try options.stream("history") { write in
                try store.forEachEntry { try write($0) }
            }
        } else {
            var lines = BufferedOutput()
            try store.exportHistory { lines.append($0) }
            lines.flush()
        }
    }
}
