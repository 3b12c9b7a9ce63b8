import ArgumentParser
import Domain
import Engine
import Foundation

struct LogWitnessRequest: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "witness-request",
        abstract: "Writes what a witness is sent so that it signs the newest checkpoint.",
        discussion: """
            The file is the body of C2SP tlog-witness, add-checkpoint: post it, or carry it. A witness that
            signed another checkpoint before names its size: give it with --from.

            Examples:
              lethe log witness-request request.txt
              curl --data-binary @request.txt https://witness.example.org/add-checkpoint > answer.txt
              lethe log add-cosignature answer.txt
            """)
    @OptionGroup var options: GlobalOptions
    @Argument(help: "File.", completion: .file()) var file: String
    @Option(
        help: ArgumentHelp(
            "Entries under what the witness signed last; default: what it is known to have signed, "
                + "else 0.", valueName: "size"))
    var from: UInt64?

    func run() throws {
        let request = try options.open(for: .reading).writeWitnessRequest(
            to: URL(fileURLWithPath: file), from: from)
        try options.emit(request) {
            "\(request.path): \(request.origin), from \(request.from) to \(request.size) entries\n"
        }
    }
}

struct LogAddCosignature: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add-cosignature", abstract: "Takes a witness's answer into its checkpoint.",
        discussion: """
            The signature is checked against the witness's key: --witness, or those in keys/witnesses.json,
            which also says how many must have seen a checkpoint:
            {"threshold": 1, "witnesses": ["witness.example.org+c2a1...+BK..."]}

            Examples:
              lethe log add-cosignature answer.txt
              lethe log add-cosignature answer.txt --witness 'witness.example.org+c2a1...+BK...'
            """)
    @OptionGroup var options: GlobalOptions
    @Argument(help: "The witness's signature lines.", completion: .file()) var file: String
    @Option(help: ArgumentHelp("A witness's verifier key.", valueName: "vkey"))
    var witness: [String] = []
    @Option(
        help: ArgumentHelp(
            "Entries under the checkpoint that was sent; default: it is looked for.",
            valueName: "size"))
    var at: UInt64?

    func run() throws {
        let result = try options.open(for: .changing).addCosignatures(
            DurableFile.read(URL(fileURLWithPath: file)), keys: witness, at: at,
            actor: options.actorName)
        try options.emit(result) {
            "The checkpoint over \(result.size) entries is signed by:\n"
                + result.sightings.map { "  \($0.witness), \($0.time)\n" }.joined()
        }
    }
}

struct LogExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Writes checkpoint and tiles into a folder to be published.",
        discussion: """
            The folder has the form of C2SP tlog-tiles and can be served as it is. Given again, it is
            brought up to date; a folder that shows what this log does not continue is left alone.

            Example:
              lethe log export /srv/www/erasure-log
            """)
    @OptionGroup var options: GlobalOptions
    @Argument(help: "Folder.", completion: .directory) var folder: String

    func run() throws {
        let export = try options.open(for: .reading).exportLog(to: URL(fileURLWithPath: folder))
        try options.emit(export) {
            "\(export.path): \(export.size) entries, \(export.writtenCount) files written\n"
                + "Checked with: \(export.verifierKey)\n"
        }
    }
}
