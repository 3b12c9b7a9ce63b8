import Domain
import Foundation
import Lineage
import TestSupport
import Testing

/// What decides about a record that may be about the person.
struct AdjudicationTests {
    private static let ann: [(IdentifierKind, String)] = [
        (.name, "Ann Lee"), (.email, "ann@x.com"), (.phone, "+1 721 625 3765"),
        (.dateOfBirth, "1980-05-04"), (.address, "12 Orange Street, 92867 Orange"),
    ]
    /// Puts a strong identifier on record, so that a request has something to begin with.
    private static let anchor = ("anchor", "Mail ann@x.com.")

    private func reach(
        _ records: [(String, String)], matches: [RecordMatch] = [],
        lines more: [String] = []
    ) throws -> ScopeReach {
        let scene = try LineageScene()
        try scene.add(try ([Self.anchor] + records).map { try line($0.0, $0.1) } + more)
        return try scene.index.reach(
            Self.ann.map { PersonalIdentifier(kind: $0.0, value: $0.1) }, matches: matches)
    }

    private func decision(_ text: String) throws -> String? {
        let reach = try reach([("r", text)])
        if let judged = reach.judgements.first(where: { $0.key.id == "r" }) {
            return judged.decision
        }
        guard case .found(let scope) = reach.resolution else { return nil }
        return scope.records.contains { $0.id == "r" } ? "strong" : nil
    }

    @Test(
        arguments: [
            ("Call 721-625-3765 today.", "strong"),
            ("Ann Lee sang.", "queued"),
            ("Ann Lee, born on May 4, 1980, sang.", "accepted"),
            ("Ann Lee of 12 Orange Street sang.", "accepted"),
            ("Ann Lee sang and wrote to bob@y.com.", "queued"),
            ("Ann Lee sang; her mail is ann.lee9@y.com.", "rejected"),
            ("Ann Lee was born on 1971-02-03.", "rejected"),
            ("Ann Lee is here. Her phone number is 555-123-4567.", "rejected"),
            ("Ann Lee, born on May 4, 1980, has the address lee@y.com.", "queued"),
            ("Ann, born on May 4, 1980, sang.", "queued"),
        ] as [(String, String)])
    func `a name needs one more thing and a namesake's key outweighs it`(
        text: String, expected: String
    ) throws {
        #expect(try decision(text) == expected)
    }

    @Test(
        arguments: [
            "Somebody was born on May 4, 1980.", "He lives in 12 Orange Street.",
            "Bob Ray was born on 1971-02-03.",
        ])
    func `a date or an address alone names nobody`(text: String) throws {
        #expect(try decision(text) != "accepted" && (try decision(text)) != "queued")
    }

    @Test func `declared values of a namesake reject the record`() throws {
        let other = try line(
            "r", "Ann Lee sang.", values: [.name: "Ann Lee", .email: "bo@y.com"])
        let reach = try reach([], lines: [other])
        #expect(reach.judgements.map(\.decision) == ["rejected"])
        #expect(reach.judgements[0].reasons == ["full-name", "namesake-email"])
        #expect(reach.queue.isEmpty)
    }

    @Test func `the only known bearer of a name is accepted until a namesake is met`() throws {
        let own = try line(
            "own", "A note.", subjects: ["p-ann"], values: [.name: "Ann Lee", .email: "ann@x.com"])
        let sole = try reach([("r", "Ann Lee sang.")], lines: [own])
        #expect(sole.judgements.map(\.decision) == ["accepted"])
        #expect(sole.judgements[0].reasons == ["full-name", "sole-bearer"])
        let shared = try reach(
            [("r", "Ann Lee sang."), ("n", "Ann Lee was born on 1971-02-03.")], lines: [own])
        #expect(shared.judgements.map(\.key.id) == ["r", "n"])
        #expect(shared.judgements.map(\.decision) == ["queued", "rejected"])
    }

    @Test func `a name with a date of birth decides where nobody is attributed`() throws {
        let scene = try LineageScene()
        try scene.add([
            try line("a", "Ann Lee, born on May 4, 1980, sang."), try line("b", "Ann Lee sang."),
            try line("c", "Ann Lee was born on 1971-02-03."),
        ])
        let scope = try scene.scope([(.name, "Ann Lee"), (.dateOfBirth, "1980-05-04")])
        #expect(scope?.records.map(\.id) == ["a"])
        #expect(scope?.mentions.map(\.id) == ["b", "c"])
        let name = try scene.candidates([(.name, "Ann Lee")])
        #expect(name == [MatchCandidate.unattributed])
    }

    @Test func `the operator's decision on a record stands`() throws {
        let records = [("r", "Ann Lee sang."), ("s", "Ann Lee, ann@x.com, sang.")]
        let before = try reach(records)
        #expect(before.queue.map(\.key.id) == ["r"])
        let after = try reach(
            records,
            matches: [
                RecordMatch(corpus: "people", id: "r", isAccepted: true),
                RecordMatch(corpus: "people", id: "s", isAccepted: false),
            ])
        guard case .found(let scope) = after.resolution else {
            Issue.record("nothing found")
            return
        }
        #expect(scope.records.map(\.id) == ["anchor", "r"])
        #expect(scope.mentions.map(\.id) == ["s"])
        #expect(scope.hitsPerRule.contains(RuleCount(rule: "accepted-match", recordCount: 1)))
        #expect(after.queue.isEmpty)
        let error = #expect(throws: LineageError.self) {
            try reach(records, matches: [RecordMatch(corpus: "people", id: "x", isAccepted: true)])
        }
        #expect(error?.code == .unknownRecord)
    }

    @Test func `the excerpt marks what was found and is shown to the operator only`() throws {
        let text = "Dr. Ray came at 5. Then Ann\tLee\u{1B}[2J sang for José. Nobody else did."
        let queue = try reach([("r", text)]).queue
        let context = try #require(queue.first)
        #expect(context.key.id == "r" && context.key.line == 2)
        #expect(context.reasons == ["full-name"])
        let excerpt = context.excerpt.revealed
        #expect(excerpt.contains("Then >>Ann Lee"))
        #expect(excerpt.contains("<< sang for José."))
        #expect(!excerpt.unicodeScalars.contains("\u{1B}"))
        #expect("\(context)".contains("Ann") == false)
    }

    @Test func `initials and nicknames stand in the excerpt as they were found`() throws {
        for (text, shown) in [
            ("The Lee farm is old. Then A. Lee sang for José.", "Then >>A. Lee<< sang"),
            ("Mail from Lee, A.: nothing new.", "from >>Lee, A.:<< nothing"),
            ("Later Annie Lee sang.", "Later >>Annie Lee<< sang"),
        ] {
            let context = try #require(try reach([("r", text)]).queue.first, "\(text)")
            #expect(context.excerpt.revealed.contains(shown), "\(context.excerpt.revealed)")
        }
    }

    @Test func `spans are the sentences that concern the person`() throws {
        let parts = [
            "Bob Ray wrote to bob@y.com. ", "Ann Lee, born on May 4, 1980, sang. ",
            "She liked it. ", "Nobody else did.",
        ]
        let reach = try reach([("r", parts.joined())])
        let judged = try #require(reach.judgements.first)
        let start = parts[0].utf8.count
        let end = start + parts[1].utf8.count + parts[2].utf8.count
        #expect(judged.spans == [[start, end]])
        let alone = try reach2(parts[1] + parts[3])
        #expect(alone == [])
    }

    private func reach2(_ text: String) throws -> [[Int]]? {
        try reach([("r", text)]).judgements.first?.spans
    }
}
