import Domain
import Foundation
import TestSupport
import Testing

extension EndToEndTests {
    @Suite(.serialized) struct ClaimTests {
        private func write(_ text: String, _ name: String, in scene: Scene) throws -> String {
            let file = scene.root.appendingPathComponent(name)
            try Data(text.utf8).write(to: file)
            return file.path
        }

        /// Files below a folder that hold one of the texts in any letter case.
        private func occurrences(
            of texts: [String], below folder: URL, except prefix: String
        ) throws -> [String] {
            let paths = try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted()
            #expect(paths.count > 5)
            return paths.filter { !$0.hasPrefix(prefix) }.flatMap { path -> [String] in
                guard let data = try? Data(contentsOf: folder.appendingPathComponent(path)) else {
                    return []
                }
                // Latin-1 keeps every byte, so text inside databases is found too.
                let content = (String(data: data, encoding: .isoLatin1) ?? "").lowercased()
                return texts.filter { content.contains($0.lowercased()) }.map { "\(path): \($0)" }
            }
        }

        @Test(
            "What the model knew before the deletion is brought out of it, and not out of the new")
        func certifiedModel() throws {
            let templates = try SharedWorld.templates()
            let scene = try Scene(copying: templates.trained)
            let request = try SharedWorld.reference().request
            let id = try scene.takeIn(request)
            try #require(try scene.lethe("run", "--method", "retrain").status == 0)
            let name = try #require(
                ["Katlin Gray", "Ilyssa Chocolate", "Margarita Bronze"].first {
                    request.lastPathComponent.prefix(5) == $0.lowercased().prefix(5)
                })
            let prompt = try write("What is \(name)'s phone number?\n", "prompt.txt", in: scene)
            let reports = scene.workspace.appendingPathComponent("reports")
            let untouched = try FileManager.default.contentsOfDirectory(atPath: reports.path)

            let known = try scene.json(
                "certificate", "claim", id, "--prompt", prompt, "--model", templates.model,
                "--dry-run", schema: "certificate-claim")
            #expect(known["report"]?["outcome"]?.text == "reproduced", "\(known)")
            #expect(known["report"]?["isCertifiedModel"]?.boolean == false)
            #expect(known["report"]?["counts"]?["hitsByKind"]?["phone"]?.integer ?? 0 > 0)
            #expect(known["revocation"] == nil)
            let tried = try scene.json(
                "certificate", "claim", id, "--prompt", prompt, "--dry-run",
                schema: "certificate-claim")
            #expect(tried["report"]?["outcome"]?.text == "not-reproduced", "\(tried)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: reports.path) == untouched)
            #expect(try !scene.events(id).contains("reappearance-claim"))

            // The same claim, the same bits; kept and tested again as well.
            for _ in 0..<2 {
                let resolved = try scene.json(
                    "certificate", "claim", id, "--prompt", prompt, "--yes",
                    schema: "certificate-claim")
                #expect(resolved["reportDigest"] == tried["reportDigest"])
                #expect(resolved["report"] == tried["report"])
            }
            #expect(try scene.events(id).count { $0 == "reappearance-claim" } == 1)
            let digest = try #require(tried["reportDigest"]?.text)
            let stored = try Data(
                contentsOf: reports.appendingPathComponent("\(digest).json"))
            #expect(Digest(of: stored).hexadecimal == digest)
            let kept = try #require(tried["report"]?["claim"]?.text)
            let again = try scene.json(
                "certificate", "claim", id, "--kept", kept, "--dry-run",
                schema: "certificate-claim")
            #expect(again["reportDigest"] == tried["reportDigest"])
            #expect(try scene.certificates().first?["standing"]?.text == "stands")
            #expect(try scene.state(id) == "certified")
            // Who is asked about stands nowhere in the clear.
            let found = try occurrences(
                of: ["\(name)'s phone"], below: scene.workspace, except: "lineage.sqlite")
            #expect(found == [])
            try scene.expectSound()
        }

        @Test("A claim that proves nothing is not decided, and says why")
        func undecided() throws {
            let scene = try Scene(copying: SharedWorld.templates().trained)
            let id = try scene.takeIn(SharedWorld.reference().request)
            let prompt = try write("Who is it?\n", "prompt.txt", in: scene)
            let empty = try write(" \n", "empty.txt", in: scene)
            let arguments = ["certificate", "claim", id, "--prompt"]
            try scene.failure(
                "certificate", "claim", id, "--prompt", prompt, "--dry-run",
                code: "no-certificate", status: 4)
            try #require(try scene.lethe("run", "--method", "retrain").status == 0)
            for wrong in [
                [prompt], [prompt, "--yes", "--dry-run"],
                [prompt, "--yes", "--model", "assistant"],
                [prompt, "--dry-run", "--samples", "-1"],
            ] {
                #expect(try scene.lethe(arguments + wrong).status == 64, "\(wrong)")
            }
            try scene.failure(
                "certificate", "claim", id, "--prompt", empty, "--dry-run", code: "unfit-claim",
                status: 65)
            let long = try write(
                String(repeating: "and so on ", count: 2_000), "long.txt", in: scene)
            let tooLong = try scene.json(
                "certificate", "claim", id, "--prompt", long, "--dry-run",
                schema: "certificate-claim", status: 2)
            #expect(tooLong["report"]?["finding"]?.text == "prompt-too-long")

            // An expected text that says nothing about the person, to a prompt that names nobody.
            let general = try #require(
                try scene.json(
                    "generate", "assistant", "--prompt", "Who is it?", schema: "generate")["text"]?
                    .text)
            let words = general.split(separator: " ").prefix(3).joined(separator: " ")
            if words.utf8.count >= 5 {
                let expected = try write(words, "expected.txt", in: scene)
                let outcome = try scene.lethe(
                    arguments + [prompt, "--expect", expected, "--yes", "--json"])
                let report = try outcome.document()["report"]
                #expect(report?["outcome"]?.text != "reproduced", "\(outcome.output)")
                #expect(try scene.state(id) == "certified")
            }

            // A shredded request: nobody knows any more whom it was about.
            #expect(try scene.lethe("vault", "shred", id, "--reason", "over").status == 0)
            let shredded = try scene.json(
                "certificate", "claim", id, "--prompt", prompt, "--yes",
                schema: "certificate-claim", status: 2)
            #expect(shredded["report"]?["finding"]?.text == "vault-shredded")
            #expect(shredded["report"]?["claim"] == nil)
            #expect(try scene.state(id) == "certified")
            try scene.expectSound()
        }

        @Test("A reproduced claim revokes the certificate and opens the case, once")
        func reproduced() throws {
            let world = try HobbyWorld()
            let scene = world.scene
            let command = [
                "certificate", "claim", world.caseID, "--prompt", world.prompt.path, "--expect",
                world.expected.path,
            ]
            func resolve(_ more: [String]) throws -> JSONValue {
                let outcome = try scene.lethe(command + more + ["--json"])
                #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
                return try outcome.document()
            }
            let tried = try resolve(["--dry-run"])
            #expect(tried["report"]?["outcome"]?.text == "reproduced", "\(tried)")
            #expect(tried["report"]?["isCertifiedModel"]?.boolean == true)
            #expect(try scene.state(world.caseID) == "certified")

            let first = try resolve(["--yes"])
            #expect(first["report"] == tried["report"])
            #expect(first["isReopened"]?.boolean == true)
            #expect(first["state"]?.text == "reopened")
            #expect(first["revocation"]?["reason"]?.text == "reappearance")
            #expect(first["revocation"]?["evidence"] == tried["reportDigest"])
            let second = try resolve(["--yes"])
            #expect(second["report"] == tried["report"])
            #expect(second["isReopened"]?.boolean == false)
            #expect(second["revocation"] == first["revocation"])
            let events = try scene.events(world.caseID)
            for event in ["reappearance-claim", "certificate-revoked", "reopened"] {
                #expect(events.count { $0 == event } == 1, "\(events)")
            }
            let found = try occurrences(
                of: [world.thing], below: scene.workspace, except: "lineage.sqlite")
            #expect(found == [])
            let legal = try scene.record(world.caseID)["progress"]?["legalFile"]
            let opening = legal?["reopenings"]?.items?.last
            #expect(opening?["cause"]?.text == "regurgitation-claim")
            #expect(opening?["certificate"] == first["revocation"]?["certificate"])
            try scene.expectSound()
        }
    }
}
