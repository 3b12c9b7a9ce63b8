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
    /// What a killed command leaves, made by hand where a kill would have to hit one system call.
    @Suite(.serialized) struct RecoveryTests {
        private func file(_ scene: Scene, _ path: String, _ content: String = "kept") throws -> URL
        {
            let url = scene.workspace.appendingPathComponent(path)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(content.utf8).write(to: url)
            return url
        }

        private func isThere(_ url: URL) -> Bool {
            FileManager.default.fileExists(atPath: url.path)
        }

        private func history(_ scene: Scene) throws -> [JSONValue] {
            try scene.json("history", "export", schema: "history")["items"]?.items ?? []
        }

        /// Any command that opens the workspace for changing.
        private func change(_ scene: Scene) throws {
            _ = try scene.takeIn(SmallCorpus.file("katlin.xml"))
        }

        private func removeDatabase(_ scene: Scene) throws {
            for suffix in ["", "-wal", "-shm"] {
                let file = scene.workspace.appendingPathComponent("cases.sqlite" + suffix)
                if isThere(file) { try FileManager.default.removeItem(at: file) }
            }
        }

        @Test("What killed commands left is overwritten and removed by the next one that changes")
        func leftovers() throws {
            let scene = try Scene(copying: SharedWorld.templates().trained)
            let runs = scene.workspace.appendingPathComponent("runs")
            let run = try #require(
                try FileManager.default.contentsOfDirectory(atPath: runs.path)
                    .first { $0.hasPrefix("R-") })
            let id = UUID().uuidString
            let left = try [
                ".policy.yaml.\(id).tmp", ".tombstones.jsonl.\(id).tmp",
                "keys/.vault.key.\(id).tmp",
                "reports/.report.json.\(id).tmp", "runs/\(run)/.run.json.\(id).tmp",
                "runs/\(run)/.checkpoint.safetensors.\(id).tmp",
                // Of a training that is registered.
                "runs/\(run)/checkpoint.safetensors",
                "runs/R-1/journal/checkpoint-7/.state.safetensors.\(id).tmp",
                "runs/U-1/.work.shredding/training.safetensors",
                "models/.draft-\(id)/model.safetensors", "models/.old.shredding/model.safetensors",
            ].map { try file(scene, $0) }
            // An unlearning that is not done goes on from its folder.
            let kept = try [
                "runs/U-1/work/training.safetensors", ".mine.tmp",
                "runs/R-1/checkpoint.safetensors",
            ].map { try file(scene, $0) }
            let handles = try left.map { try FileHandle(forReadingFrom: $0) }

            _ = try scene.json("case", "list", schema: "case-list")
            #expect(left.allSatisfy { isThere($0) }, "looking changes nothing")
            try change(scene)
            for (url, handle) in zip(left, handles) {
                #expect(!isThere(url), "\(url.lastPathComponent) is still there")
                #expect(try handle.readToEnd() == Data(count: 4), "\(url.lastPathComponent)")
            }
            #expect(kept.allSatisfy { isThere($0) })
            for name in [
                "runs/U-1/.work.shredding", "models/.draft-\(id)", "models/.old.shredding",
            ] {
                #expect(!isThere(scene.workspace.appendingPathComponent(name)))
            }
            try scene.expectSound()
        }

        @Test("A killed init is completed by the next one, with the same keys and one note")
        func halfMade() throws {
            let scene = try Scene()
            #expect(try scene.lethe("init").status == 0)
            let marker = scene.workspace.appendingPathComponent("lethe.json")
            let keyFile = scene.workspace.appendingPathComponent("keys/signing-key.pub.pem")
            let key = try Data(contentsOf: keyFile)
            // Killed after the note; before it; before the databases.
            for isNoted in [true, false] {
                try FileManager.default.removeItem(at: marker)
                if !isNoted { try removeDatabase(scene) }
                try scene.failure("case", "list", code: "no-workspace", status: 4)
                #expect(try scene.lethe("init").status == 0)
                #expect(try Data(contentsOf: keyFile) == key)
                #expect(
                    try history(scene).compactMap { $0["event"]?.text } == ["workspace-created"])
                try scene.failure("init", code: "workspace-exists", status: 3)
            }
            try scene.expectSound()
        }

        @Test("Notes that a killed command owes to the history are appended, once")
        func lateNotes() throws {
            let scene = try Scene(copying: SharedWorld.templates().trained)
            func notes() throws -> [(event: String?, name: String?, late: String?)] {
                try history(scene).filter { $0["caseID"]?.text == nil }.map {
                    let facts = $0["facts"]
                    return (
                        $0["event"]?.text, facts?["corpus"]?.text ?? facts?["model"]?.text,
                        facts?["noted-late"]?.text
                    )
                }
            }
            let before = try notes()
            #expect(before.allSatisfy { $0.late == nil })
            // The index has them all; the history has none.
            try removeDatabase(scene)
            try change(scene)
            let late = try notes()
            #expect(late.allSatisfy { $0.late == "true" })
            #expect(
                Set(late.compactMap(\.name))
                    == ["people", "tokenizer-text", "never-trained", "twins", "assistant"])
            #expect(late.filter { $0.event == "corpus-added" }.count == 4)
            #expect(late.filter { $0.event == "model-trained" }.count == 1)
            #expect(late.count == 5)
            let trained = try history(scene).first { $0["event"]?.text == "model-trained" }
            #expect(trained?["digests"]?["model"]?.text == (try SharedWorld.templates().model))
            _ = try scene.takeIn(SmallCorpus.file("margarita.json"))
            #expect(try notes().count == 5)
            try scene.expectSound()
        }

        @Test("A checkpoint of an unlearning that was damaged does not stop the case")
        func damagedCheckpoint() throws {
            let reference = try SharedWorld.reference()
            let scene = try Scene(copying: SharedWorld.templates().trained)
            let id = try scene.takeIn(reference.request)
            let arguments = ["run", "--method", "retrain"]
            let command = try scene.start(arguments)
            #expect(Moment.progress("unlearn retrain", 30).wait(for: command, in: scene.workspace))
            command.send(SIGINT)
            #expect(try scene.finish(command, arguments).status == 130)
            let runs = scene.workspace.appendingPathComponent("runs")
            let run = try #require(
                try FileManager.default.contentsOfDirectory(atPath: runs.path)
                    .first { $0.hasPrefix("U-") })
            let work = runs.appendingPathComponent("\(run)/work")
            let checkpoint = work.appendingPathComponent("training.safetensors")
            // As a shredding in place leaves it that was killed.
            let handle = try FileHandle(forWritingTo: checkpoint)
            try handle.write(contentsOf: Data(count: 1 << 16))
            try handle.close()

            let again = try scene.lethe(arguments)
            #expect(again.status == 0, "\(again.output)\(again.errors)")
            let record = try scene.record(id)
            #expect(record["state"]?.text == "certified")
            let output = record["progress"]?["unlearning"]?["outputModel"]?.text
            #expect(output == reference.outputModel)
            #expect(!isThere(work))
            try scene.expectSound()
        }

        @Test("A work folder goes when its run is in the store, not before")
        func finishedWork() throws {
            let scene = try Scene(copying: SharedWorld.templates().trained)
            let id = try scene.takeIn(SmallCorpus.file("katlin.xml"))
            try scene.json("case", "advance", id, schema: "case-advance")
            try scene.json(
                "case", "advance", id, "--method", "retrain", schema: "case-advance")
            let run = try #require(try scene.record(id)["progress"]?["unlearning"]?["runID"]?.text)
            let work = scene.workspace.appendingPathComponent("runs/\(run)/work")
            #expect(!isThere(work))
            // Killed after the transition and before the folder went.
            let left = try file(scene, "runs/\(run)/work/training.safetensors")
            let handle = try FileHandle(forReadingFrom: left)
            _ = try scene.takeIn(SmallCorpus.file("margarita.json"))
            #expect(!isThere(work))
            #expect(try handle.readToEnd() == Data(count: 4))
            #expect(try scene.state(id) == "unlearned")
        }

        @Test(
            "The work of a killed unlearning goes when its case is closed, by the next command too")
        func abandonedWork() throws {
            let reference = try SharedWorld.reference()
            let scene = try Scene(copying: SharedWorld.templates().trained)
            let id = try scene.takeIn(reference.request)
            let arguments = ["run", "--method", "retrain"]
            let command = try scene.start(arguments)
            #expect(Moment.progress("unlearn retrain", 30).wait(for: command, in: scene.workspace))
            command.send(SIGINT)
            #expect(try scene.finish(command, arguments).status == 130)
            let started = try #require(
                try history(scene).last { $0["event"]?.text == "unlearning-started" })
            let run = try #require(started["facts"]?["run"]?.text)
            let path = "runs/\(run)/work/training.safetensors"
            let checkpoint = scene.workspace.appendingPathComponent(path)
            let size = try Data(contentsOf: checkpoint).count
            // While the case is open, commands in between leave it.
            let isKatlin = reference.request.lastPathComponent == "katlin.xml"
            _ = try scene.takeIn(SmallCorpus.file(isKatlin ? "margarita.json" : "katlin.xml"))
            let handle = try FileHandle(forReadingFrom: checkpoint)
            #expect(isThere(checkpoint))

            try scene.json(
                "case", "withdraw", id, "--reason", "taken back by letter", schema: "case-decision")
            #expect(!isThere(checkpoint.deletingLastPathComponent()))
            #expect(try handle.readToEnd() == Data(count: size))

            // The withdrawal was killed before it came to that.
            let left = try file(scene, path)
            let due = try scene.json("doctor", schema: "doctor")["items"]?.items?
                .first { $0["check"]?.text == "unfinished runs" }
            #expect(due?["subject"]?.text == run)
            #expect(due?["isDue"]?.boolean == true)
            #expect(isThere(left), "looking changes nothing")
            try scene.json("vault", "sweep", schema: "vault-sweep")
            #expect(!isThere(left))
            try scene.expectSound()
        }

        @Test("A withdrawal that is taken in again, as after a kill, ends nothing else")
        func withdrawnAgain() throws {
            let scene = try Scene(copying: SharedWorld.templates().indexed)
            let text = try String(
                contentsOf: SmallCorpus.file("ilyssa-opendsr.json"), encoding: .utf8)
            let request = try JSONParser.parse(Array(text.utf8))["subject_request_id"]?.text
            let source = try #require(request)
            func take(_ name: String, _ content: String) throws -> JSONValue? {
                let url = scene.root.appendingPathComponent(name)
                try Data(content.utf8).write(to: url)
                let outcome = try scene.lethe(["intake", url.path, "--json"])
                return try outcome.document()["items"]?.items?.first
            }
            let cancellation =
                "DELETE /requests/\(source) HTTP/1.1\nHost: example-processor.com\n"
                + "Accept: application/json\n"
            let first = try #require(try take("first.json", text)?["cases"]?.items?.first?.text)
            let ended = try take("cancellation.http", cancellation)
            #expect(ended?["action"]?.text == "withdrawn")
            #expect(ended?["cases"]?.items?.compactMap(\.text) == [first])
            #expect(try scene.state(first) == "withdrawn")
            // The same id in another file: another case.
            let second = try #require(
                try take("second.json", text + "\n")?["cases"]?.items?.first?.text)
            let count = try history(scene).count
            let again = try take("cancellation.http", cancellation)
            #expect(again?["failure"]?["code"]?.text == "not-allowed")
            #expect(try scene.state(first) == "withdrawn")
            #expect(try scene.state(second) == "received")
            #expect(try history(scene).count == count)
            try scene.expectSound()
        }

        #if os(Linux)
            @Test("A request that the disk does not give ends intake with 74, others are taken in")
            func unreadableRequest() throws {
                let scene = try Scene(copying: SharedWorld.templates().indexed)
                // A process cannot read its memory from address 0: an I/O error, for root as well.
                let files = [
                    "/proc/self/mem", SmallCorpus.file("katlin.xml").path,
                    SmallCorpus.file("malformed.json").path,
                ]
                let outcome = try scene.lethe(["intake"] + files + ["--json"])
                #expect(outcome.status == 74, "\(outcome.output)\(outcome.errors)")
                let items = try #require(try outcome.document()["items"]?.items)
                #expect(items.map { $0["cases"]?.items?.count } == [0, 1, 0])
                #expect(items[0]["failure"]?["code"]?.text == "file-unreadable")
                #expect(
                    items.map { $0["failure"]?["exitStatus"]?.integer } == [74, nil, 65])
            }
        #endif

        @Test("A shard that cannot be read ends with 74 and is not called missing")
        func unreadableShard() throws {
            let scene = try Scene(copying: SharedWorld.templates().indexed)
            let shard = scene.root.appendingPathComponent("mine.jsonl")
            try Data("{\"id\": \"m\", \"text\": \"something of mine\"}\n".utf8).write(to: shard)
            #expect(try scene.lethe("corpus", "add", "mine", shard.path).status == 0)
            try FileManager.default.removeItem(at: shard)
            try FileManager.default.createDirectory(at: shard, withIntermediateDirectories: false)
            try scene.failure(
                "corpus", "grep", "something", "--corpus", "mine", code: "file-unreadable",
                status: 74)
            try FileManager.default.removeItem(at: shard)
            try scene.failure(
                "corpus", "grep", "something", "--corpus", "mine", code: "shard-missing", status: 5)
        }
    }
}
