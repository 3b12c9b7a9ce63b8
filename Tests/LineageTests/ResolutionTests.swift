import Domain
import Foundation
import Lineage
import TestSupport
import Testing

/// Whose data a request is about, and which records have to go.
struct ResolutionTests {
    /// Two people named Ann Lee, a Bob who knows one of them, and records about nobody.
    private func scene() throws -> LineageScene {
        let scene = try LineageScene()
        try scene.add([
            try line(
                "a1", "Ann Lee, ann@x.com, lives in Orange.", subjects: ["p-ann"],
                values: [.name: "Ann Lee", .email: "ann@x.com"]),
            try line(
                "a2", "She was born on May 4, 1980.", subjects: ["p-ann"],
                values: [.dateOfBirth: "1980-05-04", .phone: "7216253765"]),
            try line(
                "n1", "Ann Lee is a pilot born on 1971-02-03.", subjects: ["p-other-ann"],
                values: [.name: "Ann Lee", .email: "lee@y.com", .dateOfBirth: "1971-02-03"]),
            try line(
                "b1", "Bob Ray is a friend of Ann Lee; write to ann@x.com.", subjects: ["p-bob"],
                values: [.name: "Bob Ray", .email: "bob@x.com"]),
            try line("u1", "Lost: a purse. Please mail ann@x.com."),
            try line("u2", "Call 721-625-3765 about the purse."),
            try line("u3", "Ann Lee sang yesterday."),
            try line("u4", "Bob Ray sang too."),
            try line("c1", "Cy Dow and Bob Ray met.", subjects: ["p-cy", "p-bob"]),
        ])
        return scene
    }

    @Test func `a declared e-mail address decides over texts that mention it`() throws {
        let scope = try #require(try scene().scope([(.email, "ann@x.com")]))
        #expect(scope.subjects == ["p-ann"])
        #expect(scope.records.map(\.id) == ["a1", "a2", "u1", "u2"])
        #expect(scope.mentions.map(\.id) == ["n1", "b1", "u3"])
        let rules = Dictionary(
            uniqueKeysWithValues: scope.hitsPerRule.map { ($0.rule, $0.recordCount) })
        #expect(rules["subject"] == 2)
        #expect(rules["email-declared"] == 1)
        #expect(rules["email-in-text"] == 2)
        #expect(rules["profile-phone-in-text"] == 1)
    }

    @Test func `a full name nobody else bears decides and reaches records about nobody`() throws {
        let scope = try #require(try scene().scope([(.name, "Bob Ray")]))
        #expect(scope.subjects == ["p-bob"])
        #expect(scope.records.map(\.id) == ["b1", "u4", "c1"])
        #expect(scope.sharedRecords.map(\.id) == ["c1"])
        #expect(scope.mentions.isEmpty)
    }

    @Test func `a name that two people bear is ambiguous until the operator decides`() throws {
        let scene = try scene()
        guard case .ambiguous(let candidates) = try scene.resolve([(.name, "Ann Lee")]) else {
            Issue.record("expected an ambiguous resolution")
            return
        }
        #expect(
            candidates == [
                MatchCandidate(
                    subject: "p-ann", recordCount: 2, rules: ["name-declared", "name-phrase"]),
                MatchCandidate(
                    subject: "p-other-ann", recordCount: 1,
                    rules: ["name-declared", "name-phrase"]),
            ])
        let name: [(IdentifierKind, String)] = [(.name, "Ann Lee")]
        let accepted = try scene.scope(name, decisions: [("p-other-ann", true)])
        #expect(accepted?.subjects == ["p-other-ann"])
        #expect(accepted?.records.map(\.id) == ["n1"])
        #expect(accepted?.mentions.map(\.id) == ["a1", "b1", "u3"])
        let rejected = try scene.scope(name, decisions: [("p-other-ann", false)])
        #expect(rejected?.subjects == ["p-ann"])
        let none = try scene.resolve(name, decisions: [("p-other-ann", false), ("p-ann", false)])
        #expect(none == .nobody)
        let both = try scene.scope(name, decisions: [("p-other-ann", true), ("p-ann", true)])
        #expect(both?.subjects == ["p-ann", "p-other-ann"])
        #expect(both?.records.map(\.id) == ["a1", "a2", "n1", "u1", "u2", "u3"])
        let changed = try scene.scope(
            name, decisions: [("p-ann", true), ("p-ann", false), ("p-other-ann", true)])
        #expect(changed?.subjects == ["p-other-ann"])
    }

    @Test func `a date of birth tells people of the same name apart`() throws {
        let scope = try scene().scope([(.name, "Ann Lee"), (.dateOfBirth, "1971-02-03")])
        #expect(scope?.subjects == ["p-other-ann"])
        #expect(try scene().scope([(.name, "Ann Lee"), (.dateOfBirth, "1950-01-01")]) == nil)
    }

    @Test func `a single word, a date or a text alone never decides`() throws {
        let scene = try scene()
        #expect(try scene.candidates([(.name, "Ann")]) == ["p-ann", "p-bob", "p-other-ann"])
        #expect(try scene.candidates([(.name, "Cy")]) == ["p-bob", "p-cy"])
        #expect(try scene.candidates([(.dateOfBirth, "1980-05-04")]) == ["p-ann"])
        #expect(try scene.candidates([(.text, "is a pilot")]) == ["p-other-ann"])
        let one = try scene.candidates([(.name, "Cy")], decisions: [("p-bob", false)])
        #expect(one == ["p-cy"])
        let accepted = try scene.scope([(.name, "Cy")], decisions: [("p-cy", true)])
        #expect(accepted?.records.map(\.id) == ["c1"])
    }

    @Test func `strong identifiers of two people are ambiguous`() throws {
        let scene = try scene()
        let two: [(IdentifierKind, String)] = [(.email, "ann@x.com"), (.email, "bob@x.com")]
        #expect(try scene.candidates(two) == ["p-ann", "p-bob"])
        #expect(try scene.scope(two, decisions: [("p-bob", false)])?.subjects == ["p-ann"])
    }

    @Test func `one person's address with another person's name is ambiguous`() throws {
        let scene = try scene()
        #expect(
            try scene.candidates([(.email, "lee@y.com"), (.name, "Bob Ray")])
                == ["p-bob", "p-other-ann"])
        let same = try scene.scope([(.email, "lee@y.com"), (.name, "Ann Lee")])
        #expect(same?.subjects == ["p-other-ann"])
        let misspelt = try scene.scope([(.email, "lee@y.com"), (.name, "Anne Leigh")])
        #expect(misspelt?.subjects == ["p-other-ann"])
    }

    @Test func `a full name with an address that nobody has is ambiguous`() throws {
        #expect(
            try scene().candidates([(.email, "unknown@z.com"), (.name, "Bob Ray")]) == ["p-bob"])
    }

    @Test func `a name that is only mentioned in other people's records is not theirs`() throws {
        let scene = try LineageScene()
        try scene.add([
            try line(
                "b1", "Bob Ray met Ann Lee.", subjects: ["p-bob"], values: [.name: "Bob Ray"])
        ])
        #expect(try scene.candidates([(.name, "Ann Lee")]) == ["p-bob"])
    }

    @Test func `records about nobody are in scope by strong identifier, else a person looks`()
        throws
    {
        let scene = try LineageScene()
        try scene.add([
            try line("u1", "Mail ann@x.com."), try line("u2", "Ann Lee sang."),
            try line("u3", "Nothing."),
        ])
        let scope = try #require(try scene.scope([(.email, "ann@x.com"), (.name, "Ann Lee")]))
        #expect(scope.subjects.isEmpty)
        #expect(scope.records.map(\.id) == ["u1"])
        #expect(scope.mentions.map(\.id) == ["u2"])
        let name: [(IdentifierKind, String)] = [(.name, "Ann Lee")]
        #expect(try scene.candidates(name) == [MatchCandidate.unattributed])
        let accepted = try scene.scope(name, decisions: [(MatchCandidate.unattributed, true)])
        #expect(accepted?.records.map(\.id) == ["u2"])
        let rejected = try scene.resolve(name, decisions: [(MatchCandidate.unattributed, false)])
        #expect(rejected == .nobody)
        #expect(try scene.resolve([(.name, "Zed Zulu")]) == .nobody)
    }

    @Test func `only training corpora are resolved against; others are counted`() throws {
        let scene = try LineageScene()
        try scene.add([try line("a1", "ann@x.com", subjects: ["p-ann"])])
        try scene.add(
            "twins", role: .twins, served: "people",
            [try line("t1", "ann@x.com", subjects: ["t-1"]), try line("t2", "t@x.com")])
        try scene.add("text", role: .general, [try line("g1", "ann@x.com")])
        let scope = try #require(try scene.scope([(.email, "ann@x.com")]))
        #expect(scope.records.map(\.id) == ["a1"])
        #expect(scope.heldOutMentions == 2)
        #expect(try scene.resolve([(.email, "t@x.com")]) == .nobody)
        let other = try scene.index.resolve(
            [PersonalIdentifier(kind: .email, value: "ann@x.com")], corpora: ["twins"])
        #expect(other == .nobody)
        #expect(throws: DomainError.self) {
            try scene.index.resolve(
                [PersonalIdentifier(kind: .email, value: "ann@x.com")], corpora: ["poeple"])
        }
    }

    @Test func `a scope names shards and the digest of the corpora looked at`() throws {
        let scene = try LineageScene()
        let first = try scene.add("one", [try line("a1", "ann@x.com", subjects: ["p-ann"])])
        let second = try scene.add("two", [try line("b1", "bob@x.com", subjects: ["p-bob"])])
        let scope = try #require(try scene.scope([(.email, "bob@x.com")]))
        #expect(scope.shards == second.shards)
        let key = try #require(scope.records.first)
        #expect(key.corpus == "two" && key.line == 1 && key.shard == second.shards[0].path)
        #expect(key.digest == Digest(of: try line("b1", "bob@x.com", subjects: ["p-bob"])))
        let text = "one \(first.manifestDigest)\ntwo \(second.manifestDigest)"
        #expect(scope.indexDigest == Digest(of: text))
    }

    @Test func `accepting a subject without records is an error`() throws {
        let error = #expect(throws: LineageError.self) {
            try scene().resolve([(.name, "Ann Lee")], decisions: [("p-nobody", true)])
        }
        #expect(error?.code == .unknownSubject)
    }

    @Test func `deleted records leave future runs and stay traceable`() throws {
        let scene = try scene()
        let before = try #require(try scene.scope([(.email, "ann@x.com")]))
        try scene.index.markDeleted(before.records, by: "C-2026-0001")
        try scene.index.markDeleted(before.records, by: "C-2026-0002")
        let left = try scene.index.records(ofCorpus: "people").map(\.id)
        #expect(left == ["n1", "b1", "u3", "u4", "c1"])
        #expect(try scene.index.records(ofCorpus: "people", includingDeleted: true).count == 9)
        #expect(try scene.index.recordKeys(ofCorpus: "people").map(\.id) == left)
        #expect(try scene.index.corpus(named: "people").deletedRecordCount == 4)
        #expect(!(try scene.index.persons(ofCorpus: "people").map(\.subject).contains("p-ann")))
        #expect(try scene.index.profile(subject: "p-ann").records.map(\.id) == ["a1", "a2"])
        #expect(try scene.index.records(before.records).map(\.id) == ["a1", "a2", "u1", "u2"])
        let after = try #require(try scene.scope([(.email, "ann@x.com")]))
        #expect(after.records.isEmpty)
        #expect(after.deletedRecords == before.records)
        let hits = try scene.index.find(PersonalIdentifier(kind: .email, value: "ann@x.com"))
        #expect(hits.map(\.deletedBy) == ["C-2026-0001", nil, "C-2026-0001"])
    }
}
