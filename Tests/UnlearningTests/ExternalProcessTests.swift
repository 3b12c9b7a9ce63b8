import Domain
import Foundation
import LanguageModels
import TestSupport
import Testing
import Unlearning

@Suite("External executor: how programs end")
struct ExternalProcessTests {
    /// Longer than any of these programs needs, shorter than they would sleep.
    private static let patienceSeconds = 40.0

    private static func seconds(_ work: () throws -> Void) rethrows -> Double {
        let start = SuspendingClock.now
        try work()
        return start.duration(to: .now) / .seconds(1)
    }

    /// Whether a process of this number exists that has not ended.
    private static func isRunning(_ processID: String) -> Bool {
        let status = try? String(contentsOfFile: "/proc/\(processID)/stat", encoding: .utf8)
        return status.map { !$0.contains(") Z ") } ?? false
    }

    @Test("a program that fails is told by its status or signal, and what it wrote is only counted")
    func failures() throws {
        let exit = try #require(
            try ExternalPrograms.failure(
                "finish(); print('secret\\nsecret', file=sys.stderr); sys.exit(7)"))
        #expect(exit.code == .externalFailed)
        #expect(exit.details["reason"] == "exit-status")
        #expect(exit.details["status"] == "7")
        #expect(exit.details["error-lines"] == "2")
        #expect(!"\(exit) \(exit.details)".contains("secret"))
        let signal = try #require(
            try ExternalPrograms.failure("finish(); os.kill(os.getpid(), signal.SIGKILL)"))
        #expect(signal.code == .externalFailed)
        #expect(signal.details["reason"] == "signal")
        #expect(signal.details["signal"] == "9")
        let crash = try #require(try ExternalPrograms.failure("finish(); raise ValueError('x')"))
        #expect(crash.details["status"] == "1")
    }

    @Test("a silent program is stopped; chatter that is no message does not count as life")
    func silence() throws {
        let limits = ExternalExecutor.Limits(
            silenceSeconds: 1.5, totalSeconds: 300, graceSeconds: 5)
        for body in ["time.sleep(300)", "while True: print('alive', flush=True); time.sleep(0.1)"] {
            let seconds = try Self.seconds {
                let error = try #require(try ExternalPrograms.failure(body, limits: limits))
                #expect(error.code == .externalSilent)
                #expect(error.details["reason"] == "silence")
            }
            #expect(seconds > 1.5 && seconds < Self.patienceSeconds)
        }
        let living = """
            for _ in range(30): say("heartbeat"); time.sleep(0.1)
            finish()
            """
        #expect(try ExternalPrograms.failure(living, limits: limits) == nil)
    }

    @Test("a program over its time is stopped, however loud it is")
    func timeLimit() throws {
        let limits = ExternalExecutor.Limits(
            silenceSeconds: 60, totalSeconds: 1.5, graceSeconds: 5)
        let seconds = try Self.seconds {
            let error = try #require(
                try ExternalPrograms.failure("while True: say('heartbeat')", limits: limits))
            #expect(error.code == .externalFailed)
            #expect(error.details["reason"] == "time-limit")
        }
        #expect(seconds < Self.patienceSeconds)
    }

    @Test("a program that ignores the request to stop is ended by force, and so are its children")
    func force() throws {
        let scratch = try ScratchFolder()
        let note = scratch.url.appendingPathComponent("children")
        let body = """
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            child = subprocess.Popen(["sleep", "300"])
            open("\(note.path)", "w").write(f"{os.getpid()} {child.pid}")
            say("heartbeat")
            time.sleep(300)
            """
        let limits = ExternalExecutor.Limits(
            silenceSeconds: 2, totalSeconds: 300, graceSeconds: 1)
        let seconds = try Self.seconds {
            let error = try #require(try ExternalPrograms.failure(body, limits: limits))
            #expect(error.code == .externalSilent)
        }
        #expect(seconds > 3 && seconds < Self.patienceSeconds)
        let processes = try String(contentsOf: note, encoding: .utf8).split(separator: " ")
        #expect(processes.count == 2)
        // A child is ended at once, but taken note of by another process.
        Thread.sleep(forTimeInterval: 0.2)
        for process in processes { #expect(!Self.isRunning(String(process))) }
    }

    @Test("a child that outlives a finished program, with its pipes open, neither delays nor stays")
    func orphan() throws {
        let scratch = try ScratchFolder()
        let note = scratch.url.appendingPathComponent("child")
        let seconds = try Self.seconds {
            let error = try ExternalPrograms.failure(
                """
                child = subprocess.Popen(["sleep", "300"])
                open("\(note.path)", "w").write(str(child.pid))
                finish()
                """)
            #expect(error == nil)
        }
        #expect(seconds < Self.patienceSeconds)
        Thread.sleep(forTimeInterval: 0.2)
        #expect(!Self.isRunning(try String(contentsOf: note, encoding: .utf8)))
    }

    @Test("what a program writes at its very end is read, more than a pipe holds too")
    func lastWords() throws {
        let scratch = try ScratchFolder()
        let outcome = try ExternalPrograms.executor(
            """
            finish()
            for step in range(20_000): sys.stdout.write('{"type": "heartbeat"}\\n')
            """, in: scratch
        ).unlearn(
            ExternalPrograms.task(folder: nil), methodID: "halve", parameters: [:],
            context: WorkContext())
        #expect(outcome.facts["external-messages"] == "20000")
    }

    @Test("an interrupted program is asked to stop, its folder stays, and the next start goes on")
    func interruption() throws {
        let scratch = try ScratchFolder()
        let started = scratch.url.appendingPathComponent("started")
        let task = try ExternalPrograms.task(folder: scratch.url.appendingPathComponent("task"))
        let body = """
            os.makedirs(path("work"), exist_ok=True)
            if os.path.exists(path("work", "state")):
                finish(facts={"went-on": open(path("work", "state")).read()})
                sys.exit(0)
            def stop(*_):
                open(path("work", "state"), "w").write("here")
                sys.exit(1)
            signal.signal(signal.SIGTERM, stop)
            open("\(started.path)", "w").write("")
            while True: say("heartbeat"); time.sleep(0.05)
            """
        let executor = try ExternalPrograms.executor(body, in: scratch)
        let error = #expect(throws: DomainError.self) {
            try executor.unlearn(
                task, methodID: "halve", parameters: [:],
                context: WorkContext(isCancelled: {
                    FileManager.default.fileExists(atPath: started.path)
                }))
        }
        #expect(error?.code == .interrupted)
        let outcome = try executor.unlearn(
            task, methodID: "halve", parameters: [:], context: WorkContext())
        #expect(outcome.facts["program.went-on"] == "here")
    }

    @Test("the late result of an earlier start that got away is refused by its token")
    func lateResult() throws {
        let scratch = try ScratchFolder()
        let task = try ExternalPrograms.task(folder: scratch.url.appendingPathComponent("task"))
        let body = """
            if not os.path.exists("\(scratch.url.path)/first"):
                open("\(scratch.url.path)/first", "w").write("")
                if os.fork() == 0:
                    os.setsid()
                    while True:
                        time.sleep(0.05)
                        try:
                            if read("job.json")["token"] != job["token"]: break
                        except OSError: pass
                    time.sleep(0.2)
                    finish()
                    os._exit(0)
                sys.exit(1)
            while not os.path.exists(path("result.json")): time.sleep(0.05)
            time.sleep(0.3)
            """
        let executor = try ExternalPrograms.executor(body, in: scratch)
        for reason in ["exit-status", "token"] {
            let error = #expect(throws: UnlearningError.self) {
                try executor.unlearn(
                    task, methodID: "halve", parameters: [:], context: WorkContext())
            }
            #expect(error?.details["reason"] == reason)
        }
    }
}
