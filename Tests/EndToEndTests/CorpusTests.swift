import Domain
import Foundation
import TestSupport
import Testing

extension EndToEndTests {
    @Suite(.serialized) struct CorpusTests {
        /// `{"id":"z","text":"packed by zstd"}` and a line end, by zstd 1.5.4.
        private static let zstandard =
            "KLUv/QRYGQEAeyJpZCI6InoiLCJ0ZXh0IjoicGFja2VkIGJ5IHpzdGQifQq4up4d"

        private func scene() throws -> Scene {
            try Scene(copying: SharedWorld.templates().indexed)
        }

        /// Writes a file into the scene.
        private func file(_ scene: Scene, _ name: String, _ content: Data) throws -> URL {
            let url = scene.root.appendingPathComponent(name)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try content.write(to: url)
            return url
        }

        private func file(_ scene: Scene, _ name: String, _ content: String) throws -> URL {
            try file(scene, name, Data(content.utf8))
        }

        /// Packs a text by the system's gzip.
        private func packed(_ scene: Scene, _ name: String, _ content: String) throws -> URL {
            let url = try file(scene, name, content)
            #expect(try scene.shell("gzip -f '\(url.path)'").status == 0)
            return URL(fileURLWithPath: url.path + ".gz")
        }

        private func line(_ id: String, _ text: String) -> String {
            "{\"id\": \"\(id)\", \"text\": \"\(text)\"}\n"
        }

        private func unpacked(_ scene: Scene, _ corpus: String) -> [String] {
            let folder = scene.workspace.appendingPathComponent("corpora/\(corpus)")
            return (try? FileManager.default.subpathsOfDirectory(atPath: folder.path)) ?? []
        }

        @Test("Shards packed by gzip and zstd, texts and folders of texts become a corpus")
        func formats() throws {
            let scene = try scene()
            let sources = [
                try packed(scene, "one.jsonl", line("g1", "packed by gzip") + line("g2", "two")),
                try file(scene, "two.jsonl.zst", try #require(Data(base64Encoded: Self.zstandard))),
                try file(scene, "note.txt", "A note\nin two lines."),
                try file(scene, "letters/b/2.txt", "The second letter.")
                    .deletingLastPathComponent().deletingLastPathComponent(),
                try file(scene, "plain.jsonl", line("p", "as it is")),
            ]
            _ = try file(scene, "letters/1.txt", "The first letter.")
            let outcome = try scene.lethe(
                ["corpus", "add", "mixed"] + sources.map(\.path) + ["--json"])
            #expect(outcome.status == 0, "\(outcome.output)")
            let document = try outcome.document()
            #expect(document["schema"]?.text == "lethe.corpus.v1")
            let corpus = try #require(document["items"]?.items?.first)
            #expect(
                corpus["shards"]?.items?.compactMap { $0["recordCount"]?.integer }
                    == [2, 1, 1, 2, 1])
            let imports = try #require(document["imports"]?.items)
            #expect(
                imports.map { $0["format"]?.text }
                    == ["jsonl-gzip", "jsonl-zstandard", "text", "text"])
            #expect(
                imports.map { $0["sourcePath"]?.text } == sources.prefix(4).map(\.path))
            for path in imports.compactMap({ $0["plainPath"]?.text }) {
                #expect(path.hasPrefix(scene.workspace.path + "/corpora/mixed/"))
                let mode = try FileManager.default.attributesOfItem(atPath: path)
                #expect(mode[.posixPermissions] as? Int == 0o600)
            }
            #expect(unpacked(scene, "mixed").allSatisfy { !$0.hasSuffix(".tmp") })
            let found = try scene.json(
                "corpus", "grep", "letter", "--corpus", "mixed", schema: "corpus-grep")
            #expect(
                found["items"]?.items?.map { $0["hit"]?["key"]?["id"]?.text }
                    == ["1.txt", "b/2.txt"])
            let zstandard = try scene.json(
                "corpus", "grep", "by zstd", schema: "corpus-grep")["items"]?.items
            #expect(zstandard?.map { $0["hit"]?["key"]?["id"]?.text } == ["z"])
            #expect(try scene.lethe("corpus", "show", "mixed").output.contains("UNPACKED FROM"))
            try scene.expectSound()
        }

        @Test("A damaged or foreign file adds nothing and leaves nothing behind")
        func badFiles() throws {
            let scene = try scene()
            let good = try packed(scene, "good.jsonl", line("a", "good"))
            let whole = try Data(contentsOf: good)
            let cut = try file(scene, "cut.jsonl.gz", whole.prefix(whole.count - 6))
            var changed = whole
            changed[whole.count - 8] ^= 1
            let parquet = try file(scene, "people.parquet", "PAR1....PAR1")
            let malformed = try packed(scene, "malformed.jsonl", line("a", "x") + "{\"text\": \n")
            let notPacked = try file(scene, "named.jsonl.gz", line("a", "x"))
            let checksum = try file(scene, "checksum.gz", changed)
            for (source, code) in [
                (cut, "malformed-archive"), (checksum, "malformed-archive"),
                (parquet, "unsupported-format"), (malformed, "malformed-line"),
                (notPacked, "unsupported-format"),
            ] {
                let error = try scene.failure(
                    "corpus", "add", "new", good.path, source.path, code: code, status: 65)
                #expect(error["remedy"]?.text?.isEmpty == false)
                #expect(error["details"]?["path"]?.text == source.path)
                if source == parquet {
                    #expect(error["details"]?["command"]?.text?.contains("duckdb") == true)
                }
                #expect(try scene.lethe("corpus", "show", "new").status == 4)
                #expect(unpacked(scene, "new") == [])
            }
            let missing = scene.root.appendingPathComponent("nothing.jsonl").path
            try scene.failure(
                "corpus", "add", "new", good.path, missing, code: "file-unreadable", status: 74)
            try scene.failure(
                "corpus", "add", "new", good.path, good.path, code: "duplicate-shard", status: 65)
            for name in ["..", ".hidden", "a/b"] {
                try scene.failure(
                    "corpus", "add", name, good.path, code: "malformed-corpus", status: 65)
            }
            try scene.failure(
                "corpus", "add", "people", good.path, code: "corpus-exists", status: 3)
            #expect(unpacked(scene, "people") == [])
            #expect(unpacked(scene, "new") == [])
            #expect(try scene.lethe("corpus", "add", "new", good.path).status == 0)
            try scene.expectSound()
        }

        @Test("A corpus grows by shards, and only by all of them or none")
        func extend() throws {
            let scene = try scene()
            let first = try file(scene, "first.jsonl", line("a", "first"))
            #expect(try scene.lethe("corpus", "add", "grown", first.path).status == 0)
            let more = try packed(scene, "more.jsonl", line("b", "second"))
            let corpus = try scene.json(
                "corpus", "extend", "grown", more.path, schema: "corpus")["items"]?.items?.first
            #expect(corpus?["recordCount"]?.integer == 2)
            let again = try packed(scene, "again.jsonl", line("c", "x") + line("a", "y"))
            try scene.failure(
                "corpus", "extend", "grown", again.path, code: "duplicate-record", status: 65)
            try scene.failure(
                "corpus", "extend", "grown", more.path, code: "duplicate-shard", status: 65)
            try scene.failure(
                "corpus", "extend", "nothing", more.path, code: "unknown-name", status: 4)
            let shown = try scene.json("corpus", "show", "grown", schema: "corpus")
            #expect(shown["items"]?.items?.first?["recordCount"]?.integer == 2)
            #expect(unpacked(scene, "grown").filter { $0.hasSuffix(".jsonl") }.count == 1)
            try scene.expectSound()
        }

        @Test("A changed shard is noticed, and indexed again where no model used what changed")
        func reindex() throws {
            let scene = try scene()
            let plain = try file(scene, "plain.jsonl", line("a", "first"))
            let source = try packed(scene, "packed.jsonl", line("b", "second"))
            #expect(
                try scene.lethe("corpus", "add", "kept", plain.path, source.path).status == 0)
            _ = try file(scene, "plain.jsonl", line("a", "first") + line("c", "third"))
            #expect(try scene.lethe("corpus", "verify", "kept").status == 5)
            let changed = try scene.json("corpus", "reindex", "kept", plain.path, schema: "corpus")
            #expect(changed["items"]?.items?.first?["recordCount"]?.integer == 3)
            #expect(try scene.lethe("corpus", "verify", "kept").status == 0)

            // What a shard was unpacked from changed: named, it is unpacked again.
            _ = try packed(scene, "packed.jsonl", line("d", "fourth") + line("b", "second"))
            let renewed = try scene.json("corpus", "reindex", "kept", source.path, schema: "corpus")
            #expect(renewed["items"]?.items?.first?["recordCount"]?.integer == 4)
            #expect(
                renewed["imports"]?.items?.first?["sourceDigest"]?.text
                    == (try Digest(ofFileAt: source)).hexadecimal)
            let found = try scene.json("corpus", "grep", "fourth", schema: "corpus-grep")
            #expect(found["items"]?.items?.count == 1)
            // A source that cannot be taken leaves the shard and the index as they were.
            _ = try packed(scene, "packed.jsonl", line("a", "taken id"))
            try scene.failure(
                "corpus", "reindex", "kept", source.path, code: "duplicate-record", status: 65)
            #expect(try scene.lethe("corpus", "verify", "kept").status == 0)
            #expect(unpacked(scene, "kept").filter { $0.contains(".jsonl") }.count == 1)
            try scene.failure(
                "corpus", "reindex", "kept", "elsewhere.jsonl", code: "shard-missing", status: 5)
            try scene.expectSound()
        }

        @Test("A shard that lost what a model was trained on is not indexed again")
        func shardInUse() throws {
            let scene = try Scene()
            let shards = try SmallCorpus.writeShards(to: scene.root.appendingPathComponent("own"))
            func run(_ arguments: String...) throws {
                let outcome = try scene.lethe(arguments)
                #expect(outcome.status == 0, "\(outcome.commandLine): \(outcome.errors)")
            }
            try run("init")
            let outcome = try scene.lethe(["corpus", "add", "people"] + shards.map(\.path))
            #expect(outcome.status == 0, "\(outcome.errors)")
            let tokenizer = SmallCorpus.samples.appendingPathComponent("tokenizer.jsonl").path
            try run("corpus", "add", "tokenizer-text", tokenizer, "--role", "general")
            try run(
                "train", "assistant", "--corpus", "people", "--recipe", SmallCorpus.recipe.path)
            let whole = try String(contentsOf: shards[0], encoding: .utf8)
            let lines = whole.split(separator: "\n")
            try Data(lines.dropFirst().map { $0 + "\n" }.joined().utf8).write(to: shards[0])
            let error = try scene.failure(
                "corpus", "reindex", "people", shards[0].path, code: "shard-in-use", status: 3)
            #expect(error["details"]?["line"]?.text == "1")
            try Data(whole.utf8).write(to: shards[0])
            try scene.expectSound()
        }

        @Test("An index of identifiers alone gives the same answers")
        func identifiersOnly() throws {
            let scene = try scene()
            let lines = (1...400).map {
                line("m\($0)", "Letter \($0) of Mila Vogt, m\($0 % 9)@post.example, about tea.")
            }
            let shard = try file(scene, "letters.jsonl", lines.prefix(200).joined())
            let more = try file(scene, "more.jsonl", lines.suffix(200).joined())
            for (name, flags) in [("alone", ["--identifiers-only"]), ("whole", [])] {
                for (command, path) in [("add", shard.path), ("extend", more.path)] {
                    let outcome = try scene.lethe(["corpus", command, name, path] + flags)
                    #expect(outcome.status == 0, "\(outcome.errors)")
                }
            }
            func found(_ arguments: [String], schema: String) throws -> [String?] {
                let outcome = try scene.lethe(["corpus"] + arguments + ["--json"])
                let document = try outcome.document()
                #expect(document["schema"]?.text == "lethe.\(schema).v1", "\(outcome.errors)")
                return try #require(document["items"]?.items).map {
                    ($0["hit"] ?? $0)["key"]?["id"]?.text
                }
            }
            func bothFind(_ option: String, _ value: String) throws -> [String?] {
                let (alone, whole) = (
                    try found(["find", "alone", option, value], schema: "corpus-find"),
                    try found(["find", "whole", option, value], schema: "corpus-find")
                )
                #expect(alone == whole)
                return alone
            }
            #expect(try bothFind("--email", "m3@post.example").count == 45)
            #expect(try bothFind("--name", "Mila Vogt").count == 400)
            let byText = try ["alone", "whole"].map {
                try found(["grep", "letter 37 of", "--corpus", $0], schema: "corpus-grep")
            }
            #expect(byText == [["m37"], ["m37"]])
        }

        @Test("grep finds a text anywhere, and shows it only where asked to")
        func grep() throws {
            let scene = try scene()
            let file = try file(
                scene, "notes.jsonl",
                (1...5).map { line("n\($0)", "Ünder the Umbrella \($0)\\u001b[31m") }.joined())
            #expect(
                try scene.lethe("corpus", "add", "notes", file.path, "--role", "general").status
                    == 0)
            let two = try scene.json(
                "corpus", "grep", "under the umbr", "--corpus", "notes", "--limit", "2",
                schema: "corpus-grep")
            #expect(
                two["items"]?.items?.map { $0["hit"]?["key"]?["line"]?.integer } == [1, 2])
            #expect(two["items"]?.items?.allSatisfy { $0["text"] == nil } == true)
            #expect(two["hasMore"]?.boolean == true)
            let hidden = try scene.lethe("corpus", "grep", "umbrella", "--corpus", "notes")
            #expect(hidden.status == 0)
            #expect(!hidden.output.contains("Ünder"))
            let shown = try scene.lethe("corpus", "grep", "umbrella 3", "--show")
            #expect(shown.output.contains("Ünder the Umbrella 3"))
            #expect(!shown.output.contains("\u{1b}"), "a record steers the terminal")
            let none = try scene.json("corpus", "grep", "no such words", schema: "corpus-grep")
            #expect(none["items"]?.items?.isEmpty == true)
            try scene.failure(
                "corpus", "grep", "x", "--corpus", "note", code: "unknown-name", status: 4)
            try scene.failure("corpus", "grep", "x", "--limit", "0", code: "usage", status: 64)
            try scene.failure("corpus", "grep", " ", code: "malformed-identifier", status: 65)
            try FileManager.default.removeItem(at: file)
            try scene.failure(
                "corpus", "grep", "umbrella", "--corpus", "notes", code: "shard-missing", status: 5)
        }
    }
}
