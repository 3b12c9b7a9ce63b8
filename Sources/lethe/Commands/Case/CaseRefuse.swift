import ArgumentParser
import Casework
import Domain
import Engine
import Foundation

struct CaseRefuse: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "refuse", abstract: "Closes a case without deleting, for a legal reason.",
        discussion: """
            The person must be told why, and where to complain (GDPR Art. 12(4)): the ground's sentence,
            your text and the rights make the notice that `lethe case notice` prints. `lethe grounds`
            lists the grounds. Without --ground the case is closed with the ground "unstated" and the
            reason as the text; a refusal without a ground does not stand for long.

            Neither text nor reason may hold personal data; both are kept for good.

            Examples:
              lethe case refuse C-2026-0007 --ground art17-3-e --text "A lawsuit is pending." \\
                --reason "file 12/26"
              lethe case refuse C-2026-0007 --ground art12-6-identity --text-file answer.txt \\
                --told-at 2026-12-01 --reason "no answer to two letters"
            """)
    private static let maximumTextBytes = 64 << 10

    @OptionGroup var options: GlobalOptions
    @OptionGroup var decision: DecisionOptions
    @Option(help: "Id of a ground, from `lethe grounds`.") var ground: String?
    @Option(help: "What the person was told beside ground and rights.") var text: String?
    @Option(help: ArgumentHelp("File with that text, UTF-8.", valueName: "file"))
    var textFile: String?
    @Option(help: ArgumentHelp("When the person was told. Default: now.", valueName: "time"))
    var toldAt: String?

    func validate() throws {
        guard text == nil || textFile == nil else {
            throw ValidationError("Give --text or --text-file, not both.")
        }
    }

    func run() throws {
        let time = try moment(toldAt, "--told-at")
        let told = try text ?? fileText()
        try decision.decide(options, .refuse, sentence) { workspace, before in
            try workspace.refuse(
                before.id, ground: ground, text: told, toldAt: time, actor: options.actorName,
                reason: decision.reason)
        }
    }

    private var sentence: String {
        "The notice for the person: `lethe case notice \(decision.id)`."
    }

    private func fileText() throws -> String? {
        guard let textFile else { return nil }
        let data = try DurableFile.read(URL(fileURLWithPath: textFile))
        guard data.count <= Self.maximumTextBytes, let text = String(data: data, encoding: .utf8)
        else {
            throw ValidationError("--text-file must be UTF-8 text of at most 64 KiB.")
        }
        return text
    }
}

struct CaseNotice: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "notice",
        abstract: "Prints what the person is told of a refusal or extension.",
        discussion: """
            Without a salutation: no name is in it.

            Example:
              lethe case notice C-2026-0007
            """)
    @OptionGroup var options: GlobalOptions
    @Argument(help: "Case id.") var id: String

    func run() throws {
        let notice = try options.open(for: .reading).notice(of: Workspace.caseID(id))
        try options.emit(notice) { notice.text }
    }
}
