import Domain
import Foundation
import TestSupport
import Testing

extension EndToEndTests {
    @Suite(.serialized) struct ExitCodeTests {
        private func scene() throws -> Scene {
            try Scene(copying: SharedWorld.templates().trained)
        }

        @Test("What does not exist ends with 4")
        func notFound() throws {
            let scene = try scene()
            for verb in ["show", "history", "explain", "advance"] {
                try scene.failure("case", verb, "C-2001-0099", code: "case-not-found", status: 4)
            }
            try scene.failure(
                "certificate", "show", "C-2001-0099", code: "case-not-found", status: 4)
            let method = try scene.failure(
                "run", "--method", "retrian", code: "unknown-name", status: 4)
            #expect(method["message"]?.text?.contains("npo, pcgu, pdu,") == true)
            #expect(method["remedy"]?.text == "Did you mean \"retrain\"?")
            try scene.failure("methods", "no-such", code: "unknown-name", status: 4)
            try scene.failure("case", "list", "--state", "lost", code: "unknown-name", status: 4)
            #expect(try scene.lethe("model", "show", "nobody").status == 4)
            #expect(try scene.lethe("corpus", "show", "nothing").status == 4)
            #expect(try scene.lethe("generate", "nobody", "--prompt", "x").status == 4)
            let elsewhere = try Scene()
            try elsewhere.failure("case", "list", code: "no-workspace", status: 4)
        }

        @Test("A command line that is wrong ends with 64")
        func usage() throws {
            let scene = try scene()
            try scene.failure("case", "show", "number-seven", code: "bad-name", status: 64)
            try scene.failure("corpus", "find", code: "usage", status: 64)
            try scene.failure("intake", code: "usage", status: 64)
            try scene.failure(
                "generate", "assistant", "--prompt", "x", "--top-p", "2", code: "usage", status: 64)
            try scene.failure("case", "hold", "C-2001-0001", code: "usage", status: 64)
            #expect(try scene.lethe("no-such-command").status == 64)
        }

        @Test("A second init, a taken model name and a full folder are refused")
        func alreadyThere() throws {
            let scene = try scene()
            try scene.failure("init", code: "workspace-exists", status: 3)
            let full = scene.root.appendingPathComponent("full")
            try FileManager.default.createDirectory(at: full, withIntermediateDirectories: true)
            try Data("mine".utf8).write(to: full.appendingPathComponent("file"))
            try scene.failure(
                "model", "export", "assistant", full.path, code: "cannot-create", status: 73)
            #expect(
                try String(contentsOf: full.appendingPathComponent("file"), encoding: .utf8)
                    == "mine")
        }

        @Test("A malformed request ends with 65 and a position, and the good files are taken in")
        func malformedRequest() throws {
            let scene = try scene()
            let files = ["margarita.json", "malformed.json", "katlin.xml"]
            let outcome = try scene.lethe(
                ["intake"] + files.map { SmallCorpus.file($0).path } + ["--json"])
            #expect(outcome.status == 65)
            let items = try #require(try outcome.document()["items"]?.items)
            #expect(items.map { $0["cases"]?.items?.count } == [1, 0, 1])
            let failure = try #require(items[1]["failure"])
            #expect(items[1]["source"]?.text == "malformed.json")
            // The comma ends line 8; what stands at the bracket of line 9 should be a value.
            #expect(failure["details"]?["line"]?.text == "9")
            let listed = try scene.json("case", "list", schema: "case-list")["items"]?.items
            #expect(listed?.map { $0["state"]?.text } == ["received", "received"])
            try scene.expectSound()
        }

        @Test("Standard input is taken in like a file")
        func standardInput() throws {
            let scene = try scene()
            let text = try String(contentsOf: SmallCorpus.file("katlin.xml"), encoding: .utf8)
            let outcome = try scene.lethe("intake", "-", "--json", input: text)
            #expect(outcome.status == 0, "\(outcome.output)")
            let item = try outcome.document()["items"]?.items?.first
            #expect(item?["format"]?.text == "lethe-xml")
            #expect(item?["cases"]?.items?.count == 1)
        }

        @Test("The same request twice is refused and names the case it is already")
        func duplicate() throws {
            let scene = try scene()
            let id = try scene.takeIn(SmallCorpus.file("katlin.xml"))
            let again = try scene.json(
                "intake", SmallCorpus.file("katlin.xml").path, schema: "intake", status: 65)
            let failure = again["items"]?.items?.first?["failure"]
            #expect(failure?["code"]?.text == "duplicate-request")
            #expect(failure?["details"]?["case"]?.text == id)
            #expect(try scene.json("case", "list", schema: "case-list")["items"]?.items?.count == 1)
        }

        @Test("Bad corpora and recipes end with 65 and leave nothing behind")
        func badInput() throws {
            let scene = try scene()
            func file(_ name: String, _ content: String) throws -> String {
                let url = scene.root.appendingPathComponent(name)
                try Data(content.utf8).write(to: url)
                return url.path
            }
            let twice = try file(
                "twice.jsonl",
                "{\"id\": \"a\", \"text\": \"x\"}\n{\"id\": \"a\", \"text\": \"y\"}\n")
            let broken = try file("broken.jsonl", "{\"id\": \"a\", \"text\": \"x\"}\n{\"text\": \n")
            for shard in [twice, broken] {
                #expect(try scene.lethe("corpus", "add", "new", shard).status == 65)
                #expect(try scene.lethe("corpus", "show", "new").status == 4)
            }
            let recipe = try String(contentsOf: SmallCorpus.recipe, encoding: .utf8)
            let unknownKey = try file("recipe.yaml", recipe + "epoch-count: 3\n")
            let outcome = try scene.lethe(
                "train", "other", "--corpus", "people", "--recipe", unknownKey)
            #expect(outcome.status == 65)
            #expect(outcome.errors.contains("epoch-count"))
            let policy = try file("policy.yaml", "lethe-policy: 1\nname: x\nladder: []\n")
            let elsewhere = try Scene()
            #expect(try elsewhere.lethe("init", "--policy", policy).status == 65)
            #expect(try elsewhere.lethe("case", "list").status == 4)
        }
    }
}
