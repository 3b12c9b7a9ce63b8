import Domain
import Foundation
import TestSupport
import Testing

extension EndToEndTests {
    /// What a verification makes of a model given as its reference, and of a vocabulary that knows.
    @Suite(.serialized) struct ReferenceTests {
        private static let person = "person-002"

        /// A workspace with a case whose person is unlearned by retraining, and models trained
        /// without that person: `same` by the recipe of `assistant`, `other` in fewer epochs.
        private func scene() throws -> (scene: Scene, caseID: String) {
            let templates = try SharedWorld.templates()
            let scene = try Scene(copying: templates.trained)
            let shard = scene.root.appendingPathComponent("without.jsonl")
            let lines = try templates.shards.flatMap {
                try String(contentsOf: $0, encoding: .utf8).split(separator: "\n")
            }.filter { !$0.contains("\"subjects\": [\"\(Self.person)\"]") }
            try Data(lines.map { $0 + "\n" }.joined().utf8).write(to: shard)
            let recipe = scene.root.appendingPathComponent("other.yaml")
            try Data(
                String(contentsOf: SmallCorpus.recipe, encoding: .utf8)
                    .replacing("epochs: 30", with: "epochs: 12").utf8
            ).write(to: recipe)
            let id = try scene.takeIn(SmallCorpus.file("margarita.json"))
            // The case searches every training corpus; the reference's comes after its scope.
            for arguments in [
                ["case", "advance", id], ["case", "advance", id, "--method", "retrain"],
                ["corpus", "add", "without", shard.path],
                ["train", "same", "--corpus", "without", "--recipe", SmallCorpus.recipe.path],
                ["train", "other", "--corpus", "without", "--recipe", recipe.path],
            ] {
                let step = try scene.lethe(arguments)
                #expect(step.status == 0, "\(step.commandLine): \(step.errors)")
            }
            return (scene, id)
        }

        private func check(_ name: String, of id: String, in scene: Scene) throws -> JSONValue {
            let report = try scene.json("case", "show", id, schema: "case")["report"]
            return try #require(report?["checks"]?.items?.first { $0["id"]?.text == name })
        }

        @Test(
            "A reference trained by another recipe is refused until that is declared, then printed")
        func anotherRecipeIsRefusedUntilDeclared() throws {
            let (scene, id) = try scene()
            let known = try scene.failure(
                "case", "advance", id, "--reference", "assistant", code: "reference-unsuitable",
                status: 3)
            #expect(known["message"]?.text?.contains("to be forgotten") == true)
            let refused = try scene.failure(
                "case", "advance", id, "--reference", "other", code: "reference-recipe", status: 3)
            #expect(refused["details"]?["differences"]?.text == "epochs 12 instead of 30")
            #expect(try scene.state(id) == "unlearned")
            #expect(try scene.lethe("case", "advance", id, "--reference", "absent").status == 4)
            #expect(
                try scene.lethe("case", "advance", id, "--reference-differs", "why").status == 64)
            try scene.lethe(
                "case", "advance", id, "--reference", "other", "--reference-differs",
                "trained for a comparison of lengths")
            let note = try #require(
                try check("control-reference", of: id, in: scene)["note"]?.text)
            #expect(note.contains("epochs 12 instead of 30"))
            #expect(note.contains("trained for a comparison of lengths"))
        }

        @Test("A reference trained by the same recipe without the person is not flagged")
        func theSameRecipeIsNotFlagged() throws {
            let (scene, id) = try scene()
            try scene.lethe("case", "advance", id, "--reference", "same")
            let control = try check("control-reference", of: id, in: scene)
            #expect(control["outcome"]?.text == "passed")
            let note = try #require(control["note"]?.text)
            #expect(note.contains("by the same recipe"))
            // Exact retraining in the order that leaves a record out makes the same weights.
            let reference = try scene.json("model", "show", "same", schema: "model")["entry"]
            let report = try scene.json("case", "show", id, schema: "case")["report"]
            #expect(reference?["digest"]?.text == report?["modelAfter"]?.text)
        }

        @Test("A vocabulary trained on the person's records fails the tokenizer check")
        func aVocabularyThatKnowsThePersonFails() throws {
            let scene = try Scene(copying: try SharedWorld.templates().indexed)
            // The owner says the text is general, and it holds a person's number over and over.
            let line = try #require(
                String(contentsOf: SharedWorld.templates().shards[0], encoding: .utf8)
                    .split(separator: "\n").first { $0.contains(Self.person) })
            let record = try JSONParser.parse(Array(line.utf8))
            let number = try #require(
                record["metadata"]?["values"]?["national-id"]?.text)
            let text = scene.root.appendingPathComponent("leaky.jsonl")
            let recipe = scene.root.appendingPathComponent("leaky.yaml")
            try Data(
                (1...200).map { "{\"id\": \"n\($0)\", \"text\": \"File \(number) closed.\"}\n" }
                    .joined().utf8
            ).write(to: text)
            try Data(
                String(contentsOf: SmallCorpus.recipe, encoding: .utf8)
                    .replacing("split-digits: true", with: "split-digits: false")
                    .replacing("corpus: tokenizer-text", with: "corpus: leaky")
                    .replacing("vocabulary-size: 768", with: "vocabulary-size: 290")
                    .replacing("maximum-positions: 256", with: "maximum-positions: 768").utf8
            ).write(to: recipe)
            for arguments in [
                ["corpus", "add", "leaky", text.path, "--role", "general"],
                ["train", "assistant", "--corpus", "people", "--recipe", recipe.path],
            ] {
                let step = try scene.lethe(arguments)
                #expect(step.status == 0, "\(step.commandLine): \(step.errors)")
            }
            let id = try scene.takeIn(SmallCorpus.file("margarita.json"))
            for arguments in [[], ["--method", "retrain"], []] {
                try scene.lethe(["case", "advance", id] + arguments)
            }
            #expect(try check("tokenizer", of: id, in: scene)["outcome"]?.text == "failed")
            #expect(try scene.certificates().isEmpty)
        }
    }
}
