import Domain
import Foundation
import GRDB
import TestSupport
import Testing

extension EndToEndTests {
    @Suite(.serialized) struct IntegrityTests {
        @Test(
            "A change to the history behind Lethe's back is found, and ends with 5",
            arguments: [
                // An entry's text, an entry's author, a lost entry, a lost end, a case's state.
                "UPDATE history SET body = replace(body, 'received', 'certified') WHERE sequence = 7",
                "UPDATE history SET body = replace(body, 'actor\":\"', 'actor\":\"x') WHERE sequence = 3",
                "DELETE FROM history WHERE sequence = 4",
                "DELETE FROM history WHERE sequence = (SELECT max(sequence) FROM history)",
                "UPDATE cases SET record = replace(record, '\"received\"', '\"refused\"')",
                "UPDATE cases SET record = replace(record, '\"gdpr-eu\"', '\"ccpa\"')",
                "DELETE FROM cases",
            ])
        func changedHistory(sql: String) throws {
            let scene = try Scene(copying: SharedWorld.templates().trained)
            _ = try scene.takeIn(SmallCorpus.file("katlin.xml"))
            try scene.expectSound()
            let file = scene.workspace.appendingPathComponent("cases.sqlite").path
            var configuration = Configuration()
            configuration.foreignKeysEnabled = false
            let queue = try DatabaseQueue(path: file, configuration: configuration)
            try queue.writeWithoutTransaction { db in
                for trigger in ["historyKeepsEntries", "historyKeepsAll", "historyHasNoGaps"] {
                    try db.execute(sql: "DROP TRIGGER \(trigger)")
                }
                // Stored as bytes: replaced as text and put back as bytes.
                try db.execute(sql: Self.onBytes(sql))
                #expect(db.changesCount > 0, "nothing was changed by: \(sql)")
            }
            try queue.close()
            try scene.failure("history", "verify", code: "history-broken", status: 5)
            let findings = try scene.json("doctor", schema: "doctor", status: 5)["items"]?.items
            let chain = findings?.first { $0["check"]?.text == "history chain" }
            #expect(chain?["isSound"]?.boolean == false)
        }

        private static func onBytes(_ sql: String) -> String {
            var text = sql
            for column in ["body", "record"] {
                text = text.replacingOccurrences(
                    of: "\(column) = replace(\(column),",
                    with: "\(column) = replace(CAST(\(column) AS TEXT),")
            }
            guard let range = text.range(of: "replace(CAST") else { return text }
            let end =
                text.range(of: ") WHERE")?.lowerBound ?? text.index(before: text.endIndex)
            return text[..<range.lowerBound] + "CAST(" + text[range.lowerBound...end]
                + " AS BLOB)" + text[text.index(after: end)...]
        }

        @Test("A certificate with one character changed is refused by lethe and by openssl")
        func changedCertificate() throws {
            let scene = try Scene(copying: SharedWorld.templates().trained)
            let request = try SharedWorld.reference().request
            let id = try scene.takeIn(request)
            #expect(try scene.lethe("run", "--method", "retrain").status == 0)
            let bundle = scene.root.appendingPathComponent("bundle")
            try scene.lethe("certificate", "export", id, bundle.path)
            let file = bundle.appendingPathComponent("certificate.dsse.json")
            let script = "sh '\(bundle.appendingPathComponent("verify.sh").path)'"
            let good = try Data(contentsOf: file)
            #expect(try scene.shell(script).status == 0)
            let text = String(decoding: good, as: UTF8.self)
            func offset(after key: String) throws -> Int {
                let range = try #require(text.range(of: "\"\(key)\": \""))
                return text.utf8.distance(from: text.startIndex, to: range.upperBound)
            }
            let payload = try offset(after: "payload")
            let places = [
                payload, payload + 200, payload + 4001, try offset(after: "payloadType") + 3,
                try offset(after: "keyid") + 5, try offset(after: "sig"),
                try offset(after: "sig") + 85, good.count - 2, 0,
            ]
            for place in places {
                var changed = good
                changed[place] = changed[place] == UInt8(ascii: "A") ? UInt8(ascii: "B") : 65
                try changed.write(to: file)
                let byLethe = try scene.lethe("certificate", "verify", file.path)
                #expect(byLethe.status == 5, "byte \(place): \(byLethe.output)\(byLethe.errors)")
                #expect(try scene.shell(script).status == 1, "byte \(place)")
            }
            // A file of 64 GB, most of it a hole, is not read to its end.
            #expect(try scene.shell("truncate -s 64G '\(file.path)'").status == 0)
            let large = try scene.lethe("certificate", "verify", file.path)
            #expect(large.status == 5, "\(large.output)\(large.errors)")
            #expect(large.errors.contains("larger than 16777216 bytes"), "\(large.errors)")
            try good.write(to: file)
            // The same in the workspace: nothing is shown or exported from it.
            let kept = scene.workspace.appendingPathComponent(
                "certificates/\(id)/certificate.dsse.json")
            var changed = good
            changed[payload + 200] = changed[payload + 200] == 65 ? 66 : 65
            try changed.write(to: kept)
            #expect(try scene.lethe("certificate", "show", id).status == 5)
            #expect(try scene.lethe("doctor").status == 5)
            let again = scene.root.appendingPathComponent("again")
            #expect(try scene.lethe("certificate", "export", id, again.path).status == 5)
            #expect(!FileManager.default.fileExists(atPath: again.path))
        }

        @Test("Weights changed on disk are never used, and end with 5")
        func changedWeights() throws {
            let templates = try SharedWorld.templates()
            let scene = try Scene(copying: templates.trained)
            let id = try scene.takeIn(SmallCorpus.file("katlin.xml"))
            let file = scene.workspace.appendingPathComponent(
                "models/\(templates.model)/model.safetensors")
            var weights = try Data(contentsOf: file)
            weights[weights.count - 3] ^= 1
            try weights.write(to: file)
            try scene.failure(
                "generate", "assistant", "--prompt", "x", code: "model-damaged", status: 5)
            try scene.json("model", "verify", schema: "model-verify", status: 5)
            #expect(try scene.lethe("run", "--method", "retrain").status == 5)
            #expect(try scene.state(id) == "scoped")
            #expect(try scene.lethe("doctor").status == 5)
        }

        @Test("A run that lost its file is found, and the doctor says what to do")
        func lostRunFile() throws {
            let scene = try Scene(copying: SharedWorld.templates().trained)
            let runs = scene.workspace.appendingPathComponent("runs")
            let names = try FileManager.default.contentsOfDirectory(atPath: runs.path)
            let name = try #require(names.first { $0.hasPrefix("R-") })
            try FileManager.default.removeItem(
                at: runs.appendingPathComponent(name).appendingPathComponent("run.json"))
            let findings = try scene.json("doctor", schema: "doctor", status: 5)["items"]?.items
            let broken = findings?.filter { $0["isSound"]?.boolean != true } ?? []
            #expect(broken.map { $0["check"]?.text } == ["runs"])
            #expect(broken.first?["detail"]?.text?.contains(name) == true)
            #expect(broken.first?["remedy"]?.text == "Restore it from a backup.")
        }

        @Test("A shard changed after it was indexed is found, and no deletion is made from it")
        func changedShard() throws {
            let scene = try Scene()
            let shards = try SmallCorpus.writeShards(to: scene.root.appendingPathComponent("own"))
            #expect(try scene.lethe("init").status == 0)
            #expect(
                try scene.lethe(["corpus", "add", "people"] + shards.map(\.path)).status == 0)
            let text = try String(contentsOf: shards[1], encoding: .utf8)
            let changed = text.replacingOccurrences(of: "birth date", with: "birth data")
            try Data(changed.utf8).write(to: shards[1])
            let checks = try scene.json(
                "corpus", "verify", "people", schema: "corpus-verify", status: 5)["items"]?.items
            #expect(
                checks?.compactMap { $0["status"]?.text } == ["same", "changed", "same", "same"])
            #expect(try scene.lethe("doctor").status == 5)
        }
    }
}
