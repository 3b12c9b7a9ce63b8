import Domain
import Foundation
import TestSupport
import Testing

extension EndToEndTests {
    /// The second person's signature, and the time-stamp of a third.
    @Suite(.serialized) struct CosignTests {
        /// A trained workspace whose policy asks for four eyes.
        private func fourEyesScene() throws -> Scene {
            let scene = try Scene(copying: SharedWorld.templates().trained)
            let text = try String(
                contentsOf: Fixtures.repository.appendingPathComponent("Policies/default.yaml"),
                encoding: .utf8)
            try Data((text + "\nfour-eyes: true\n").utf8).write(
                to: scene.workspace.appendingPathComponent("policy.yaml"))
            return scene
        }

        /// A key of somebody's own; its private half's path.
        private func makeKey(_ name: String, in scene: Scene) throws -> String {
            let file = scene.root.appendingPathComponent("\(name).pem").path
            try scene.json("keys", "new", file, schema: "keys-new")
            return file
        }

        private func needsCosignature(_ scene: Scene) throws -> Bool? {
            try scene.certificates().first?["needsCosignature"]?.boolean
        }

        @Test("Under four eyes the approver co-signs with a key of their own, and nobody else does")
        func fourEyes() throws {
            let scene = try fourEyesScene()
            let key = try makeKey("bert", in: scene)
            let publicKey = scene.root.appendingPathComponent("bert.pub.pem").path
            let introduced = try scene.json(
                "keys", "introduce", "--role", "approver", "--public-key", publicKey, "--name",
                "bert", schema: "keys-introduce")
            #expect(introduced["changed"]?.boolean == true)
            #expect(introduced["key"]?["role"]?.text == "approver")
            let repeated = try scene.json(
                "keys", "introduce", "--role", "approver", "--public-key", publicKey,
                schema: "keys-introduce")
            #expect(repeated["changed"]?.boolean == false)
            try scene.failure(
                "keys", "introduce", "--role", "approver", "--public-key", publicKey, "--name",
                "anna", code: "not-an-approver", status: 3)
            try scene.failure(
                "keys", "introduce", "--role", "approver", "--public-key",
                scene.keyFile("signing-key.pub.pem").path, code: "key-change-refused", status: 3)

            let id = try scene.takeIn(SharedWorld.reference().request)
            let run = try scene.lethe("run", "--method", "retrain", "--actor", "anna")
            try #require(run.status == 0, "\(run.output)\(run.errors)")
            try scene.json(
                "case", "approve", id, "--reason", "report read", "--actor", "bert",
                schema: "case-decision")
            #expect(try scene.lethe("run", "--case", id, "--actor", "carl").status == 0)
            try #require(try scene.state(id) == "certified")
            #expect(try needsCosignature(scene) == true)
            let command = try #require(try scene.commandsToGoOn(id).first)
            #expect(command.contains("lethe certificate cosign \(id)"))

            for actor in ["anna", "carl"] {
                try scene.failure(
                    "certificate", "cosign", id, "--key", key, "--actor", actor,
                    code: "four-eyes", status: 3)
            }
            for other in [
                try makeKey("stranger", in: scene), scene.keyFile("signing-key.pem").path,
                scene.keyFile("log-key.pem").path,
            ] {
                try scene.failure(
                    "certificate", "cosign", id, "--key", other, "--actor", "bert",
                    code: "not-an-approver", status: 3)
            }
            #expect(try needsCosignature(scene) == true)
            let before = try scene.json("certificate", "show", id, schema: "certificate")
            let signed = try scene.shell(command.replacing("FILE", with: key) + " --json")
            #expect(signed.status == 0, "\(signed.errors)")
            #expect(try signed.document()["changed"]?.boolean == true)
            let after = try scene.json("certificate", "show", id, schema: "certificate")
            #expect(after["payloadDigest"]?.text == before["payloadDigest"]?.text)
            #expect(
                after["signers"]?.items?.compactMap(\.text)
                    == [
                        try scene.keyID(ofPrivateKey: scene.keyFile("signing-key.pem")),
                        try scene.keyID(ofPrivateKey: URL(fileURLWithPath: key)),
                    ].compactMap(\.self))
            // Once more changes nothing.
            let file = scene.workspace.appendingPathComponent(
                "certificates/\(id)/certificate.dsse.json")
            let envelope = try Data(contentsOf: file)
            let again = try scene.json(
                "certificate", "cosign", id, "--key", key, "--actor", "bert",
                schema: "certificate-cosign")
            #expect(again["changed"]?.boolean == false)
            #expect(try Data(contentsOf: file) == envelope)
            #expect(try needsCosignature(scene) == false)
            #expect(try scene.commandsToGoOn(id).contains { $0.contains("cosign") } == false)
            #expect(try scene.events(id).filter { $0 == "certificate-cosigned" }.count == 1)
            try scene.expectSound()
        }

        @Test("A key that was introduced after the certificate was issued cannot co-sign it")
        func introducedLate() throws {
            let (scene, id) = try CertifiedWorld.scene()
            // Times have whole seconds: the key must be younger than the certificate.
            Thread.sleep(forTimeInterval: 1.1)
            let key = try makeKey("bert", in: scene)
            try scene.json(
                "keys", "introduce", "--role", "approver", "--public-key",
                scene.root.appendingPathComponent("bert.pub.pem").path, schema: "keys-introduce")
            try scene.failure(
                "certificate", "cosign", id, "--key", key, "--actor", "bert",
                code: "key-not-yet-valid", status: 5)
            #expect(try needsCosignature(scene) == false)
        }

        /// A test authority, made by OpenSSL.
        private func makeAuthority(in scene: Scene) throws {
            _ = try scene.write(
                """
                [req]
                distinguished_name = name
                prompt = no
                [name]
                CN = Test authority
                [ca]
                basicConstraints = critical, CA:true
                keyUsage = critical, keyCertSign
                [tsa_cert]
                basicConstraints = critical, CA:false
                keyUsage = critical, digitalSignature
                extendedKeyUsage = critical, timeStamping
                [tsa]
                default_tsa = test
                [test]
                serial = serial
                signer_cert = tsa.pem
                certs = tsa-ca.pem
                signer_key = tsa.key
                signer_digest = sha256
                default_policy = 1.3.6.1.4.1.99999.1
                digests = sha256
                ess_cert_id_alg = sha256

                """, "tsa.cnf")
            let made = try scene.shell(
                """
                set -e; echo 01 > serial
                for k in ca tsa; do
                openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out $k.key; done
                openssl req -x509 -new -key ca.key -days 30 -config tsa.cnf -extensions ca -out tsa-ca.pem
                openssl req -new -key tsa.key -config tsa.cnf -subj /CN=Time -out tsa.csr
                openssl x509 -req -in tsa.csr -CA tsa-ca.pem -CAkey ca.key -CAcreateserial -days 30 \
                -extfile tsa.cnf -extensions tsa_cert -out tsa.pem
                """)
            try #require(made.status == 0, "\(made.errors)")
        }

        private func answer(_ query: String, _ answer: String, in scene: Scene) throws {
            let made = try scene.shell(
                "openssl ts -reply -config tsa.cnf -queryfile '\(query)' -out '\(answer)'")
            try #require(made.status == 0, "\(made.errors)")
        }

        @Test("A time-stamp by OpenSSL is taken in if it answers the query, and shown")
        func timestamp() throws {
            let (scene, id) = try CertifiedWorld.scene()
            try makeAuthority(in: scene)
            let query = scene.root.appendingPathComponent("query.tsq")
            let asked = try scene.json(
                "certificate", "timestamp", id, "--request", query.path,
                schema: "certificate-timestamp")
            let digest = try #require(asked["payloadDigest"]?.text)
            let request = try Data(contentsOf: query)
            let text = try scene.shell("openssl ts -query -in query.tsq -text")
            #expect(text.output.contains("Hash Algorithm: sha256"))
            #expect(text.output.contains("Certificate required: yes"))
            #expect(text.output.contains("Nonce: 0x"))
            #expect(
                text.output.filter { $0.isHexDigit || $0 == "-" }.replacing("-", with: "")
                    .contains(digest.prefix(16)))
            // The same query, as long as the certificate is the same.
            try scene.json(
                "certificate", "timestamp", id, "--request", query.path,
                schema: "certificate-timestamp")
            #expect(try Data(contentsOf: query) == request)

            // About other bytes; about these, but no answer to the query.
            let other = Fixtures.root.appendingPathComponent("certificates/signing/sha256.tsr")
            try scene.failure(
                "certificate", "timestamp", id, "--token", other.path,
                code: "timestamp-mismatch", status: 5)
            let foreign = try scene.shell(
                "openssl ts -query -digest \(digest) -sha256 -out own.tsq")
            try #require(foreign.status == 0, "\(foreign.errors)")
            try answer("own.tsq", "own.tsr", in: scene)
            try scene.failure(
                "certificate", "timestamp", id, "--token",
                scene.root.appendingPathComponent("own.tsr").path, code: "timestamp-mismatch",
                status: 5)
            #expect(
                try scene.json("certificate", "show", id, schema: "certificate")["timestamp"] == nil
            )

            try answer("query.tsq", "answer.tsr", in: scene)
            let token = scene.root.appendingPathComponent("answer.tsr").path
            for _ in 0..<2 {
                let stored = try scene.json(
                    "certificate", "timestamp", id, "--token", token,
                    schema: "certificate-timestamp")
                #expect(stored["timestamp"]?["policy"]?.text == "1.3.6.1.4.1.99999.1")
            }
            #expect(try scene.events(id).filter { $0 == "certificate-timestamped" }.count == 1)
            let shown = try scene.json("certificate", "show", id, schema: "certificate")
            let command = try #require(shown["timestamp"]?["command"]?.text)
            let envelope = try #require(
                try JSONParser.parse(
                    Array(
                        try Data(
                            contentsOf: scene.workspace.appendingPathComponent(
                                "certificates/\(id)/certificate.dsse.json"))))["payload"]?.text)
            try #require(Data(base64Encoded: envelope)).write(
                to: scene.root.appendingPathComponent("statement.json"))
            try FileManager.default.copyItem(
                at: scene.workspace.appendingPathComponent("certificates/\(id)/timestamp.tsr"),
                to: scene.root.appendingPathComponent("timestamp.tsr"))
            let verified = try scene.shell(command)
            #expect(verified.status == 0, "\(verified.output)\(verified.errors)")
            // Another one is not put in its place.
            try answer("query.tsq", "later.tsr", in: scene)
            try scene.failure(
                "certificate", "timestamp", id, "--token",
                scene.root.appendingPathComponent("later.tsr").path, code: "timestamp-exists",
                status: 3)
            try scene.expectSound()
        }
    }
}
