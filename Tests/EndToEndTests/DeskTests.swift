import Domain
import Foundation
import TestSupport
import Testing

extension Scene {
    /// Takes a file in as if it had come some days ago.
    func takeIn(_ file: URL, daysAgo: Int) throws -> String {
        let document = try json(
            "intake", file.path, "--received-at", Self.time(daysAgo: daysAgo), schema: "intake")
        return try #require(document["items"]?.items?.first?["cases"]?.items?.first?.text)
    }

    static func time(daysAgo: Int) -> String {
        Timestamp(Date().addingTimeInterval(-86_400 * Double(daysAgo))).description
    }
}

extension EndToEndTests {
    /// What operators decide at the desk, with what the law asks for.
    @Suite(.serialized) struct DeskTests {
        private func scene() throws -> Scene {
            try Scene(copying: SharedWorld.templates().indexed)
        }

        /// A trained workspace under the default policy with these lines in it.
        private func scene(policy lines: String) throws -> Scene {
            let scene = try Scene(copying: SharedWorld.templates().trained)
            let text = try String(
                contentsOf: Fixtures.repository.appendingPathComponent("Policies/default.yaml"),
                encoding: .utf8)
            let file = scene.root.appendingPathComponent("policy.yaml")
            try Data((text + "\n" + lines + "\n").utf8).write(to: file)
            // A new workspace takes it, and the copied one works under it from now on.
            let other = try Scene()
            #expect(try other.lethe("init", "--policy", file.path).status == 0)
            try FileManager.default.removeItem(
                at: scene.workspace.appendingPathComponent("policy.yaml"))
            try FileManager.default.copyItem(
                at: file, to: scene.workspace.appendingPathComponent("policy.yaml"))
            return scene
        }

        private func legal(_ id: String, in scene: Scene) throws -> JSONValue {
            try #require(try scene.record(id)["progress"]?["legalFile"])
        }

        private func dates(_ id: String, in scene: Scene) throws -> [String: String] {
            let explanation = try scene.json(
                "case", "explain", id, schema: "case-explanation")["explanation"]
            return (explanation?["dates"]?.items ?? []).reduce(into: [:]) { dates, item in
                dates[item["id"]?.text ?? ""] = item["sentence"]?.text
            }
        }

        @Test("An extension is taken once, within the first period, and the person is told why")
        func extending() throws {
            let scene = try scene()
            let id = try scene.takeIn(SmallCorpus.file("margarita.json"), daysAgo: 10)
            try scene.failure("case", "notice", id, code: "nothing-to-do", status: 3)
            let before = try #require(try scene.record(id)["dueAt"]?.text)
            let words = ["--notice", "Several models have to be trained again."]
            let extended = try scene.lethe(
                ["case", "extend", id] + words + ["--reason", "told by letter"])
            #expect(extended.status == 0, "\(extended.errors)")
            let after = try #require(try scene.record(id)["dueAt"]?.text)
            #expect(before < after)
            #expect(
                try dates(id, in: scene)["extended-due"]?.hasPrefix("Extended by notice of") == true
            )
            let notice = try scene.json("case", "notice", id, schema: "case-notice")
            #expect(notice["kind"]?.text == "extension")
            #expect(notice["text"]?.text?.contains("Several models have to be trained") == true)
            try scene.failure(
                "case", "extend", id, "--notice", "again", "--reason", "once more",
                code: "extension-too-late", status: 3)
            let late = try scene.takeIn(SmallCorpus.file("katlin.xml"), daysAgo: 40)
            try scene.failure(
                "case", "extend", late, "--notice", "too many requests", "--reason", "forgotten",
                code: "extension-too-late", status: 3)
            // Nobody can have been told before the request came.
            try scene.failure(
                "case", "extend", late, "--notice", "x", "--given-at", Scene.time(daysAgo: 41),
                "--reason", "before it came", code: "extension-too-late", status: 3)
            try scene.expectSound()
        }

        @Test(
            "An earlier receipt moves the due day forward; a pause the law does not know is refused"
        )
        func clock() throws {
            let scene = try scene()
            let id = try scene.takeIn(SmallCorpus.file("margarita.json"), daysAgo: 5)
            let before = try #require(try scene.record(id)["dueAt"]?.text)
            try scene.failure(
                "case", "clock", id, "paused", "--reason", "asked which account",
                code: "clock-contradiction", status: 3)
            try scene.failure(
                "case", "clock", id, "stopped", "--reason", "x", code: "unknown-name", status: 4)
            try scene.failure(
                "case", "clock", id, "received-earlier", "--reason", "mailbox",
                code: "incomplete-decision", status: 64)
            let mail = scene.root.appendingPathComponent("mail.eml")
            try Data("Subject: a request\n".utf8).write(to: mail)
            try scene.json(
                "case", "clock", id, "received-earlier", "--received-at", Scene.time(daysAgo: 20),
                "--evidence", mail.path, "--reason", "found in the shared mailbox",
                schema: "case-decision")
            let after = try #require(try scene.record(id)["dueAt"]?.text)
            #expect(after < before)
            #expect(
                try legal(id, in: scene)["clock"]?["earlierReceiptEvidence"]?.text
                    == Digest(of: "Subject: a request\n").hexadecimal)
            try scene.expectSound()
        }

        @Test("A refusal has a ground that the law knows, a text, and a notice with the rights")
        func refusing() throws {
            let scene = try scene()
            let id = try scene.takeIn(SmallCorpus.file("margarita.json"))
            try scene.failure(
                "case", "refuse", id, "--ground", "art17-3-e", "--reason", "file 12/26",
                code: "incomplete-decision", status: 64)
            try scene.failure(
                "case", "refuse", id, "--ground", "ccpa-exception", "--text", "We may keep it.",
                "--reason", "file 12/26", code: "ground-unfit", status: 3)
            let text = scene.root.appendingPathComponent("answer.txt")
            try Data("A lawsuit is pending.\n".utf8).write(to: text)
            try scene.json(
                "case", "refuse", id, "--ground", "art17_3_e", "--text-file", text.path,
                "--reason", "file 12/26", schema: "case-decision")
            #expect(try scene.state(id) == "refused")
            #expect(try legal(id, in: scene)["refusal"]?["ground"]?.text == "art17-3-e")
            let notice = try #require(
                try scene.json("case", "notice", id, schema: "case-notice")["text"]?.text)
            for part in [
                "Art. 17(3)(e)", "A lawsuit is pending.", "supervisory authority", "court",
            ] {
                #expect(notice.contains(part), "\(part)")
            }
            #expect(try scene.lethe("case", "notice", id).output == notice)
            try scene.failure(
                "case", "reopen", id, "--cause", "new-hit", "--reason", "x", code: "cause-unfit",
                status: 3)
            try scene.json(
                "case", "reopen", id, "--cause", "review-outcome", "--reason",
                "the authority's letter",
                schema: "case-decision")
            #expect(try scene.state(id) == "reopened")
            // Refused in one word, the record says that no ground was named.
            try scene.json("case", "refuse", id, "--reason", "as before", schema: "case-decision")
            #expect(try legal(id, in: scene)["refusal"]?["ground"]?.text == "unstated")
            try scene.expectSound()
        }

        @Test("A hold has its authority and end, and can be ordered anew")
        func holding() throws {
            let scene = try scene()
            let id = try scene.takeIn(SmallCorpus.file("katlin.xml"))
            try scene.failure(
                "case", "hold", id, "--until", "2001-01-01", "--reason", "past",
                code: "incomplete-decision", status: 64)
            try scene.json(
                "case", "hold", id, "--authority", "Amtsgericht, 12 C 34/26", "--until",
                "2099-03-01", "--reason", "order", schema: "case-decision")
            let renewed = try scene.json(
                "case", "hold", id, "--authority", "Landgericht", "--until", "2099-06-01",
                "--reason", "appeal", schema: "case-decision")["items"]?.items?.first
            #expect(renewed?["event"]?.text == "hold-renewed")
            #expect(try legal(id, in: scene)["hold"]?["authority"]?.text == "Landgericht")
            #expect(
                try scene.json("case", "explain", id, schema: "case-explanation")["explanation"]?[
                    "blockedBy"]?.text?.contains("Landgericht until 2099-06-01") == true)
            try scene.json("case", "release", id, "--reason", "lifted", schema: "case-decision")
            #expect(try scene.state(id) == "received")
            try scene.expectSound()
        }

        @Test("An exempted record stays, and the certificate says on which ground")
        func exempting() throws {
            let scene = try Scene(copying: SharedWorld.templates().trained)
            let request = try SharedWorld.reference().request
            let shard = scene.root.appendingPathComponent("notes.jsonl")
            try Data(
                """
                {"id": "n-katlin", "text": "Invoice 17 was sent to the holder of 900-15-7063."}
                {"id": "n-ilyssa", "text": "Write to ilyssa_chocolate@me.com before the audit."}
                {"id": "n-margarita", "text": "Paid by margarita_bronze@me.com, to be kept."}

                """.utf8
            ).write(to: shard)
            #expect(try scene.lethe("corpus", "add", "notes", shard.path).status == 0)
            let name = try #require(
                ["katlin", "ilyssa", "margarita"].first {
                    request.lastPathComponent.hasPrefix($0)
                })
            let id = try scene.takeIn(request)
            #expect(try scene.lethe("case", "advance", id).status == 0)
            #expect(try scene.record(id)["progress"]?["scope"]?["recordCount"]?.integer == 7)
            let place = "notes/n-\(name)"
            let decision = ["--record", place, "--ground", "art17-3-b", "--reason", "tax law"]
            let wrong: [(record: String, ground: String, code: String, status: Int32)] = [
                ("notes/absent", "art17-3-b", "unknown-record", 4),
                (place, "no-data", "ground-unfit", 3),
                ("notes", "art17-3-b", "incomplete-decision", 64),
            ]
            for (record, ground, code, status) in wrong {
                try scene.failure(
                    "case", "exempt", id, "--record", record, "--ground", ground, "--reason", "tax",
                    code: code, status: status)
            }
            try scene.failure(
                "case", "exempt", id, "--record", place, "--span", "0..4000", "--ground",
                "art17-3-b", "--reason", "tax", code: "incomplete-decision", status: 64)
            #expect(try scene.lethe(["case", "exempt", id] + decision).status == 0)
            // Scoped before, it is scoped again; lifted and given again, it is as it was.
            #expect(try scene.state(id) == "received")
            #expect(
                try scene.lethe(
                    "case", "lift-exemption", id, "--record", place, "--reason", "mistake"
                ).status == 0)
            #expect(try scene.lethe("case", "advance", id).status == 0)
            #expect(try scene.record(id)["progress"]?["scope"]?["recordCount"]?.integer == 7)
            #expect(try scene.lethe(["case", "exempt", id] + decision).status == 0)
            let company = "Example Search Ltd"
            try scene.json(
                "case", "recipient", "add", id, company, "--reason", "export of March",
                schema: "case-decision")
            try scene.failure(
                "case", "recipient", "acknowledged", id, company, "--reason", "letter",
                code: "incomplete-decision", status: 64)
            try scene.failure(
                "case", "recipient", "notified", id, "Nobody Ltd", "--reason", "letter",
                code: "unknown-recipient", status: 4)
            try scene.json(
                "case", "recipient", "notified", id, company, "--reason", "letter sent",
                schema: "case-decision")
            let run = try scene.lethe("run", "--method", "retrain")
            try #require(run.status == 0, "\(run.output)\(run.errors)")
            #expect(try scene.state(id) == "certified")
            let certificate = try scene.json(
                "certificate", "show", id, schema: "certificate")["certificate"]
            #expect(certificate?["scope"]?["recordCount"]?.integer == 6)
            // `{ printf %s SALT; printf %s PLACE; } | sha256sum`
            let salt = try #require(certificate?["salt"]?.text)
            let stays = try #require(certificate?["exceptions"]?.items?.first)
            #expect(stays["placeDigest"]?.text == Digest(of: salt + place).hexadecimal)
            #expect(stays["ground"]?.text == "art17-3-b")
            #expect(stays["article"]?.text?.contains("Art. 17(3)(b)") == true)
            #expect(certificate?["claim"]?["isPartial"]?.boolean == true)
            let told = try #require(certificate?["recipients"]?.items?.first)
            #expect(told["name"]?.text == company)
            #expect(told["notifiedAt"]?.text != nil && told["acknowledgedAt"] == nil)
            #expect(
                certificate?["limitations"]?.items?.contains {
                    $0.text?.hasPrefix("The deletion is partial") == true
                } == true)
            func deleted(_ corpus: String) throws -> Int? {
                try scene.json("corpus", "show", corpus, schema: "corpus")["items"]?.items?.first?[
                    "deletedRecordCount"]?.integer
            }
            #expect(try deleted("people") == 6)
            #expect(try deleted("notes") == 0)
            #expect(
                try scene.lethe("case", "show", id).output.contains("outcome     partly-completed"))
            try scene.json(
                "case", "recipient", "acknowledged", id, company, "--reason", "their letter",
                schema: "case-decision")
            let list = try scene.json(
                "case", "recipient", "list", id, schema: "case-recipients")["items"]?.items
            #expect(list?.first?["acknowledgedAt"]?.text != nil)
            try scene.expectSound()
        }

        @Test("Under four eyes, who ran a case can neither approve nor certify it")
        func fourEyes() throws {
            let scene = try scene(policy: "four-eyes: true")
            let id = try scene.takeIn(SharedWorld.reference().request)
            let run = try scene.lethe("run", "--method", "retrain", "--actor", "anna")
            try #require(run.status == 0, "\(run.output)\(run.errors)")
            #expect(try scene.state(id) == "verified")
            #expect(try scene.commandsToGoOn(id).first?.contains("case approve \(id)") == true)
            try scene.failure(
                "case", "approve", id, "--reason", "looks good", "--actor", "anna",
                code: "four-eyes", status: 3)
            try scene.json(
                "case", "approve", id, "--reason", "report read", "--actor", "bert",
                schema: "case-decision")
            #expect(try scene.state(id) == "verified")
            let again = try scene.failure(
                "case", "advance", id, "--actor", "anna", code: "guard-failed", status: 3)
            #expect(again["details"]?["guard"]?.text == "four-eyes-kept")
            #expect(try scene.certificates().isEmpty)
            #expect(try scene.lethe("run", "--case", id, "--actor", "bert").status == 0)
            #expect(try scene.state(id) == "certified")
            #expect(
                try scene.events(id).suffix(3)
                    == ["verification-passed", "approved", "certificate-issued"])
            try scene.expectSound()
        }

        @Test("A policy that asks for identity stops a case before anything is searched")
        func identity() throws {
            let scene = try scene(policy: "identity: email-control")
            let id = try scene.takeIn(SmallCorpus.file("margarita.json"))
            #expect(try scene.lethe("run").status == 0)
            #expect(try scene.state(id) == "awaiting-identity")
            #expect(try scene.record(id)["progress"]?["scope"] == nil)
            try scene.failure("case", "advance", id, code: "nothing-to-do", status: 3)
            let mail = scene.root.appendingPathComponent("reply.eml")
            try Data("Subject: yes, it was me\n".utf8).write(to: mail)
            try scene.failure(
                "case", "confirm-identity", id, "--level", "email-control", "--reason", "answered",
                code: "usage", status: 64)
            try scene.failure(
                "case", "confirm-identity", id, "--level", "unverified", "--evidence", mail.path,
                "--reason", "answered", code: "incomplete-decision", status: 64)
            let command = try #require(try scene.commandsToGoOn(id).first)
            #expect(command.contains("confirm-identity \(id) --level email-control"))
            let outcome = try scene.shell(command.replacing("FILE", with: mail.path))
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(try scene.state(id) == "received")
            let evidence = try legal(id, in: scene)["identity"]?["evidence"]?.items?.first
            #expect(
                evidence?["evidence"]?.text
                    == Digest(of: "Subject: yes, it was me\n").hexadecimal)
            #expect(try scene.lethe("case", "advance", id).status == 0)
            #expect(try scene.state(id) == "scoped")
            try scene.expectSound()
        }

        @Test("An unverified duplicate cannot stand in for a verified request")
        func duplicates() throws {
            let scene = try scene()
            let first = try scene.takeIn(SmallCorpus.file("margarita.json"))
            _ = try scene.takeIn(SmallCorpus.file("katlin.xml"))
            #expect(try groups(in: scene).isEmpty)
            let file = scene.root.appendingPathComponent("second.json")
            let hash = Digest(of: "margarita_bronze@me.com").hexadecimal
            try Data(
                """
                {"lethe": 1, "id": "another-form", "receivedAt": "2026-11-12T16:45:00Z", \
                "regime": "gdpr-eu", "subject": {"identifiers": \
                [{"type": "email", "value": "\(hash)", "format": "sha256"}]}}
                """.utf8
            ).write(to: file)
            let second = try scene.takeIn(file)
            let found = try #require(try groups(in: scene).first)
            #expect(found["cases"]?.items?.compactMap { $0["case"]?.text } == [first, second])
            #expect(found["kinds"]?.items?.compactMap(\.text) == ["email"])
            #expect(found["commands"]?.items?.isEmpty == true)
            // Neither is verified: neither may block the other.
            try scene.failure(
                "case", "supersede", second, "--by", first, "--reason", "same",
                code: "not-verified",
                status: 3)
            try scene.json(
                "case", "confirm-identity", first, "--level", "document", "--evidence-digest",
                String(repeating: "ab", count: 32), "--reason", "card seen", schema: "case-decision"
            )
            try scene.failure(
                "case", "supersede", first, "--by", second, "--reason", "same",
                code: "not-verified", status: 3)
            let command = try #require(
                try groups(in: scene).first?["commands"]?.items?.first?.text)
            #expect(command == "lethe case supersede \(second) --by \(first) --reason \"...\"")
            #expect(try scene.shell(command).status == 0)
            #expect(try scene.state(second) == "superseded")
            #expect(try scene.state(first) == "received")
            #expect(try groups(in: scene).isEmpty)
            try scene.expectSound()
        }

        private func groups(in scene: Scene) throws -> [JSONValue] {
            try scene.json("case", "duplicates", schema: "case-duplicates")["items"]?.items ?? []
        }

        @Test("Grounds are listed by law, and a calendar with its holidays and its file's digest")
        func lists() throws {
            let scene = try scene()
            let id = try scene.takeIn(SmallCorpus.file("margarita.json"))
            let grounds = try scene.json("grounds", "--regime", "ccpa", schema: "grounds")["items"]
            #expect(
                grounds?.items?.compactMap { $0["id"]?.text } == [
                    "no-data", "ccpa-unverifiable", "ccpa-exception", "unstated",
                ])
            try scene.failure("grounds", "--regime", "hipaa", code: "unknown-name", status: 4)
            try scene.failure(
                "case", "ground", id, "art17-1-z", "--reason", "x", code: "unknown-name", status: 4)
            try scene.json(
                "case", "ground", id, "art17-1-b", "--reason", "no other basis",
                schema: "case-decision")
            #expect(try legal(id, in: scene)["ground"]?["ground"]?.text == "art17-1-b")
            let calendars = try scene.json("calendars", "list", schema: "calendars")["items"]
            #expect((calendars?.items?.count ?? 0) >= 27)
            let german = try scene.json(
                "calendars", "show", "DE", "--year", "2026", schema: "calendar")
            let days = german["holidays"]?.items?.compactMap(\.text) ?? []
            #expect(days.contains("2026-10-03") && !days.contains("2026-10-02"))
            let file = Fixtures.repository.appendingPathComponent(
                "Sources/Casework/Legal/Calendars/DE.holidays")
            #expect(
                german["calendar"]?["digest"]?.text == (try Digest(ofFileAt: file)).hexadecimal)
            try scene.failure("calendars", "show", "XX", code: "unknown-name", status: 4)
        }
    }
}
