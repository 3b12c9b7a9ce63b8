import ArgumentParser
import Casework
import Domain
import Engine
import Foundation
import Lineage

struct CopiesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "copies",
        abstract: "Registers backups and exports that an erasure has to account for.",
        subcommands: [CopiesAdd.self, CopiesList.self, CopiesDispose.self])
}

extension CopyEntry.Kind: ExpressibleByArgument {}

struct CopiesAdd: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Registers a copy of training data.",
        discussion: """
            A copy of which nobody says what became of it keeps an erasure partial. Adding the same one
            again changes nothing.

            Examples:
              lethe copies add /backup/people.tar --kind backup --holds people --made-at 2026-11-01
              lethe copies add "tape 7, vault B" --kind backup
              lethe copies add s3://exports/people.jsonl --kind export --case C-2026-0007
            """)
    @OptionGroup var options: GlobalOptions
    @Argument(help: "Path, address, or words for where it is.") var location: String
    @Option(help: "backup, export, derived or other.") var kind: CopyEntry.Kind = .backup
    @Option(help: ArgumentHelp("Corpus or shard it is a copy of. Default: all.", valueName: "name"))
    var holds = ""
    @Option(name: .customLong("case"), help: ArgumentHelp("Only for this case.", valueName: "id"))
    var caseID: String?
    @Option(help: ArgumentHelp("When its content was taken.", valueName: "date"))
    var madeAt: String?

    func run() throws {
        let time = try madeAt.map { text in
            guard let time = Timestamp(text) else {
                throw ValidationError("--made-at must be like 2026-12-01.")
            }
            return time
        }
        let copy = try options.open(for: .changing).addCopy(
            location: location, kind: kind, holds: holds, caseID: try caseID.map(Workspace.caseID),
            madeAt: time, actor: options.actorName)
        try options.emit(Listing("copies", [CopyRow(copy)])) { "Copy \(copy.id) registered.\n" }
    }
}

struct CopiesList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the registered copies.",
        discussion: """
            With --case the copies that the case has to account for, and what became of each.

            Example:
              lethe copies list --case C-2026-0007
            """)
    @OptionGroup var options: GlobalOptions
    @Option(name: .customLong("case"), help: ArgumentHelp("Only of this case.", valueName: "id"))
    var caseID: String?

    func run() throws {
        let workspace = try options.open(for: .reading)
        let id = try caseID.map(Workspace.caseID)
        if let id { _ = try workspace.cases.load(id) }
        let rows =
            try id.map { try workspace.lineage.copies(ofCase: $0.description).map(CopyRow.init) }
            ?? workspace.lineage.copies().map { CopyRow($0) }
        try options.emit(Listing("copies", rows)) {
            rows.isEmpty
                ? "No copies.\n"
                : Terminal.table(
                    ["NUMBER", "KIND", "HOLDS", "MADE", "CASE", "STATE", "LOCATION"],
                    rows.map {
                        [
                            "\($0.id)", $0.kind.rawValue, $0.holds.isEmpty ? "all" : $0.holds,
                            $0.madeAt?.dateText ?? "-", $0.caseID ?? "all",
                            [$0.state, $0.detail].compactMap(\.self).filter { !$0.isEmpty }
                                .joined(separator: ": "), $0.location,
                        ]
                    })
        }
    }
}

struct CopiesDispose: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dispose", abstract: "Says what became of a copy for a case.",
        discussion: """
            Examples:
              lethe copies dispose 3 --case C-2026-0007 --erased
              lethe copies dispose 3 --case C-2026-0007 --scheduled 2027-01-31
              lethe copies dispose 4 --case C-2026-0007 --cannot-be-erased "write-once medium"
            """)
    @OptionGroup var options: GlobalOptions
    @Argument(help: "Number of the copy, from `lethe copies list`.") var number: Int64
    @OptionGroup var disposition: DispositionOptions

    func run() throws {
        let decided = try disposition.disposition()
        let copy = try options.open(for: .changing).dispose(
            copy: number, of: Workspace.caseID(disposition.caseID), decided,
            actor: options.actorName)
        try options.emit(Listing("copies", [CopyRow(copy, decided)])) {
            "Copy \(number) of \(disposition.caseID): \(decided.state).\n"
        }
    }
}

private struct CopyRow: Encodable {
    let id: Int64
    let location: String
    let kind: CopyEntry.Kind
    let holds: String
    let caseID: String?
    let madeAt: Timestamp?
    let registeredAt: Timestamp
    /// Nil where no case is asked about.
    let state: String?
    let detail: String?

    private enum CodingKeys: String, CodingKey {
        case caseID = "case"
        case id, location, kind, holds, madeAt, registeredAt, state, detail
    }

    init(_ copy: CopyEntry) { self.init(copy, nil) }

    init(_ copy: DisposedCopy) { self.init(copy.copy, copy.disposition) }

    init(_ copy: CopyEntry, _ disposition: CopyDisposition?) {
        id = copy.id
        location = copy.location
        kind = copy.kind
        holds = copy.holds
        caseID = copy.caseID
        madeAt = copy.madeAt
        registeredAt = copy.registeredAt
        state = disposition?.state
        detail = disposition?.detail
    }
}
