import Domain
import Foundation
import TestSupport
import Testing

extension EndToEndTests {
    @Suite(.serialized) struct PrivacyTests {
        /// Files below a folder, and the personal values in each, whatever their letter case.
        private func findings(
            in folder: URL, values: [String], except isAllowed: (String) -> Bool
        ) throws -> (fileCount: Int, found: [String]) {
            let paths = try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted()
            var found: [String] = []
            var fileCount = 0
            for path in paths where !isAllowed(path) {
                guard let data = try? Data(contentsOf: folder.appendingPathComponent(path)) else {
                    continue
                }
                fileCount += 1
                // Latin-1 keeps every byte, so text inside databases is found too.
                var texts = [String(data: data, encoding: .isoLatin1) ?? ""]
                if path.hasSuffix(".dsse.json") {
                    let payload = try JSONParser.parse(Array(data))["payload"]?.text
                    let statement = try #require(payload.flatMap { Data(base64Encoded: $0) })
                    texts.append(String(decoding: statement, as: UTF8.self))
                }
                for text in texts.map({ $0.lowercased() }) {
                    found += values.filter { text.contains($0.lowercased()) }.map {
                        "\(path): \($0)"
                    }
                }
            }
            return (fileCount, found)
        }

        @Test("Nothing outside the index names a person: cases, reports, certificates, runs, keys")
        func nothingNamesAPerson() throws {
            let values = try SmallCorpus.personalValues()
            let scene = try Scene(copying: SharedWorld.templates().trained)
            // All ways a case can go: exact, approximate, control, ambiguous, refused by intake.
            let first = try scene.takeIn(SmallCorpus.file("katlin.xml"))
            try scene.lethe("run", "--method", "retrain")
            let second = try scene.takeIn(SmallCorpus.file("margarita.json"))
            try scene.lethe("run", "--case", second, "--method", "none")
            try scene.lethe("run")
            let third = try scene.takeIn(SmallCorpus.file("ambiguous.json"))
            try scene.lethe("intake", SmallCorpus.file("malformed.json").path)
            try scene.lethe("intake", SmallCorpus.file("katlin.xml").path)
            try scene.lethe("run")
            for id in [first, second, third] {
                for verb in ["show", "explain", "history"] {
                    try scene.lethe("case", verb, id)
                    try scene.lethe("case", verb, id, "--json")
                }
                try scene.lethe("certificate", "show", id)
                try scene.lethe(
                    "certificate", "export", id, scene.root.appendingPathComponent("out-\(id)").path
                )
            }
            try scene.lethe("history", "export")
            try scene.lethe(
                "corpus", "find", "--email", "margarita_bronze@me.com", "--json")
            #expect(try !scene.certificates().isEmpty)
            #expect(scene.outcomes.count > 25)

            let inside = try findings(in: scene.workspace, values: values) { path in
                path.hasSuffix(".safetensors") || path.hasPrefix("lineage.sqlite")
            }
            #expect(inside.fileCount > 20)
            #expect(inside.found == [])
            let outside = try findings(in: scene.root, values: values) { path in
                path.hasPrefix("workspace/") || path.hasPrefix(".streams/")
            }
            #expect(outside.found == [])
            // The search can find: in the shards it does.
            let shards = try SharedWorld.templates().shards[0].deletingLastPathComponent()
            let control = try findings(in: shards, values: values) { _ in false }
            #expect(control.found.count > 150)
        }

        @Test("Files that hold keys, cases and weights are readable by their owner alone")
        func permissions() throws {
            let scene = try Scene(copying: SharedWorld.templates().trained)
            _ = try scene.takeIn(SmallCorpus.file("katlin.xml"))
            let owned = [
                "keys/vault.key", "keys/signing-key.pem", "cases.sqlite", "lineage.sqlite",
                "lineage.sqlite.key",
            ]
            for name in owned {
                let mode =
                    try FileManager.default.attributesOfItem(
                        atPath: scene.workspace.appendingPathComponent(name).path)[
                        .posixPermissions] as? Int
                #expect(mode == 0o600, "\(name)")
            }
        }
    }
}
