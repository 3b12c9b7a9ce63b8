import Domain
import Foundation
import Lineage
import TestSupport
import Testing

/// 50 people each of TOFU and LUME, found by name and by e-mail, against the known truth.
struct PeopleRecallTests {
    private struct Expected: Decodable {
        struct Author: Decodable {
            let name: String
            let first: Int
            let named: [Int]
        }
        struct Person: Decodable {
            let name: String
            let email: String
            let records: [String]
            let holdEmail: [String]
        }
        let tofu: [Author]
        let lume: [Person]
    }

    private struct Line: Codable {
        var id: String
        var text: String
        var metadata: [String: String] = [:]
    }

    private let expected: Expected
    private let folder = Fixtures.root.appendingPathComponent("people-recall")

    init() throws {
        expected = try JSONDecoder().decode(
            Expected.self,
            from: Data(contentsOf: folder.appendingPathComponent("expected.json")))
    }

    private func rows(_ file: String) throws -> [[String: String]] {
        try String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8)
            .split(separator: "\n")
            .map { try JSONDecoder().decode([String: String].self, from: Data($0.utf8)) }
    }

    private func tofu(threads: Bool) throws -> [Line] {
        try rows("tofu.jsonl").enumerated().map { index, row in
            Line(
                id: "tofu-\(index)", text: "\(row["question"] ?? "") \(row["answer"] ?? "")",
                metadata: threads ? ["thread": "author-\(index / 20)"] : [:])
        }
    }

    private func lume(threads: Bool) throws -> [Line] {
        try rows("lume.jsonl").map { row in
            let id = row["id"] ?? ""
            return Line(
                id: id, text: "\(row["input"] ?? "") \(row["output"] ?? "")",
                metadata: threads ? ["thread": "\(id.prefix(36))"] : [:])
        }
    }

    private func scene(_ lines: [Line]) throws -> LineageScene {
        let scene = try LineageScene()
        try scene.add(lines.map { String(decoding: try CanonicalJSON.compact($0), as: UTF8.self) })
        return scene
    }

    private struct Tally: Equatable {
        var planted = 0
        var accepted = 0
        var queued = 0
        /// Records of other people that were accepted.
        var wrong = 0

        mutating func add(_ reach: ScopeReach, _ truth: Set<String>) {
            var found = Set<String>()
            if case .found(let scope) = reach.resolution { found = Set(scope.records.map(\.id)) }
            let waiting = Set(reach.queue.map(\.key.id)).subtracting(found)
            planted += truth.count
            accepted += found.intersection(truth).count
            queued += waiting.intersection(truth).count
            wrong += found.subtracting(truth).count
        }
    }

    private func tally(
        _ scene: LineageScene, takesUnattributed: Bool,
        _ people: [(identifier: PersonalIdentifier, truth: Set<String>)]
    ) throws -> Tally {
        var tally = Tally()
        for person in people {
            let reach = try scene.index.reach(
                [person.identifier],
                decisions: takesUnattributed ? [(MatchCandidate.unattributed, true)] : [])
            tally.add(reach, person.truth)
        }
        return tally
    }

    @Test func `every record of 50 authors of TOFU is found by name`() throws {
        let people = expected.tofu.map { author in
            (
                PersonalIdentifier(kind: .name, value: author.name),
                Set((author.first..<author.first + 20).map { "tofu-\($0)" })
            )
        }
        let named = expected.tofu.reduce(0) { $0 + $1.named.count }
        let bare = try tally(scene(tofu(threads: false)), takesUnattributed: true, people)
        #expect(bare == Tally(planted: 1000, accepted: named, queued: 0, wrong: 0))
        let threads = try tally(scene(tofu(threads: true)), takesUnattributed: true, people)
        #expect(threads.accepted + threads.queued == 1000)
        #expect(threads.wrong == 0)
    }

    @Test func `every record of 50 people of LUME is found by name and by e-mail`() throws {
        let byName = expected.lume.map {
            (PersonalIdentifier(kind: .name, value: $0.name), Set($0.records))
        }
        let byEmail = expected.lume.map {
            (PersonalIdentifier(kind: .email, value: $0.email), Set($0.records))
        }
        let bare = try scene(lume(threads: false))
        let name = try tally(bare, takesUnattributed: true, byName)
        #expect(name == Tally(planted: 300, accepted: 300, queued: 0, wrong: 0))
        let email = try tally(bare, takesUnattributed: false, byEmail)
        // Without anything that ties the records together, an address brings those that hold it.
        #expect(email.accepted == expected.lume.reduce(0) { $0 + $1.holdEmail.count })
        #expect(email.wrong == 0)
        let threads = try tally(scene(lume(threads: true)), takesUnattributed: false, byEmail)
        #expect(threads.accepted + threads.queued == 300)
        #expect(threads.wrong == 0)
    }
}
