import Domain
import Foundation
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What a command left behind when it ended.
struct Outcome {
    let commandLine: String
    /// Exit code; 128 + number where a signal ended it.
    let status: Int32
    let output: String
    let errors: String

    /// Standard output as one JSON document, read by a strict parser.
    func document() throws -> JSONValue { try JSONParser.parse(Array(output.utf8)) }
}

/// A command while it runs. Its streams go to files, so that no full pipe can stop it.
final class RunningCommand {
    private let process = Process()
    private let commandLine: String
    private let outputFile: URL
    private let errorFile: URL
    private static let pollSeconds = 0.002
    private static let longestSeconds = 120.0

    init(
        _ executable: URL, _ arguments: [String], folder: URL, environment: [String: String],
        input: String? = nil
    ) throws {
        commandLine = ([executable.lastPathComponent] + arguments).joined(separator: " ")
        let streams = folder.appendingPathComponent(".streams")
        try FileManager.default.createDirectory(at: streams, withIntermediateDirectories: true)
        let name = UUID().uuidString
        func stream(_ kind: String, _ content: String = "") throws -> URL {
            let file = streams.appendingPathComponent("\(name).\(kind)")
            try Data(content.utf8).write(to: file)
            return file
        }
        outputFile = try stream("out")
        errorFile = try stream("err")
        process.executableURL = executable
        process.arguments = arguments
        process.currentDirectoryURL = folder
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = try FileHandle(forReadingFrom: stream("in", input ?? ""))
        process.standardOutput = try FileHandle(forWritingTo: outputFile)
        process.standardError = try FileHandle(forWritingTo: errorFile)
        try Self.withSignalsUnblocked { try process.run() }
    }

    /// A child inherits which signals are blocked, and threads of a pool block all of them.
    private static func withSignalsUnblocked(_ body: () throws -> Void) rethrows {
        var wanted = sigset_t()
        var before = sigset_t()
        sigemptyset(&wanted)
        for signal in [SIGINT, SIGTERM] { sigaddset(&wanted, signal) }
        pthread_sigmask(SIG_UNBLOCK, &wanted, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        try body()
    }

    var errors: String { (try? String(contentsOf: errorFile, encoding: .utf8)) ?? "" }

    /// Waits until `condition` holds for what stands on standard error so far.
    /// - Returns: false if the command ended before.
    func wait(until condition: (String) -> Bool) -> Bool {
        let end = Date().addingTimeInterval(Self.longestSeconds)
        while process.isRunning, Date() < end {
            if condition(errors) { return true }
            Thread.sleep(forTimeInterval: Self.pollSeconds)
        }
        return false
    }

    func send(_ signal: Int32) { _ = kill(process.processIdentifier, signal) }

    /// Waits for the end; a command that hangs is killed and fails the test.
    func finish() throws -> Outcome {
        let end = Date().addingTimeInterval(Self.longestSeconds)
        while process.isRunning, Date() < end { Thread.sleep(forTimeInterval: Self.pollSeconds) }
        if process.isRunning {
            send(SIGKILL)
            Issue.record("\(commandLine) did not end in \(Self.longestSeconds) seconds")
        }
        process.waitUntilExit()
        let signalled = process.terminationReason == .uncaughtSignal
        return Outcome(
            commandLine: commandLine,
            status: process.terminationStatus + (signalled ? 128 : 0),
            output: try String(contentsOf: outputFile, encoding: .utf8), errors: errors)
    }
}

/// The built `lethe`, which lies beside the test program.
enum LetheBinary {
    static func url() throws -> URL {
        let candidates =
            ([URL(fileURLWithPath: CommandLine.arguments[0])] + Bundle.allBundles.map(\.bundleURL)
            + [Bundle.main.bundleURL.appendingPathComponent("lethe")])
            .map { $0.deletingLastPathComponent().appendingPathComponent("lethe") }
        let named = ProcessInfo.processInfo.environment["LETHE_BIN"].map {
            URL(fileURLWithPath: $0)
        }
        let found = ([named].compactMap(\.self) + candidates).first {
            FileManager.default.isExecutableFile(atPath: $0.path)
        }
        return try #require(found, "lethe is not beside the tests; build it or set LETHE_BIN")
    }
}
