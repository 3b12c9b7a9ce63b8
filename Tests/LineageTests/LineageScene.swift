import Domain
import Foundation
import Lineage
import TestSupport

/// An index in a scratch folder, with short ways to fill and ask it.
struct LineageScene {
    let folder: ScratchFolder
    let index: LineageIndex

    init() throws {
        folder = try ScratchFolder()
        index = try LineageIndex(path: folder.url.appendingPathComponent("lineage.sqlite").path)
    }

    var databasePath: String { folder.url.appendingPathComponent("lineage.sqlite").path }

    @discardableResult
    func add(_ lines: [String]) throws -> CorpusSummary { try add("people", lines) }

    @discardableResult
    func add(
        _ name: String, role: CorpusRole = .training, served: String? = nil,
        _ lines: [String]
    ) throws -> CorpusSummary {
        let shard = try folder.file("\(name).jsonl", lines.map { $0 + "\n" }.joined())
        return try index.addCorpus(name: name, role: role, servedCorpus: served, shards: [shard])
    }

    /// Ids of the records found, in order.
    func found(
        _ kind: IdentifierKind, _ value: String, _ format: IdentifierFormat = .raw
    ) throws -> [String] {
        try index.find(PersonalIdentifier(kind: kind, value: value, format: format)).map(\.key.id)
    }

    func scope(
        _ identifiers: [(IdentifierKind, String)],
        decisions: [(subject: String, accepted: Bool)] = []
    ) throws -> ScopeResult? {
        let resolution = try resolve(identifiers, decisions: decisions)
        if case .found(let scope) = resolution { return scope }
        return nil
    }

    func resolve(
        _ identifiers: [(IdentifierKind, String)],
        decisions: [(subject: String, accepted: Bool)] = []
    ) throws -> Resolution {
        try index.resolve(
            identifiers.map { PersonalIdentifier(kind: $0.0, value: $0.1) }, decisions: decisions)
    }

    func candidates(
        _ identifiers: [(IdentifierKind, String)],
        decisions: [(subject: String, accepted: Bool)] = []
    ) throws -> [String]? {
        let resolution = try resolve(identifiers, decisions: decisions)
        if case .ambiguous(let candidates) = resolution { return candidates.map(\.subject) }
        return nil
    }
}

/// One shard line.
func line(
    _ id: String, _ text: String, subjects: [String] = [], values: [IdentifierKind: String] = [:]
) throws -> String {
    struct Line: Encodable {
        let id: String
        let text: String
        let subjects: [String]
        let metadata: [String: [String: String]]
    }
    let named = values.map { ($0.key.rawValue, $0.value) }
    let line = Line(
        id: id, text: text, subjects: subjects,
        metadata: ["values": Dictionary(uniqueKeysWithValues: named)])
    return String(decoding: try CanonicalJSON.compact(line), as: UTF8.self)
}

/// The error a corpus with this content is refused with.
func refusal(of content: Data, named name: String = "bad.jsonl") throws -> (any ReportableError)? {
    let scene = try LineageScene()
    let shard = scene.folder.url.appendingPathComponent(name)
    try content.write(to: shard)
    let good = try scene.folder.file("good.jsonl", "{\"id\":\"good\",\"text\":\"kept out\"}\n")
    do {
        try scene.index.addCorpus(name: "people", shards: [good, shard])
        return nil
    } catch let error as any ReportableError {
        guard try scene.index.corpora().isEmpty, try scene.found(.text, "kept out").isEmpty else {
            throw LineageError(.indexDamaged, "Something of a refused corpus was stored.")
        }
        return error
    }
}
