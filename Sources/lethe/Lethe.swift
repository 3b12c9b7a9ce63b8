import ArgumentParser
import Domain
import Engine
import Foundation

@main
struct Lethe: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lethe",
        abstract: "Removes a person's data from a language model and proves it.",
        discussion: """
            From a deletion request to a signed certificate:

              lethe init
              lethe corpus add people people.jsonl
              lethe train assistant --corpus people --recipe recipe.yaml
              lethe intake request.json
              lethe run
              lethe certificate list

            Exit codes:
              0   done
              1   failed
              2   verification did not pass
              3   refused by policy or state
              4   not found
              5   integrity broken
              64  usage
              65  bad input
              73  cannot create; 74 input/output error
              75  locked by another process, try again
              130 interrupted, state saved
            """,
        version: letheVersion,
        subcommands: [
            InitCommand.self, CorpusCommand.self, TrainCommand.self, ModelCommand.self,
            GenerateCommand.self, IntakeCommand.self, CaseCommand.self, RunCommand.self,
            CertificateCommand.self, KeysCommand.self, LogCommand.self, CopiesCommand.self,
            ArtefactsCommand.self, HistoryCommand.self,
            UnlearnCommand.self, EvaluateCommand.self,
            CalibrateCommand.self, MethodsCommand.self, MetricsCommand.self, AttacksCommand.self,
            FormatsCommand.self, GroundsCommand.self, CalendarsCommand.self,
            SuppressionCommand.self, RestoreCheckCommand.self, VaultCommand.self,
            BackupCommand.self, RestoreCommand.self, DoctorCommand.self,
        ])

    static func main() {
        Interruption.install()
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch {
            Failure.exit(error)
        }
    }
}
