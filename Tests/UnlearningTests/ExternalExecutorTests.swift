import Domain
import Foundation
import LanguageModels
import TensorCore
import TestSupport
import Testing
import Unlearning

@Suite("External executor: what goes in and what comes out")
struct ExternalExecutorTests {
    @Test("a program's weights become the result, and the certificate says which program it was")
    func goodProgram() throws {
        let scratch = try ScratchFolder()
        let task = try ExternalPrograms.task(folder: scratch.url.appendingPathComponent("task"))
        let before = task.original.parameters.values.values
        let reports = Reports()
        let executor = try ExternalPrograms.executor(
            """
            say("heartbeat")
            for step in range(3): say("progress", step=step + 1, of=3, note=f"loss {step}.5")
            say("something of a later version", step="x")
            finish(facts={
                "loss": "0.25", "job": str(os.environ["LETHE_JOB"] == folder),
                "others": ",".join(k for k in os.environ if k.startswith("LETHE_")),
                "input": repr(sys.stdin.read()),
                "files": ",".join(sorted(os.listdir("/proc/self/fd"))[:4])})
            """, in: scratch)
        let outcome = try executor.unlearn(
            task, methodID: "halve", parameters: ["steps": 3, "rate": 0.5],
            context: reports.context)
        #expect(outcome.model.parameters.values.values == before.map { $0 / 2 })
        #expect(task.original.parameters.values.values == before)
        #expect(outcome.adapters == nil)
        #expect(ExternalExecutor.methodClass == .approximate)
        let facts = outcome.facts
        #expect(facts["program.loss"] == "0.25")
        #expect(facts["program.job"] == "True")
        #expect(facts["program.others"] == "LETHE_JOB")
        #expect(facts["program.input"] == "''")
        #expect(facts["external-program"] == "python3")
        #expect(facts["external-program-sha256"]?.count == 64)
        let script = try #require(
            FileManager.default.contentsOfDirectory(atPath: scratch.url.path).first {
                $0.hasSuffix(".py")
            })
        #expect(
            try facts["external-argument-files-sha256"]
                == Digest(ofFileAt: scratch.url.appendingPathComponent(script)).hexadecimal)
        #expect(facts["external-protocol"] == "lethe.external-job.v1")
        #expect(facts["external-seconds"].flatMap(Int.init) != nil)
        #expect(facts["external-steps"] == "3")
        #expect(facts["external-messages"] == "4")
        #expect(facts["external-unread-lines"] == "0")
        #expect(
            reports.all
                == (1...3).map {
                    ProgressUpdate(
                        "unlearn halve (python3)", completed: $0, total: 3, note: "loss \($0 - 1).5"
                    )
                })
    }

    @Test("a job holds scope, settings and model as they are, for its owner's eyes alone")
    func jobContent() throws {
        let scratch = try ScratchFolder()
        let folder = scratch.url.appendingPathComponent("task")
        let task = try ExternalPrograms.task(folder: folder)
        _ = try ExternalPrograms.executor("finish()", in: scratch).unlearn(
            task, methodID: "halve", parameters: ["steps": 3, "rate": 0.5], context: WorkContext())
        let job = folder.appendingPathComponent("external")
        let document = try JSONParser.parse(
            Data(contentsOf: job.appendingPathComponent("job.json")))
        #expect(document["schema"]?.text == "lethe.external-job.v1")
        #expect(document["method"]?.text == "halve")
        #expect(document["parameters"]?["steps"] == .number("3"))
        #expect(document["parameters"]?["rate"] == .number("0.5"))
        #expect(document["seed"] == .number("8"))
        #expect(document["token"]?.text?.count == 32)
        #expect(document["limits"]?["silence-seconds"] == .number("60"))
        #expect(document["counts"]?["forget"] == .number("3"))
        #expect(document["counts"]?["retain"] == .number("27"))
        for (name, records) in [("forget", TinyPeople.forget), ("retain", TinyPeople.retain)] {
            let file = try #require(document["paths"]?[name]?.text)
            let lines = try String(contentsOf: job.appendingPathComponent(file), encoding: .utf8)
                .split(separator: "\n").map { try JSONParser.parse(Data($0.utf8)) }
            #expect(lines.map { $0["id"]?.text } == records.map(\.id))
            #expect(lines.map { $0["prompt"]?.text } == records.map(\.prompt))
            #expect(lines.map { $0["completion"]?.text } == records.map(\.completion))
            #expect(
                lines.map { $0["metadata"]?["values"]?["phone"]?.text }
                    == records.map { $0.values[.phone] })
            for (line, record) in zip(lines, records) {
                let tokens = try #require(line["tokens"]?.items).compactMap(\.integer)
                let counted = try #require(line["counted"]?.items).compactMap(\.integer)
                let ends = "<|endoftext|>"
                #expect(
                    task.original.tokenizer.decode(tokens.map(Int32.init))
                        == ends + record.text + ends)
                try #require(tokens.count == counted.count)
                let chosen = zip(tokens, counted).filter { $0.1 == 1 }.map { Int32($0.0) }
                let text = task.original.tokenizer.decode(chosen)
                if name == "retain" {
                    #expect(counted == [0] + Array(repeating: 1, count: tokens.count - 1))
                } else if let phone = record.values[.phone] {
                    #expect(text.filter(\.isNumber) == phone)
                    #expect(text.filter(\.isLetter).isEmpty)
                }
            }
        }
        func mode(_ name: String) throws -> Int? {
            try FileManager.default.attributesOfItem(
                atPath: job.appendingPathComponent(name).path)[.posixPermissions] as? Int
        }
        #expect(try mode("") == 0o700)
        for name in ["job.json", "forget.jsonl", "retain.jsonl"] {
            #expect(try mode(name) == 0o600)
        }
        let given = try LanguageModel(folder: job.appendingPathComponent("model"))
        #expect(given.digest == task.original.digest)
    }

    @Test("weights of another element type are rounded to the original's, as they will be stored")
    func otherElementType() throws {
        let scratch = try ScratchFolder()
        let task = try ExternalPrograms.task(folder: nil)
        let outcome = try ExternalPrograms.executor(
            """
            data = open(path("model", "model.safetensors"), "rb").read()
            start = 8 + struct.unpack("<Q", data[:8])[0]
            header = json.loads(data[8:start])
            values = struct.unpack(f"<{(len(data) - start) // 4}f", data[start:])
            for name, entry in header.items():
                if name != "__metadata__":
                    entry["dtype"] = "F16"
                    entry["data_offsets"] = [offset // 2 for offset in entry["data_offsets"]]
            text = json.dumps(header).encode()
            data = (struct.pack("<Q", len(text)) + text
                    + struct.pack(f"<{len(values)}e", *[value / 2 for value in values]))
            put(data)
            report(data)
            """, in: scratch
        ).unlearn(task, methodID: "halve", parameters: [:], context: WorkContext())
        let halves = task.original.parameters.values.values.map { Float(Float16($0 / 2)) }
        #expect(outcome.model.parameters.values.values == halves)
        let stored = try Safetensors(outcome.model.weightsFile(), name: "stored")
        #expect(stored.tensors.allSatisfy { $0.type == .f32 })
    }

    @Test("without a folder of the task nothing of the job is left, whether it succeeds or not")
    func temporaryFolder() throws {
        let scratch = try ScratchFolder()
        let task = try ExternalPrograms.task(folder: nil)
        let note = scratch.url.appendingPathComponent("where")
        for (body, succeeds) in [("finish()", true), ("sys.exit(3)", false)] {
            let executor = try ExternalPrograms.executor(
                "open('\(note.path)', 'w').write(folder)\n" + body, in: scratch)
            let outcome = try? executor.unlearn(
                task, methodID: "halve", parameters: [:], context: WorkContext())
            #expect((outcome != nil) == succeeds)
            let folder = try String(contentsOf: note, encoding: .utf8)
            #expect(folder.contains("lethe-external-"))
            #expect(!FileManager.default.fileExists(atPath: folder))
        }
    }

    @Test("what a program keeps in work is there when the same job goes on, and for no other job")
    func workFolder() throws {
        let scratch = try ScratchFolder()
        let folder = scratch.url.appendingPathComponent("task")
        let body = """
            os.makedirs(path("work"), exist_ok=True)
            count = len(os.listdir(path("work")))
            open(path("work", str(count)), "w").write("state")
            finish(facts={"kept": str(count), "token": job["token"]})
            """
        let executor = try ExternalPrograms.executor(body, in: scratch)
        var tokens = Set<String>()
        for (rate, kept) in [(0.5, "0"), (0.5, "1"), (0.25, "0")] {
            let outcome = try executor.unlearn(
                ExternalPrograms.task(folder: folder), methodID: "halve",
                parameters: ["rate": rate], context: WorkContext())
            #expect(outcome.facts["program.kept"] == kept)
            tokens.insert(try #require(outcome.facts["program.token"]))
        }
        #expect(tokens.count == 3)
    }

    @Test("lines that are no messages are counted and never shown; errors are shown if asked for")
    func strayOutput() throws {
        let scratch = try ScratchFolder()
        let reports = Reports()
        let body = """
            print("secret one\\n\\n[1, 2]", flush=True)
            print('{"type": "heartbeat"', flush=True)
            say("progress", step=5, of=3)
            print(json.dumps({"type": "progress", "step": 1, "of": 2, "note": "x" * 70_000}))
            sys.stdout.buffer.write(b"\\xff\\xfe\\n")
            print("secret two", file=sys.stderr)
            value = lines("forget.jsonl")[0]["metadata"]["values"]["phone"]
            say("progress", step=1, of=2, note="loss 0.5 \\u001b[2J on " + value)
            say("progress", step=2, of=2, note="loss 0.5 \\u001b[2J")
            say("warning", note="memory is scarce")
            finish()
            sys.stdout.write('{"type": "heartbeat"}')
            """
        let task = try ExternalPrograms.task(folder: nil)
        let show: @Sendable (String) -> Void = { line in reports.addLine(line) }
        for shows in [false, true] {
            let outcome = try ExternalPrograms.executor(
                body, in: scratch, showErrorLine: shows ? show : nil
            ).unlearn(task, methodID: "halve", parameters: [:], context: reports.context)
            #expect(outcome.facts["external-unread-lines"] == "6")
            #expect(outcome.facts["external-warnings"] == "1")
            #expect(outcome.facts["external-messages"] == "4")
            #expect(reports.lines == (shows ? ["secret two"] : []))
        }
        #expect(
            reports.all.prefix(3).map(\.note) == [
                "(note withheld)", "loss 0.5  [2J", "warning: memory is scarce",
            ])
    }
}
