import Domain
import Foundation
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

extension EndToEndTests {
    @Suite(.serialized) struct LockTests {
        @Test("While another process holds the workspace, changes end with 75 and looking works")
        func lockedByAnother() throws {
            let scene = try Scene(copying: SharedWorld.templates().trained)
            let path = scene.workspace.appendingPathComponent("workspace.lock").path
            let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
            try #require(descriptor >= 0)
            try #require(flock(descriptor, LOCK_EX | LOCK_NB) == 0)
            try scene.failure(
                "intake", SmallCorpus.file("katlin.xml").path, code: "workspace-locked", status: 75)
            let list = try scene.json("case", "list", schema: "case-list")
            #expect(list["items"]?.items?.isEmpty == true)
            try scene.expectSound()
            close(descriptor)
            _ = try scene.takeIn(SmallCorpus.file("katlin.xml"))
        }

        @Test("A second command that changes things beside a run ends with 75; the run is not hurt")
        func besideARun() throws {
            let scene = try Scene(copying: SharedWorld.templates().trained)
            let id = try scene.takeIn(SmallCorpus.file("katlin.xml"))
            let arguments = ["run", "--method", "retrain"]
            let run = try scene.start(arguments)
            #expect(Moment.progress("unlearn retrain", 10).wait(for: run, in: scene.workspace))
            #expect(try scene.lethe("run").status == 75)
            #expect(
                ["unlearned", "scoped", "verified"].contains(try scene.state(id)),
                "a reader beside the run sees a stored state")
            let outcome = try scene.finish(run, arguments)
            #expect([0, 2].contains(outcome.status), "\(outcome.errors)")
            #expect(
                ["certified", "failed-verification"].contains(try scene.state(id)))
            try scene.expectSound()
        }
    }
}
