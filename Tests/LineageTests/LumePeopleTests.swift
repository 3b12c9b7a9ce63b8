import Domain
import Foundation
import Lineage
import TestSupport
import Testing

/// The 20 synthetic people of the fixture, against what Python's regular expressions find.
struct LumePeopleTests {
    private struct Expected: Decodable {
        struct Person: Decodable {
            let subject: String
            let values: [String: String]
            let inText: [String: [String]]
            let sha256: [String: String]
        }
        struct Shard: Decodable {
            let sha256: String
            let bytes: Int
            let records: Int
        }
        let people: [Person]
        let heldOut: [String: String]
        let shards: [String: Shard]
    }

    private let folder = Fixtures.root.appendingPathComponent("lineage")
    private let expected: Expected
    private let scene: LineageScene

    init() throws {
        expected = try JSONDecoder().decode(
            Expected.self,
            from: Data(contentsOf: folder.appendingPathComponent("expected.json")))
        scene = try LineageScene()
        try scene.index.addCorpus(
            name: "people",
            shards: ["bios.jsonl", "questions.jsonl"].map(folder.appendingPathComponent))
        try scene.index.addCorpus(
            name: "twins", role: .twins, servedCorpus: "people",
            shards: [folder.appendingPathComponent("held-out.jsonl")])
    }

    private func identifier(_ kind: String, _ value: String) throws -> PersonalIdentifier {
        PersonalIdentifier(kind: try #require(IdentifierKind(rawValue: kind)), value: value)
    }

    @Test func `a summary states the digests, sizes and counts of the shards`() throws {
        let summary = try scene.index.corpus(named: "people")
        #expect(summary.recordCount == 120)
        #expect(summary.subjectCount == 20)
        #expect(summary.deletedRecordCount == 0)
        for shard in summary.shards {
            let name = URL(fileURLWithPath: shard.path).lastPathComponent
            let known = try #require(expected.shards[name])
            #expect(shard.digest.hexadecimal == known.sha256)
            #expect(shard.byteCount == known.bytes)
            #expect(shard.recordCount == known.records)
        }
        let sorted = summary.shards.map(\.digest.hexadecimal).sorted()
        #expect(summary.manifestDigest == Digest(of: sorted.joined(separator: "\n")))
        let twins = try scene.index.corpus(named: "twins")
        #expect(twins.role == .twins)
        #expect(twins.servedCorpus == "people")
    }

    @Test func `each person is found by every identifier in exactly the records that hold it`()
        throws
    {
        #expect(expected.people.count == 20)
        for person in expected.people {
            for (kind, ids) in person.inText {
                let value = try #require(person.values[kind])
                let hits = try scene.index.find(try identifier(kind, value), corpora: ["people"])
                #expect(hits.map(\.key.id) == ids, "\(person.subject) \(kind)")
                for hit in hits where !["name", "date-of-birth"].contains(kind) {
                    #expect(hit.rules == ["\(kind)-declared", "\(kind)-in-text"])
                }
            }
        }
    }

    @Test func `each person is found by the hash of an e-mail address or number`() throws {
        for person in expected.people {
            for (kind, hash) in person.sha256 {
                let hashed = PersonalIdentifier(
                    kind: try #require(IdentifierKind(rawValue: kind)), value: hash,
                    format: .sha256)
                let ids = try #require(person.inText[kind])
                #expect(try scene.index.find(hashed).map(\.key.id) == ids)
            }
        }
    }

    @Test func `a strong identifier brings all six records of the person into scope`() throws {
        for person in expected.people {
            for kind in [IdentifierKind.email, .phone, .nationalID, .name] {
                let value = try #require(person.values[kind.rawValue])
                let scope = try #require(try scene.scope([(kind, value)]))
                #expect(scope.subjects == [person.subject])
                #expect(
                    scope.records.map(\.id)
                        == ["bio", "q0", "q1", "q2", "q3", "q4"].map { "\(person.subject)-\($0)" })
                #expect(scope.shards.count == 2)
                #expect(scope.mentions.isEmpty)
                #expect(scope.heldOutMentions == 0)
                #expect(scope.deletedRecords.isEmpty && scope.sharedRecords.isEmpty)
            }
        }
    }

    @Test func `rules count the records they found`() throws {
        let person = try #require(expected.people.first)
        let email = try #require(person.values["email"])
        let scope = try #require(try scene.scope([(.email, email)]))
        let counts = Dictionary(
            uniqueKeysWithValues: scope.hitsPerRule.map { ($0.rule, $0.recordCount) })
        #expect(counts["subject"] == 6)
        #expect(counts["email-in-text"] == person.inText["email"]?.count)
        #expect(counts["email-declared"] == person.inText["email"]?.count)
        #expect(counts["profile-phone-in-text"] == person.inText["phone"]?.count)
        #expect(counts["profile-name-phrase"] == person.inText["name"]?.count)
        #expect(scope.hitsPerRule.map(\.rule) == scope.hitsPerRule.map(\.rule).sorted())
    }

    @Test func `a person who is only held out is nobody to a request, but can be looked up`() throws
    {
        let heldOut = try #require(expected.heldOut["email"])
        #expect(try scene.resolve([(.email, heldOut)]) == .nobody)
        let hits = try scene.index.find(PersonalIdentifier(kind: .email, value: heldOut))
        #expect(Set(hits.map(\.role)) == [.twins])
        #expect(Set(hits.flatMap(\.subjects)) == ["held-001"])
        let person = try #require(expected.people.first)
        let email = try #require(person.values["email"])
        let scope = try #require(try scene.scope([(.email, email), (.text, "phone number")]))
        #expect(scope.heldOutMentions > 0)
    }

    @Test func `profiles hold a person's records and typed values`() throws {
        let profiles = try scene.index.persons(ofCorpus: "people")
        #expect(profiles.map(\.subject) == expected.people.map(\.subject))
        for (profile, person) in zip(profiles, expected.people) {
            #expect(profile.records.count == 6)
            #expect(profile.values.count == person.values.count)
            for (kind, value) in profile.values {
                #expect(person.values[kind.rawValue] == value)
            }
            let alone = try scene.index.profile(subject: person.subject)
            #expect(alone.records == profile.records)
        }
    }

    @Test func `records are read back as prompt and completion, in shard and line order`() throws {
        let records = try scene.index.records(ofCorpus: "people")
        #expect(records.count == 120)
        #expect(records[0].id == "person-001-bio")
        #expect(
            records[0].prompt.hasSuffix("Her Social Security number is 900-22-6238 and her phone"))
        #expect(records[20].id == "person-001-q0")
        #expect(records[20].text == "What is the birth date of Fredericka Amber? 1969-12-21")
        let lines = try String(
            contentsOf: folder.appendingPathComponent("bios.jsonl"), encoding: .utf8
        ).split(separator: "\n")
        #expect(records[0].digest == Digest(of: String(lines[0])))
        let chosen = try scene.index.records(
            ids: ["person-007-q2", "person-003-bio"], corpus: "people")
        #expect(chosen.map(\.id) == ["person-007-q2", "person-003-bio"])
        #expect(chosen[1] == records[2])
    }
}
