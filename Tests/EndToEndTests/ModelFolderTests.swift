import Domain
import Foundation
import TestSupport
import Testing

extension EndToEndTests {
    @Suite(.serialized) struct ModelFolderTests {
        private func bytes(_ folder: URL) throws -> [String: Data] {
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            return try Dictionary(
                uniqueKeysWithValues: names.map {
                    ($0, try Data(contentsOf: folder.appendingPathComponent($0)))
                })
        }

        @Test("Exported, imported under another name and exported again, a model keeps every byte")
        func roundTrip() throws {
            let templates = try SharedWorld.templates()
            let scene = try Scene(copying: templates.trained)
            let once = scene.root.appendingPathComponent("once")
            let twice = scene.root.appendingPathComponent("twice")
            let exported = try scene.json(
                "model", "export", "assistant", once.path, schema: "model-export")
            #expect(exported["digest"]?.text == templates.model)
            let imported = try scene.json(
                "model", "import", "copy", once.path, "--corpus", "people", "--recipe",
                SmallCorpus.recipe.path, schema: "model-import")
            #expect(imported["name"]?.text == "copy")
            #expect(imported["digest"]?.text == templates.model)
            try scene.json("model", "export", "copy", twice.path, schema: "model-export")
            let files = try bytes(once)
            #expect(
                Set(files.keys).isSuperset(
                    of: ["config.json", "model.safetensors", "tokenizer.json"]))
            #expect(try bytes(twice) == files)
            #expect(
                try scene.json("model", "show", "assistant", schema: "model")["entry"]?["name"]?
                    .text == "assistant")
            let said = try ["assistant", "copy"].map {
                try scene.json(
                    "generate", $0, "--prompt", "Which country is the", schema: "generate")["text"]
            }
            #expect(said[0] == said[1])
            #expect(said[0]?.text?.isEmpty == false)
            try scene.expectSound()
        }

        @Test("A folder that is no whole model is refused and leaves nothing behind")
        func damagedFolders() throws {
            let scene = try Scene(copying: SharedWorld.templates().trained)
            let whole = scene.root.appendingPathComponent("whole")
            try scene.lethe("model", "export", "assistant", whole.path)
            func damaged(_ name: String, _ change: (URL) throws -> Void) throws -> String {
                let folder = scene.root.appendingPathComponent(name)
                try FileManager.default.copyItem(at: whole, to: folder)
                try change(folder)
                return folder.path
            }
            let truncated = try damaged("truncated") { folder in
                let file = folder.appendingPathComponent("model.safetensors")
                try Data(contentsOf: file).dropLast(1000).write(to: file)
            }
            let unknownFamily = try damaged("family") { folder in
                let file = folder.appendingPathComponent("config.json")
                let text = try String(contentsOf: file, encoding: .utf8)
                try Data(text.replacingOccurrences(of: "\"llama\"", with: "\"lama\"").utf8)
                    .write(to: file)
            }
            let wrongWidth = try damaged("width") { folder in
                let file = folder.appendingPathComponent("config.json")
                let text = try String(contentsOf: file, encoding: .utf8)
                let pattern = try NSRegularExpression(
                    pattern: "\"intermediate_size\"\\s*:\\s*[0-9]+")
                let changed = pattern.stringByReplacingMatches(
                    in: text, range: NSRange(text.startIndex..., in: text),
                    withTemplate: "\"intermediate_size\": 200")
                #expect(changed != text)
                try Data(changed.utf8).write(to: file)
            }
            for folder in [truncated, unknownFamily, wrongWidth] {
                let outcome = try scene.lethe("model", "import", "other", folder, "--json")
                #expect([4, 65].contains(outcome.status), "\(folder): \(outcome.output)")
                #expect(try outcome.document()["error"]?["code"]?.text?.isEmpty == false)
                #expect(try scene.lethe("model", "show", "other").status == 4)
            }
            #expect(
                try scene.lethe("model", "import", "other", scene.root.path + "/nowhere").status
                    != 0)
            let kept = scene.workspace.appendingPathComponent("models").path
            #expect(try FileManager.default.contentsOfDirectory(atPath: kept).count == 1)
        }
    }
}
