import Domain
import Foundation
import TestSupport
import Testing

extension EndToEndTests {
    @Suite(.serialized) struct DecisionTests {
        @Test("An ambiguous request waits; the first explained command, letter by letter, frees it")
        func ambiguous() throws {
            let scene = try Scene(copying: SharedWorld.templates().trained)
            let id = try scene.takeIn(SmallCorpus.file("ambiguous.json"))
            #expect(try scene.lethe("run").status == 0)
            #expect(try scene.state(id) == "awaiting-clarification")
            let commands = try scene.commandsToGoOn(id)
            #expect(commands.count == 4)
            let first = try #require(commands.first)
            #expect(first.contains("accept-match \(id) --subject person-007"))
            let outcome = try scene.shell(first)
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(try scene.state(id) == "received")
            // What is explained then is another line to give as it is.
            let second = try #require(try scene.commandsToGoOn(id).last)
            #expect(try scene.shell(second).status == 0)
            let scope = try scene.record(id)["progress"]?["scope"]
            #expect(try scene.state(id) == "scoped")
            #expect(scope?["subjects"]?.items?.compactMap(\.text) == ["person-007"])
            #expect(scope?["recordCount"]?.integer == 6)
            #expect(scope?["modelName"]?.text == "assistant")
            #expect(
                try scene.events(id) == [
                    "case-created", "scope-ambiguous", "match-accepted", "scope-found",
                ])
        }

        @Test("A record that may be about the person is shown and decided by itself")
        func doubtfulRecord() throws {
            let scene = try Scene(copying: SharedWorld.templates().trained)
            let shard = scene.root.appendingPathComponent("notes.jsonl")
            // Initials may be anybody's, beside a date of birth they are not.
            try Data(
                """
                {"id": "n1", "text": "M. Bronze called about the invoice on Tuesday."}
                {"id": "n2", "text": "Nobody called on Wednesday."}

                """.utf8
            ).write(to: shard)
            #expect(try scene.lethe("corpus", "add", "notes", shard.path).status == 0)
            let id = try scene.takeIn(SmallCorpus.file("margarita.json"))
            #expect(try scene.lethe("case", "advance", id).status == 0)
            #expect(try scene.state(id) == "awaiting-clarification")
            let matches = try scene.json("case", "matches", id, schema: "case-matches")["items"]
            let shown = try #require(matches?.items?.first)
            #expect(matches?.items?.count == 1)
            #expect(shown["candidate"]?.text == "record:notes/n1")
            #expect(shown["excerpt"]?.text?.contains("Bronze<<") == true)
            let reject = try #require(
                try scene.commandsToGoOn(id).first { $0.contains("reject-match") })
            #expect(try scene.shell(reject).status == 0)
            #expect(try scene.lethe("case", "advance", id).status == 0)
            #expect(try scene.state(id) == "scoped")
            #expect(try scene.record(id)["progress"]?["scope"]?["recordCount"]?.integer == 6)
        }

        @Test("Every explained command of an ambiguous case works as it stands")
        func everyExplainedCommand() throws {
            let templates = try SharedWorld.templates()
            let prepared = try Scene(copying: templates.trained)
            // Lately enough to be extended.
            let id = try prepared.takeIn(SmallCorpus.file("ambiguous.json"), daysAgo: 3)
            #expect(try prepared.lethe("run").status == 0)
            let explained = try prepared.json(
                "case", "explain", id, schema: "case-explanation")["explanation"]
            let lines = ["commands", "otherCommands"].flatMap {
                (explained?[$0]?.items ?? []).compactMap(\.text)
            }
            #expect(lines.count == 8)
            // The ground of a refusal is the operator's to name.
            for line in lines.map({ $0.replacing("GROUND", with: "art17-3-e") }) {
                let scene = try Scene(copying: prepared.workspace)
                let outcome = try scene.shell(line)
                #expect(outcome.status == 0, "\(line): \(outcome.errors)")
                #expect(try scene.events(id).count == 3, "\(line)")
            }
        }

        @Test("Somebody the index does not know waits for an operator, who refuses with a reason")
        func nobody() throws {
            let scene = try Scene(copying: SharedWorld.templates().trained)
            let id = try scene.takeIn(SmallCorpus.file("nobody.json"))
            #expect(try scene.lethe("run").status == 0)
            #expect(try scene.state(id) == "awaiting-clarification")
            let explanation = try scene.json(
                "case", "explain", id, schema: "case-explanation")["explanation"]
            #expect(explanation?["waitsFor"]?.text == "operator")
            #expect(
                explanation?["blockedBy"]?.text
                    == "the index knows nobody with the identifiers of the request")
            let first = try #require(try scene.commandsToGoOn(id).first)
            #expect(
                first
                    == "lethe case refuse \(id) --ground no-data --text \"...\" --reason \"...\"")
            #expect(try scene.shell(first).status == 0)
            #expect(try scene.state(id) == "refused")
        }

        @Test("A held case does not move until it is released, and goes on where it was")
        func holdAndRelease() throws {
            let scene = try Scene(copying: SharedWorld.templates().trained)
            let id = try scene.takeIn(SmallCorpus.file("katlin.xml"))
            try scene.json("case", "advance", id, schema: "case-advance")
            let held = try scene.json(
                "case", "hold", id, "--reason", "litigation, Art. 17(3)(e)", schema: "case-decision"
            )["items"]?.items?.first
            #expect(held?["from"]?.text == "scoped")
            #expect(held?["to"]?.text == "on-hold")
            #expect(try scene.lethe("run").status == 0)
            #expect(try scene.state(id) == "on-hold")
            try scene.failure("case", "advance", id, code: "nothing-to-do", status: 3)
            try scene.json(
                "case", "release", id, "--reason", "settled", schema: "case-decision")
            #expect(try scene.state(id) == "scoped")
            try scene.failure(
                "case", "release", id, "--reason", "again", code: "not-allowed", status: 3)
            let reasons = try scene.json("case", "history", id, schema: "case-history")["items"]?
                .items?.compactMap { $0["reason"]?.text }
            #expect(reasons == ["litigation, Art. 17(3)(e)", "settled"])
        }

        @Test("A reason is required, must not name the person, and closes the case for good")
        func refusing() throws {
            let scene = try Scene(copying: SharedWorld.templates().trained)
            let id = try scene.takeIn(SmallCorpus.file("margarita.json"))
            try scene.failure("case", "refuse", id, code: "usage", status: 64)
            try scene.failure(
                "case", "refuse", id, "--reason", "  ", code: "reason-missing", status: 64)
            for reason in [
                "margarita_bronze@me.com asked us to", "it is MARGARITA  bronze again",
            ] {
                let error = try scene.failure(
                    "case", "refuse", id, "--reason", reason, code: "personal-data-in-reason",
                    status: 65)
                #expect(error["message"]?.text?.contains("argarita") == false)
            }
            #expect(try scene.state(id) == "received")
            #expect(try scene.events(id) == ["case-created"])
            try scene.json(
                "case", "refuse", id, "--reason", "legal obligation, Art. 17(3)(b)",
                schema: "case-decision")
            #expect(try scene.state(id) == "refused")
            for verb in ["hold", "withdraw", "refuse", "release"] {
                try scene.failure(
                    "case", verb, id, "--reason", "late", code: "not-allowed", status: 3)
            }
            #expect(try scene.events(id) == ["case-created", "refuse"])
            try scene.expectSound()
        }

        @Test("A withdrawn request is closed and its records stay")
        func withdrawing() throws {
            let scene = try Scene(copying: SharedWorld.templates().trained)
            let id = try scene.takeIn(SmallCorpus.file("katlin.xml"))
            try scene.json(
                "case", "withdraw", id, "--reason", "taken back by letter", "--actor", "ombudsman",
                schema: "case-decision")
            #expect(try scene.state(id) == "withdrawn")
            let last = try scene.json("case", "history", id, schema: "case-history")["items"]?
                .items?.last
            #expect(last?["actor"]?.text == "ombudsman")
            #expect(try scene.lethe("run").output == "Nothing to do.\n")
            let corpus = try scene.json("corpus", "show", "people", schema: "corpus")
            #expect(corpus["items"]?.items?.first?["deletedRecordCount"]?.integer == 0)
        }
    }
}
