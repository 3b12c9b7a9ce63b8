import Domain
import Foundation
import TestSupport
import Testing

extension EndToEndTests {
    @Suite(.serialized) struct VaultCommandTests {
        private static let passphrase = "correct horse battery staple"

        private func keyFile(_ scene: Scene) -> URL {
            scene.workspace.appendingPathComponent("keys/vault.key")
        }

        private func write(_ text: String, _ name: String, in scene: Scene) throws -> String {
            let file = scene.root.appendingPathComponent(name)
            try Data(text.utf8).write(to: file)
            return file.path
        }

        @Test("A protected vault opens with its passphrase, and with nothing else")
        func passphrase() throws {
            let scene = try Scene(copying: SharedWorld.templates().indexed)
            _ = try scene.takeIn(SmallCorpus.file("margarita.json"))
            let right = try write(Self.passphrase + "\r\nof the desk\n", "right", in: scene)
            let wrong = try write("correct horse battery", "wrong", in: scene)
            let short = try write("7 bytes", "short", in: scene)
            try scene.failure(
                "vault", "protect", "--new-passphrase-file", short, code: "passphrase-needed",
                status: 3)
            let change = try scene.json(
                "vault", "protect", "--new-passphrase-file", right, schema: "vault-protect")
            #expect(change["isProtected"]?.boolean == true)
            try scene.failure("case", "list", code: "passphrase-needed", status: 3)
            try scene.failure(
                "case", "list", "--passphrase-file", wrong, code: "passphrase-wrong", status: 3)
            try scene.failure(
                "vault", "unprotect", "--passphrase-file", wrong, code: "passphrase-wrong",
                status: 3)
            let list = try scene.json(
                "case", "list", "--passphrase-file", right, schema: "case-list")
            #expect(list["count"]?.integer == 1)
            for variable in [
                "LETHE_PASSPHRASE='\(Self.passphrase)'", "LETHE_PASSPHRASE_FILE='\(right)'",
            ] {
                let outcome = try scene.shell("\(variable) lethe vault status --json")
                #expect(outcome.status == 0, "\(outcome.errors)")
                #expect(try outcome.document()["isProtected"]?.boolean == true)
            }
            let mode =
                try FileManager.default.attributesOfItem(atPath: keyFile(scene).path)[
                    .posixPermissions] as? Int
            #expect(mode == 0o600)
            let unprotected = try scene.json(
                "vault", "unprotect", "--passphrase-file", right, schema: "vault-protect")
            #expect(unprotected["changed"]?.boolean == true)
            try scene.expectSound()
            #expect(try scene.lethe("history", "export").output.contains("\"vault-protected\""))
            let found = try occurrences(of: [Self.passphrase], below: scene.workspace)
            #expect(found == [])
        }

        @Test("After a change of key the requests are readable and the old key is gone")
        func rotate() throws {
            let scene = try Scene(copying: SharedWorld.templates().trained)
            let id = try scene.takeIn(SmallCorpus.file("katlin.xml"))
            let old = try Data(contentsOf: keyFile(scene))
            #expect(old.count == 32)
            let first = try scene.json("vault", "rotate", schema: "vault-rotate")["entry"]
            #expect(first?["facts"]?["case-count"]?.text == "1")
            let new = try String(contentsOf: keyFile(scene), encoding: .utf8)
            #expect(!new.contains(old.base64EncodedString()))
            let second = try scene.json("vault", "rotate", schema: "vault-rotate")["entry"]
            #expect(second?["facts"]?["key"]?.text != first?["facts"]?["key"]?.text)
            // Searching for the person takes the request.
            #expect(try scene.lethe("case", "advance", id).status == 0)
            #expect(try scene.state(id) == "scoped")
            let figures = try scene.json("vault", "status", schema: "vault-status")["figures"]
            #expect(figures?["readableCount"]?.integer == 1)
            #expect(figures?["keyChangedAt"]?.text != nil)
            try scene.expectSound()
        }

        @Test("A shredded request is gone; chain and certificate still verify")
        func shredded() throws {
            let scene = try Scene(copying: SharedWorld.templates().trained)
            let id = try scene.takeIn(SharedWorld.reference().request)
            try scene.failure(
                "vault", "shred", id, "--reason", "too early", code: "not-allowed", status: 3)
            #expect(try scene.lethe("run", "--method", "retrain").status == 0)
            let report = try scene.json(
                "vault", "shred", id, "--reason", "asked for by the officer", schema: "vault-shred")
            #expect(report["case"]?.text == id)
            #expect(report["isPurged"]?.boolean == true)
            #expect(report["stays"]?.items?.count == 4)
            try scene.failure(
                "vault", "shred", id, "--reason", "again", code: "vault-shredded", status: 3)
            #expect(try scene.lethe("case", "show", id).status == 0)
            let file = try #require(try scene.certificates().first?["path"]?.text)
            #expect(
                try scene.lethe(
                    "certificate", "verify", file, "--key",
                    scene.workspace.appendingPathComponent("keys/signing-key.pub.pem").path
                ).status == 0)
            let figures = try scene.json("vault", "status", schema: "vault-status")["figures"]
            #expect(figures?["readableCount"]?.integer == 0)
            #expect(figures?["shreddedCount"]?.integer == 1)
            try scene.expectSound()
        }

        @Test(
            "What the policy keeps for no day is due when a case ends, and goes with the next sweep"
        )
        func retention() throws {
            let scene = try Scene(copying: SharedWorld.templates().indexed)
            let policy = scene.workspace.appendingPathComponent("policy.yaml")
            let text = try String(contentsOf: policy, encoding: .utf8)
            try Data((text + "\nretention-days: 0\n").utf8).write(to: policy)
            let id = try scene.takeIn(SmallCorpus.file("margarita.json"))
            let second = try scene.takeIn(SmallCorpus.file("katlin.xml"))
            let open = try scene.json("vault", "sweep", schema: "vault-sweep")
            #expect(open["shredded"]?.items?.isEmpty == true)
            #expect(try scene.lethe("case", "withdraw", id, "--reason", "by letter").status == 0)
            let due = try scene.json("doctor", schema: "doctor")["items"]?.items?.filter {
                $0["check"]?.text == "retention"
            }
            #expect(due?.map { $0["isDue"]?.boolean } == [true])
            #expect(due?.map { $0["isSound"]?.boolean } == [true])
            #expect(due?.map { $0["subject"]?.text } == [id])
            let swept = try scene.json("vault", "sweep", schema: "vault-sweep")
            #expect(swept["shredded"]?.items?.compactMap(\.text) == [id])
            #expect(try scene.lethe("vault", "sweep").output == "Nothing is due.\n")
            #expect(
                try scene.lethe("case", "withdraw", second, "--reason", "by letter").status == 0)
            let run = try scene.json("run", schema: "run")["sweep"]
            #expect(run?["shredded"]?.items?.compactMap(\.text) == [second])
            #expect(try scene.lethe("run").output == "Nothing to do.\n")
            try scene.expectSound()
        }

        /// One of each kind, and words of the note; nobody of the corpus has any of them.
        private static let canaries: [(type: String, value: String)] = [
            ("email", "zq.canary.one@planted-example.org"), ("phone", "+49 151 5550 19471"),
            ("name", "Zebulonia Quintrellasen"), ("national-id", "987-65-43290"),
            ("address", "17 Quokkabrook Lane, 99877 Zanthorpe"),
            ("customer-id", "CUST-QX77-000194"), ("username", "zq_canary_user"),
            ("date-of-birth", "1903-02-17"), ("text", "purple xylophone of Zanthorpe cellar"),
        ]
        private static let note = "Please hurry; signed Xanthippa Wrenfoggle"

        /// How the values may be written: as they are, and numbers without what parts them.
        private static var forms: [String] {
            let plain = canaries.map(\.value) + ["Xanthippa Wrenfoggle"]
            let digits = plain.map { $0.filter(\.isNumber) }.filter { $0.count >= 9 }
            return plain + digits
        }

        private func request() throws -> String {
            let identifiers = Self.canaries.map {
                "{\"type\": \"\($0.type)\", \"value\": \"\($0.value)\", \"format\": \"raw\"}"
            }.joined(separator: ", ")
            return """
                {"lethe": 1, "id": "form-77", "regime": "gdpr-eu", "note": "\(Self.note)",
                "subject": {"identifiers": [\(identifiers)]}}
                """
        }

        /// Files below a folder, hidden ones too, that hold one of the texts in any letter case.
        private func occurrences(of texts: [String], below folder: URL) throws -> [String] {
            let paths = try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted()
            #expect(paths.count > 5)
            return paths.flatMap { path -> [String] in
                guard let data = try? Data(contentsOf: folder.appendingPathComponent(path)) else {
                    return []
                }
                // Latin-1 keeps every byte, so text inside databases is found too.
                let content = (String(data: data, encoding: .isoLatin1) ?? "").lowercased()
                return texts.filter { content.contains($0.lowercased()) }.map { "\(path): \($0)" }
            }
        }

        private func expectSilence(_ scene: Scene) throws {
            let found = try occurrences(of: Self.forms, below: scene.workspace)
            #expect(found == [])
            for outcome in scene.outcomes {
                let printed = (outcome.output + outcome.errors).lowercased()
                for form in Self.forms {
                    #expect(!printed.contains(form.lowercased()), "\(outcome.commandLine)")
                }
            }
        }

        @Test("Values of every kind are nowhere but in the sealed request, and then nowhere at all")
        func planted() throws {
            let scene = try Scene(copying: SharedWorld.templates().trained)
            let file = try write(try request(), "request.json", in: scene)
            // The search can find: in the request's own file it does.
            let control = try occurrences(
                of: Self.canaries.map(\.value), below: try copies(of: file, in: scene))
            #expect(control.count == Self.canaries.count)
            let id = try scene.takeIn(URL(fileURLWithPath: file))
            #expect(try scene.lethe("intake", file, "--json").status == 65)
            #expect(try scene.lethe("run").status == 0)
            try look(at: id, in: scene)
            let reason = "spoke to Zebulonia Quintrellasen"
            for name in ["hold", "withdraw"] {
                let outcome = try scene.lethe("case", name, id, "--reason", reason, "--json")
                #expect(outcome.status == 65)
                #expect(
                    try outcome.document()["error"]?["code"]?.text == "personal-data-in-reason")
            }
            #expect(try scene.lethe("case", "withdraw", id, "--reason", "by letter").status == 0)
            let backup = scene.root.appendingPathComponent("backup")
            try scene.json("backup", backup.path, schema: "backup")
            #expect(try occurrences(of: Self.forms, below: backup) == [])
            try expectSilence(scene)
            try scene.failure(
                "vault", "shred", id, "--reason", reason, code: "personal-data-in-reason",
                status: 65)
            try scene.json(
                "vault", "shred", id, "--reason", "no longer kept", schema: "vault-shred")
            try look(at: id, in: scene)
            try scene.failure("case", "matches", id, code: "vault-shredded", status: 3)
            try expectSilence(scene)
            try scene.expectSound()
        }

        /// A folder with the file and enough others to be searched like a workspace.
        private func copies(of file: String, in scene: Scene) throws -> URL {
            let folder = scene.root.appendingPathComponent("control")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try FileManager.default.copyItem(
                at: URL(fileURLWithPath: file), to: folder.appendingPathComponent("request.json"))
            for number in 1...5 {
                try Data("\(number)".utf8).write(to: folder.appendingPathComponent("\(number)"))
            }
            return folder
        }

        /// Everything that tells about a case, in words and as JSON.
        private func look(at id: String, in scene: Scene) throws {
            for arguments in [
                ["case", "show", id], ["case", "explain", id], ["case", "history", id],
                ["case", "list"], ["history", "export"], ["doctor"], ["vault", "status"],
                ["run", "--dry-run"],
            ] {
                for suffix in [[], ["--json"]] {
                    #expect(try scene.lethe(arguments + suffix).status == 0, "\(arguments)")
                }
            }
        }
    }
}
