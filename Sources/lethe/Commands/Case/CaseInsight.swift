import ArgumentParser
import Casework
import Domain
import Engine
import Foundation

struct CaseMethods: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "methods", abstract: "Tells what each method would cost for a case.",
        discussion: """
            The policy's ladder first, then the other methods. Costs are estimates from the tokens
            each method reads; seconds follow from the measured time of the training. Nothing is
            run.

            Example:
              lethe case methods C-2026-0001
            """)

    @OptionGroup var options: GlobalOptions
    @Argument(help: "Case id.") var id: String

    func run() throws {
        let forecasts = try options.open(for: .reading).forecasts(for: Workspace.caseID(id))
        try options.emit(Listing("case-methods", forecasts)) {
            Terminal.table(
                ["METHOD", "CLASS", "COST", "CANNOT BE USED"],
                forecasts.map {
                    [
                        $0.rung.method, $0.methodClass.rawValue,
                        $0.obstacle == nil ? $0.costText : "-", $0.obstacle ?? "",
                    ]
                })
        }
    }
}

struct CaseReport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Writes the verification of a case as a page for people.",
        discussion: """
            One HTML file with pictures, without scripts, that loads nothing: verdict first, each check
            in a sentence, numbers behind. No personal data.

            Example:
              lethe case report C-2026-0001 --output report.html
            """)

    @OptionGroup var options: GlobalOptions
    @Argument(help: "Case id.") var id: String
    @Option(help: ArgumentHelp("File to write.", valueName: "file")) var output: String

    func run() throws {
        let page = try options.open(for: .reading).verificationPage(of: Workspace.caseID(id))
        try DurableFile.write(Data(page.utf8), to: URL(fileURLWithPath: output))
        try options.emit(WrittenFile(path: output)) { "Written: \(output)\n" }
    }
}

private struct WrittenFile: Encodable {
    let schema = "lethe.case-report.v1"
    let path: String
}
