import Domain
import Foundation
import TestSupport
import Testing

extension EndToEndTests {
    @Suite(.serialized) struct ListTests {
        @Test("A list comes in pages that know what follows, whole records with --json")
        func pages() throws {
            let scene = try Scene(copying: SharedWorld.templates().indexed)
            let ids = try ["margarita.json", "katlin.xml", "nobody.json"].map {
                try scene.takeIn(SmallCorpus.file($0))
            }
            func names(_ list: JSONValue) -> [String] {
                (list["items"]?.items ?? []).compactMap { $0["id"]?.text }
            }
            let all = try scene.json("case", "list", schema: "case-list")
            #expect(names(all) == ids)
            #expect(all["count"]?.integer == 3)
            #expect(all["next"] == nil)
            #expect(all["items"]?.items?.first?["progress"]?.members != nil)
            let first = try scene.json("case", "list", "--limit", "2", schema: "case-list")
            #expect(names(first) == Array(ids.prefix(2)))
            #expect(first["count"]?.integer == 3)
            #expect(first["next"]?.text == ids[1])
            let last = try scene.json(
                "case", "list", "--limit", "2", "--after", ids[1], schema: "case-list")
            #expect(names(last) == [ids[2]])
            #expect(last["next"] == nil)
            let none = try scene.json(
                "case", "list", "--state", "certified", schema: "case-list")
            #expect(none["count"]?.integer == 0)
            let text = try scene.lethe("case", "list", "--limit", "2").output
            #expect(text.contains("2 of 3 cases; more with --after \(ids[1]).\n"))
            #expect(try scene.lethe("case", "list").output.contains("3 of 3 cases.\n"))
            try scene.failure("case", "list", "--limit", "0", code: "usage", status: 64)
            try scene.failure("case", "list", "--after", "seven", code: "bad-name", status: 64)
        }

        @Test("The history is the same as lines and as one document")
        func history() throws {
            let scene = try Scene(copying: SharedWorld.templates().indexed)
            let id = try scene.takeIn(SmallCorpus.file("margarita.json"))
            let lines = try scene.lethe("history", "export").output.split(separator: "\n")
            let fromLines = try lines.map { line in
                try JSONParser.parse(Array(line.utf8))["hash"]?.text
            }
            let document = try scene.json("history", "export", schema: "history")
            let items = try #require(document["items"]?.items)
            #expect(items.map { $0["hash"]?.text } == fromLines)
            #expect(items.count > 1)
            #expect(try scene.events(id) == ["case-created"])
            #expect(try scene.lethe("case", "history", id).output.contains("case-created"))
        }
    }
}
