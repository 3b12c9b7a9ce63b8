import Domain
import Foundation
import TestSupport
import Testing

extension EndToEndTests {
    @Suite(.serialized) struct LogTests {
        private func bytes(_ value: JSONValue?) throws -> Data {
            let text = try #require(value?.text)
            return try #require(Data(base64Encoded: text))
        }

        @Test("A new workspace's log begins with its keys, and everything that is signed follows")
        func content() throws {
            let (scene, _) = try CertifiedWorld.scene()
            let fresh = try Scene(copying: SharedWorld.templates().indexed)
            #expect(try fresh.logSize() == 2)
            let audit = try fresh.json("log", "verify", schema: "log-verification")
            #expect(audit["entryCount"]?.integer == 2)
            try scene.json("log", "enter", schema: "log-enter")
            let size = try scene.logSize()
            #expect(size >= 3)
            let again = try scene.json("log", "enter", schema: "log-enter")
            #expect(again["certificates"]?.integer == 0)
            #expect(try scene.logSize() == size)
            try scene.expectSound()
        }

        @Test("A workspace from before the log begins it later, with the same key")
        func older() throws {
            let (scene, id) = try CertifiedWorld.scene()
            let key = try #require(try scene.keys().first?["keyID"]?.text)
            for name in ["log", "keys/log-key.pem", "keys/key-history.json"] {
                try FileManager.default.removeItem(
                    at: scene.workspace.appendingPathComponent(name))
            }
            try scene.failure("log", "show", code: "no-log", status: 4)
            #expect(try scene.keys().compactMap { $0["keyID"]?.text } == [key])
            #expect(
                try scene.json("certificate", "show", id, schema: "certificate")["keyID"]?.text
                    == key)
            #expect(try scene.lethe("keys", "rotate").status == 0)
            #expect(try scene.keys().count == 3)
            #expect(
                try scene.json("certificate", "show", id, schema: "certificate")["keyID"]?.text
                    == key)
        }

        @Test("A consistency proof leads from one checkpoint to the other by the rules of RFC 9162")
        func consistency() throws {
            let scene = try Scene(copying: SharedWorld.templates().indexed)
            #expect(try scene.lethe("keys", "rotate").status == 0)
            // One leaf to two: the old root is the left half, the proof is the right one.
            let short = try scene.json(
                "log", "proof", "--consistency", "1", "2", schema: "log-consistency")
            let first = try #require(short["hashes"]?.items)
            #expect(first.count == 1)
            #expect(
                try sha256(Data([1]), bytes(short["fromRoot"]), bytes(first.first))
                    == bytes(short["toRoot"]))
            // Two to three: the old root is the whole left subtree.
            let long = try scene.json(
                "log", "proof", "--consistency", "2", "3", schema: "log-consistency")
            let second = try #require(long["hashes"]?.items)
            #expect(second.count == 1)
            #expect(
                try sha256(Data([1]), bytes(long["fromRoot"]), bytes(second.first))
                    == bytes(long["toRoot"]))
            #expect(try bytes(long["fromRoot"]) == bytes(short["toRoot"]))
            try scene.failure(
                "log", "proof", "--consistency", "2", "9", code: "no-such-checkpoint", status: 4)
            try scene.failure("log", "proof", "--consistency", "2", code: "usage", status: 64)
        }

        @Test(
            "One flipped bit in a file of the log is found, and named",
            arguments: ["tile/entries/000.p/2", "tile/0/000.p/1", "journal/000000000000"])
        func flipped(path: String) throws {
            let scene = try Scene(copying: SharedWorld.templates().indexed)
            let file = scene.workspace.appendingPathComponent("log/\(path)")
            var content = try Data(contentsOf: file)
            content[content.count / 3] ^= 1
            try content.write(to: file)
            let error = try scene.failure("log", "verify", code: "damaged-log", status: 5)
            #expect(error["message"]?.text?.contains(path) == true, "\(error)")
            #expect(try scene.lethe("doctor").status == 5)
        }

        @Test(
            "The published copy grows with the log, and a log that forked is not published over it")
        func export() throws {
            let scene = try Scene(copying: SharedWorld.templates().indexed)
            let older = try Scene(copying: scene.workspace)
            let folder = scene.root.appendingPathComponent("public").path
            let first = try scene.json("log", "export", folder, schema: "log-export")
            #expect(first["size"]?.integer == 2)
            let again = try scene.json("log", "export", folder, schema: "log-export")
            #expect(again["writtenCount"]?.integer == 0)
            #expect(try scene.lethe("keys", "rotate").status == 0)
            let grown = try scene.json("log", "export", folder, schema: "log-export")
            #expect(grown["size"]?.integer == 3)
            #expect(!FileManager.default.fileExists(atPath: "\(folder)/journal"))
            let shown = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/checkpoint"))
            // Restored from before, and changed in another way since.
            try older.failure("log", "export", folder, code: "inconsistent-log", status: 5)
            #expect(try older.lethe("keys", "rotate").status == 0)
            try older.failure("log", "export", folder, code: "inconsistent-log", status: 5)
            #expect(
                try Data(contentsOf: URL(fileURLWithPath: "\(folder)/checkpoint")) == shown)
            try scene.failure(
                "log", "export", scene.workspace.appendingPathComponent("public").path,
                code: "cannot-create", status: 73)
        }

        @Test("A witness's signature, made by OpenSSL, is taken into the checkpoint it is about")
        func witness() throws {
            let scene = try Scene(copying: SharedWorld.templates().indexed)
            let request = scene.root.appendingPathComponent("request.txt")
            let asked = try scene.json(
                "log", "witness-request", request.path, schema: "log-witness-request")
            #expect(asked["from"]?.integer == 0)
            #expect(try String(contentsOf: request, encoding: .utf8).hasPrefix("old 0\n\n"))
            let name = "witness.example.org"
            let witness = try scene.witness(name)
            let line = try witness.signature(answering: request, at: 1_790_000_000)
            let answer = try scene.write(line, "answer.txt")
            let vkey = witness.vkey

            try scene.failure("log", "add-cosignature", answer, code: "no-witness", status: 64)
            // The log has grown meanwhile.
            #expect(try scene.lethe("keys", "rotate").status == 0)
            try scene.ask(witness)
            for _ in 0..<2 {
                let taken = try scene.json(
                    "log", "add-cosignature", answer, "--witness", vkey, schema: "log-cosignature")
                #expect(taken["size"]?.integer == 2)
                #expect(taken["sightings"]?.items?.first?["witness"]?.text == name)
            }
            let status = try scene.json("log", "show", schema: "log")
            #expect(status["witnessedSize"]?.integer == 2)
            #expect(status["witnesses"]?.items?.first?.text == vkey)
            #expect(status["size"]?.integer == 3)
            let next = try scene.json(
                "log", "witness-request", request.path, schema: "log-witness-request")
            #expect(next["from"]?.integer == 2)
            let other = try scene.write(
                line.replacing(name, with: "other.example.org"), "other.txt")
            try scene.failure("log", "add-cosignature", other, code: "too-few-witnesses", status: 5)
            try scene.expectSound()
        }

        @Test("The log and all keys are in a backup, and a restored workspace signs on with them")
        func backup() throws {
            let (scene, id) = try CertifiedWorld.scene()
            #expect(try scene.lethe("keys", "rotate").status == 0)
            let size = try scene.logSize()
            let backup = scene.root.appendingPathComponent("backup").path
            let target = scene.root.appendingPathComponent("restored").path
            try scene.json("backup", backup, schema: "backup")
            let restored = try scene.json("restore", backup, target, schema: "restore")
            #expect(restored["restored"]?["missingKeys"]?.items?.isEmpty == true)
            try scene.json(
                "certificate", "show", id, "--workspace", target, schema: "certificate")
            try scene.json("keys", "rotate", "--workspace", target, schema: "keys-rotate")
            let log = try scene.json("log", "show", "--workspace", target, schema: "log")
            #expect(log["size"]?.integer == size + 1)
            #expect(
                try scene.json(
                    "keys", "list", "--workspace", target, schema: "keys-list")["items"]?.items?
                    .count == 4)
            #expect(try scene.lethe("log", "verify", "--workspace", target).status == 0)
        }
    }
}
