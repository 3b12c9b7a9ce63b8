import Domain
import Foundation
import TestSupport
import Testing

extension EndToEndTests {
    @Suite(.serialized) struct KeysTests {
        private static let passphrase = "correct horse battery staple"

        private func permissions(_ url: URL) throws -> Int? {
            try FileManager.default.attributesOfItem(atPath: url.path)[.posixPermissions] as? Int
        }

        private func exists(_ url: URL) -> Bool {
            FileManager.default.fileExists(atPath: url.path)
        }

        private func signers(_ id: String, in scene: Scene) throws -> [String] {
            let shown = try scene.json("certificate", "show", id, schema: "certificate")
            return shown["signers"]?.items?.compactMap(\.text) ?? []
        }

        @Test("A rotated key's certificates stay valid, and the new key is what OpenSSL reads")
        func rotation() throws {
            let (scene, id) = try CertifiedWorld.scene()
            let before = try scene.keys()
            #expect(before.compactMap { $0["role"]?.text } == ["issuer", "log"])
            let old = try #require(before.first?["keyID"]?.text)
            #expect(try scene.keyID(ofPrivateKey: scene.keyFile("signing-key.pem")) == old)
            let size = try scene.logSize()
            let rotation = try scene.json(
                "keys", "rotate", "--overlap-days", "7", schema: "keys-rotate")
            #expect(rotation["wasResumed"]?.boolean == false)
            #expect(rotation["oldKey"]?["keyID"]?.text == old)
            let new = try #require(rotation["newKey"]?["keyID"]?.text)
            #expect(try scene.keyID(ofPrivateKey: scene.keyFile("signing-key.pem")) == new)
            let retired = scene.keyFile("retired/\(old).pem")
            #expect(try scene.keyID(ofPrivateKey: retired) == old)
            #expect(try permissions(retired) == 0o600)
            #expect(try permissions(scene.keyFile("signing-key.pem")) == 0o600)
            #expect(!exists(scene.keyFile("next-signing-key.pem")))
            #expect(try scene.logSize() == size + 1)
            #expect(try signers(id, in: scene) == [old])
            // The next one goes without a trace of its private key.
            let second = try scene.json(
                "keys", "rotate", "--overlap-days", "0", "--shred-old", schema: "keys-rotate")
            #expect(second["oldKey"]?["keyID"]?.text == new)
            #expect(!exists(scene.keyFile("retired/\(new).pem")))
            #expect(try signers(id, in: scene) == [old])
            #expect(try scene.keys().count == 4)
            try scene.expectSound()
            let history = try scene.json("history", "export", schema: "history")["items"]?.items
            #expect(history?.filter { $0["event"]?.text == "signing-key-rotated" }.count == 2)
        }

        @Test("A rotation that was stopped is ended by the same command, with the same key")
        func stopped() throws {
            let (scene, id) = try CertifiedWorld.scene()
            let manager = FileManager.default
            let names = ["signing-key.pem", "signing-key.pub.pem"]
            let old = try names.map { try Data(contentsOf: scene.keyFile($0)) }
            let first = try scene.json("keys", "rotate", schema: "keys-rotate")
            let new = try #require(first["newKey"]?["keyID"]?.text)
            let oldID = try #require(first["oldKey"]?["keyID"]?.text)
            let size = try scene.logSize()
            // As a kill leaves it after the history and before the keys change places.
            try manager.moveItem(
                at: scene.keyFile("signing-key.pem"), to: scene.keyFile("next-signing-key.pem"))
            for (name, content) in zip(names, old) {
                try content.write(to: scene.keyFile(name))
            }
            try manager.setAttributes(
                [.posixPermissions: 0o600], ofItemAtPath: scene.keyFile(names[0]).path)
            try manager.removeItem(at: scene.keyFile("retired"))
            try scene.expectSound()
            #expect(try signers(id, in: scene) == [oldID])
            let passphrase = try scene.write(Self.passphrase, "passphrase")
            try scene.failure(
                "keys", "protect", "--new-passphrase-file", passphrase,
                code: "rotation-unfinished", status: 3)
            let again = try scene.json("keys", "rotate", schema: "keys-rotate")
            #expect(again["wasResumed"]?.boolean == true)
            #expect(again["newKey"]?["keyID"]?.text == new)
            #expect(try scene.keyID(ofPrivateKey: scene.keyFile("signing-key.pem")) == new)
            #expect(exists(scene.keyFile("retired/\(oldID).pem")))
            #expect(try scene.logSize() == size)
            #expect(try scene.keys().count == 3)
            try scene.expectSound()
        }

        @Test("After a rotation certificates are signed with the new key, and hold beside old ones")
        func newCertificate() throws {
            let scene = try Scene(copying: SharedWorld.templates().trained)
            let new = try #require(
                try scene.json("keys", "rotate", "--overlap-days", "0", schema: "keys-rotate")[
                    "newKey"]?["keyID"]?.text)
            let id = try scene.takeIn(SharedWorld.reference().request)
            let run = try scene.lethe("run", "--method", "retrain")
            try #require(run.status == 0, "\(run.output)\(run.errors)")
            #expect(try signers(id, in: scene) == [new])
            try scene.expectSound()
        }

        @Test(
            "What a compromised key signed is refused; what a superseded one signed before, is not")
        func revocation() throws {
            let (scene, id) = try CertifiedWorld.scene()
            let rows = try scene.keys()
            let old = try #require(rows.first?["keyID"]?.text)
            let log = try #require(rows.last?["keyID"]?.text)
            for key in [old, log] {
                try scene.failure(
                    "keys", "revoke", key, "--reason", "ceased", code: "key-in-use", status: 3)
            }
            try scene.failure(
                "keys", "revoke", "zz", "--reason", "ceased", code: "no-such-key", status: 4)
            #expect(try scene.lethe("keys", "rotate").status == 0)
            // Times have whole seconds: the certificate must be older than the revocation.
            Thread.sleep(forTimeInterval: 1.1)
            let revoked = try scene.json(
                "keys", "revoke", String(old.prefix(16)), "--reason", "superseded",
                schema: "keys-revoke")
            #expect(revoked["changed"]?.boolean == true)
            #expect(revoked["key"]?["standing"]?.text == "revoked")
            let again = try scene.json(
                "keys", "revoke", old, "--reason", "superseded", schema: "keys-revoke")
            #expect(again["changed"]?.boolean == false)
            #expect(try signers(id, in: scene) == [old])
            try scene.expectSound()
            try scene.json("keys", "revoke", old, "--reason", "compromised", schema: "keys-revoke")
            try scene.failure("certificate", "show", id, code: "key-revoked", status: 5)
            #expect(try scene.lethe("doctor").status == 5)
        }

        @Test("A witness of the log shows that a compromised key signed a certificate before")
        func witnessed() throws {
            let (scene, id) = try CertifiedWorld.scene()
            let old = try #require(try scene.keys().first?["keyID"]?.text)
            let witness = try scene.witness("witness.example.org")
            let request = scene.root.appendingPathComponent("request.txt")
            try scene.json("log", "witness-request", request.path, schema: "log-witness-request")
            let answer = try scene.write(
                try witness.signature(
                    answering: request, at: Int(Date().timeIntervalSince1970)), "answer.txt")
            try scene.ask(witness)
            try scene.json("log", "add-cosignature", answer, schema: "log-cosignature")
            // Whole seconds: what the witness signed must be older than the revocation.
            Thread.sleep(forTimeInterval: 1.1)
            let keys = scene.root.appendingPathComponent("trust.json").path
            let bundle = scene.root.appendingPathComponent("bundle").path
            // The log has grown beyond what the witness saw; the bundle has the proof that it saw.
            #expect(try scene.lethe("keys", "rotate").status == 0)
            #expect(try scene.lethe("certificate", "export", id, bundle).status == 0)
            try scene.json("keys", "revoke", old, "--reason", "compromised", schema: "keys-revoke")
            try scene.json("keys", "export", keys, schema: "keys-export")
            func verify(_ more: String...) throws -> Outcome {
                try scene.lethe(
                    ["certificate", "verify", bundle, "--key", keys, "--json"] + more)
            }
            let unseen = try verify()
            #expect(unseen.status == 5)
            #expect(try unseen.document()["error"]?["code"]?.text == "key-revoked")
            let seen = try verify("--witness", witness.vkey)
            #expect(seen.status == 0, "\(seen.output)\(seen.errors)")
            #expect(try seen.document()["isValid"]?.boolean == true)
            let other = try Scene().witness("other.example.org")
            #expect(try verify("--witness", other.vkey).status == 5)
        }

        @Test("A protected signing key is opened by its passphrase, and only to sign")
        func passphrase() throws {
            let (scene, id) = try CertifiedWorld.scene()
            let right = try scene.write(Self.passphrase + "\r\nof the desk\n", "right")
            let wrong = try scene.write("correct horse battery", "wrong")
            let short = try scene.write("7 bytes", "short")
            let old = try #require(try scene.keys().first?["keyID"]?.text)
            try scene.failure(
                "keys", "protect", "--new-passphrase-file", short, code: "passphrase-needed",
                status: 3)
            let change = try scene.json(
                "keys", "protect", "--new-passphrase-file", right, schema: "keys-protect")
            #expect(change["isProtected"]?.boolean == true)
            let file = scene.keyFile("signing-key.pem")
            #expect(
                try scene.keyID(
                    ofPrivateKey: file, options: "-passin 'pass:\(Self.passphrase)'") == old)
            // Whoever only looks is not asked.
            #expect(try signers(id, in: scene) == [old])
            #expect(try scene.keys().first?["isProtected"]?.boolean == true)
            try scene.expectSound()
            try scene.failure("keys", "rotate", code: "passphrase-needed", status: 3)
            try scene.failure(
                "keys", "rotate", "--signing-passphrase-file", wrong, code: "passphrase-wrong",
                status: 3)
            #expect(!exists(scene.keyFile("next-signing-key.pem")))
            let rotated = try scene.shell(
                "LETHE_SIGNING_PASSPHRASE='\(Self.passphrase)' lethe keys rotate --json")
            #expect(rotated.status == 0, "\(rotated.errors)")
            let new = try rotated.document()["newKey"]?["keyID"]?.text
            // The new key has the old one's passphrase.
            #expect(
                try scene.keyID(
                    ofPrivateKey: file, options: "-passin 'pass:\(Self.passphrase)'") == new)
            let removed = try scene.json(
                "keys", "protect", "--remove", "--signing-passphrase-file", right,
                schema: "keys-protect")
            #expect(removed["changed"]?.boolean == true)
            #expect(try scene.keyID(ofPrivateKey: file) == new)
            let again = try scene.json("keys", "protect", "--remove", schema: "keys-protect")
            #expect(again["changed"]?.boolean == false)
            try scene.expectSound()
        }

        @Test("The exported history goes on from an older export, and replaces no other one")
        func export() throws {
            let scene = try Scene(copying: SharedWorld.templates().indexed)
            let file = scene.root.appendingPathComponent("trust.json")
            try scene.json("keys", "export", file.path, schema: "keys-export")
            let older = try JSONParser.parse(Array(try Data(contentsOf: file)))
            #expect(try scene.lethe("keys", "rotate").status == 0)
            let exported = try scene.json("keys", "export", file.path, schema: "keys-export")
            #expect(exported["keys"]?.integer == 3)
            let newer = try JSONParser.parse(Array(try Data(contentsOf: file)))
            let statements = try #require(newer["statements"]?.items)
            #expect(statements.count == 3)
            #expect(Array(statements.prefix(2)) == older["statements"]?.items)
            let other = try Scene()
            #expect(try other.lethe("init").status == 0)
            try other.failure(
                "keys", "export", file.path, code: "diverged-key-history", status: 5)
        }

        @Test("A key of one's own is made once, with its public half beside it")
        func ownKey() throws {
            let scene = try Scene()
            let file = scene.root.appendingPathComponent("bert.pem")
            let made = try scene.json("keys", "new", file.path, schema: "keys-new")
            #expect(try permissions(file) == 0o600)
            #expect(try scene.keyID(ofPrivateKey: file) == made["keyID"]?.text)
            let line = try #require(made["ssh"]?.text)
            let fingerprint = try scene.shell("echo '\(line)' | ssh-keygen -l -f -")
            #expect(fingerprint.output.contains("ED25519"), "\(fingerprint.errors)")
            #expect(exists(scene.root.appendingPathComponent("bert.pub.pem")))
            try scene.failure("keys", "new", file.path, code: "key-exists", status: 73)
            let passphrase = try scene.write(Self.passphrase, "passphrase")
            let safe = scene.root.appendingPathComponent("safe.pem")
            let protected = try scene.json(
                "keys", "new", safe.path, "--new-passphrase-file", passphrase, schema: "keys-new")
            #expect(protected["isProtected"]?.boolean == true)
            #expect(
                try scene.keyID(
                    ofPrivateKey: safe, options: "-passin 'file:\(passphrase)'")
                    == protected["keyID"]?.text)
        }
    }
}
