import Domain
import Foundation
import TestSupport
import Testing

extension EndToEndTests {
    @Suite(.serialized) struct RevocationTests {
        /// A workspace with a certified case.
        private func certified() throws -> (scene: Scene, id: String, payload: String) {
            let scene = try Scene(copying: SharedWorld.templates().trained)
            let id = try scene.takeIn(SharedWorld.reference().request)
            try #require(try scene.lethe("run", "--method", "retrain").status == 0)
            let payload = try scene.certificates().first?["payloadDigest"]?.text
            return (scene, id, try #require(payload))
        }

        private func revocations(_ scene: Scene) throws -> [JSONValue] {
            try scene.json(
                "certificate", "revocations", schema: "certificate-revocations")["items"]?.items
                ?? []
        }

        private func payload(ofEnvelopeAt file: URL) throws -> JSONValue {
            let envelope = try JSONParser.parse(Array(try Data(contentsOf: file)))
            let text = try #require(envelope["payload"]?.text)
            return try JSONParser.parse(Array(try #require(Data(base64Encoded: text))))
        }

        /// One revocation in the list and in the log, one note, one reopening, whatever happened.
        private func expectRevokedOnce(
            _ scene: Scene, _ id: String, sourceLocation: SourceLocation = #_sourceLocation
        ) throws {
            let rows = try revocations(scene)
            #expect(rows.count == 1, sourceLocation: sourceLocation)
            #expect(rows.first?["logIndex"]?.integer != nil, sourceLocation: sourceLocation)
            let list = scene.root.appendingPathComponent("list.json")
            try scene.json(
                "certificate", "revocations", "--output", list.path,
                schema: "certificate-revocations")
            let published = try payload(ofEnvelopeAt: list)["revocations"]?.items
            #expect(
                published?.map { $0["revocation"]?.text } == rows.map { $0["revocation"]?.text },
                sourceLocation: sourceLocation)
            let events = try scene.events(id)
            for event in ["certificate-revoked", "reopened"] {
                #expect(
                    events.count { $0 == event } == 1, "\(events)", sourceLocation: sourceLocation)
            }
            #expect(try scene.state(id) == "reopened", sourceLocation: sourceLocation)
            try scene.expectSound(sourceLocation: sourceLocation)
        }

        @Test("A certificate is revoked once, signed, logged and noted, and its case is open again")
        func revoking() throws {
            let (scene, id, certificate) = try certified()
            #expect(try scene.certificates().first?["standing"]?.text == "stands")
            #expect(try revocations(scene).isEmpty)
            try scene.failure(
                "certificate", "revoke", id, "--reason", "erorr", "--because", "x",
                code: "unknown-name", status: 4)
            try scene.failure(
                "certificate", "revoke", id, "--reason", "error", "--because", "  ",
                code: "reason-missing", status: 64)
            let name = try #require(
                ["Katlin Gray", "ilyssa_chocolate@me.com", "margarita_bronze@me.com"].first {
                    try SharedWorld.reference().request.lastPathComponent.prefix(5)
                        == $0.lowercased().prefix(5)
                })
            try scene.failure(
                "certificate", "revoke", id, "--reason", "error", "--because", "\(name) wrote",
                code: "personal-data-in-reason", status: 65)
            #expect(try revocations(scene).isEmpty)
            #expect(try scene.state(id) == "certified")

            let command = [
                "certificate", "revoke", id, "--reason", "error", "--because",
                "a backup was left out", "--json",
            ]
            let first = try scene.lethe(command)
            #expect(first.status == 0, "\(first.errors)")
            let revoked = try first.document()
            #expect(revoked["isNew"]?.boolean == true)
            #expect(revoked["isReopened"]?.boolean == true)
            #expect(revoked["revocation"]?["certificate"]?.text == certificate)
            try expectRevokedOnce(scene, id)

            let again = try scene.lethe(command)
            #expect(again.status == 0, "\(again.errors)")
            #expect(try again.document()["isNew"]?.boolean == false)
            #expect(try again.document()["isReopened"]?.boolean == false)
            #expect(try again.document()["revocation"] == revoked["revocation"])
            try expectRevokedOnce(scene, id)
            try scene.failure(
                "certificate", "revoke", id, "--reason", "superseded", "--because", "x",
                code: "already-revoked", status: 3)

            let digest = try #require(revoked["revocation"]?["revocation"]?.text)
            let file = scene.workspace.appendingPathComponent(
                "certificates/revocations/\(digest).dsse.json")
            let statement = try payload(ofEnvelopeAt: file)
            #expect(
                statement["predicateType"]?.text
                    == "https://lethe.dev/attestation/revocation/v1")
            #expect(
                statement["subject"]?.items?.first?["digest"]?["sha256"]?.text == certificate)
        }

        @Test("Killed between any two steps, the same command ends with one of each")
        func killed() throws {
            let (scene, id, _) = try certified()
            let before = scene.root.appendingPathComponent("before")
            try FileManager.default.copyItem(at: scene.workspace, to: before)
            let command = [
                "certificate", "revoke", id, "--reason", "reappearance", "--because", "shown to us",
            ]
            #expect(try scene.lethe(command).status == 0)
            let digest = try revocations(scene).first?["revocation"]?.text
            let after = scene.root.appendingPathComponent("after")
            try FileManager.default.moveItem(at: scene.workspace, to: after)
            // What a killed command has done so far; the history and the state came later.
            for parts in [
                ["certificates/revocations"], ["certificates/revocations", "log", "keys"],
            ] {
                try FileManager.default.copyItem(at: before, to: scene.workspace)
                for part in parts {
                    let place = scene.workspace.appendingPathComponent(part)
                    try? FileManager.default.removeItem(at: place)
                    try FileManager.default.copyItem(
                        at: after.appendingPathComponent(part), to: place)
                }
                // It stands revoked from the first step on.
                #expect(
                    try scene.certificates().first?["standing"]?.text == "revoked: reappearance")
                #expect(try scene.lethe(command).status == 0)
                #expect(try revocations(scene).first?["revocation"]?.text == digest)
                try expectRevokedOnce(scene, id)
                try FileManager.default.removeItem(at: scene.workspace)
            }
        }

        @Test(
            "Superseded, a case stays closed; opened again for a cause, its certificate is revoked")
        func reopening() throws {
            let (scene, id, certificate) = try certified()
            let aside = scene.root.appendingPathComponent("aside")
            try FileManager.default.copyItem(at: scene.workspace, to: aside)
            try scene.failure(
                "case", "reopen", id, "--cause", "certificate-revoked", "--reason", "x",
                code: "cause-unfit", status: 3)
            let outcome = try scene.json(
                "certificate", "revoke", id, "--reason", "superseded", "--because",
                "issued anew", schema: "certificate-revocation")
            #expect(outcome["isReopened"]?.boolean == false)
            #expect(try scene.state(id) == "certified")
            #expect(try scene.certificates().first?["standing"]?.text == "revoked: superseded")
            try scene.json(
                "case", "reopen", id, "--cause", "certificate-revoked", "--reason", "after all",
                schema: "case-decision")
            try expectRevokedOnce(scene, id)

            try FileManager.default.removeItem(at: scene.workspace)
            try FileManager.default.copyItem(at: aside, to: scene.workspace)
            try scene.json(
                "case", "reopen", id, "--cause", "restore", "--reason", "an old backup is back",
                schema: "case-decision")
            try expectRevokedOnce(scene, id)
            let row = try revocations(scene).first
            #expect(row?["reason"]?.text == "reappearance")
            #expect(row?["certificate"]?.text == certificate)
            // Where there is no certificate there is nothing to revoke.
            let other = try scene.takeIn(SmallCorpus.file("nobody.json"))
            try scene.failure(
                "certificate", "revoke", other, "--reason", "error", "--because", "x",
                code: "no-certificate", status: 4)
        }
    }
}
