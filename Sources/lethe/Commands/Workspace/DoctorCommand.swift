import ArgumentParser
import Domain
import Engine
import Foundation

struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Proves that the workspace is sound.",
        discussion: """
            Checks the history's chain, digests of shards and models, keys, the vault, durability
            settings, and that no open case is stuck: each has a lease, a timer or somebody to act.
            What is due, such as a deadline to note or a request to shred, is told and done by the
            next `lethe run`. Exit code 5 if something is broken.

            Examples:
              lethe doctor
              lethe doctor --json
            """)
    @OptionGroup var options: GlobalOptions

    func run() throws {
        let findings = try options.open(for: .reading).examine()
        try options.emit(Listing("doctor", findings)) {
            Terminal.table(
                ["CHECK", "RESULT", "DETAIL"],
                findings.map { finding in
                    let result = !finding.isSound ? "BROKEN" : finding.isDue ? "due" : "sound"
                    let remedy = finding.remedy.map { " " + $0 } ?? ""
                    return [finding.check, result, finding.detail + remedy]
                })
        }
        if findings.contains(where: { !$0.isSound }) {
            throw ExitCode(FailureKind.integrity.rawValue)
        }
    }
}
