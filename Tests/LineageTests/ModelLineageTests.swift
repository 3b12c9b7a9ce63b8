import Domain
import Foundation
import Lineage
import TestSupport
import Testing

/// Records -> runs -> models, and which model a name means.
struct ModelLineageTests {
    private let scene: LineageScene
    private let keys: [RecordKey]
    private let time = Timestamp(secondsSince1970: 1_790_000_000)

    init() throws {
        scene = try LineageScene()
        try scene.add(try (1...4).map { try line("r\($0)", "text \($0)") })
        keys = try scene.index.recordKeys(ofCorpus: "people")
    }

    private func model(
        _ name: String, _ version: Int, _ content: String, parent: String? = nil,
        run: String? = nil, how: String = "trained", isCurrent: Bool = false
    ) -> ModelEntry {
        ModelEntry(
            name: name, version: version, digest: Digest(of: content), path: "/models/\(content)",
            family: "llama", parent: parent.map { Digest(of: $0) }, runID: run, how: how,
            createdAt: time, isCurrent: isCurrent)
    }

    private func run(_ id: String, _ model: String, _ records: [RecordKey]) throws {
        try scene.index.register(
            run: TrainingRunEntry(
                id: id, corpora: ["people"], recipeDigest: Digest(of: "recipe"),
                planDigest: Digest(of: "plan \(id)"), recordCount: records.count,
                folder: "/runs/\(id)", modelDigest: Digest(of: model)),
            records: records)
    }

    @Test func `a record's models are those trained on it and all that descend from them`() throws {
        try run("run-1", "m1", Array(keys[0...2]))
        try run("run-2", "m5", Array(keys[1...3]))
        let index = scene.index
        try index.register(model: model("assistant", 1, "m1", run: "run-1"))
        try index.register(model: model("assistant", 2, "m2", parent: "m1", how: "unlearned:npo"))
        try index.register(model: model("tuned", 1, "m3", parent: "m2"))
        try index.register(model: model("other", 1, "m4", how: "imported"))
        try index.register(model: model("assistant", 3, "m5", run: "run-2"))
        func models(_ keys: [RecordKey]) throws -> [String] {
            try index.models(trainedOn: keys).map { "\($0.name) \($0.version)" }
        }
        #expect(try models([keys[0]]) == ["assistant 1", "assistant 2", "tuned 1"])
        #expect(try models([keys[3]]) == ["assistant 3"])
        #expect(
            try models([keys[0], keys[3]]) == [
                "assistant 1", "assistant 2", "assistant 3", "tuned 1",
            ])
        #expect(try models([]) == [])
        #expect(try index.runs(containing: [keys[1]]).map(\.id) == ["run-1", "run-2"])
        #expect(try index.runs(containing: [keys[0]]).map(\.id) == ["run-1"])
        #expect(try index.run(ofModel: Digest(of: "m5"))?.id == "run-2")
        #expect(try index.run(ofModel: Digest(of: "m4")) == nil)
        #expect(try index.recordKeys(ofRun: "run-2") == Array(keys[1...3]))
    }

    @Test func `runs keep every field and can be registered again, but not changed`() throws {
        try run("run-1", "m1", Array(keys[0...2]))
        try run("run-1", "m1", Array(keys[0...2]))
        #expect(try scene.index.runs().count == 1)
        let stored = try scene.index.run(id: "run-1")
        #expect(stored.corpora == ["people"])
        #expect(stored.planDigest == Digest(of: "plan run-1"))
        #expect(stored.recordCount == 3)
        #expect(stored.folder == "/runs/run-1")
        let other = #expect(throws: LineageError.self) { try run("run-1", "m2", [keys[0]]) }
        #expect(other?.code == .runConflict)
        let gone = #expect(throws: LineageError.self) { try scene.index.run(id: "run-9") }
        #expect(gone?.kind == .notFound)
    }

    @Test func `a run over an unknown record is not registered at all`() throws {
        let entry = TrainingRunEntry(
            id: "run-1", corpora: ["people"], recipeDigest: Digest(of: "r"),
            planDigest: Digest(of: "p"), recordCount: 2, folder: "/runs/1",
            modelDigest: Digest(of: "m"))
        let error = #expect(throws: LineageError.self) {
            try scene.index.register(run: entry, recordIDs: ["people": ["r1", "r9"]])
        }
        #expect(error?.code == .unknownRecord)
        #expect(try scene.index.runs().isEmpty)
        let count = #expect(throws: LineageError.self) {
            try scene.index.register(run: entry, recordIDs: ["people": ["r1"]])
        }
        #expect(count?.code == .runConflict)
    }

    @Test func `a name means another model only if it still means the expected one`() throws {
        let index = scene.index
        let first = Digest(of: "m1")
        let second = Digest(of: "m2")
        try index.register(model: model("assistant", 1, "m1", isCurrent: true))
        #expect(try index.model(named: "assistant").digest == first)
        try index.register(model: model("assistant", 2, "m2"))
        #expect(try index.model(named: "assistant").digest == first)
        let early = #expect(throws: LineageError.self) {
            try index.setCurrent(name: "assistant", digest: second, replacing: nil)
        }
        #expect(early?.code == .modelMoved)
        #expect(early?.kind == .refused)
        try index.setCurrent(name: "assistant", digest: second, replacing: first)
        #expect(try index.model(named: "assistant").version == 2)
        try index.setCurrent(name: "assistant", digest: second, replacing: first)
        let late = #expect(throws: LineageError.self) {
            try index.publish(model: model("assistant", 3, "m3", parent: "m1"), replacing: first)
        }
        #expect(late?.code == .modelMoved)
        #expect(late?.details["current"] == second.hexadecimal)
        #expect(try index.models().map(\.version) == [1, 2], "a refused model is not registered")
        let published = try index.publish(
            model: model("assistant", 3, "m3", parent: "m2"), replacing: second)
        #expect(published.isCurrent)
        #expect(try index.models().map(\.isCurrent) == [false, false, true])
        let again = try index.publish(
            model: model("assistant", 3, "m3", parent: "m2"), replacing: second)
        #expect(again == published)
        #expect(try index.nextVersion(ofModel: "assistant") == 4)
        #expect(try index.nextVersion(ofModel: "new") == 1)
    }

    @Test func `of many writers that replace the same model exactly one succeeds`() async throws {
        let index = scene.index
        try index.register(model: model("assistant", 1, "m1", isCurrent: true))
        let entries = (2...9).map { model("assistant", $0, "m\($0)", parent: "m1") }
        let succeeded = await withTaskGroup(of: Bool.self) { group in
            for entry in entries {
                group.addTask {
                    do {
                        try index.publish(model: entry, replacing: Digest(of: "m1"))
                        return true
                    } catch { return false }
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(succeeded == 1)
        #expect(try index.models().count == 2)
        #expect(try index.models().filter(\.isCurrent).count == 1)
    }

    @Test func `a version or digest is registered once under a name`() throws {
        let index = scene.index
        let entry = model("assistant", 1, "m1")
        try index.register(model: entry)
        #expect(try index.register(model: entry) == entry)
        for other in [model("assistant", 1, "m2"), model("assistant", 2, "m1")] {
            let error = #expect(throws: LineageError.self) { try index.register(model: other) }
            #expect(error?.code == .modelConflict)
        }
        #expect(try index.models() == [entry])
    }

    @Test func `models are found by name and by an unambiguous prefix of the digest`() throws {
        let index = scene.index
        let digests = ["aaaaaa1", "aaaaaa2", "bbbbbb1"].map {
            $0 + String(repeating: "0", count: 57)
        }
        for (number, text) in digests.enumerated() {
            let digest = try #require(Digest(hexadecimal: text))
            try index.register(
                model: ModelEntry(
                    name: "model-\(number)", version: 1, digest: digest, path: "/m", family: "gpt2",
                    how: "imported", createdAt: time))
        }
        #expect(try index.model(digest: "bbbbbb").name == "model-2")
        #expect(try index.model(digest: "aaaaaa2").name == "model-1")
        #expect(try index.model(digest: digests[0]).name == "model-0")
        let ambiguous = #expect(throws: LineageError.self) { try index.model(digest: "aaaaaa") }
        #expect(ambiguous?.code == .ambiguousDigest)
        for unknown in ["cccccc", "b", "no-hex", "bbbbbb%"] {
            let error = #expect(throws: LineageError.self) { try index.model(digest: unknown) }
            #expect(error?.code == .unknownModel)
        }
        let name = #expect(throws: DomainError.self) { try index.model(named: "model-3") }
        #expect(name?.kind == .notFound)
    }
}
