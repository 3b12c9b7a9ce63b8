import ArgumentParser
import Casework
import Domain
import Engine
import Foundation
import Lineage

struct ArtefactsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "artefacts",
        abstract: "Knows what was made from models and shards elsewhere.",
        subcommands: [ArtefactsList.self, ArtefactsImport.self, ArtefactsDispose.self])
}

struct ArtefactsImport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Takes what others have written down about origins.",
        subcommands: [ImportModelCard.self, ImportOpenLineage.self])
}

struct ImportModelCard: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model-card",
        abstract: "Registers a model by the base_model in its card (Hugging Face README.md).",
        discussion: """
            A base model with the name of a model of this workspace is that model.

            Example:
              lethe artefacts import model-card ./assistant-gguf/README.md --name acme/assistant-gguf
            """)
    @OptionGroup var options: GlobalOptions
    @Argument(help: "A README.md.", completion: .file(extensions: ["md"])) var file: String
    @Option(help: "Name of the model that the card describes, e.g. its id on the Hub.")
    var name: String
    @Option(help: "Where the model is.") var location: String?

    func run() throws {
        let listing = try options.open(for: .changing).importModelCard(
            URL(fileURLWithPath: file), name: name, location: location, actor: options.actorName)
        try options.emit(listing) { describe(listing) }
    }
}

struct ImportOpenLineage: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "openlineage",
        abstract: "Takes the edges of OpenLineage run events (JSON, one or many).",
        discussion: """
            From every input of a run to every output. A data set with the name of a model of this
            workspace is that model; a file is the shard at its path.

            Example:
              lethe artefacts import openlineage events.json
            """)
    @OptionGroup var options: GlobalOptions
    @Argument(help: "A file of events.", completion: .file(extensions: ["json", "jsonl"]))
    var file: String

    func run() throws {
        let listing = try options.open(for: .changing).importOpenLineage(
            URL(fileURLWithPath: file), actor: options.actorName)
        try options.emit(listing) { describe(listing) }
    }
}

struct ArtefactsList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists artefacts and what each was made from.",
        discussion: "Example:\n  lethe artefacts list --json")
    @OptionGroup var options: GlobalOptions

    func run() throws {
        let listing = try options.open(for: .reading).artefactListing()
        try options.emit(listing) { describe(listing) }
    }
}

struct ArtefactsDispose: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dispose", abstract: "Says what became of an artefact for a case.",
        discussion: """
            Example:
              lethe artefacts dispose acme/assistant-gguf --case C-2026-0007 --erased
            """)
    @OptionGroup var options: GlobalOptions
    @Argument(help: "Name of the artefact, from `lethe artefacts list`.") var name: String
    @OptionGroup var disposition: DispositionOptions

    private struct Result: Encodable {
        let schema = "lethe.artefacts-dispose.v1"
        let artefact: String
        let caseID: String
        let state: String

        private enum CodingKeys: String, CodingKey {
            case caseID = "case"
            case schema, artefact, state
        }
    }

    func run() throws {
        let decided = try disposition.disposition()
        let id = try Workspace.caseID(disposition.caseID)
        try options.open(for: .changing).dispose(
            artefact: name, of: id, decided, actor: options.actorName)
        try options.emit(
            Result(artefact: name, caseID: id.description, state: decided.state)
        ) { "\(name) of \(id): \(decided.state).\n" }
    }
}

private func describe(_ listing: ArtefactListing) -> String {
    guard !listing.artefacts.isEmpty || !listing.edges.isEmpty else { return "No artefacts.\n" }
    let parents = Dictionary(grouping: listing.edges, by: \.child)
    let known = Dictionary(
        listing.artefacts.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    let names = Set(known.keys).union(parents.keys).sorted()
    return Terminal.table(
        ["NAME", "KIND", "MADE FROM", "LOCATION"],
        names.map { name in
            [
                name, known[name]?.kind.rawValue ?? "registered",
                (parents[name] ?? []).map { "\($0.parent) (\($0.relation))" }
                    .joined(separator: ", "), known[name]?.location ?? "-",
            ]
        })
}
