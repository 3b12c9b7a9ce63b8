import Domain
import Foundation
import Lineage
import TestSupport
import Testing

/// Threads, documents and versions of a person's records.
struct NeighbourTests {
    private func json(_ id: String, _ text: String, _ metadata: [String: String]) throws -> String {
        struct Line: Encodable {
            let id: String
            let text: String
            let metadata: [String: String]
        }
        return String(
            decoding: try CanonicalJSON.compact(Line(id: id, text: text, metadata: metadata)),
            as: UTF8.self)
    }

    private func reach(_ lines: [String], in scene: LineageScene? = nil) throws -> ScopeReach {
        let scene = try scene ?? LineageScene()
        try scene.add(lines)
        return try scene.index.reach([
            PersonalIdentifier(kind: .name, value: "Ann Lee"),
            PersonalIdentifier(kind: .email, value: "ann@x.com"),
        ])
    }

    private func accepted(_ reach: ScopeReach) -> [String] {
        if case .found(let scope) = reach.resolution { return scope.records.map(\.id) }
        return []
    }

    @Test func `a thread that is mostly theirs brings what speaks of them`() throws {
        let reach = try reach([
            try json("1", "My mail is ann@x.com.", ["thread": "t"]),
            try json("2", "Ann Lee called again.", ["thread": "t"]),
            try json("3", "She wants her money back.", ["thread": "t"]),
            try json("4", "Please see the attached form.", ["thread": "t"]),
            try json("5", "She wants her money back, too.", ["thread": "u"]),
        ])
        // The name needs no more in a thread with the address; the form says nothing of anybody.
        #expect(accepted(reach) == ["1", "2"])
        #expect(reach.queue.map(\.key.id) == ["3", "4"])
        let half = try self.reach([
            try json("1", "My mail is ann@x.com.", ["thread": "t"]),
            try json("3", "She wants her money back.", ["thread": "t"]),
        ])
        #expect(accepted(half) == ["1", "3"])
        #expect(half.judgements[0].reasons == ["group-mostly-theirs", "pronoun", "same-thread"])
    }

    @Test func `versions of a record about the person are taken, in either direction`() throws {
        let reach = try reach([
            try json("first", "An early draft.", [:]),
            try json("hit", "A draft by ann@x.com.", ["version_of": "first"]),
            try json("later", "The last draft.", ["version_of": "hit"]),
            try json("sibling", "Another draft.", ["version_of": "first"]),
            try json("stranger", "A draft.", ["version_of": "unknown"]),
        ])
        #expect(accepted(reach) == ["first", "hit", "later", "sibling"])
    }

    @Test func `a document brings its other parts before the operator`() throws {
        let reach = try reach([
            try json("1", "Written by ann@x.com.", ["document": "d"]),
            try json("2", "The second chapter.", ["document": "d"]),
            try json("3", "The third chapter.", ["document": "d"]),
        ])
        #expect(accepted(reach) == ["1"])
        #expect(reach.queue.map(\.reasons) == [["same-document"], ["same-document"]])
    }

    @Test func `a thread of the same name in another corpus is another thread`() throws {
        let scene = try LineageScene()
        try scene.add("other", [try json("x", "She wants it.", ["thread": "t"])])
        let found = try reach([try json("1", "ann@x.com wants it.", ["thread": "t"])], in: scene)
        #expect(accepted(found) == ["1"])
        #expect(found.queue.isEmpty)
    }

    @Test(arguments: ["thread", "document", "version_of"])
    func `what a record belongs to must be named by a string`(key: String) throws {
        for value in ["7", "\"\"", "null", "[\"a\"]"] {
            let content = "{\"text\":\"x\",\"metadata\":{\"\(key)\":\(value)}}\n"
            let error = try refusal(of: Data(content.utf8))
            #expect(error?.codeName == "malformed-field")
            #expect(error?.details["key"] == "metadata.\(key)")
            #expect(error?.details["line"] == "1")
        }
    }
}
