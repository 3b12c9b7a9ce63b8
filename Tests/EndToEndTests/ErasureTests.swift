import Domain
import Foundation
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A workspace whose shards are its own: erasing rewrites them.
struct ErasureWorld {
    let scene: Scene
    let shards: [URL]
    let before: [Data]

    init() throws {
        let templates = try SharedWorld.templates()
        scene = try Scene()
        let folder = scene.root.appendingPathComponent("shards")
        shards = try SmallCorpus.writeShards(to: folder)
        before = try shards.map { try Data(contentsOf: $0) }
        func add(_ arguments: [String]) throws {
            let outcome = try scene.lethe(["corpus", "add"] + arguments)
            try #require(outcome.status == 0, "\(outcome.errors)")
        }
        func sample(_ name: String) -> String {
            SmallCorpus.samples.appendingPathComponent("\(name).jsonl").path
        }
        try #require(try scene.lethe("init").status == 0)
        try add(["people"] + shards.map(\.path))
        try add(["tokenizer-text", sample("tokenizer"), "--role", "general"])
        try add(["never-trained", sample("controls"), "--role", "controls", "--for", "people"])
        try add(["twins", sample("twins"), "--role", "twins", "--for", "people"])
        try scene.json(
            "train", "assistant", "--corpus", "people", "--recipe", SmallCorpus.recipe.path,
            schema: "train")
        #expect(try scene.currentModel() == templates.model)
    }

    /// A certified case, and the subject that it is about.
    func certified() throws -> (id: String, subject: String) {
        let id = try scene.takeIn(SharedWorld.reference().request)
        try #require(try scene.lethe("run", "--method", "retrain").status == 0)
        let scope = try scene.record(id)["progress"]?["scope"]
        return (id, try #require(scope?["subjects"]?.items?.first?.text))
    }

    /// The shards as they began, less the lines about a subject.
    func expected(without subject: String) -> [Data] {
        before.map { data in
            let lines = String(decoding: data, as: UTF8.self).split(
                separator: "\n", omittingEmptySubsequences: false)
            let kept = lines.filter { !$0.contains("\"subjects\": [\"\(subject)\"]") }
            return Data(kept.joined(separator: "\n").utf8)
        }
    }

    func content() throws -> [Data] { try shards.map { try Data(contentsOf: $0) } }

    func erase(_ id: String) throws -> JSONValue {
        let document = try scene.json("case", "erase", id, "--yes", schema: "case-erase")
        return try #require(document["report"])
    }

    func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: scene.workspace.appendingPathComponent(path).path)
    }
}

extension EndToEndTests {
    @Suite(.serialized) struct ErasureTests {
        @Test("The records of a certified case are erased, and all else stays as it was")
        func erased() throws {
            let world = try ErasureWorld()
            let scene = world.scene
            let (id, subject) = try world.certified()
            let old = try SharedWorld.templates().model
            #expect(try scene.record(id)["state"]?.text == "certified")

            let plan = try scene.json(
                "case", "erase", id, "--dry-run", schema: "case-erase-plan")
            #expect(plan["recordCount"]?.integer == 6)
            let lines = plan["shards"]?.items?.flatMap { $0["lines"]?.items ?? [] }
            #expect(lines?.count == 6)
            #expect(plan["models"]?.items?.compactMap { $0["digest"]?.text } == [old])
            #expect(try world.content() == world.before)
            try scene.failure("case", "erase", id, code: "usage", status: 64)

            let expected = world.expected(without: subject)
            #expect(expected != world.before)
            let report = try world.erase(id)
            #expect(report["recordCount"]?.integer == 6)
            #expect(report["completeness"]?.text == "full", "\(report)")
            #expect(try world.content() == expected)
            #expect(!world.exists("models/\(old)"))
            #expect(!world.exists("erasures/\(id).json"))
            #expect(world.exists("tombstones.jsonl"))
            let checks = try scene.json("corpus", "verify", "people", schema: "corpus-verify")
            #expect(
                checks["items"]?.items?.allSatisfy { $0["status"]?.text == "same" } == true)
            try scene.expectSound()
            #expect(try scene.events(id).filter { $0 == "records-erased" }.count == 1)
            let shown = try scene.json("case", "show", id, schema: "case")["erasure"]
            #expect(shown?["state"]?.text == "erased")
            #expect(shown?["completeness"]?.text == "full")
            let certificate = try scene.json("certificate", "show", id, schema: "certificate")
            #expect(certificate["erasure"] == shown)
            try scene.failure("model", "show", old, code: "model-erased", status: 4)

            // Again: nothing changes, nothing is noted.
            let again = try world.erase(id)
            #expect(again == report)
            #expect(try world.content() == expected)
            #expect(try scene.events(id).filter { $0 == "records-erased" }.count == 1)

            // What stood in the shards before is found in a copy from that time, and not trained on.
            let export = scene.root.appendingPathComponent("old-export.jsonl")
            try world.before.reduce(into: Data()) { $0 += $1 }.write(to: export)
            let found = try scene.json(
                "corpus", "screen", export.path, schema: "corpus-screen", status: 2)
            let places = Set((found["items"]?.items ?? []).compactMap { $0["line"]?.integer })
            let gone = world.before.map { String(decoding: $0, as: UTF8.self) }.joined()
                .split(separator: "\n").enumerated()
                .filter { $0.element.contains("\"subjects\": [\"\(subject)\"]") }
                .map { $0.offset + 1 }
            #expect(places == Set(gone))
            #expect(
                try scene.json("corpus", "screen", world.shards[0].path, schema: "corpus-screen")[
                    "items"]?.items?.isEmpty == true)

            // The model answers other requests as before.
            let others = try ["margarita.json", "katlin.xml", "ilyssa-opendsr.json"]
                .map(SmallCorpus.file).filter { try $0 != SharedWorld.reference().request }
                .map(scene.takeIn)
            let run = try scene.lethe("run", "--method", "retrain")
            #expect([0, 2].contains(run.status), "\(run.errors)")
            let done = try others.filter { try scene.state($0) == "certified" }
            // Each fails by chance once in twenty.
            #expect(!done.isEmpty, "\(run.output)\(run.errors)")
            try scene.expectSound()
        }

        @Test("A person who consented anew can be trained on again, and the history says why")
        func lifted() throws {
            let world = try ErasureWorld()
            let scene = world.scene
            let (id, _) = try world.certified()
            try scene.failure(
                "suppression", "lift", id, "--reason", "too early", code: "not-suppressed",
                status: 3)
            _ = try world.erase(id)
            let old = scene.root.appendingPathComponent("again.jsonl")
            try world.before.reduce(into: Data()) { $0 += $1 }.write(to: old)
            try scene.json("corpus", "screen", old.path, schema: "corpus-screen", status: 2)
            let held = try scene.json("suppression", "list", schema: "suppression-list")
            #expect(held["items"]?.items?.map { $0["caseID"]?.text } == [id])
            try scene.failure(
                "suppression", "lift", id, "--reason", "  ", code: "reason-missing", status: 64)
            let lifted = try scene.json(
                "suppression", "lift", id, "--reason", "consented anew",
                schema: "suppression-lift")
            #expect((lifted["keyCount"]?.integer ?? 0) > 0)
            let screened = try scene.json("corpus", "screen", old.path, schema: "corpus-screen")
            #expect(screened["items"]?.items?.isEmpty == true)
            #expect(
                try scene.json("suppression", "list", schema: "suppression-list")["items"]?
                    .items?.isEmpty == true)
            #expect(try scene.events(id).last == "suppression-lifted")
            try scene.expectSound()
        }

        @Test("Copies and artefacts that nobody accounted for keep an erasure partial")
        func partial() throws {
            let world = try ErasureWorld()
            let scene = world.scene
            let (id, _) = try world.certified()
            let added = try scene.json(
                "copies", "add", "tape 7", "--kind", "backup", "--holds", "people",
                schema: "copies")
            #expect(added["items"]?.items?.first?["id"]?.integer == 1)
            try scene.failure(
                "copies", "add", "tape 8", "--holds", "nothing", code: "unknown-name", status: 4)
            let card = scene.root.appendingPathComponent("README.md")
            try Data("---\nbase_model: assistant\nbase_model_relation: quantized\n---\n".utf8)
                .write(to: card)
            try scene.json(
                "artefacts", "import", "model-card", card.path, "--name", "acme/small",
                schema: "artefacts-list")
            // What was made from the model after the deletion is clean.
            let clean = try world.erase(id)
            let codes = clean["reasons"]?.items?.compactMap { $0["code"]?.text }
            #expect(clean["completeness"]?.text == "partial")
            #expect(codes == ["copy-unknown"])
            let events = scene.root.appendingPathComponent("events.json")
            let shard = world.shards[0].path
            try Data(
                """
                {"eventType":"COMPLETE","eventTime":"2026-11-01T00:00:00Z",\
                "producer":"https://example.org/jobs","schemaURL":"https://openlineage.io/spec/2-0-2/OpenLineage.json",\
                "run":{"runId":"0190a000-0000-7000-8000-000000000001"},\
                "job":{"namespace":"jobs","name":"index"},\
                "inputs":[{"namespace":"file","name":"\(shard)"}],\
                "outputs":[{"namespace":"search","name":"faces"}]}
                """.utf8
            ).write(to: events)
            let listing = try scene.json(
                "artefacts", "import", "openlineage", events.path, schema: "artefacts-list")
            let child = try #require(
                listing["edges"]?.items?.first {
                    $0["parent"]?.text?.hasPrefix("shard:") == true
                }?["child"]?.text)
            func reasons() throws -> [String] {
                let erasure = try scene.json("case", "show", id, schema: "case")["erasure"]
                return (erasure?["reasons"]?.items ?? []).compactMap { $0["code"]?.text }
            }
            #expect(try reasons() == ["copy-unknown", "artefact-residual"])
            try scene.json(
                "artefacts", "dispose", child, "--case", id, "--erased",
                schema: "artefacts-dispose")
            try scene.json(
                "copies", "dispose", "1", "--case", id, "--scheduled", "2999-01-31",
                schema: "copies")
            #expect(try reasons() == ["copy-scheduled"])
            try scene.json(
                "copies", "dispose", "1", "--case", id, "--erased", schema: "copies")
            #expect(try reasons() == [])
            let rows = try scene.json("copies", "list", "--case", id, schema: "copies")["items"]
            #expect(rows?.items?.first?["state"]?.text == "erased")
            #expect(try world.erase(id)["completeness"]?.text == "full")
            try scene.failure(
                "copies", "dispose", "9", "--case", id, "--erased", code: "unknown-copy", status: 4)
            try scene.expectSound()
        }

        @Test("What cannot be erased yet, or at all, is refused before anything changes")
        func refused() throws {
            let world = try ErasureWorld()
            let scene = world.scene
            let id = try scene.takeIn(SharedWorld.reference().request)
            try scene.failure("case", "erase", id, "--yes", code: "not-certified", status: 3)
            try #require(try scene.lethe("run", "--method", "retrain").status == 0)
            var changed = world.before[0]
            changed.append(contentsOf: Data("{\"text\": \"one more\"}\n".utf8))
            try changed.write(to: world.shards[0])
            try scene.failure("case", "erase", id, "--yes", code: "shard-changed", status: 5)
            #expect(try Data(contentsOf: world.shards[0]) == changed)
            try world.before[0].write(to: world.shards[0])
            #expect(try world.erase(id)["completeness"]?.text == "full")
        }

        @Test("Killed at any moment of an erasure, the same command comes to the same end")
        func killed() throws {
            let world = try ErasureWorld()
            let scene = world.scene
            let (id, subject) = try world.certified()
            let expected = world.expected(without: subject)
            let aside = scene.root.appendingPathComponent("aside")
            try FileManager.default.copyItem(at: scene.workspace, to: aside)
            let moments: [Moment] = [
                .exists("erasures", prefix: "C-"), .progress("erase records", 0),
                .progress("erase records", 30), .progress("erase records", 60),
                .progress("remove models", 0), .afterSeconds(0.03), .afterSeconds(0.06),
                .afterSeconds(0.1),
            ]
            for moment in moments {
                let arguments = ["case", "erase", id, "--yes"]
                let command = try scene.start(arguments)
                _ = moment.wait(for: command, in: scene.workspace)
                command.send(SIGKILL)
                try scene.finish(command, arguments)
                // Every shard is wholly old or wholly new, also before anything is repaired.
                for (now, both) in zip(try world.content(), zip(world.before, expected)) {
                    #expect(now == both.0 || now == both.1, "\(moment)")
                }
                // Any command that changes something finishes what was being replaced.
                #expect(try scene.lethe("run").status == 0)
                let checks = try scene.json("corpus", "verify", "people", schema: "corpus-verify")
                #expect(
                    checks["items"]?.items?.allSatisfy { $0["status"]?.text == "same" } == true,
                    "\(moment)")
                let report = try world.erase(id)
                #expect(report["recordCount"]?.integer == 6, "\(moment)")
                #expect(try world.content() == expected, "\(moment)")
                #expect(!world.exists("erasures/\(id).json"), "\(moment)")
                try scene.expectSound()
                #expect(
                    try scene.events(id).filter { $0 == "records-erased" }.count == 1, "\(moment)")
                // Back to where it began.
                try FileManager.default.removeItem(at: scene.workspace)
                try FileManager.default.copyItem(at: aside, to: scene.workspace)
                for (shard, data) in zip(world.shards, world.before) { try data.write(to: shard) }
            }
        }
    }
}
