import Domain
import Foundation
import Lineage
import TestSupport
import Testing

/// Edges from OpenLineage events, spec 2-0-2.
struct OpenLineageTests {
    private static let runID = "3f5e83fa-3480-44ff-99c5-ff943904e5e8"

    private static func dataset(_ namespace: String, _ name: String) -> String {
        "{\"namespace\":\"\(namespace)\",\"name\":\"\(name)\",\"facets\":{\"schema\":{\"_producer\":\"x\",\"fields\":[]}}}"
    }

    private static func event(
        _ type: String = "COMPLETE", run: String? = runID, inputs: [String]? = nil,
        outputs: [String]? = nil, without: String = "", extra: String = ""
    ) -> String {
        var members = [
            ("eventType", "\"\(type)\""), ("eventTime", "\"2026-03-05T09:14:00.001+01:00\""),
            ("job", "{\"namespace\":\"trainer\",\"name\":\"fine-tune\",\"facets\":{}}"),
            ("producer", "\"https://example.org/producer\""),
            ("schemaURL", "\"https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent\""),
        ]
        if let run { members.append(("run", "{\"runId\":\"\(run)\",\"facets\":{}}")) }
        if let inputs { members.append(("inputs", "[\(inputs.joined(separator: ","))]")) }
        if let outputs { members.append(("outputs", "[\(outputs.joined(separator: ","))]")) }
        let text = members.filter { $0.0 != without }.map { "\"\($0.0)\":\($0.1)" }
        return "{" + text.joined(separator: ",") + extra + "}"
    }

    private static let start = event("START", inputs: [dataset("file", "/data/people.jsonl")])
    private static let complete = event(
        inputs: [
            dataset("file", "/data/people.jsonl"), dataset("file://host", "/data/more.jsonl"),
        ],
        outputs: [dataset("s3://models", "assistant/v2")], extra: ",\"later\":{\"key\":[1]}")

    static let documents = [
        "[\(start),\(complete)]", "\(start)\n\(complete)\n", "\(start)\r\n\n\(complete)",
    ]

    @Test(arguments: documents)
    func `the events of a run are taken together, whatever they are wrapped in`(
        text: String
    ) throws {
        let runs = try OpenLineage.runs(Data(text.utf8), path: "events.json")
        #expect(runs.count == 1)
        let run = try #require(runs.first)
        #expect(run.runID == Self.runID)
        #expect(run.job == OpenLineageDataset(namespace: "trainer", name: "fine-tune"))
        #expect(run.inputs.map(\.name) == ["/data/people.jsonl", "/data/more.jsonl"])
        #expect(run.outputs.map(\.reference) == [.artefact("dataset:s3://models/assistant/v2")])
        #expect(
            run.inputs.map(\.reference) == [
                .shard("/data/people.jsonl"), .shard("/data/more.jsonl"),
            ])
    }

    @Test func `an event over several lines is one event`() throws {
        let text = Self.complete.replacingOccurrences(of: ",\"", with: ",\n  \"")
        #expect(try OpenLineage.runs(Data(text.utf8), path: "e").count == 1)
    }

    @Test func `a job without runs counts, a data set by itself does not`() throws {
        let job = Self.event(run: nil, inputs: [Self.dataset("a", "b")])
        let dataset =
            "{\"eventTime\":\"2026-03-05T09:14:00Z\",\"producer\":\"p\",\"schemaURL\":\"s\","
            + "\"dataset\":\(Self.dataset("a", "b"))}"
        let runs = try OpenLineage.runs(Data("[\(job),\(dataset)]".utf8), path: "e")
        #expect(runs.map(\.runID) == [""])
    }

    static let malformed: [(String, String)] = [
        (event(run: "not-a-uuid"), "run.runId is no UUID"),
        (event("DONE"), "eventType must be one of"),
        (event(without: "eventTime"), "eventTime is missing"),
        (event(without: "producer"), "producer is missing"),
        (event(without: "job"), "job is missing"),
        (event(inputs: ["{\"name\":\"x\"}"]), "inputs.namespace is missing"),
        (event(outputs: ["7"]), "outputs.namespace is missing"),
        ("[1]", "it is no object"),
    ]

    @Test(arguments: malformed)
    func `malformed events are refused with their number`(text: String, message: String) throws {
        let document = text.hasPrefix("[") ? text : "[\(Self.start),\(text)]"
        let error = #expect(throws: LineageError.self) {
            try OpenLineage.runs(Data(document.utf8), path: "events.json")
        }
        #expect(error?.code == .malformedEvent)
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
        #expect(error?.details["event"] == (text.hasPrefix("[") ? "1" : "2"))
    }

    @Test func `malformed JSON is refused with its line`() throws {
        let error = #expect(throws: LineageError.self) {
            try OpenLineage.runs(Data("\(Self.start)\n{\"a\":\n".utf8), path: "events.json")
        }
        #expect(error?.details["line"] == "2")
    }

    @Test func `runs become edges from every input to every output, once`() throws {
        let scene = try LineageScene()
        let model = Digest(of: "m2")
        let events = try scene.folder.file("events.json", "[\(Self.start),\(Self.complete)]")
        let time = Timestamp(secondsSince1970: 1_790_000_000)
        for _ in 1...2 {
            let count = try scene.index.importOpenLineage(events, at: time) {
                $0.namespace == "s3://models" ? .model(model) : nil
            }
            #expect(count == 2)
        }
        let edges = try scene.index.artefactEdges()
        #expect(edges.map(\.parent) == ["shard:/data/more.jsonl", "shard:/data/people.jsonl"])
        #expect(edges.map(\.child) == Array(repeating: "model:\(model)", count: 2))
        #expect(edges.map(\.run) == Array(repeating: Self.runID, count: 2))
        #expect(try scene.index.artefacts() == [], "registered models and shards are no artefacts")
    }
}
