import Domain
import Foundation

/// A data set as OpenLineage names it.
package struct OpenLineageDataset: Sendable, Hashable {
    package let namespace: String
    package let name: String

    package init(namespace: String, name: String) {
        self.namespace = namespace
        self.name = name
    }

    /// What it stands for if nobody says otherwise: a file for namespaces `file` and `file://...`
    /// with an absolute path, else an artefact named after it.
    package var reference: ArtefactReference {
        if namespace == "file" || namespace.hasPrefix("file:"), name.hasPrefix("/") {
            return .shard(URL(fileURLWithPath: name).standardizedFileURL.path)
        }
        return .artefact("dataset:\(namespace)/\(name)")
    }
}

/// What the events of one run say together.
package struct OpenLineageRun: Sendable, Equatable {
    /// Empty for a job event, which describes a job without a run.
    package let runID: String
    package let job: OpenLineageDataset
    /// In the order in which they were first named.
    package fileprivate(set) var inputs: [OpenLineageDataset]
    package fileprivate(set) var outputs: [OpenLineageDataset]

    fileprivate mutating func add(
        _ inputs: [OpenLineageDataset], _ outputs: [OpenLineageDataset]
    ) {
        self.inputs += inputs.filter { !self.inputs.contains($0) }
        self.outputs += outputs.filter { !self.outputs.contains($0) }
    }
}

/// Reads OpenLineage events (spec 2-0-2): one JSON document, an array of them, or one a line.
///
/// Only identities are kept: run, job, inputs and outputs. Facets, which hold queries, schemas and
/// owners, and keys of later versions are not looked at. Inputs and outputs of a run are gathered over
/// all its events, also of one that failed: what it had written by then was written.
package enum OpenLineage {
    private static let eventTypes = ["START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"]
    private static let byteCountMaximum = 256 << 20

    /// - Parameter path: for messages.
    /// - Returns: runs in the order of their first events; events about a data set alone are skipped.
    /// - Throws: `malformed-event` with the event's number, or the line of malformed JSON.
    package static func runs(_ data: Data, path: String) throws -> [OpenLineageRun] {
        var runs: [OpenLineageRun] = []
        var places: [String: Int] = [:]
        for (number, event) in try events(data, path: path).enumerated() {
            let place = EventPlace(path: path, number: number + 1)
            guard let run = try run(event, place) else { continue }
            let key = run.runID.isEmpty ? "\(run.job.namespace)\u{0}\(run.job.name)" : run.runID
            if let known = places[key] {
                runs[known].add(run.inputs, run.outputs)
            } else {
                places[key] = runs.count
                runs.append(run)
            }
        }
        return runs
    }

    private static func events(_ data: Data, path: String) throws -> [JSONValue] {
        guard data.count <= byteCountMaximum else {
            throw LineageError(
                .malformedEvent, "\(path) is larger than \(byteCountMaximum >> 20) MiB.",
                details: ["path": path], remedy: "Split the events over several files.")
        }
        let lines = data.split(separator: 10).filter { $0.contains { $0 > 32 } }
        let isLines = lines.count > 1 && lines.allSatisfy { $0.first == UInt8(ascii: "{") }
        let documents = isLines ? lines : [data[...]]
        return try documents.enumerated().flatMap { number, bytes in
            do {
                let value = try JSONParser.parse(bytes)
                return value.items ?? [value]
            } catch let error as DomainError {
                let line = isLines ? "\(number + 1)" : error.details["line"] ?? "?"
                throw LineageError(
                    .malformedEvent,
                    "\(path), line \(line): malformed JSON: \(error.details["rule"] ?? "?").",
                    details: ["path": path, "line": line],
                    remedy: "Give events as OpenLineage clients write them.")
            }
        }
    }

    private static func run(_ event: JSONValue, _ place: EventPlace) throws -> OpenLineageRun? {
        guard event.members != nil else { throw place.malformed("it is no object") }
        for key in ["eventTime", "producer", "schemaURL"] {
            _ = try place.text(event[key], key)
        }
        guard let time = event["eventTime"]?.text, Timestamp(time) != nil else {
            throw place.malformed("eventTime is no RFC 3339 time")
        }
        if event["run"] == nil, event["job"] == nil, event["dataset"] != nil { return nil }
        var runID = ""
        if let run = event["run"] {
            let text = try place.text(run["runId"], "run.runId")
            guard let id = UUID(uuidString: text) else {
                throw place.malformed("run.runId is no UUID")
            }
            runID = id.uuidString.lowercased()
        }
        if let type = event["eventType"] {
            guard let text = type.text, eventTypes.contains(text) else {
                throw place.malformed(
                    "eventType must be one of \(eventTypes.joined(separator: ", "))")
            }
        }
        guard let job = event["job"] else { throw place.malformed("job is missing") }
        return OpenLineageRun(
            runID: runID, job: try dataset(job, "job", place),
            inputs: try datasets(event["inputs"], "inputs", place),
            outputs: try datasets(event["outputs"], "outputs", place))
    }

    private static func datasets(
        _ value: JSONValue?, _ key: String, _ place: EventPlace
    ) throws -> [OpenLineageDataset] {
        guard let value, !value.isNull else { return [] }
        guard let items = value.items else { throw place.malformed("\(key) is no array") }
        return try items.map { try dataset($0, key, place) }
    }

    private static func dataset(
        _ value: JSONValue, _ key: String, _ place: EventPlace
    ) throws -> OpenLineageDataset {
        OpenLineageDataset(
            namespace: try place.text(value["namespace"], "\(key).namespace"),
            name: try place.text(value["name"], "\(key).name"))
    }
}

/// Which event of a file something is wrong with.
private struct EventPlace {
    let path: String
    /// From 1.
    let number: Int

    func malformed(_ what: String) -> LineageError {
        LineageError(
            .malformedEvent, "\(path), event \(number): \(what).",
            details: ["path": path, "event": "\(number)"],
            remedy: "Give events as OpenLineage clients write them.")
    }

    func text(_ value: JSONValue?, _ key: String) throws -> String {
        guard let value else { throw malformed("\(key) is missing") }
        guard let text = value.text, !text.isEmpty else {
            throw malformed("\(key) must be a string")
        }
        return text
    }
}

extension LineageIndex {
    /// Takes the edges of OpenLineage events: from every input of a run to every output.
    /// - Parameters:
    ///   - mapping: what a data set stands for here, e.g. a model of the registry; nil: as
    ///     `OpenLineageDataset.reference` says.
    /// - Returns: edges named, also those that were known.
    /// - Throws: `malformed-event`, `file-unreadable`, `malformed-artefact`; then none is taken.
    @discardableResult
    package func importOpenLineage(
        _ events: URL, at time: Timestamp,
        mapping: (OpenLineageDataset) -> ArtefactReference? = { _ in nil }
    ) throws -> Int {
        let runs = try OpenLineage.runs(DurableFile.read(events), path: events.path)
        return try database.write { db in
            var count = 0
            for run in runs {
                for output in run.outputs {
                    let child = mapping(output) ?? output.reference
                    for input in run.inputs {
                        let parent = mapping(input) ?? input.reference
                        // A job may update a data set in place.
                        guard parent != child else { continue }
                        try Self.link(
                            parent, to: child, relation: "run", run: run.runID,
                            origin: "openlineage", at: time, db)
                        count += 1
                    }
                }
            }
            return count
        }
    }
}
