import Domain
import Foundation
import Lineage
import TestSupport
import Testing

/// Everything made from what held a person's records: reached, or a residual.
struct ArtefactTests {
    private let scene: LineageScene
    private let keys: [RecordKey]
    private let time = Timestamp(secondsSince1970: 1_790_000_000)

    /// r1 and r2 were trained on by run-1, which made m1; m2 started from m1. From m1 come an
    /// adapter, from that a merge with m3, from that a quantised copy.
    init() throws {
        scene = try LineageScene()
        try scene.add(try (1...3).map { try line("r\($0)", "text \($0)") })
        let index = scene.index
        keys = try index.recordKeys(ofCorpus: "people")
        try index.register(
            run: TrainingRunEntry(
                id: "run-1", corpora: ["people"], recipeDigest: Digest(of: "recipe"),
                planDigest: Digest(of: "plan"), recordCount: 2, folder: "/runs/run-1",
                modelDigest: Digest(of: "m1")),
            records: Array(keys[0...1]))
        for (name, parent, run) in [("m1", nil, "run-1"), ("m2", "m1", nil), ("m3", nil, nil)]
            as [(String, String?, String?)]
        {
            try index.register(
                model: ModelEntry(
                    name: name, version: 1, digest: Digest(of: name), path: "/models/\(name)",
                    family: "llama", parent: parent.map { Digest(of: $0) }, runID: run,
                    how: "trained", createdAt: time))
        }
        let parents: [(ArtefactReference, String, String)] = [
            (.model(Digest(of: "m1")), "acme/adapter", "adapter"),
            (.artefact("acme/adapter"), "acme/merge", "merge"),
            (.model(Digest(of: "m3")), "acme/merge", "merge"),
            (.artefact("acme/merge"), "acme/merge-gguf", "quantised"),
            (.model(Digest(of: "m3")), "acme/other", "export"),
        ]
        for (parent, child, relation) in parents {
            try index.link(parent, to: .artefact(child), relation: relation, at: time)
        }
    }

    private func derived(_ origins: [ArtefactReference]) throws -> [String] {
        try scene.index.derivedArtefacts(of: origins).map(\.artefact.name)
    }

    @Test func `descendants are found at any distance, circles or not`() throws {
        let index = scene.index
        let m2 = "model:\(Digest(of: "m2"))"
        let expected = ["acme/adapter", m2, "acme/merge", "acme/merge-gguf"]
        #expect(try derived([.model(Digest(of: "m1"))]) == expected)
        #expect(
            try derived([.model(Digest(of: "m3"))]) == [
                "acme/merge", "acme/other", "acme/merge-gguf",
            ])
        #expect(try derived([.model(Digest(of: "m9"))]) == [])
        try index.link(
            .artefact("acme/merge-gguf"), to: .artefact("acme/adapter"), relation: "merge", at: time
        )
        #expect(try derived([.model(Digest(of: "m1"))]) == expected)
        let chain = try index.derivedArtefacts(of: [.model(Digest(of: "m1"))]).last?.chain
        #expect(
            chain == [
                "model:\(Digest(of: "m1"))", "acme/adapter", "acme/merge", "acme/merge-gguf",
            ])
    }

    @Test func `the report goes from records to all that was made of them`() throws {
        let index = scene.index
        let report = try index.artefactReport(of: Array(keys[1...2]), caseID: "case-1") {
            run, records in
            recordSteps(records, plan: [[0, 1], [1], [0]], recordIDs: ["r1", "r2"])
        }
        #expect(report.recordCount == 2)
        #expect(report.shards == [keys[0].shard])
        #expect(report.runs.map(\.id) == ["run-1"])
        #expect(report.runs.map(\.recordCount) == [1])
        #expect(report.runs.first?.steps == [RecordSteps(record: keys[1], steps: [0, 1])])
        #expect(report.models.map(\.name) == ["m1", "m2"])
        #expect(
            report.artefacts.map(\.derived.artefact.name) == [
                "acme/adapter", "acme/merge", "acme/merge-gguf",
            ])
        #expect(
            report.residuals == ["m1 1", "m2 1", "acme/adapter", "acme/merge", "acme/merge-gguf"])
        let untouched = try index.artefactReport(of: [keys[2]], caseID: "case-1")
        #expect(untouched.runs == [])
        #expect(untouched.residuals == [])
    }

    @Test func `what a case replaced or erased is reached, the rest stays residual with a reason`()
        throws
    {
        let index = scene.index
        for model in ["m1", "m2"] {
            try index.recordSuperseded(
                model: Digest(of: model), by: Digest(of: "m4"), caseID: "case-1", at: time)
        }
        try index.dispose(artefact: "acme/adapter", caseID: "case-1", .erased, at: time)
        try index.dispose(
            artefact: "acme/merge", caseID: "case-1",
            .cannotBeErased(reason: "published by another company"), at: time)
        let report = try index.artefactReport(of: [keys[0]], caseID: "case-1")
        #expect(
            report.models.map(\.status) == Array(repeating: .reached(how: "superseded"), count: 2))
        #expect(report.artefacts.first?.status == .reached(how: "erased"))
        #expect(
            report.artefacts[1].status == .residual(reason: "published by another company"))
        #expect(report.residuals == ["acme/merge", "acme/merge-gguf"])
        // Another case has to reach them by itself.
        #expect(try index.artefactReport(of: [keys[0]], caseID: "case-2").residuals.count == 5)
        let unknown = #expect(throws: LineageError.self) {
            try index.dispose(artefact: "acme/none", caseID: "case-1", .erased, at: time)
        }
        #expect(unknown?.code == .unknownArtefact)
    }

    @Test func `residual artefacts make an erasure partial`() throws {
        let index = scene.index
        try ShardErasure(index: index, places: index, clock: FixedClock(time))
            .erase([keys[2]], caseID: "case-1")
        #expect(try index.erasureIsFull("case-1", now: time) == .full)
        try index.link(
            .shard(keys[0].shard), to: .artefact("search index"), relation: "index", at: time)
        guard case .partial(let reasons) = try index.erasureIsFull("case-1", now: time) else {
            Issue.record("a search index over the shard was passed over")
            return
        }
        #expect(reasons.map(\.code) == ["artefact-residual"])
        try index.dispose(artefact: "search index", caseID: "case-1", .erased, at: time)
        #expect(try index.erasureIsFull("case-1", now: time) == .full)
    }

    @Test func `model cards add edges to what is known, by their ids on the Hub`() throws {
        let index = scene.index
        let readme = try scene.folder.file(
            "README.md", "---\nbase_model: acme/base\nbase_model_relation: quantized\n---\n")
        try index.importModelCard(
            readme, name: "acme/base-gguf", known: ["acme/base": .model(Digest(of: "m2"))], at: time
        )
        #expect(try derived([.model(Digest(of: "m2"))]) == ["acme/base-gguf"])
        #expect(
            try index.artefacts().first { $0.name == "acme/base-gguf" }?.kind == .quantised)
        // A description by hand stands against a card.
        let own = Artefact(name: "acme/own", kind: .distilled, location: "/models/own")
        try index.register(artefact: own, at: time)
        try index.importModelCard(readme, name: "acme/own", at: time)
        #expect(try index.artefacts().contains(own))
        #expect(try derived([.artefact("acme/base")]) == ["acme/own"])
        let conflict = #expect(throws: LineageError.self) {
            try index.register(artefact: Artefact(name: "acme/own", kind: .merge), at: time)
        }
        #expect(conflict?.code == .artefactConflict)
    }

    @Test func `steps are found in a journal by the keys of its lines`() throws {
        // The key that a journal writes for r2: digest of id, unit separator and line digest.
        let key = String(Digest(of: "r2\u{1f}\(keys[1].digest)").hexadecimal.prefix(32))
        let other = String(repeating: "0", count: 32)
        let steps = recordSteps(
            Array(keys[0...1]), journal: [[other, key], [], [other], [key, key]])
        #expect(steps.map(\.steps) == [[], [0, 3]])
    }
}
