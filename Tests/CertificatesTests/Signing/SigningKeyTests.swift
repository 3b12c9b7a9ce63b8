import Certificates
import Domain
import Foundation
import TestSupport
import Testing

@Suite struct SigningKeyTests {
    @Test func `A new key's file is private and never overwritten`() throws {
        let scratch = try ScratchFolder()
        let file = scratch.url.appendingPathComponent("keys/signing.pem")
        let key = try SigningKey.create(at: file)
        let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions]
        #expect((mode as? NSNumber)?.intValue == 0o600)
        #expect(try SigningKey(contentsOf: file).keyID == key.keyID)
        let error = #expect(throws: CertificateError.self) { try SigningKey.create(at: file) }
        #expect(error?.code == .keyExists)
        #expect(try SigningKey(contentsOf: file).keyID == key.keyID)
    }

    @Test func `A key that others can read is refused`() throws {
        let scratch = try ScratchFolder()
        let file = scratch.url.appendingPathComponent("signing.pem")
        _ = try SigningKey.create(at: file)
        for mode in [0o640, 0o604, 0o644] {
            try FileManager.default.setAttributes(
                [.posixPermissions: mode], ofItemAtPath: file.path)
            let error = #expect(throws: CertificateError.self) { try SigningKey(contentsOf: file) }
            #expect(error?.code == .unprotectedKey)
            #expect(error?.remedy?.contains("chmod 600") == true)
        }
    }

    @Test func `OpenSSL reads our keys, and names the same key id`() throws {
        let scratch = try ScratchFolder()
        let file = scratch.url.appendingPathComponent("signing.pem")
        let key = try SigningKey.create(at: file)
        let shown = try FinishedProcess("openssl", ["pkey", "-in", file.path, "-pubout"])
        #expect(shown.status == 0)
        #expect(shown.output == key.publicKey.pemRepresentation)
        _ = try scratch.file("public.pem", key.publicKey.pemRepresentation)
        let id = try FinishedProcess(
            "sh",
            ["-c", "openssl pkey -pubin -in public.pem -outform DER | openssl dgst -sha256 -r"],
            in: scratch.url)
        #expect(id.output.hasPrefix(key.keyID.hexadecimal))
    }

    @Test func `We read OpenSSL's keys, and OpenSSL verifies what they sign`() throws {
        let scratch = try ScratchFolder()
        let made = try FinishedProcess(
            "sh",
            [
                "-c",
                "umask 077; openssl genpkey -algorithm ed25519 -out k.pem && "
                    + "openssl pkey -in k.pem -pubout -out p.pem",
            ], in: scratch.url)
        #expect(made.status == 0)
        let key = try SigningKey(contentsOf: scratch.url.appendingPathComponent("k.pem"))
        #expect(
            try PublicKey(contentsOf: scratch.url.appendingPathComponent("p.pem"))
                == key.publicKey)
        _ = try scratch.file("message", "to be signed")
        try key.signature(for: Data("to be signed".utf8)).write(
            to: scratch.url.appendingPathComponent("sig"))
        let checked = try FinishedProcess(
            "openssl",
            [
                "pkeyutl", "-verify", "-pubin", "-inkey", "p.pem", "-rawin", "-in", "message",
                "-sigfile", "sig",
            ], in: scratch.url)
        #expect(checked.status == 0)
        #expect(checked.output.contains("Signature Verified Successfully"))
    }

    @Test func `A public key from Python's cryptography has the id that Python computed`() throws {
        let expected = try CertificateFixtures.json("python-expected.json")
        let key = try CertificateFixtures.key()
        #expect(key.keyID.hexadecimal == expected["keyID"]?.text)
        #expect(
            Data(key.pemRepresentation.utf8)
                == (try CertificateFixtures.data("python-public-key.pem")))
    }

    @Test(arguments: [
        "", "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n",
        "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VuAyEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
            + "-----END PUBLIC KEY-----\n",
        "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAAAAA\n-----END PUBLIC KEY-----\n",
    ])
    func `What is no Ed25519 public key is refused`(text: String) throws {
        let scratch = try ScratchFolder()
        let file = try scratch.file("key.pem", text)
        let error = #expect(throws: CertificateError.self) { try PublicKey(contentsOf: file) }
        #expect(error?.code == .malformedKey)
        #expect(error?.kind == .badInput)
    }

    @Test func `A private key is no public key, and shows itself nowhere`() throws {
        let key = SigningKey()
        #expect(throws: CertificateError.self) { try PublicKey(pem: key.pemRepresentation) }
        #expect(throws: CertificateError.self) {
            try SigningKey(pem: key.publicKey.pemRepresentation)
        }
        var dumped = ""
        dump(key, to: &dumped)
        let secret = try #require(key.pemRepresentation.split(separator: "\n").dropFirst().first)
        #expect(!"\(key) \(String(reflecting: key)) \(dumped)".contains(secret))
        #expect("\(key)" == "signing key \(key.keyID.short)")
    }
}
