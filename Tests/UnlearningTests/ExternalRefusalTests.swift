import Domain
import Foundation
import LanguageModels
import TestSupport
import Testing
import Unlearning

@Suite("External executor: what is refused")
struct ExternalRefusalTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let reason: String
        let body: String
        init(_ reason: String, _ body: String) {
            self.reason = reason
            self.body = body
        }
        var testDescription: String { "\(reason): \(body.prefix(60))" }
    }

    static let cases = [
        Case("missing", "pass"),
        Case("missing", "report(weights())"),
        Case("missing", "finish(); os.remove(path('result', 'model.safetensors'))"),
        Case("missing", "finish(); os.remove(path('result', 'config.json'))"),
        Case("missing", "finish(); os.remove(path('result', 'tokenizer.json'))"),
        Case("token", "finish(token='0' * 32)"),
        Case("token", "finish(token=None)"),
        Case("method", "finish(method='npo')"),
        Case("malformed", "finish(schema='lethe.external-result.v2')"),
        Case("malformed", "finish(sha256='abc')"),
        Case("malformed", "finish(steps=-1)"),
        Case("malformed", "finish(facts=None)"),
        Case("malformed", "finish(facts={str(n): 'x' for n in range(65)})"),
        Case("malformed", "finish(facts={'x': 'y' * 257})"),
        Case("malformed", "finish(facts={'x': 1})"),
        Case("malformed", "finish(facts={'x': 'a\\nb'})"),
        Case("malformed", "finish(); open(path('result.json'), 'w').write('{')"),
        Case("malformed", "data = b'x' * 100; put(data); report(data)"),
        Case(
            "disclosure",
            "finish(facts={'x': 'on ' + lines('forget.jsonl')[0]['metadata']['values']['phone']})"),
        Case("size", "finish(); open(path('result.json'), 'a').write(' ' * (1 << 20))"),
        Case("size", "finish(); open(path('result', 'model.safetensors'), 'a').truncate(1 << 40)"),
        Case("size", "finish(); open(path('result', 'config.json'), 'a').truncate(1 << 40)"),
        Case("size", "finish(); [open(path('result', f'{n}'), 'w') for n in range(300)]"),
        Case("digest", "finish(sha256='0' * 64)"),
        Case("digest", "finish(); put(weights(lambda values: values))"),
        Case("stale", "finish(); os.utime(path('result.json'), (1e9, 1e9))"),
        Case("stale", "finish(); os.utime(path('result', 'model.safetensors'), (1e9, 1e9))"),
        Case(
            "non-finite",
            "data = weights(lambda v: [float('nan')] + v[1:]); put(data); report(data)"),
        Case(
            "non-finite",
            "data = weights(lambda v: v[:-1] + [float('-inf')]); put(data); report(data)"),
        // Shape, names and types of the weights.
        Case(
            "architecture",
            "data = weights().replace(b'[280,32]', b'[32,280]'); put(data); report(data)"),
        Case(
            "architecture",
            "data = weights().replace(b'model.norm.weight', b'model.gnorm.weigh'); put(data)\n"
                + "report(data)"),
        Case(
            "architecture",
            "data = weights().replace(b'\"F32\"', b'\"I32\"'); put(data); report(data)"),
        // The configuration.
        Case(
            "architecture",
            "finish(); c = read('model/config.json'); c['num_attention_heads'] = 2\n"
                + "c['num_key_value_heads'] = 2\n"
                + "json.dump(c, open(path('result', 'config.json'), 'w'))"),
        Case(
            "architecture",
            "finish(); c = read('model/config.json'); c['rms_norm_eps'] = 0.1\n"
                + "json.dump(c, open(path('result', 'config.json'), 'w'))"),
        Case(
            "architecture",
            "finish(); c = read('model/config.json'); c['model_type'] = 'bert'\n"
                + "json.dump(c, open(path('result', 'config.json'), 'w'))"),
        Case(
            "tokenizer",
            "finish(); t = read('model/tokenizer.json'); t['model']['merges'].pop()\n"
                + "json.dump(t, open(path('result', 'tokenizer.json'), 'w'))"),
        Case("tokenizer", "finish(); open(path('result', 'tokenizer.json'), 'w').write('{}')"),
        // Anything that is not a file of its own.
        Case("link", "finish(); os.symlink('/etc/hostname', path('result', 'generation.txt'))"),
        Case(
            "link",
            "finish(); shutil.move(path('result'), path('there'))\n"
                + "os.symlink(path('there'), path('result'))"),
        Case(
            "link",
            "finish(); os.rename(path('result.json'), path('there'))\n"
                + "os.symlink(path('there'), path('result.json'))"),
        Case("link", "finish(); os.remove(path('result.json')); os.mkfifo(path('result.json'))"),
        Case("link", "finish(); os.mkfifo(path('result', 'pipe'))"),
        Case("link", "finish(); os.mkdir(path('result', 'folder'))"),
        Case(
            "link",
            "finish(); os.link(path('result', 'model.safetensors'), path('second'))"),
    ]

    @Test("a result that is not this job's, not whole or not sound is refused", arguments: cases)
    func refused(_ example: Case) throws {
        let error = try #require(try ExternalPrograms.failure(example.body))
        #expect(error.code == .externalResultRefused)
        #expect(error.details["reason"] == example.reason)
        #expect(error.kind == .integrity)
        let phone = try #require(TinyPeople.forget[0].values[.phone])
        #expect(!"\(error) \(error.details)".filter { $0 != "-" }.contains(phone))
    }

    @Test("other spaces, another order and annotations make no other model")
    func reformatted() throws {
        #expect(
            try ExternalPrograms.failure(
                """
                finish()
                t = read("model/tokenizer.json")
                t["padding"] = {"strategy": "BatchLongest"}
                json.dump(dict(reversed(t.items())), open(path("result", "tokenizer.json"), "w"),
                          indent=2)
                c = read("model/config.json")
                c.update({"dtype": "bfloat16", "transformers_version": "9", "new": [1]})
                json.dump(c, open(path("result", "config.json"), "w"), indent=2)
                """) == nil)
    }

    @Test("a link in a result never leads shredding to somebody else's file")
    func linkTargetsSurvive() throws {
        let scratch = try ScratchFolder()
        let outside = try scratch.file("outside/precious", "precious")
        let task = try ExternalPrograms.task(folder: scratch.url.appendingPathComponent("task"))
        let executor = try ExternalPrograms.executor(
            """
            finish()
            os.symlink("\(outside.path)", path("result", "soft"))
            os.link("\(outside.path)", path("hard"))
            os.symlink("\(outside.deletingLastPathComponent().path)", path("work"))
            """, in: scratch)
        #expect(throws: UnlearningError.self) {
            try executor.unlearn(task, methodID: "halve", parameters: [:], context: WorkContext())
        }
        // Again on the same folder, and away with it.
        #expect(throws: UnlearningError.self) {
            try executor.unlearn(task, methodID: "halve", parameters: [:], context: WorkContext())
        }
        try task.discardFolder()
        #expect(try String(contentsOf: outside, encoding: .utf8) == "precious")
        #expect(!FileManager.default.fileExists(atPath: task.folder?.path ?? ""))
    }

    @Test("a program that is not there, not executable or no program is not started")
    func notStarted() throws {
        let scratch = try ScratchFolder()
        let text = try scratch.file("text", "no program")
        let task = try ExternalPrograms.task(folder: scratch.url.appendingPathComponent("task"))
        func reason(_ command: String) -> String? {
            do {
                _ = try ExternalExecutor(command: command).unlearn(
                    task, methodID: "halve", parameters: [:], context: WorkContext())
                return "nothing"
            } catch let error as UnlearningError where error.code == .externalNotStarted {
                return error.details["reason"]
            } catch { return "\(error)" }
        }
        #expect(reason("/nowhere/at-all") == "not-found")
        #expect(reason("no-such-program-in-path") == "not-found")
        #expect(reason(scratch.url.path) == "not-found")
        #expect(reason(text.path) == "not-executable")
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o700], ofItemAtPath: text.path)
        #expect(reason(text.path) == "start")
    }

    @Test("names and numbers that a job cannot hold are refused before anything is written")
    func parameters() throws {
        let scratch = try ScratchFolder()
        let task = try ExternalPrograms.task(folder: scratch.url.appendingPathComponent("task"))
        let executor = try ExternalPrograms.executor("finish()", in: scratch)
        for (method, parameters) in [
            ("halve", ["rate": Double.nan]), ("halve", ["Rate!": 1]), ("../halve", [:]),
        ] {
            let error = #expect(throws: UnlearningError.self) {
                try executor.unlearn(
                    task, methodID: method, parameters: parameters, context: WorkContext())
            }
            #expect(error?.code == .parameterOutOfRange)
        }
        #expect(!FileManager.default.fileExists(atPath: task.folder?.path ?? ""))
    }
}
