import ArgumentParser
import Domain
import Engine
import Foundation
import Lineage

/// Options of every command.
struct GlobalOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Folder of the workspace. Default: $LETHE_WORKSPACE, else ./lethe-workspace.",
            valueName: "dir"))
    var workspace: String?

    @Flag(name: .long, help: "Print the result as one JSON document.")
    var json = false

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Who acts; recorded in the history. Default: the operating-system user.",
            valueName: "name"))
    var actor: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "File whose first line is the vault's passphrase, where it has one.", valueName: "file"),
        completion: .file())
    var passphraseFile: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "File whose first line is the signing key's passphrase, where it has one.",
            valueName: "file"),
        completion: .file())
    var signingPassphraseFile: String?

    var folder: URL {
        URL(
            fileURLWithPath: workspace
                ?? ProcessInfo.processInfo.environment["LETHE_WORKSPACE"] ?? "lethe-workspace")
    }

    var actorName: String { actor ?? NSUserName() }

    func open(for access: WorkspaceAccess) throws -> Workspace {
        try open(folder, for: access)
    }

    func open(_ folder: URL, for access: WorkspaceAccess) throws -> Workspace {
        let workspace = try Workspace(
            at: folder, for: access, methods: ladderMethodIDs,
            passphrase: { try Passphrase.present(file: passphraseFile) })
        let file = signingPassphraseFile
        workspace.signingPassphrase = { try Passphrase.present(file: file, of: .signingKey) }
        for erasure in workspace.resumedErasures { Terminal.writeError(note(on: erasure)) }
        return workspace
    }

    private func note(on erasure: ResumedErasure) -> String {
        let what =
            switch erasure.outcome {
            case .finished: "was stopped and is finished now"
            case .undone: "was stopped before anything was replaced"
            case .blocked(_, let message): "cannot be finished: \(message)"
            }
        return "The erasure of \(erasure.caseID) from \(erasure.shard) \(what).\n"
            + "       `lethe case erase \(erasure.caseID) --yes` goes on with the case.\n"
    }

    /// Prints the result: JSON if asked for, else text.
    func emit(_ value: some Encodable, text: () -> String) throws {
        if json {
            Terminal.write(
                String(decoding: try CanonicalJSON.pretty(value), as: UTF8.self) + "\n")
        } else {
            Terminal.write(text())
        }
    }
}

extension GlobalOptions {
    /// Prints a list as one JSON document, an item a line, while it is made: nothing of it is kept. It
    /// is begun with the first item, so that what fails before prints an error alone.
    /// - Parameter body: is given what writes an item.
    func stream(
        _ noun: String, _ body: ((any Encodable) throws -> Void) throws -> Void
    ) throws {
        var output = BufferedOutput()
        var isFirst = true
        try body { item in
            output.append(Data((isFirst ? "{\"items\":[\n" : ",\n").utf8))
            output.append(try CanonicalJSON.compact(item))
            isFirst = false
        }
        let end = (isFirst ? "{\"items\":[" : "\n") + "],\"schema\":\"lethe.\(noun).v1\"}\n"
        output.append(Data(end.utf8))
        output.flush()
    }
}

/// A list as a JSON document with its schema.
struct Listing<Item: Encodable>: Encodable {
    let schema: String
    let items: [Item]

    init(_ noun: String, _ items: [Item]) {
        schema = "lethe.\(noun).v1"
        self.items = items
    }
}
