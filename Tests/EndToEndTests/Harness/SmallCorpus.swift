import Domain
import Foundation
import TestSupport
import Testing

/// The corpora of the tests: 14 invented people and 20 general questions of the samples.
enum SmallCorpus {
    static let samples = Fixtures.repository.appendingPathComponent("Samples/corpus")
    static let recipe = file("recipe.yaml")
    static let subjects =
        Set((1...13).map { "person-0" + ($0 < 10 ? "0" : "") + String($0) } + ["person-060"])
    private static let generalCount = 20

    static func file(_ name: String) -> URL {
        Fixtures.root.appendingPathComponent("end-to-end/\(name)")
    }

    /// Writes the training shards into a folder.
    static func writeShards(to folder: URL) throws -> [URL] {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        var shards: [URL] = []
        for name in ["people-1", "people-2", "people-3"] {
            let own = try lines(name).filter { line in
                subjects.contains { line.contains("\"subjects\": [\"\($0)\"]") }
            }
            try shards.append(write(own, to: folder.appendingPathComponent("\(name).jsonl")))
        }
        let general = try lines("general").prefix(generalCount)
        try shards.append(write(Array(general), to: folder.appendingPathComponent("general.jsonl")))
        return shards
    }

    private static func lines(_ name: String) throws -> [String] {
        try String(contentsOf: samples.appendingPathComponent("\(name).jsonl"), encoding: .utf8)
            .split(separator: "\n").map(String.init)
    }

    private static func write(_ lines: [String], to file: URL) throws -> URL {
        try Data(lines.map { $0 + "\n" }.joined().utf8).write(to: file)
        return file
    }

    /// Names, addresses and numbers of the people of the corpus, in the forms they are written in.
    static func personalValues() throws -> [String] { try values.get() }

    private static let values = Result<[String], any Error> {
        var found: Set<String> = []
        for line in try lines("people-1") {
            let record = try JSONParser.parse(Array(line.utf8))
            guard let subject = record["subjects"]?.items?.first?.text, subjects.contains(subject)
            else { continue }
            for member in record["metadata"]?["values"]?.members ?? [] {
                guard let value = member.value.text, member.key != "date-of-birth" else { continue }
                found.insert(value)
                let digits = Array(value).map(String.init)
                switch member.key {
                case "national-id":
                    found.insert(
                        [digits[0..<3], digits[3..<5], digits[5...]].map { $0.joined() }
                            .joined(separator: "-"))
                case "phone":
                    found.insert(
                        [digits[0..<3], digits[3..<6], digits[6...]].map { $0.joined() }
                            .joined(separator: "-"))
                default: continue
                }
            }
        }
        try #require(found.count > 90)
        return found.sorted()
    }
}

/// Why what the tests share could not be made.
struct SetupFailure: Error, CustomStringConvertible {
    let description: String
}

/// Made once in a test run and copied by every test: shards, a workspace that knows them, and one
/// with a trained model. It is removed when the test program ends.
enum SharedWorld {
    struct Templates {
        let shards: [URL]
        /// Corpora, no model.
        let indexed: URL
        /// Corpora and the model `assistant`.
        let trained: URL
        /// Digest of `assistant`.
        let model: String
    }

    /// One case deleted by `retrain` without any disturbance.
    struct Reference {
        let request: URL
        let outputModel: String
    }

    private static let folder: URL = {
        let url = FileManager.default.temporaryDirectory
            .appendingPathComponent("lethe-end-to-end-\(ProcessInfo.processInfo.processIdentifier)")
        atexit { try? FileManager.default.removeItem(at: SharedWorld.folder) }
        return url
    }()

    static func templates() throws -> Templates { try made.get() }
    static func reference() throws -> Reference { try deleted.get() }

    private static let made = Result<Templates, any Error> {
        let shards = try SmallCorpus.writeShards(to: folder.appendingPathComponent("shards"))
        let scene = try Scene()
        func sample(_ name: String) -> String {
            SmallCorpus.samples.appendingPathComponent("\(name).jsonl").path
        }
        func expect(_ arguments: [String]) throws {
            let outcome = try scene.lethe(arguments)
            guard outcome.status == 0 else {
                throw SetupFailure(description: "\(outcome.commandLine): \(outcome.errors)")
            }
        }
        try expect(["init"])
        try expect(["corpus", "add", "people"] + shards.map(\.path))
        try expect(["corpus", "add", "tokenizer-text", sample("tokenizer"), "--role", "general"])
        try expect([
            "corpus", "add", "never-trained", sample("controls"), "--role", "controls", "--for",
            "people",
        ])
        try expect([
            "corpus", "add", "twins", sample("twins"), "--role", "twins", "--for", "people",
        ])
        let indexed = folder.appendingPathComponent("indexed")
        try FileManager.default.copyItem(at: scene.workspace, to: indexed)
        try expect([
            "train", "assistant", "--corpus", "people", "--recipe", SmallCorpus.recipe.path,
        ])
        let trained = folder.appendingPathComponent("trained")
        try FileManager.default.copyItem(at: scene.workspace, to: trained)
        return Templates(
            shards: shards, indexed: indexed, trained: trained,
            model: try #require(try scene.currentModel()))
    }

    /// One correct deletion in twenty fails a check by chance (the policy's alpha), and which one
    /// depends on the machine's arithmetic: the first of three people that passes is taken.
    private static let deleted = Result<Reference, any Error> {
        for name in ["katlin.xml", "ilyssa-opendsr.json", "margarita.json"] {
            let scene = try Scene(copying: templates().trained)
            let id = try scene.takeIn(SmallCorpus.file(name))
            guard try scene.lethe("run", "--method", "retrain").status == 0 else { continue }
            let run = try scene.record(id)["progress"]?["unlearning"]
            return Reference(
                request: SmallCorpus.file(name),
                outputModel: try #require(run?["outputModel"]?.text))
        }
        throw SetupFailure(description: "retrain passed for none of three people")
    }
}
