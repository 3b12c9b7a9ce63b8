import ArgumentParser
import Domain
import Engine
import Foundation

struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Proves that the workspace is sound.",
        discussion: """
            Checks the history's chain, digests of shards and models, keys, durability settings, and
            that no open case is stuck without anybody to wait for. Exit code 5 if something is wrong.
            """)
    @OptionGroup var options: GlobalOptions

    func run() throws {
        let findings = try options.open(for: .reading).examine()
        try options.emit(Listing("doctor", findings)) {
            Terminal.table(
                ["CHECK", "RESULT", "DETAIL"],
                findings.map { [$0.check, $0.isSound ? "sound" : "BROKEN", $0.detail] })
        }
        if findings.contains(where: { !$0.isSound }) {
            throw ExitCode(FailureKind.integrity.rawValue)
        }
    }
}
