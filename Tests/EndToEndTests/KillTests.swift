import Domain
import Foundation
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A moment in the life of a command.
enum Moment: CustomStringConvertible {
    case afterSeconds(Double)
    /// A progress line of this activity with at least this percentage.
    case progress(String, Int)
    /// A file or folder below the workspace that was not there, or whose name begins like this.
    case exists(String, prefix: String)

    var description: String {
        switch self {
        case .afterSeconds(let seconds): "after \(seconds) s"
        case .progress(let activity, let percent): "at \(activity) \(percent) %"
        case .exists(let folder, let prefix): "once \(folder)/\(prefix)... is there"
        }
    }

    /// - Returns: false if the command ended before.
    func wait(for command: RunningCommand, in workspace: URL) -> Bool {
        switch self {
        case .afterSeconds(let seconds):
            let end = Date().addingTimeInterval(seconds)
            return command.wait { _ in Date() >= end }
        case .progress(let activity, let percent):
            return command.wait { errors in
                errors.split(separator: "\n").contains { line in
                    guard line.hasPrefix(activity + " ") else { return false }
                    let number = line.dropFirst(activity.count + 1).prefix { $0.isNumber }
                    return (Int(number) ?? 0) >= percent
                }
            }
        case .exists(let folder, let prefix):
            let path = workspace.appendingPathComponent(folder).path
            return command.wait { _ in
                ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [])
                    .contains { $0.hasPrefix(prefix) }
            }
        }
    }
}

extension EndToEndTests {
    @Suite(.serialized) struct KillTests {
        /// Runs the reference's case, ends the process at a moment, and lets the same command go on.
        private func endAndContinue(
            at moment: Moment, with signal: Int32, expecting status: Int32
        ) throws {
            let reference = try SharedWorld.reference()
            let scene = try Scene(copying: SharedWorld.templates().trained)
            let id = try scene.takeIn(reference.request)
            let arguments = ["run", "--method", "retrain"]
            let command = try scene.start(arguments)
            let reached = moment.wait(for: command, in: scene.workspace)
            #expect(reached, "the run ended before: \(moment)")
            command.send(signal)
            let ended = try scene.finish(command, arguments)
            #expect(ended.status == status, "\(moment): \(ended.errors)")
            // The chain holds before anything is repaired.
            try scene.json("history", "verify", schema: "history-verification")

            let again = try scene.lethe(arguments)
            #expect(again.status == 0, "\(moment): \(again.output)\(again.errors)")
            let record = try scene.record(id)
            #expect(record["state"]?.text == "certified", "\(moment)")
            let output = record["progress"]?["unlearning"]?["outputModel"]?.text
            #expect(output == reference.outputModel, "\(moment): other weights than undisturbed")
            #expect(try scene.currentModel() == reference.outputModel)
            let certificates = try scene.certificates()
            #expect(certificates.map { $0["case"]?.text } == [id])
            let file = try #require(certificates.first?["path"]?.text)
            #expect(
                try scene.lethe(
                    "certificate", "verify", file, "--key",
                    scene.workspace.appendingPathComponent("keys/signing-key.pub.pem").path
                ).status == 0)
            #expect(
                try scene.events(id) == [
                    "case-created", "scope-found", "unlearn-done", "verification-passed",
                    "certificate-issued",
                ])
            let folder = { scene.workspace.appendingPathComponent($0).path }
            let issued = try FileManager.default.contentsOfDirectory(atPath: folder("certificates"))
            #expect(issued == [id])
            let models = try FileManager.default.contentsOfDirectory(atPath: folder("models"))
            #expect(Set(models) == [try SharedWorld.templates().model, reference.outputModel])
            try scene.expectSound()
            #expect(try scene.lethe("run").output == "Nothing to do.\n")
        }

        @Test(
            "Killed at any moment of a run, the same command comes to the same end",
            arguments: [
                Moment.afterSeconds(0.01), .afterSeconds(0.1), .progress("unlearn retrain", 10),
                .progress("unlearn retrain", 60), .exists("models", prefix: ".draft-"),
                .progress("verify", 50), .progress("verify", 100),
                .exists("certificates", prefix: "C-"),
            ])
        func killed(at moment: Moment) throws {
            try endAndContinue(at: moment, with: SIGKILL, expecting: 128 + SIGKILL)
        }

        @Test(
            "Interrupted, a run ends with 130 and continues",
            arguments: [
                (Moment.progress("unlearn retrain", 30), SIGINT),
                (.progress("unlearn retrain", 70), SIGTERM), (.progress("verify", 20), SIGINT),
            ])
        func interrupted(at moment: Moment, by signal: Int32) throws {
            try endAndContinue(at: moment, with: signal, expecting: 130)
        }

        @Test("Killed three times in one training, it ends with the weights of an undisturbed one")
        func killedTraining() throws {
            let templates = try SharedWorld.templates()
            let scene = try Scene(copying: templates.indexed)
            let arguments = [
                "train", "assistant", "--corpus", "people", "--recipe", SmallCorpus.recipe.path,
            ]
            for percent in [10, 40, 80] {
                let command = try scene.start(arguments)
                #expect(Moment.progress("train", percent).wait(for: command, in: scene.workspace))
                command.send(SIGKILL)
                #expect(try scene.finish(command, arguments).status == 128 + SIGKILL)
                #expect(try scene.lethe("model", "show", "assistant").status == 4)
            }
            #expect(try scene.lethe(arguments).status == 0)
            #expect(try scene.currentModel() == templates.model)
            let models = try scene.json("model", "list", schema: "model-list")["items"]?.items
            #expect(models?.count == 1)
            try scene.expectSound()
        }

        @Test("Killed while it takes requests in, each request is wholly there or not at all")
        func killedIntake() throws {
            for milliseconds in [5, 15, 30] {
                let scene = try Scene(copying: SharedWorld.templates().indexed)
                let arguments =
                    ["intake"]
                    + ["margarita.json", "katlin.xml", "ilyssa-opendsr.json"].map {
                        SmallCorpus.file($0).path
                    }
                let command = try scene.start(arguments)
                _ = Moment.afterSeconds(Double(milliseconds) / 1000)
                    .wait(for: command, in: scene.workspace)
                command.send(SIGKILL)
                let printed = try scene.finish(command, arguments).output
                let reported = printed.components(separatedBy: "accepted ").count - 1
                let cases = try scene.json("case", "list", schema: "case-list")["items"]?.items
                // What was reported is on disk; at most one more was stored and not yet reported.
                #expect([reported, reported + 1].contains(cases?.count))
                try scene.expectSound()
                // Given again, the files that are there already are named as such.
                let again = try scene.lethe(arguments)
                #expect(
                    again.output.components(separatedBy: "accepted ").count - 1
                        == 3 - (cases?.count ?? 0))
                let all = try scene.json("case", "list", schema: "case-list")["items"]?.items
                #expect(all?.count == 3)
            }
        }
    }
}
