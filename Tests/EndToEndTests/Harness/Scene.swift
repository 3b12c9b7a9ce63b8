import Domain
import Foundation
import TestSupport
import Testing

/// A workspace of its own for one test, and the commands that are given in it.
///
/// Two promises are held against every command: what it prints with `--json` is one document with
/// sorted keys, and what it prints names no person of the corpus.
final class Scene {
    private let folder: ScratchFolder
    let root: URL
    let workspace: URL
    private(set) var outcomes: [Outcome] = []

    /// Without a template there is no workspace yet.
    init(copying template: URL? = nil) throws {
        folder = try ScratchFolder()
        root = folder.url
        workspace = root.appendingPathComponent("workspace")
        if let template { try FileManager.default.copyItem(at: template, to: workspace) }
    }

    func start(_ arguments: [String], input: String? = nil) throws -> RunningCommand {
        try start(try LetheBinary.url(), arguments, input: input)
    }

    private func start(
        _ executable: URL, _ arguments: [String], input: String?
    ) throws -> RunningCommand {
        let search = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        let environment = [
            "LETHE_WORKSPACE": workspace.path,
            "PATH": try LetheBinary.url().deletingLastPathComponent().path + ":" + search,
        ]
        return try RunningCommand(
            executable, arguments, folder: root, environment: environment, input: input)
    }

    @discardableResult
    func lethe(_ arguments: String..., input: String? = nil) throws -> Outcome {
        try finish(try start(arguments, input: input), arguments)
    }

    @discardableResult
    func lethe(_ arguments: [String]) throws -> Outcome {
        try finish(try start(arguments), arguments)
    }

    /// A command as `lethe case explain` prints it, given to a shell letter by letter.
    func shell(_ line: String) throws -> Outcome {
        try finish(
            try start(URL(fileURLWithPath: "/bin/sh"), ["-c", line], input: nil), [line])
    }

    /// Waits for a started command and holds the promises against it.
    @discardableResult
    func finish(_ command: RunningCommand, _ arguments: [String]) throws -> Outcome {
        let outcome = try command.finish()
        outcomes.append(outcome)
        // What a model says, and what somebody typed, is theirs to show.
        if arguments.first != "generate" {
            let typed = arguments.joined(separator: " ")
            let printed = Data((outcome.output + outcome.errors).lowercased().utf8)
            for value in try SmallCorpus.personalValues() where !typed.contains(value) {
                #expect(
                    printed.range(of: Data(value.lowercased().utf8)) == nil,
                    "\(outcome.commandLine) prints a person's value")
            }
        }
        return outcome
    }

    /// Gives the command with `--json`, expects this exit code and schema, and returns the document.
    @discardableResult
    func json(
        _ arguments: String..., schema: String, status: Int32 = 0,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> JSONValue {
        let outcome = try lethe(arguments + ["--json"])
        #expect(
            outcome.status == status, "\(outcome.commandLine): \(outcome.output)\(outcome.errors)",
            sourceLocation: sourceLocation)
        let document = try outcome.document()
        #expect(document["schema"]?.text == "lethe.\(schema).v1", sourceLocation: sourceLocation)
        expectSortedKeys(document, sourceLocation)
        return document
    }

    /// Gives the command with `--json` and expects it to fail like this.
    /// - Returns: the error's content.
    @discardableResult
    func failure(
        _ arguments: String..., code: String, status: Int32,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> JSONValue {
        let outcome = try lethe(arguments + ["--json"])
        #expect(
            outcome.status == status, "\(outcome.commandLine): \(outcome.output)\(outcome.errors)",
            sourceLocation: sourceLocation)
        let document = try outcome.document()
        let error = try #require(document["error"], sourceLocation: sourceLocation)
        #expect(error["code"]?.text == code, sourceLocation: sourceLocation)
        #expect(error["message"]?.text?.isEmpty == false, sourceLocation: sourceLocation)
        #expect(error["details"]?.members != nil, sourceLocation: sourceLocation)
        expectSortedKeys(document, sourceLocation)
        // In words the same command fails the same way, on standard error and nowhere else.
        let inWords = try lethe(arguments)
        #expect(inWords.status == status, sourceLocation: sourceLocation)
        #expect(inWords.output.isEmpty, sourceLocation: sourceLocation)
        #expect(!inWords.errors.isEmpty, sourceLocation: sourceLocation)
        return error
    }

    private func expectSortedKeys(_ value: JSONValue, _ location: SourceLocation) {
        if let members = value.members {
            let keys = members.map(\.key)
            #expect(keys == keys.sorted(), sourceLocation: location)
            for member in members { expectSortedKeys(member.value, location) }
        }
        for item in value.items ?? [] { expectSortedKeys(item, location) }
    }
}

/// What several tests ask a workspace.
extension Scene {
    /// Takes one file in and returns its case.
    func takeIn(_ file: URL) throws -> String {
        let document = try json("intake", file.path, schema: "intake")
        return try #require(document["items"]?.items?.first?["cases"]?.items?.first?.text)
    }

    func record(_ id: String) throws -> JSONValue {
        try #require(try json("case", "show", id, schema: "case")["case"])
    }

    func state(_ id: String) throws -> String? { try record(id)["state"]?.text }

    func certificates() throws -> [JSONValue] {
        try json("certificate", "list", schema: "certificate-list")["items"]?.items ?? []
    }

    /// The lines `lethe case explain` prints to go on with.
    func commandsToGoOn(_ id: String) throws -> [String] {
        let explanation = try json("case", "explain", id, schema: "case-explanation")["explanation"]
        return try #require(explanation?["commands"]?.items).compactMap(\.text)
    }

    /// Events of a case, oldest first, without those that only the day of the test brings about.
    func events(_ id: String) throws -> [String] {
        (try json("case", "history", id, schema: "case-history")["items"]?.items ?? [])
            .compactMap { $0["event"]?.text }.filter { $0 != "timer-fired" }
    }

    func currentModel() throws -> String? {
        try json("model", "show", "assistant", schema: "model")["entry"]?["digest"]?.text
    }

    /// The chain holds and everything the doctor looks at is sound.
    func expectSound(sourceLocation: SourceLocation = #_sourceLocation) throws {
        try json(
            "history", "verify", schema: "history-verification", sourceLocation: sourceLocation)
        let findings = try json("doctor", schema: "doctor", sourceLocation: sourceLocation)
        for finding in findings["items"]?.items ?? [] {
            #expect(finding["isSound"]?.boolean == true, sourceLocation: sourceLocation)
        }
    }
}
