import Domain
import Foundation
import TestSupport
import Testing

extension EndToEndTests {
    @Suite(.serialized) struct BackupTests {
        private func path(_ name: String, in scene: Scene) -> String {
            scene.root.appendingPathComponent(name).path
        }

        private func exists(_ path: String) -> Bool {
            FileManager.default.fileExists(atPath: path)
        }

        private func permissions(_ path: String) throws -> Int? {
            try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        }

        /// Findings of the doctor that are not sound.
        private func broken(in workspace: String, _ scene: Scene) throws -> [String] {
            let outcome = try scene.lethe("doctor", "--workspace", workspace, "--json")
            let findings = try #require(try outcome.document()["items"]?.items)
            #expect(findings.count > 10)
            return findings.filter { $0["isSound"]?.boolean != true }
                .compactMap { $0["check"]?.text }
        }

        @Test("A restored workspace is sound, is what the backup was, and its history says so")
        func roundTrip() throws {
            let scene = try Scene(copying: SharedWorld.templates().trained)
            let id = try scene.takeIn(SmallCorpus.file("katlin.xml"))
            #expect(try scene.lethe("case", "advance", id).status == 0)
            let (backup, target) = (path("backup", in: scene), path("restored", in: scene))
            let made = try scene.json("backup", backup, schema: "backup")
            #expect(made["omitted"]?.items?.isEmpty == true)
            let whole = try scene.json("backup", "verify", backup, schema: "backup-verification")
            #expect(whole["fileCount"]?.integer == made["fileCount"]?.integer)
            #expect(whole["history"]?["headHash"]?.text == made["history"]?["headHash"]?.text)
            #expect(try permissions(backup) == 0o700)
            for name in ["cases.sqlite", "lineage.sqlite", "keys/vault.key", "manifest.json"] {
                #expect(try permissions("\(backup)/\(name)") == 0o600, "\(name)")
            }
            // What happens later is not in it.
            _ = try scene.takeIn(SmallCorpus.file("margarita.json"))
            let restored = try scene.json("restore", backup, target, schema: "restore")
            #expect(restored["restored"]?["missingKeys"]?.items?.isEmpty == true)
            let next = restored["next"]?.items?.compactMap(\.text) ?? []
            #expect(next.contains { $0.contains("lethe restore-check") })
            #expect(try permissions(target) == 0o700)
            #expect(try permissions("\(target)/keys/vault.key") == 0o600)
            #expect(try broken(in: target, scene) == [])
            let list = try scene.json("case", "list", "--workspace", target, schema: "case-list")
            #expect(list["items"]?.items?.compactMap { $0["id"]?.text } == [id])
            let history = try scene.json(
                "history", "export", "--workspace", target, schema: "history")["items"]?.items
            #expect(history?.last?["event"]?.text == "restored")
            // It goes on from where the backup stood, with requests that can be read.
            #expect(
                try scene.lethe("case", "withdraw", id, "--reason", "x", "--workspace", target)
                    .status == 0)
            _ = try scene.json(
                "intake", SmallCorpus.file("margarita.json").path, "--workspace", target,
                schema: "intake")
            #expect(try broken(in: target, scene) == [])
            try scene.expectSound()
        }

        @Test(
            "A damaged backup is refused with the file's name, and nothing is restored",
            arguments: ["changed", "missing", "added", "manifest"])
        func damaged(how: String) throws {
            let scene = try Scene(copying: SharedWorld.templates().indexed)
            let (backup, target) = (path("backup", in: scene), path("restored", in: scene))
            try scene.json("backup", backup, schema: "backup")
            let file = URL(fileURLWithPath: "\(backup)/policy.yaml")
            var named = "policy.yaml"
            switch how {
            case "changed":
                var content = try Data(contentsOf: file)
                content[40] ^= 1
                try content.write(to: file)
            case "missing": try FileManager.default.removeItem(at: file)
            case "added":
                named = "reports/more.json"
                // A folder without files is not in a backup.
                try FileManager.default.createDirectory(
                    atPath: "\(backup)/reports", withIntermediateDirectories: true)
                try Data("{}".utf8).write(to: URL(fileURLWithPath: "\(backup)/\(named)"))
            default:
                named = "manifest"
                let manifest = URL(fileURLWithPath: "\(backup)/manifest.json")
                let text = try String(contentsOf: manifest, encoding: .utf8)
                let changed = text.replacingOccurrences(of: "policy.yaml", with: "policy.yami")
                try Data(changed.utf8).write(to: manifest)
            }
            let verify = try scene.failure(
                "backup", "verify", backup, code: "backup-damaged", status: 5)
            #expect(verify["message"]?.text?.contains(named) == true, "\(verify)")
            let restore = try scene.failure(
                "restore", backup, target, code: "backup-damaged", status: 5)
            #expect(restore["message"]?.text?.contains(named) == true)
            #expect(!exists(target))
        }

        @Test("Neither a backup nor a restoration goes into a folder with content")
        func fullFolder() throws {
            let scene = try Scene(copying: SharedWorld.templates().indexed)
            let (backup, full) = (path("backup", in: scene), path("full", in: scene))
            try scene.json("backup", backup, schema: "backup")
            try FileManager.default.createDirectory(
                atPath: full, withIntermediateDirectories: true)
            try Data("mine".utf8).write(to: URL(fileURLWithPath: "\(full)/file"))
            try scene.failure("restore", backup, full, code: "target-not-empty", status: 73)
            try scene.failure("backup", full, code: "target-not-empty", status: 73)
            #expect(try FileManager.default.contentsOfDirectory(atPath: full) == ["file"])
            try scene.failure(
                "backup", scene.workspace.appendingPathComponent("reports/own").path,
                code: "cannot-create", status: 73)
            try scene.failure(
                "backup", "verify", path("nothing", in: scene), code: "file-unreadable", status: 74)
        }

        @Test("A backup without keys and models says so, and is opened once the keys are back")
        func withoutKeys() throws {
            let scene = try Scene(copying: SharedWorld.templates().trained)
            _ = try scene.takeIn(SmallCorpus.file("katlin.xml"))
            let (backup, target) = (path("backup", in: scene), path("restored", in: scene))
            let made = try scene.json(
                "backup", backup, "--without-keys", "--without-models", schema: "backup")
            #expect(made["omitted"]?.items?.compactMap(\.text) == ["keys", "models"])
            let keys = [
                "keys/vault.key", "keys/signing-key.pem", "lineage.sqlite.key", "keys/log-key.pem",
            ]
            for name in keys + ["models"] { #expect(!exists("\(backup)/\(name)"), "\(name)") }
            #expect(exists("\(backup)/keys/signing-key.pub.pem"))
            let restored = try scene.json("restore", backup, target, schema: "restore")
            let missing = restored["restored"]?["missingKeys"]?.items?.compactMap(\.text)
            #expect(missing == keys)
            #expect(try scene.lethe("case", "list", "--workspace", target).status != 0)
            for name in keys {
                try FileManager.default.copyItem(
                    at: scene.workspace.appendingPathComponent(name),
                    to: URL(fileURLWithPath: "\(target)/\(name)"))
            }
            let list = try scene.json("case", "list", "--workspace", target, schema: "case-list")
            #expect(list["count"]?.integer == 1)
            let version = "model assistant version 1"
            #expect(try broken(in: target, scene) == [version])
            #expect(exists("\(target)/runs"))
        }

        @Test("With the tombstones of a later erasure, a restoration ends with what came back")
        func erasedSince() throws {
            let world = try ErasureWorld()
            let scene = world.scene
            let (id, _) = try world.certified()
            let (backup, target) = (path("backup", in: scene), path("restored", in: scene))
            try scene.json("backup", backup, schema: "backup")
            _ = try world.erase(id)
            let tombstones = scene.workspace.appendingPathComponent("tombstones.jsonl").path
            let restored = try scene.json(
                "restore", backup, target, "--tombstones", tombstones, schema: "restore", status: 2)
            #expect(restored["check"]?.items?.isEmpty == false)
            #expect(
                try scene.lethe(
                    "restore-check", "--workspace", target, "--tombstones", tombstones
                ).status == 2)
            // A backup made after the erasure brings nothing back.
            let (later, sound) = (path("later", in: scene), path("sound", in: scene))
            try scene.json("backup", later, schema: "backup")
            let clean = try scene.json("restore", later, sound, schema: "restore")
            #expect(clean["check"]?.items?.isEmpty == true)
        }
    }
}
