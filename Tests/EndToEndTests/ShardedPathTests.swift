import Domain
import Foundation
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A workspace with an ensemble of two models, trained in two shards of two slices.
private enum ShardedWorld {
    struct Template {
        let workspace: URL
        let recipe: URL
        /// Digest of the ensemble `assistant`.
        let digest: String
    }

    private static let folder: URL = {
        let url = FileManager.default.temporaryDirectory
            .appendingPathComponent("lethe-sharded-\(ProcessInfo.processInfo.processIdentifier)")
        atexit { try? FileManager.default.removeItem(at: ShardedWorld.folder) }
        return url
    }()

    static func template() throws -> Template { try made.get() }

    private static let made = Result<Template, any Error> {
        let recipe = folder.appendingPathComponent("recipe.yaml")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let text = try String(contentsOf: SmallCorpus.recipe, encoding: .utf8)
        try Data((text + "\nsisa: {shards: 2, slices: 2}\n").utf8).write(to: recipe)
        let scene = try Scene(copying: SharedWorld.templates().indexed)
        let trained = try scene.json(
            "train", "assistant", "--corpus", "people", "--recipe", recipe.path, schema: "train")
        #expect(trained["memberCount"]?.integer == 2)
        let workspace = folder.appendingPathComponent("trained")
        try FileManager.default.copyItem(at: scene.workspace, to: workspace)
        return Template(
            workspace: workspace, recipe: recipe,
            digest: try #require(trained["digest"]?.text))
    }

    /// Digest of the ensemble that another workspace trains on everybody but some people.
    static func digest(without people: [String]) throws -> String? {
        let scene = try Scene()
        #expect(try scene.lethe("init").status == 0)
        let shards = try SharedWorld.templates().shards.map { shard in
            let lines = try String(contentsOf: shard, encoding: .utf8).split(separator: "\n")
                .filter { line in
                    !people.contains { line.contains("\"subjects\": [\"\($0)\"]") }
                }
            let copy = scene.root.appendingPathComponent(shard.lastPathComponent)
            try Data(lines.map { $0 + "\n" }.joined().utf8).write(to: copy)
            return copy.path
        }
        #expect(try scene.lethe(["corpus", "add", "people"] + shards).status == 0)
        let text = SmallCorpus.samples.appendingPathComponent("tokenizer.jsonl").path
        #expect(
            try scene.lethe("corpus", "add", "tokenizer-text", text, "--role", "general").status
                == 0)
        return try scene.json(
            "train", "assistant", "--corpus", "people", "--recipe", template().recipe.path,
            schema: "train")["digest"]?.text
    }
}

extension Scene {
    /// Runs' folders that hold slice checkpoints, finished or not.
    fileprivate func shardFolders() throws -> [String] {
        let runs = workspace.appendingPathComponent("runs").path
        let paths =
            FileManager.default.enumerator(atPath: runs)?.compactMap { $0 as? String } ?? []
        return Set(
            paths.filter { $0.contains("/shard-") && $0.hasSuffix(".safetensors") }
                .map { String($0.prefix { $0 != "/" }) + ($0.contains("/successors/") ? "!" : "") }
        ).sorted()
    }

    /// What is written in the manifest of the only run with slice checkpoints.
    fileprivate func manifest() throws -> String {
        let folders = try shardFolders()
        #expect(folders.count == 1)
        let run = try #require(folders.first)
        return try String(
            contentsOf: workspace.appendingPathComponent("runs/\(run)/shards/manifest.json"),
            encoding: .utf8)
    }

    /// Takes cases to a certificate step by step, if need be after an operator looked into a check that
    /// failed by chance.
    fileprivate func certify(_ ids: [String], method: String = "sisa") throws {
        for id in ids {
            for _ in 0..<6 {
                switch try state(id) {
                case "certified": break
                case "failed-verification":
                    let reason = ["--reason", "scope is whole"]
                    #expect(try lethe(["case", "approve", id] + reason).status == 0)
                case "scoped":
                    let step = try lethe("case", "advance", id, "--method", method)
                    #expect(step.status == 0, "\(step.errors)")
                default:
                    let step = try lethe("case", "advance", id)
                    #expect([0, 2].contains(step.status), "\(step.errors)")
                }
            }
            #expect(try state(id) == "certified")
        }
    }

    fileprivate func unlearning(_ id: String) throws -> JSONValue {
        try #require(try record(id)["progress"]?["unlearning"])
    }

    fileprivate func subjects(_ id: String) throws -> [String] {
        let scope = try record(id)["progress"]?["scope"]
        return (scope?["subjects"]?.items ?? []).compactMap(\.text)
    }
}

extension EndToEndTests {
    @Suite(.serialized) struct ShardedPathTests {
        @Test("An ensemble is shown, asked, checked and exported; what takes one model refuses it")
        func shelf() throws {
            let template = try ShardedWorld.template()
            let scene = try Scene(copying: template.workspace)
            let shown = try scene.json("model", "show", "assistant", schema: "model")
            #expect(shown["entry"]?["digest"]?.text == template.digest)
            #expect(shown["memberCount"]?.integer == 2)
            #expect(shown["recordCount"]?.integer ?? 0 > 0)
            let said = try scene.json(
                "generate", "assistant", "--prompt", "What is", schema: "generate")
            #expect(said["text"]?.text?.isEmpty == false)
            #expect(said["digest"]?.text == template.digest)
            let rows = try scene.json("model", "verify", schema: "model-verify")["items"]?.items
            #expect(rows?.map { $0["isIntact"]?.boolean } == [true])

            let export = scene.root.appendingPathComponent("export")
            #expect(try scene.lethe("model", "export", "assistant", export.path).status == 0)
            let list = export.appendingPathComponent("members.sha256")
            #expect(try Digest(ofFileAt: list).hexadecimal == template.digest)
            for line in try String(contentsOf: list, encoding: .utf8).split(separator: "\n") {
                let file = export.appendingPathComponent(String(line.dropFirst(66)))
                #expect(try Digest(ofFileAt: file).hexadecimal == line.prefix(64))
            }
            try scene.failure(
                "model", "import", "again", export.path, code: "unsupported-model", status: 65)
            #expect(
                try scene.lethe(
                    "model", "import", "member", export.appendingPathComponent("member-2").path
                ).status == 0)
            try scene.failure(
                "model", "import", "named", export.appendingPathComponent("member-2").path,
                "--corpus", "people", "--recipe", template.recipe.path, code: "malformed-recipe",
                status: 65)
            try scene.failure(
                "train", "tuned", "--corpus", "people", "--recipe", SmallCorpus.recipe.path,
                "--base", "assistant", code: "is-an-ensemble", status: 3)
            // The same command again trains nothing.
            let again = try scene.json(
                "train", "assistant", "--corpus", "people", "--recipe", template.recipe.path,
                schema: "train")
            #expect(again["digest"]?.text == template.digest)
            #expect(again["memberCount"]?.integer == 2)
            #expect(again["stepCount"] == nil)
            try scene.expectSound()

            let member = scene.workspace
                .appendingPathComponent("models/\(template.digest)/member-1/model.safetensors")
            var data = try Data(contentsOf: member)
            data[data.count - 1] ^= 1
            try data.write(to: member)
            #expect(try scene.lethe("model", "verify").status == 5)
            try scene.failure("model", "show", "assistant", code: "model-damaged", status: 5)
        }

        @Test("Two people deleted one after the other leave the bits of a training without them")
        func deletion() throws {
            let template = try ShardedWorld.template()
            let scene = try Scene(copying: template.workspace)
            let before = try scene.shardFolders()
            let one = try scene.takeIn(SmallCorpus.file("margarita.json"))
            try scene.certify([one])
            let first = try scene.unlearning(one)
            #expect(first["method"]?.text == "sisa")
            #expect(first["methodClass"]?.text == "exact")
            let gone = try scene.subjects(one)
            #expect(gone.count == 1)
            #expect(
                first["outputModel"]?.text == (try ShardedWorld.digest(without: gone)),
                "other weights than those of a training without the person")
            #expect(try scene.currentModel() == first["outputModel"]?.text)
            // A person touches one shard of two.
            let facts = first["lineageFacts"]
            #expect(facts?["retrainedShards"]?.text?.contains(",") == false)
            let steps = try #require(facts?["stepCount"]?.text.flatMap(Int.init))
            let all = try #require(facts?["stepCountOfAll"]?.text.flatMap(Int.init))
            #expect(steps > 0 && steps < all)
            // The checkpoints that knew the person are gone.
            let between = try scene.shardFolders()
            #expect(between.count == 1 && between != before)
            #expect(try !scene.manifest().contains("\(gone[0])"))
            #expect(try scene.certificates().count == 1)

            let two = try scene.takeIn(SmallCorpus.file("katlin.xml"))
            try scene.certify([two])
            let second = try scene.unlearning(two)
            #expect(second["baseModel"]?.text == first["outputModel"]?.text)
            let both = gone + (try scene.subjects(two))
            #expect(both.count == 2)
            #expect(second["outputModel"]?.text == (try ShardedWorld.digest(without: both)))
            let after = try scene.shardFolders()
            #expect(after.count == 1 && after != between)
            try scene.expectSound()
        }

        @Test("The gate tells an ensemble that still knows the person; other methods refuse it")
        func others() throws {
            let template = try ShardedWorld.template()
            let scene = try Scene(copying: template.workspace)
            let id = try scene.takeIn(SmallCorpus.file("margarita.json"))
            #expect(try scene.lethe("case", "advance", id).status == 0)
            let rows = try scene.json("case", "methods", id, schema: "case-methods")["items"]
            func row(_ method: String) -> JSONValue? {
                rows?.items?.first { $0["rung"]?["method"]?.text == method }
            }
            #expect(row("npo")?["obstacle"]?.text?.contains("ensemble") == true)
            #expect(row("sisa")?["obstacle"] == nil)
            let share = try #require(row("sisa")?["shareOfTraining"]?.real)
            #expect(share > 0 && share < 0.7)
            #expect(row("retrain")?["obstacle"] == nil)
            let error = try scene.failure(
                "case", "advance", id, "--method", "npo", code: "need-not-met", status: 65)
            #expect(error["details"]?["need"]?.text == "single-model")
            #expect(error["remedy"]?.text?.contains("sisa") == true)
            #expect(try scene.state(id) == "scoped")
            try scene.json("run", "--case", id, "--method", "none", schema: "run", status: 2)
            #expect(try scene.state(id) == "failed-verification")
            let report = try scene.json("case", "show", id, schema: "case")["report"]
            #expect(report?["modelAfter"]?.text == template.digest)
            #expect(try scene.currentModel() == template.digest)
            // And a model by itself has no shards.
            let plain = try Scene(copying: SharedWorld.templates().trained)
            let other = try plain.takeIn(SmallCorpus.file("margarita.json"))
            #expect(try plain.lethe("case", "advance", other).status == 0)
            try plain.failure(
                "case", "advance", other, "--method", "sisa", code: "need-not-met", status: 65)
        }

        @Test("Without its checkpoints an ensemble is trained again as a whole, to the same bits")
        func retrained() throws {
            let template = try ShardedWorld.template()
            let scene = try Scene(copying: template.workspace)
            let run = try #require(try scene.shardFolders().first)
            try FileManager.default.removeItem(
                at: scene.workspace.appendingPathComponent("runs/\(run)/shards"))
            let id = try scene.takeIn(SmallCorpus.file("margarita.json"))
            #expect(try scene.lethe("case", "advance", id).status == 0)
            try scene.failure(
                "case", "advance", id, "--method", "sisa", code: "need-not-met", status: 65)
            try scene.certify([id], method: "retrain")
            #expect(
                try scene.currentModel()
                    == (try ShardedWorld.digest(without: try scene.subjects(id))))
            // It left checkpoints, so that the next person takes a part of the time only.
            let next = try scene.takeIn(SmallCorpus.file("katlin.xml"))
            try scene.certify([next])
            #expect(try scene.unlearning(next)["method"]?.text == "sisa")
            try scene.expectSound()
        }

        @Test("Killed in the middle of shards, a training ends with the bits of an undisturbed one")
        func killedTraining() throws {
            let template = try ShardedWorld.template()
            let scene = try Scene(copying: SharedWorld.templates().indexed)
            let arguments = [
                "train", "assistant", "--corpus", "people", "--recipe", template.recipe.path,
            ]
            try scene.failure(
                "train", "assistant", "--corpus", "people", "--recipe", template.recipe.path,
                "--resume", code: "nothing-to-resume", status: 4)
            for (stage, percent) in [
                ("train (shard 1 of 2, slice 1 of 2)", 60),
                ("train (shard 1 of 2, slice 2 of 2)", 60),
                ("train (shard 2 of 2, slice 1 of 2)", 20),
                ("train (shard 2 of 2, slice 2 of 2)", 90),
            ] {
                let command = try scene.start(arguments)
                #expect(Moment.progress(stage, percent).wait(for: command, in: scene.workspace))
                command.send(SIGKILL)
                #expect(try scene.finish(command, arguments).status == 128 + SIGKILL)
                #expect(try scene.lethe("model", "show", "assistant").status == 4)
            }
            #expect(try scene.lethe(arguments + ["--resume"]).status == 0)
            #expect(try scene.currentModel() == template.digest)
            try scene.expectSound()
        }

        @Test(
            "Killed while it deletes, a case ends with the same bits; so does one that others join")
        func killedDeletion() throws {
            let template = try ShardedWorld.template()
            let scene = try Scene(copying: template.workspace)
            let base = try #require(try scene.shardFolders().first)
            let one = try scene.takeIn(SmallCorpus.file("margarita.json"))
            func kill(at moment: Moment, once isReached: () -> Bool = { true }) throws {
                let arguments = ["run", "--method", "sisa"]
                let command = try scene.start(arguments)
                #expect(moment.wait(for: command, in: scene.workspace), "\(moment)")
                #expect(command.wait { _ in isReached() }, "\(moment)")
                command.send(SIGKILL)
                #expect(try scene.finish(command, arguments).status == 128 + SIGKILL)
                try scene.json("history", "verify", schema: "history-verification")
            }
            // The folder is there some time before what is to be found in it.
            func leavesShards() -> Bool { (try? scene.shardFolders()) == [base, base + "!"] }
            try kill(at: .exists("runs/\(base)/successors", prefix: "U-"), once: leavesShards)
            #expect(leavesShards())
            // Another person makes it another run. What the first left goes with its origin.
            let two = try scene.takeIn(SmallCorpus.file("katlin.xml"))
            try kill(at: .exists("models", prefix: ".draft-"))
            try kill(at: .progress("verify", 20))
            try scene.certify([one, two])
            let people = try scene.subjects(one) + scene.subjects(two)
            #expect(try scene.currentModel() == (try ShardedWorld.digest(without: people)))
            let left = try scene.shardFolders()
            #expect(left.count == 1 && left != [base])
            let runs = scene.workspace.appendingPathComponent("runs/\(base)").path
            #expect(try FileManager.default.contentsOfDirectory(atPath: runs) == ["run.json"])
            try scene.expectSound()
        }
    }
}
