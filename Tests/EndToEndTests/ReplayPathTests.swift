import Domain
import Foundation
import TestSupport
import Testing

extension EndToEndTests {
    @Suite(.serialized) struct ReplayPathTests {
        private func journals(_ scene: Scene) throws -> [String] {
            let runs = scene.workspace.appendingPathComponent("runs")
            return try FileManager.default.contentsOfDirectory(atPath: runs.path).filter {
                FileManager.default.fileExists(
                    atPath: runs.appendingPathComponent("\($0)/journal/journal.txt").path)
            }.sorted()
        }

        /// Certified, if need be after an operator looked into a check that failed by chance.
        private func certify(_ file: String, in scene: Scene) throws -> String {
            let id = try scene.takeIn(SmallCorpus.file(file))
            #expect(try scene.lethe("case", "advance", id).status == 0)
            let forecasts = try scene.json("case", "methods", id, schema: "case-methods")["items"]?
                .items
            func told(_ method: String) -> JSONValue? {
                forecasts?.first { $0["rung"]?["method"]?.text == method }
            }
            #expect(told("sisa")?["obstacle"]?.text?.contains("shards") == true)
            // Less than all other epochs, more than nothing.
            let share = try #require(told("retrain")?["shareOfTraining"]?.real)
            #expect(share > 0.5 && share < 1)
            #expect(told("replay")?["obstacle"] == nil)
            let run = try scene.lethe("run", "--case", id, "--method", "replay", "--json")
            #expect([0, 2].contains(run.status), "\(run.errors)")
            let facts = try scene.record(id)["progress"]?["unlearning"]?["lineageFacts"]
            #expect(
                told("replay")?["stepCount"]?.integer.map(String.init)
                    == facts?["replayedStepCount"]?.text)
            if try scene.state(id) == "failed-verification" {
                #expect(
                    try scene.lethe("case", "approve", id, "--reason", "scope is whole").status == 0
                )
                #expect(try scene.lethe("run", "--case", id, "--json").status == 0)
            }
            #expect(try scene.state(id) == "certified")
            return id
        }

        @Test(
            "Replayed from a journal, certified, and the journal that knew the person is gone, twice"
        )
        func replay() throws {
            let templates = try SharedWorld.templates()
            let scene = try Scene(copying: templates.indexed)
            let recipe = scene.root.appendingPathComponent("recipe.yaml")
            let text = try String(contentsOf: SmallCorpus.recipe, encoding: .utf8)
            try Data((text + "\nreplay: {checkpoint-every-steps: 20, disk-budget-mb: 80}\n").utf8)
                .write(to: recipe)
            let trained = try scene.json(
                "train", "assistant", "--corpus", "people", "--recipe", recipe.path, schema: "train"
            )
            // A journal changes no bit of the training.
            #expect(trained["digest"]?.text == templates.model)
            let first = try journals(scene)
            #expect(first.count == 1)

            let one = try certify("margarita.json", in: scene)
            let method = try scene.record(one)["progress"]?["unlearning"]
            #expect(method?["method"]?.text == "replay")
            #expect(method?["methodClass"]?.text == "exact")
            let second = try journals(scene)
            #expect(second.count == 1)
            #expect(second != first)
            // The person before is masked in the new journal's plan already.
            _ = try certify("katlin.xml", in: scene)
            let third = try journals(scene)
            #expect(third.count == 1)
            #expect(!first.contains(third[0]) && !second.contains(third[0]))
            try scene.expectSound()
        }

        @Test("Without a journal a replay is refused before it starts, and says what is missing")
        func refused() throws {
            let scene = try Scene(copying: SharedWorld.templates().trained)
            let id = try scene.takeIn(SmallCorpus.file("margarita.json"))
            #expect(try scene.lethe("case", "advance", id).status == 0)
            let error = try scene.failure(
                "case", "advance", id, "--method", "replay", code: "need-not-met", status: 65)
            #expect(error["message"]?.text?.contains("journal") == true)
            #expect(try scene.state(id) == "scoped")
        }

        @Test("A method that wants invented people gets those whom the gate does not use")
        func fitTwins() throws {
            let scene = try Scene(copying: SharedWorld.templates().trained)
            let id = try scene.takeIn(SmallCorpus.file("margarita.json"))
            let run = try scene.lethe("run", "--case", id, "--method", "twin-gap", "--json")
            #expect([0, 2].contains(run.status), "\(run.errors)")
            let report = try scene.json("case", "show", id, schema: "case")["report"]
            #expect(report?["twinCount"]?.integer == 199)
            try scene.expectSound()
        }

        @Test("A suppression can be measured, and is certified in no way")
        func suppression() throws {
            let templates = try SharedWorld.templates()
            let scene = try Scene(copying: templates.trained)
            let id = try scene.takeIn(SmallCorpus.file("margarita.json"))
            try scene.json("run", "--case", id, "--method", "dpo", schema: "run", status: 2)
            #expect(try scene.state(id) == "failed-verification")
            #expect(try scene.certificates().isEmpty)
            #expect(try scene.currentModel() == templates.model)
            let policy = scene.root.appendingPathComponent("policy.yaml")
            let text = try String(
                contentsOf: Fixtures.repository.appendingPathComponent("Policies/default.yaml"),
                encoding: .utf8)
            try Data(text.replacing("- method: npo", with: "- method: dpo").utf8).write(to: policy)
            let other = try Scene()
            let refusal = try other.lethe("init", "--policy", policy.path)
            #expect(refusal.status == 65)
            #expect(refusal.errors.contains("no method \"dpo\" for a ladder"))
        }

        @Test("A method alone: a folder in, a folder out, nothing left beside it")
        func alone() throws {
            let templates = try SharedWorld.templates()
            let scene = try Scene(copying: templates.trained)
            let model = scene.root.appendingPathComponent("in").path
            #expect(try scene.lethe("model", "export", "assistant", model).status == 0)
            let lines = try templates.shards.flatMap {
                try String(contentsOf: $0, encoding: .utf8).split(separator: "\n").map(String.init)
            }
            func write(_ name: String, _ lines: [String]) throws -> String {
                let url = scene.root.appendingPathComponent(name)
                try Data(lines.map { $0 + "\n" }.joined().utf8).write(to: url)
                return url.path
            }
            let isForgotten = { (line: String) in line.contains("\"subjects\": [\"person-002\"]") }
            let forget = try write("forget.jsonl", lines.filter(isForgotten))
            let retain = try write("retain.jsonl", lines.filter { !isForgotten($0) })
            let output = scene.root.appendingPathComponent("out")
            let arguments = [
                "unlearn", "--model", model, "--method", "npo", "--forget", forget, "--retain",
                retain, "--output", output.path, "--set", "steps=10",
            ]
            let report = try scene.lethe(arguments + ["--json"]).document()
            #expect(report["schema"]?.text == "lethe.unlearn.v1")
            #expect(report["model"]?.text == templates.model)
            #expect(report["parameters"]?["steps"]?.integer == 10)
            let before = try #require(report["forgetLossBefore"]?.real)
            let after = try #require(report["forgetLossAfter"]?.real)
            #expect(after > before)
            let beside = try FileManager.default.contentsOfDirectory(atPath: scene.root.path)
            #expect(!beside.contains("out.work"))
            #expect(
                report["output"]?.text
                    == (try Digest(ofFileAt: output.appendingPathComponent("model.safetensors")))
                    .hexadecimal)
            // Nothing is overwritten, and a record cannot be on both sides.
            #expect(try scene.lethe(arguments).status == 73)
            let both = try scene.lethe([
                "unlearn", "--model", model, "--method", "npo", "--forget", forget, "--retain",
                forget, "--output", scene.root.appendingPathComponent("other").path,
            ])
            #expect(both.status == 65)
        }
    }
}
