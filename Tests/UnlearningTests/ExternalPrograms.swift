import Domain
import Foundation
import LanguageModels
import TestSupport
import Unlearning

/// Programs for `ExternalExecutor`, written to scratch folders as Python scripts.
enum ExternalPrograms {
    /// What all scripts begin with: the job, messages, and a result with all weights halved.
    private static let prelude = #"""
        import hashlib, json, os, shutil, signal, struct, subprocess, sys, time

        folder = sys.argv[-1]
        def path(*parts): return os.path.join(folder, *parts)
        def read(name): return json.load(open(path(name)))
        def lines(name): return [json.loads(line) for line in open(path(name))]
        def say(kind, **fields): print(json.dumps({"type": kind, **fields}), flush=True)
        job = read("job.json")

        def weights(change=lambda values: [value / 2 for value in values]):
            """The original's file with other numbers: header as it was, float32 throughout."""
            data = open(path("model", "model.safetensors"), "rb").read()
            start = 8 + struct.unpack("<Q", data[:8])[0]
            values = change(list(struct.unpack(f"<{(len(data) - start) // 4}f", data[start:])))
            return data[:start] + struct.pack(f"<{len(values)}f", *values)

        def put(data, name="model.safetensors"):
            os.makedirs(path("result"), exist_ok=True)
            for companion in os.listdir(path("model")):
                if companion != "model.safetensors":
                    shutil.copyfile(path("model", companion), path("result", companion))
            open(path("result", name), "wb").write(data)

        def report(data, **changes):
            fields = {"schema": "lethe.external-result.v1", "token": job["token"],
                      "sha256": hashlib.sha256(data).hexdigest(), "method": job["method"],
                      "steps": 3, "facts": {}, **changes}
            with open(path("result.json"), "w") as file: json.dump(fields, file)

        def finish(**changes):
            data = weights()
            put(data)
            report(data, **changes)


        """#

    static func script(_ body: String, in scratch: ScratchFolder) throws -> URL {
        try scratch.file("program-\(UUID().uuidString).py", prelude + body)
    }

    /// Short limits: no program of these tests has anything to do for long.
    static let limits = ExternalExecutor.Limits(
        silenceSeconds: 60, totalSeconds: 120, graceSeconds: 5)

    static func executor(
        _ body: String, in scratch: ScratchFolder, limits: ExternalExecutor.Limits = limits,
        showErrorLine: (@Sendable (String) -> Void)? = nil
    ) throws -> ExternalExecutor {
        ExternalExecutor(
            command: "python3", arguments: [try script(body, in: scratch).path], limits: limits,
            showErrorLine: showErrorLine)
    }

    /// A task on fresh weights: what programs do with a job depends on none.
    static func task(folder: URL?, forget: [CorpusRecord]? = nil) throws -> UnlearningTask {
        try TinyPeople.task(original: TinyPeople.untrained(), forget: forget, folder: folder)
    }

    /// Runs a script on a task and returns the error it ends with; nil if it is taken.
    static func failure(
        _ body: String, limits: ExternalExecutor.Limits = limits, context: WorkContext = .init()
    ) throws -> UnlearningError? {
        let scratch = try ScratchFolder()
        let task = try task(folder: scratch.url.appendingPathComponent("task"))
        let before = Digest(of: task.original.weightsFile())
        do {
            _ = try executor(body, in: scratch, limits: limits).unlearn(
                task, methodID: "halve", parameters: [:], context: context)
            return nil
        } catch let error as UnlearningError {
            // Whatever happens, the original stays as it was, and nothing stands in the way of
            // shredding.
            guard Digest(of: task.original.weightsFile()) == before else { return nil }
            try task.discardFolder()
            return error
        }
    }
}

/// Collects what a run reports, from whatever thread.
final class Reports: @unchecked Sendable {
    private let lock = NSLock()
    private var updates: [ProgressUpdate] = []
    private var texts: [String] = []

    var context: WorkContext { WorkContext(report: { self.add($0) }) }
    func add(_ update: ProgressUpdate) { lock.withLock { updates.append(update) } }
    func addLine(_ text: String) { lock.withLock { texts.append(text) } }
    var all: [ProgressUpdate] { lock.withLock { updates } }
    var lines: [String] { lock.withLock { texts } }
}
