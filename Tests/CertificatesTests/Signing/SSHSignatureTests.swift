import Certificates
import Domain
import Foundation
import TestSupport
import Testing

@Suite struct SSHSignatureTests {
    private static let hasOpenSSH = isInstalled("ssh-keygen")

    @Test func `A signature that ssh-keygen made verifies, and is written back byte for byte`()
        throws
    {
        let key = try SigningFixtures.key("issuer")
        let file = try SigningFixtures.data("statement.json.sig")
        let signature = try SSHSignature(parsing: file)
        #expect(try signature.verify(SigningFixtures.statement(), keys: [key]) == key)
        #expect(Data(signature.armored.utf8) == file)
        #expect(signature.namespace == "certificate@lethe.dev")
        #expect(
            try PublicKey(
                sshLine: String(decoding: SigningFixtures.data("issuer.pub"), as: UTF8.self))
                == key)
    }

    @Test func `Another message, key or purpose is refused`() throws {
        let key = try SigningFixtures.key("issuer")
        let statement = try SigningFixtures.statement()
        let signature = try SSHSignature(parsing: SigningFixtures.data("statement.json.sig"))
        #expect(code { try signature.verify(statement + [0], keys: [key]) } == .invalidSignature)
        #expect(
            code { try signature.verify(statement, keys: [SigningKey().publicKey]) }
                == .untrustedKey)
        let other = try SSHSignature(parsing: SigningFixtures.data("other-namespace.sig"))
        let purpose = #expect(throws: CertificateError.self) {
            try other.verify(statement, keys: [key])
        }
        #expect(purpose?.code == .invalidSignature)
        #expect(purpose?.message.contains("another purpose") == true)
        #expect(try other.verify(statement, keys: [key], namespace: "file") == key)
    }

    @Test(.enabled(if: hasOpenSSH, "ssh-keygen is not installed"))
    func `ssh-keygen verifies what we sign, within the key's dates only`() throws {
        let scratch = try ScratchFolder()
        let key = SigningKey()
        let statement = "{\"a\":1}\n"
        _ = try scratch.file("statement.json", statement)
        let signature = try SSHSignature(signing: Data(statement.utf8), key: key)
        _ = try scratch.file("statement.json.sig", signature.armored)
        func verify(
            after: String?, before: String?, namespace: String = SSHSignature.certificateNamespace
        ) throws -> FinishedProcess {
            _ = try scratch.file(
                "signers",
                key.publicKey.allowedSignersLine(
                    identity: "privacy@example.org",
                    validAfter: after.flatMap { Timestamp($0) },
                    validBefore: before.flatMap { Timestamp($0) }))
            return try FinishedProcess(
                "sh",
                [
                    "-c",
                    "ssh-keygen -Y verify -n \(namespace) -f signers -I privacy@example.org "
                        + "-s statement.json.sig < statement.json",
                ], in: scratch.url)
        }
        let good = try verify(after: nil, before: nil)
        #expect(good.status == 0, "\(good.output)")
        #expect(good.output.contains("Good \"certificate@lethe.dev\" signature"))
        #expect(
            try verify(after: "2020-01-01T00:00:00Z", before: "2120-01-01T12:30:59Z").status == 0)
        #expect(try verify(after: "2120-01-01T00:00:00Z", before: nil).status != 0)
        #expect(try verify(after: nil, before: "2020-01-01T00:00:00Z").status != 0)
        #expect(try verify(after: nil, before: nil, namespace: "file").status != 0)
        _ = try scratch.file("statement.json", statement + " ")
        #expect(try verify(after: nil, before: nil).status != 0)
    }

    @Test(.enabled(if: hasOpenSSH, "ssh-keygen is not installed"))
    func `We verify what ssh-keygen signs with a key of its own`() throws {
        let scratch = try ScratchFolder()
        _ = try scratch.file("message", "any text")
        let made = try FinishedProcess(
            "sh",
            [
                "-c",
                "ssh-keygen -q -t ed25519 -N '' -C 'a comment' -f key && "
                    + "ssh-keygen -Y sign -n certificate@lethe.dev -f key message",
            ], in: scratch.url)
        #expect(made.status == 0, "\(made.output)")
        func file(_ name: String) throws -> Data {
            try Data(contentsOf: scratch.url.appendingPathComponent(name))
        }
        let line = String(decoding: try file("key.pub"), as: UTF8.self)
        let key = try PublicKey(sshLine: line)
        #expect(key.sshLine(comment: "a comment") + "\n" == line)
        try SSHSignature(parsing: file("message.sig")).verify(Data("any text".utf8), keys: [key])
        let fingerprint = try FinishedProcess(
            "ssh-keygen", ["-l", "-f", "key.pub"], in: scratch.url)
        #expect(fingerprint.output.contains("ED25519"))
    }

    @Test func `One flipped bit anywhere in an SSH signature is noticed`() throws {
        let key = try SigningFixtures.key("issuer")
        let statement = try SigningFixtures.statement()
        let unnoticed = unnoticedBits(of: try SigningFixtures.data("statement.json.sig")) {
            try SSHSignature(parsing: $0).verify(statement, keys: [key])
        }
        #expect(unnoticed.isEmpty, "\(unnoticed.prefix(8))")
    }

    @Test func `A file that is no SSH signature of ours is refused with the rule it breaks`() throws
    {
        let file = String(
            decoding: try SigningFixtures.data("statement.json.sig"), as: UTF8.self)
        func named(_ text: String) -> String? {
            defect { _ = try SSHSignature(parsing: Data(text.utf8)) }
        }
        for end in stride(from: 30, to: file.utf8.count, by: 7) {
            #expect(named(String(file.prefix(end))) == "truncated")
        }
        #expect(named("") == "malformed")
        #expect(named(file + "\n") == "truncated")
        #expect(named(String(repeating: "A", count: 1 << 15)) == "oversized")
        #expect(named(file.replacingOccurrences(of: "U1NI", with: "U1NJ")) == "malformed")
        #expect(named(file.replacingOccurrences(of: "\n", with: "\r\n")) == "malformed")
        let rejoined = file.replacingOccurrences(of: "\nmmi", with: "mmi")
        #expect(named(rejoined) == "non-canonical-form")
        #expect(
            named(file.replacingOccurrences(of: "=\n-----END", with: "\n-----END"))
                == "non-canonical-base64"
                || !file.contains("=\n-----END"))
        #expect(
            code { _ = try PublicKey(sshLine: "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAAQ==") }
                == .unknownAlgorithm)
        #expect(code { _ = try PublicKey(sshLine: "ssh-ed25519") } == .malformedKey)
        #expect(code { _ = try PublicKey(sshLine: "ssh-ed25519 AAAA") } == .malformedKey)
    }

    @Test(arguments: ["", "two words", "a,b", "*", "a\"b", "line\nfeed", "\u{E9}"])
    func `A name that an allowed-signers file would misread is refused`(name: String) throws {
        let key = SigningKey().publicKey
        #expect(code { _ = try key.allowedSignersLine(identity: name) } == .malformedIdentity)
        #expect(!key.sshLine(comment: name).contains("\n"))
    }
}
