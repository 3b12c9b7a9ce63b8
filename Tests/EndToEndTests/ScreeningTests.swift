import Domain
import Foundation
import Lineage
import TestSupport
import Testing

extension EndToEndTests {
    /// What keeps erased people from coming back, and how well the search finds them.
    @Suite(.serialized) struct ScreeningTests {
        private static let caseID = "C-2026-0001"
        private static let email = "margarita_bronze@me.com"

        /// A workspace in which Margarita Bronze was erased by an earlier case; her records still stand
        /// in the shards of `people`.
        private func scene() throws -> Scene {
            let scene = try Scene(copying: SharedWorld.templates().indexed)
            try index(of: scene).suppress(
                [PersonalIdentifier(kind: .email, value: Self.email)], records: [CorpusRecord](),
                caseID: Self.caseID, at: try #require(Timestamp("2026-11-05T14:30:00Z")))
            return scene
        }

        private func index(of scene: Scene) throws -> LineageIndex {
            try LineageIndex(path: scene.workspace.appendingPathComponent("lineage.sqlite").path)
        }

        private func file(_ scene: Scene, _ name: String, _ content: String) throws -> URL {
            let url = scene.root.appendingPathComponent(name)
            try Data(content.utf8).write(to: url)
            return url
        }

        private func line(_ id: String, _ text: String) -> String {
            "{\"id\": \"\(id)\", \"text\": \"\(text)\"}\n"
        }

        @Test("Erased people are found in new files, packed or not, before anything is trained")
        func screen() throws {
            let scene = try scene()
            let clean = try file(scene, "clean.jsonl", line("a", "nobody you know"))
            let hit = try file(
                scene, "hit.jsonl",
                line("b", "nobody") + line("c", "Write to Margarita_Bronze@ME.com soon."))
            #expect(try scene.shell("gzip -k '\(hit.path)'").status == 0)
            let none = try scene.json(
                "corpus", "screen", clean.path, schema: "corpus-screen")
            #expect(none["items"]?.items?.isEmpty == true)
            let found = try scene.json(
                "corpus", "screen", clean.path, hit.path, hit.path + ".gz",
                schema: "corpus-screen", status: 2)
            let items = try #require(found["items"]?.items)
            #expect(items.map { $0["file"]?.text } == [hit.path, hit.path + ".gz"])
            for item in items {
                #expect(item["line"]?.integer == 2)
                #expect(item["recordID"]?.text == "c")
                #expect(item["rule"]?.text == "email")
                #expect(item["caseID"]?.text == Self.caseID)
            }
            #expect(try scene.lethe("corpus", "screen", hit.path).status == 2)
            let broken = try file(scene, "broken.jsonl", line("a", "x") + "{\n")
            let error = try scene.failure(
                "corpus", "screen", broken.path, code: "malformed-line", status: 65)
            #expect(error["details"]?["line"]?.text == "2")
        }

        @Test("A corpus with an erased person is not trained on, until the records are excluded")
        func trainRefuses() throws {
            let scene = try scene()
            let shards = try SharedWorld.templates().shards
            let error = try scene.failure(
                "train", "assistant", "--corpus", "people", "--recipe", SmallCorpus.recipe.path,
                code: "suppressed-records", status: 3)
            #expect(error["details"]?["cases"]?.text == Self.caseID)
            #expect(shards.map(\.path).contains(error["details"]?["path"]?.text ?? ""))
            #expect(try scene.lethe("model", "show", "assistant").status == 4)
            // Excluded records are not trained on, so they do not stand in the way.
            let index = try index(of: scene)
            let own = try index.recordKeys(ofCorpus: "people").filter { key in
                let record = try index.records([key])[0]
                return record.text.lowercased().contains(Self.email)
                    || record.values[.email]?.lowercased() == Self.email
            }
            #expect(!own.isEmpty)
            try index.markDeleted(own, by: Self.caseID)
            let trained = try scene.lethe(
                "train", "assistant", "--corpus", "people", "--recipe", SmallCorpus.recipe.path)
            #expect(trained.status == 0, "\(trained.errors)")
        }

        @Test("Adding an erased person to a training corpus warns; to another one it does not")
        func addWarns() throws {
            let scene = try scene()
            let hit = try file(scene, "hit.jsonl", line("c", "Mail: \(Self.email)."))
            let added = try scene.lethe("corpus", "add", "new", hit.path)
            #expect(added.status == 0)
            #expect(added.errors.contains("warning: 1 of the records"))
            #expect(added.errors.contains(Self.caseID))
            let more = try file(scene, "more.jsonl", line("d", "Mail: \(Self.email)."))
            let extended = try scene.json("corpus", "extend", "new", more.path, schema: "corpus")
            #expect(extended["suppressed"]?.items?.map { $0["recordID"]?.text } == ["d"])
            let general = try scene.lethe(
                "corpus", "add", "text", hit.path, "--role", "general")
            #expect(general.status == 0)
            #expect(!general.errors.contains("warning"))
        }

        @Test("After a restore, what must be erased again is listed, and nothing is passed over")
        func restoreCheck() throws {
            let scene = try Scene(copying: SharedWorld.templates().trained)
            let nothing = try scene.json("restore-check", schema: "restore-check")
            #expect(nothing["items"]?.items?.isEmpty == true)
            let index = try index(of: scene)
            let model = try index.model(named: "assistant")
            try index.recordSuperseded(
                model: model.digest, by: nil, caseID: Self.caseID,
                at: try #require(Timestamp("2026-11-05T14:30:00Z")))
            let damaged = scene.root.appendingPathComponent("damaged.gz")
            try Data([0x1f, 0x8b, 8, 0, 1]).write(to: damaged)
            let found = try scene.json(
                "restore-check", damaged.path, schema: "restore-check", status: 2)
            let items = try #require(found["items"]?.items)
            #expect(items.map { $0["kind"]?.text } == ["unreadable", "model"])
            #expect(items[0]["path"]?.text == damaged.path)
            #expect(items[0]["code"]?.text == "malformed-archive")
            #expect(items[1]["model"]?.text == "assistant")
            #expect(items[1]["isCurrent"]?.boolean == true)
            #expect(items[1]["cases"]?.items?.map(\.text) == [Self.caseID])
            #expect(
                try scene.lethe("restore-check").output.contains("assistant version 1 (current)"))
            try scene.failure(
                "restore-check", "nothing.jsonl", code: "file-unreadable", status: 74)
            let ledger = try file(scene, "tombstones.jsonl", "{\"kind\": 1}\n")
            let error = try scene.failure(
                "restore-check", "--tombstones", ledger.path, code: "malformed-ledger", status: 65)
            #expect(error["details"]?["line"]?.text == "1")
        }

        @Test("The recall of the search is measured, kept, and cited by the scope and certificate")
        func recall() throws {
            let scene = try Scene(copying: SharedWorld.templates().trained)
            let id = try scene.takeIn(SharedWorld.reference().request)
            try scene.json("case", "advance", id, schema: "case-advance")
            #expect(try scene.json("case", "show", id, schema: "case")["recall"] == nil)
            let measured = try scene.json(
                "corpus", "recall", "--persons", "5", "--seed", "3", schema: "corpus-recall")
            let report = try #require(measured["report"])
            #expect(report["kinds"]?.items?.count == 17)
            #expect(report["personCount"]?.integer == 5)
            #expect(report["all"]?["planted"]?.integer == 5 * 17)
            #expect(report["namesakes"]?["accepted"]?.integer == 0)
            #expect(measured["corpora"]?.items?.map(\.text) == ["people"])
            #expect(measured["notSearched"]?.items?.isEmpty == false)
            let kept = scene.workspace.appendingPathComponent("reports/recall.json")
            #expect(try JSONParser.parse(Data(contentsOf: kept)) == measured)
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: scene.workspace.path)
                    .allSatisfy { !$0.hasPrefix("recall-shadow") })
            let cited = try #require(
                try scene.json("case", "show", id, schema: "case")["recall"])
            #expect(cited["planted"]?.integer == 85)
            #expect(cited["found"] == report["all"]?["found"])
            #expect(cited["lowerBound"] == report["all"]?["recallLowerBound"])
            #expect(cited["isOfThisIndex"]?.boolean == true)
            #expect(try scene.lethe("case", "show", id).output.contains("of 85, measured"))
            let again = try scene.lethe("corpus", "recall", "--persons", "1")
            #expect(again.output.contains("near-duplicate"))
            #expect(again.errors.contains("search 100%"))

            #expect(try scene.lethe("run", "--method", "retrain").status == 0)
            let certificate = try scene.json("certificate", "show", id, schema: "certificate")
            let recall = certificate["certificate"]?["scope"]?["searchRecall"]
            #expect(recall?["planted"]?.integer == 17)
            let page = scene.root.appendingPathComponent("out/certificate.html")
            try scene.lethe("certificate", "export", id, page.deletingLastPathComponent().path)
            #expect(
                try String(contentsOf: page, encoding: .utf8).contains("Not searched"))
            try scene.expectSound()
        }

        @Test("A recall that cannot be measured is refused and keeps the last one")
        func badRecall() throws {
            let scene = try scene()
            try scene.failure("corpus", "recall", "--persons", "0", code: "usage", status: 64)
            try scene.failure(
                "corpus", "recall", "--persons", "99999", code: "malformed-settings", status: 65)
            try scene.failure(
                "corpus", "recall", "--corpus", "nothing", code: "unknown-name", status: 4)
            let shard = try file(scene, "gone.jsonl", line("a", "text"))
            #expect(try scene.lethe("corpus", "add", "gone", shard.path).status == 0)
            #expect(
                try scene.lethe("corpus", "recall", "--corpus", "gone", "--persons", "1").status
                    == 0)
            let kept = scene.workspace.appendingPathComponent("reports/recall.json")
            let before = try Data(contentsOf: kept)
            try Data((line("a", "text") + line("b", "more")).utf8).write(to: shard)
            try scene.failure(
                "corpus", "recall", "--corpus", "gone", code: "shard-changed", status: 5)
            try FileManager.default.removeItem(at: shard)
            try scene.failure(
                "corpus", "recall", "--corpus", "gone", code: "shard-missing", status: 5)
            #expect(try Data(contentsOf: kept) == before)
        }
    }
}
