import Domain
import Foundation
import Lineage
import TestSupport
import Testing

/// The measurement of recall: what it plants and finds, and how it counts.
struct RecallTests {
    private func settings(persons: Int, pairs: Int, seed: UInt64 = 1) -> RecallSettings {
        var settings = RecallSettings()
        settings.personCount = persons
        settings.namesakePairCount = pairs
        settings.seed = seed
        return settings
    }

    private func measure(
        persons: Int, pairs: Int = 0, seed: UInt64 = 1, amid shards: [URL] = []
    ) throws -> RecallReport {
        let folder = try ScratchFolder()
        return try measureRecall(
            amid: shards.isEmpty ? [] : [shards],
            settings: settings(persons: persons, pairs: pairs, seed: seed),
            folder: folder.url.appendingPathComponent("shadow"))
    }

    /// What the search finds today; the other kinds may be missed.
    private static let foundKinds = [
        "date-spelling", "diacritics-folded", "email-tag", "exact", "hyphen", "letter-case",
        "name-order", "near-duplicate", "phone-format", "quote", "thread-neighbour", "zero-width",
    ]

    @Test func `twelve kinds of disguise are all found`() throws {
        let report = try measure(persons: 60)
        #expect(report.kinds.count == 17)
        for kind in report.kinds where Self.foundKinds.contains(kind.kind) {
            #expect(kind.found == 60, "\(kind.kind)")
        }
        #expect(Set(report.kinds.map(\.kind)).isSuperset(of: Self.foundKinds))
        #expect(report.recordCount == 60 * 17)
        #expect(report.all.planted == 60 * 17)
        #expect(report.all.found == report.kinds.reduce(0) { $0 + $1.found })
    }

    @Test func `the bound is the exact one of Clopper and Pearson`() throws {
        // Nothing missed of 60: 0.05 to the power of 1/60.
        let report = try measure(persons: 60)
        let exact = try #require(report.kinds.first { $0.kind == "exact" })
        #expect(exact.recall == 1)
        #expect(abs(exact.recallLowerBound - 0.951_297_086_690) < 1e-9)
        // scipy 1.x: beta.ppf(0.05, found, planted - found + 1).
        let expected = [30: 0.387_410_963_015_868_46, 0: 0]
        for kind in report.kinds where expected.keys.contains(kind.found) {
            let bound = try #require(expected[kind.found])
            #expect(abs(kind.recallLowerBound - bound) < 1e-9)
        }
    }

    @Test func `a name alone waits for the operator, a name with its address does not`() throws {
        let report = try measure(persons: 20)
        for kind in report.kinds {
            switch kind.kind {
            case "diacritics-folded", "name-order", "hyphen": #expect(kind.accepted == 0)
            case "exact", "letter-case", "phone-format": #expect(kind.accepted == 20)
            default: break
            }
        }
    }

    @Test func `of 200 pairs of namesakes no record of the other one is accepted`() throws {
        let report = try measure(persons: 0, pairs: 200)
        #expect(report.namesakes.pairCount == 200)
        #expect(report.namesakes.planted == 800)
        #expect(report.namesakes.accepted == 0)
        // The record that holds the name alone could be either one's.
        #expect(report.namesakes.queued == 200)
        #expect(report.namesakes.ownFound == report.namesakes.ownPlanted)
        // 1 - 0.05 to the power of 1/800.
        #expect(abs(report.namesakes.acceptedUpperBound - 0.003_737_662_826) < 1e-9)
    }

    @Test func `equal seeds plant equal records, others do not change the corpus`() throws {
        let folder = try ScratchFolder()
        let content = "{\"id\":\"a\",\"text\":\"Nothing about anybody.\"}\n"
        let shard = try folder.file("corpus.jsonl", content)
        let one = try measure(persons: 5, pairs: 2, amid: [shard])
        let two = try measure(persons: 5, pairs: 2, amid: [shard])
        #expect(one == two)
        #expect(one.recordCount == 5 * 17 + 2 * 8 + 1)
        #expect(try String(contentsOf: shard, encoding: .utf8) == content)
        let restored = try JSONDecoder().decode(
            RecallReport.self, from: CanonicalJSON.compact(one))
        #expect(restored == one)
    }

    @Test func `the shadow is gone afterwards and takes no folder that exists`() throws {
        let folder = try ScratchFolder()
        let shadow = folder.url.appendingPathComponent("shadow")
        _ = try measureRecall(amid: [], settings: settings(persons: 1, pairs: 0), folder: shadow)
        #expect(!FileManager.default.fileExists(atPath: shadow.path))
        let kept = try folder.file("shadow/kept.txt", "kept")
        #expect(throws: (any Error).self) {
            try measureRecall(amid: [], settings: settings(persons: 1, pairs: 0), folder: shadow)
        }
        #expect(FileManager.default.fileExists(atPath: kept.path))
    }

    @Test(arguments: [(0, 0), (-1, 2), (13_000, 1)])
    func `numbers of people that cannot be planted are refused`(persons: Int, pairs: Int) throws {
        let error = #expect(throws: LineageError.self) {
            try measure(persons: persons, pairs: pairs)
        }
        #expect(error?.code == .malformedSettings)
    }
}
