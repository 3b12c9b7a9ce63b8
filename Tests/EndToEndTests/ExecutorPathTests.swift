import Domain
import Foundation
import TestSupport
import Testing

extension EndToEndTests {
    /// A policy whose first rung is done by a program outside of Lethe.
    @Suite(.serialized) struct ExecutorPathTests {
        /// Does the job with `lethe unlearn`, as a program of somebody else's would with its own
        /// means: so a method is at hand twice, once inside and once outside.
        private static let program = """
            import hashlib, json, os, subprocess, sys, time
            lethe, folder = sys.argv[1], sys.argv[-1]
            def inside(name): return os.path.join(folder, name)
            def say(kind, **fields): print(json.dumps({"type": kind, **fields}), flush=True)
            job = json.load(open(inside("job.json")))
            say("heartbeat")
            os.makedirs(inside("work"), exist_ok=True)
            for name in ("forget", "retain"):
                with open(inside(name + ".jsonl")) as lines, \\
                        open(inside(f"work/{name}.jsonl"), "w") as out:
                    for line in lines:
                        record = json.loads(line)
                        kept = {k: record[k] for k in ("id", "prompt", "completion", "metadata")}
                        out.write(json.dumps(kept) + "\\n")
            work = subprocess.Popen(
                [lethe, "unlearn", "--model", inside("model"), "--method", job["method"],
                 "--forget", inside("work/forget.jsonl"), "--retain", inside("work/retain.jsonl"),
                 "--output", inside("result"), "--seed", str(job["seed"]), "--json"]
                + [a for k, v in job["parameters"].items() for a in ("--set", f"{k}={v}")],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            while work.poll() is None:
                say("heartbeat")
                time.sleep(.2)
            if work.returncode: sys.exit(1)
            say("progress", step=1, of=1)
            weights = open(inside("result/model.safetensors"), "rb").read()
            document = {
                "schema": "lethe.external-result.v1", "token": job["token"],
                "method": job["method"], "sha256": hashlib.sha256(weights).hexdigest(),
                "steps": 1, "facts": {"by": "test"}}
            json.dump(document, open(inside("result.json.new"), "w"))
            os.rename(inside("result.json.new"), inside("result.json"))
            """

        /// A workspace whose policy has `npo` as its only rung, done by this program or by Lethe.
        private func scene(program: String? = nil, silence: Int = 600) throws -> Scene {
            let scene = try Scene(copying: SharedWorld.templates().trained)
            var policy = [
                "lethe-policy: 1", "name: outside", "regime: gdpr-eu", "methods:",
                "  - method: npo", "    parameters: {steps: 30}",
            ]
            if let program {
                let script = script(of: scene)
                try Data(program.utf8).write(to: script)
                policy += [
                    "    executor:", "      command: python3",
                    "      arguments: [\(script.path), \(try LetheBinary.url().path)]",
                    "      silence-seconds: \(silence)",
                ]
            }
            try Data((policy.joined(separator: "\n") + "\n").utf8).write(
                to: scene.workspace.appendingPathComponent("policy.yaml"))
            return scene
        }

        private func script(of scene: Scene) -> URL {
            scene.root.appendingPathComponent("program.py")
        }

        /// Unlearns and verifies one person; the outcome of each check, and the run.
        private func verdict(in scene: Scene) throws -> (checks: [String], run: JSONValue) {
            let id = try scene.takeIn(SmallCorpus.file("margarita.json"))
            for _ in 1...3 {
                let step = try scene.lethe("case", "advance", id, "--json")
                #expect([0, 2].contains(step.status), "\(step.output)\(step.errors)")
            }
            let shown = try scene.json("case", "show", id, schema: "case")
            let checks = (shown["report"]?["checks"]?.items ?? []).map {
                "\($0["id"]?.text ?? "") \($0["outcome"]?.text ?? "")"
            }
            return (checks, try #require(try scene.record(id)["progress"]?["unlearning"]))
        }

        @Test("A program's result gets the verdict that the same method gets inside")
        func sameVerdict() throws {
            let inside = try verdict(in: try scene())
            let outside = try verdict(in: try scene(program: Self.program))
            #expect(outside.checks == inside.checks)
            #expect(inside.checks.count >= 12)
            // The control of the gate saw the person before, so it was really asked something.
            #expect(outside.checks.contains("control-untouched passed"))
            #expect(outside.run["methodClass"]?.text == "approximate")
            #expect(outside.run["lineageFacts"]?["program.by"]?.text == "test")
            #expect(outside.run["outputModel"] != outside.run["baseModel"])
        }

        @Test(
            "A silent program is stopped, the case stays where it was, and another program goes on")
        func silence() throws {
            let scene = try scene(program: "import time; time.sleep(600)", silence: 5)
            let id = try scene.takeIn(SmallCorpus.file("margarita.json"))
            #expect(try scene.lethe("case", "advance", id).status == 0)
            try scene.failure("case", "advance", id, code: "external-silent", status: 1)
            #expect(try scene.state(id) == "scoped")
            try Data(Self.program.utf8).write(to: script(of: scene))
            let again = try scene.lethe("case", "advance", id)
            #expect(again.status == 0, "\(again.errors)")
            #expect(try scene.state(id) == "unlearned")
            try scene.expectSound()
        }
    }
}
