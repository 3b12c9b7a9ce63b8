import Domain
import Foundation
import TestSupport
import Testing

extension EndToEndTests {
    @Suite(.serialized) struct ControlTests {
        @Test("Without unlearning, verification fails and no certificate comes about in any way")
        func nothingUnlearned() throws {
            let templates = try SharedWorld.templates()
            let scene = try Scene(copying: templates.trained)
            let id = try scene.takeIn(SmallCorpus.file("margarita.json"))
            try scene.json("run", "--case", id, "--method", "none", schema: "run", status: 2)
            #expect(try scene.state(id) == "failed-verification")
            let report = try scene.json("case", "show", id, schema: "case")["report"]
            let failed = (report?["checks"]?.items ?? [])
                .filter { $0["outcome"]?.text == "failed" }.compactMap { $0["id"]?.text }
            #expect(failed.contains("forget-values"))
            #expect(failed.contains("memorization-ceiling"))

            try scene.failure("certificate", "show", id, code: "no-certificate", status: 4)
            let bundle = scene.root.appendingPathComponent("bundle")
            try scene.failure(
                "certificate", "export", id, bundle.path, code: "no-certificate", status: 4)
            #expect(!FileManager.default.fileExists(atPath: bundle.path))
            // Only an exact method's failed check can be explained away.
            try scene.failure(
                "case", "approve", id, "--reason", "looked into", code: "guard-failed", status: 3)
            let next = try scene.json("case", "advance", id, schema: "case-advance")
            #expect(next["items"]?.items?.first?["to"]?.text == "scoped")
            #expect(try scene.certificates().isEmpty)
            let issued = scene.workspace.appendingPathComponent("certificates").path
            #expect(try FileManager.default.contentsOfDirectory(atPath: issued).isEmpty)
            #expect(try scene.currentModel() == templates.model)
            try scene.expectSound()
        }
    }
}
