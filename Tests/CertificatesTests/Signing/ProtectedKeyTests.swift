import Certificates
import Domain
import Foundation
import TestSupport
import Testing

@Suite struct ProtectedKeyTests {
    private let passphrase = Data("korrekt pf\u{E9}rd".utf8)

    private func run(_ command: String, _ scratch: ScratchFolder) throws -> FinishedProcess {
        try FinishedProcess("sh", ["-c", "umask 077; \(command)"], in: scratch.url)
    }

    @Test func `OpenSSL reads a key that we protect, with the passphrase only`() throws {
        let scratch = try ScratchFolder()
        let file = scratch.url.appendingPathComponent("k.pem")
        let key = try SigningKey.create(at: file, passphrase: passphrase)
        #expect(try SigningKey.isProtected(at: file))
        let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions]
        #expect((mode as? NSNumber)?.intValue == 0o600)
        _ = try scratch.file("good", String(decoding: passphrase, as: UTF8.self))
        _ = try scratch.file("bad", "something else")
        let shown = try run("openssl pkey -in k.pem -passin file:good -pubout", scratch)
        #expect(shown.output == key.publicKey.pemRepresentation)
        #expect(try run("openssl pkey -in k.pem -passin file:bad -pubout", scratch).status != 0)
        let structure = try run("openssl asn1parse -in k.pem", scratch).output
        for name in ["PBES2", "PBKDF2", "hmacWithSHA256", "aes-256-cbc", ":0927C0"] {
            #expect(structure.contains(name), "\(name)")
        }
        #expect(try SigningKey(contentsOf: file, passphrase: passphrase).keyID == key.keyID)
    }

    @Test(arguments: [
        "-v2 aes-256-cbc", "-v2 aes-256-cbc -iter 600000", "-v2 aes-256-cbc -scrypt",
        "-v2 aes-256-cbc -v2prf hmacWithSHA512",
    ])
    func `We read keys that OpenSSL protected`(options: String) throws {
        let scratch = try ScratchFolder()
        let made = try run(
            "openssl genpkey -algorithm ed25519 -out p.pem && openssl pkey -in p.pem -pubout "
                + "-out pub.pem && openssl pkcs8 -topk8 -in p.pem \(options) "
                + "-passout pass:geheimnis -out k.pem", scratch)
        #expect(made.status == 0, "\(made.output)")
        let file = scratch.url.appendingPathComponent("k.pem")
        let key = try SigningKey(contentsOf: file, passphrase: Data("geheimnis".utf8))
        #expect(
            try PublicKey(contentsOf: scratch.url.appendingPathComponent("pub.pem"))
                == key.publicKey)
        #expect(
            code { _ = try SigningKey(contentsOf: file, passphrase: Data("Geheimnis".utf8)) }
                == .passphraseWrong)
        let error = #expect(throws: CertificateError.self) { try SigningKey(contentsOf: file) }
        #expect(error?.code == .passphraseNeeded)
        #expect(error?.kind == .refused)
    }

    @Test(arguments: [
        "-v2 aes-128-cbc", "-v2 aes-256-cbc -v2prf hmacWithSHA1", "-v1 PBE-SHA1-3DES",
    ])
    func `Another way of protection is named, not guessed`(options: String) throws {
        let scratch = try ScratchFolder()
        let made = try run(
            "openssl genpkey -algorithm ed25519 | openssl pkcs8 -topk8 \(options) "
                + "-passout pass:geheimnis -out k.pem", scratch)
        #expect(made.status == 0, "\(made.output)")
        let error = #expect(throws: CertificateError.self) {
            try SigningKey(
                contentsOf: scratch.url.appendingPathComponent("k.pem"),
                passphrase: Data("geheimnis".utf8))
        }
        #expect(error?.code == .unknownAlgorithm)
        #expect(
            error?.details["algorithm"]?.hasPrefix("1.2.840") == true
                || error?.details["algorithm"]?.hasPrefix("2.16.840") == true)
    }

    @Test func `A passphrase is set, changed and removed; the key stays the same`() throws {
        let scratch = try ScratchFolder()
        let file = scratch.url.appendingPathComponent("k.pem")
        let key = try SigningKey.create(at: file)
        try SigningKey.changePassphrase(at: file, from: nil, to: passphrase)
        #expect(code { _ = try SigningKey(contentsOf: file) } == .passphraseNeeded)
        let other = Data("another one".utf8)
        #expect(
            code { try SigningKey.changePassphrase(at: file, from: other, to: nil) }
                == .passphraseWrong)
        try SigningKey.changePassphrase(at: file, from: passphrase, to: other)
        #expect(try SigningKey(contentsOf: file, passphrase: other).keyID == key.keyID)
        #expect(
            code {
                try SigningKey.changePassphrase(at: file, from: other, to: Data("1234567".utf8))
            }
                == .passphraseNeeded)
        try SigningKey.changePassphrase(at: file, from: other, to: nil)
        #expect(try SigningKey(contentsOf: file).keyID == key.keyID)
        #expect(try SigningKey.isProtected(at: file) == false)
        let names = try FileManager.default.contentsOfDirectory(atPath: scratch.url.path)
        #expect(names == ["k.pem"])
        let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions]
        #expect((mode as? NSNumber)?.intValue == 0o600)
    }

    /// The key's structure by hand; `openssl asn1parse` shows the same of a real one.
    private func file(scrypt numbers: [[UInt8]]? = nil, rounds: [UInt8]? = nil) -> String {
        func element(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
            [tag, UInt8(content.count)] + content
        }
        let salt = element(4, [UInt8](repeating: 7, count: 8))
        let derivation: [UInt8]
        if let numbers {
            derivation =
                element(6, [0x2B, 6, 1, 4, 1, 0xDA, 0x47, 4, 11])
                + element(0x30, salt + numbers.flatMap { element(2, $0) })
        } else {
            derivation =
                element(6, [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 5, 12])
                + element(
                    0x30,
                    salt + element(2, rounds ?? [1])
                        + element(
                            0x30, element(6, [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 2, 9])))
        }
        let cipher =
            element(6, [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 0x2A])
            + element(4, [UInt8](repeating: 1, count: 16))
        let scheme =
            element(6, [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 5, 13])
            + element(0x30, element(0x30, derivation) + element(0x30, cipher))
        let whole = element(0x30, scheme) + element(4, [UInt8](repeating: 9, count: 16))
        let der = Data([0x30] + (whole.count < 128 ? [] : [0x81]) + [UInt8(whole.count)] + whole)
        return "-----BEGIN ENCRYPTED PRIVATE KEY-----\n\(der.base64EncodedString())\n"
            + "-----END ENCRYPTED PRIVATE KEY-----\n"
    }

    @Test func `A file that asks for hours of work or all memory is refused at once`() {
        func code(_ text: String) -> CertificateErrorCode? {
            CertificatesTests.code { _ = try SigningKey(pem: text, passphrase: passphrase) }
        }
        // Within the bounds it is read, and only the passphrase is wrong.
        #expect(code(file(rounds: [0x7F])) == .passphraseWrong)
        #expect(code(file(scrypt: [[0x40, 0], [8], [1]])) == .passphraseWrong)
        #expect(code(file(rounds: [0x7F, 0xFF, 0xFF, 0xFF])) == .malformedKey)
        #expect(code(file(rounds: [0])) == .malformedKey)
        #expect(code(file(rounds: [0x80])) == .malformedKey)
        #expect(code(file(rounds: [0, 1])) == .malformedKey)
        for numbers: [[UInt8]] in [
            [[1, 0, 0, 0], [8], [1]], [[0x40, 0], [8], [0x7F, 0xFF]], [[0x40, 1], [8], [1]],
            [[0x40, 0], [0x7F, 0xFF], [1]], [[1], [8], [1]], [[0x10, 0, 0], [8], [3]],
            [[0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], [8], [1]],
        ] {
            #expect(code(file(scrypt: numbers)) == .malformedKey)
        }
    }

    @Test func `A truncated or lengthened key file is refused`() throws {
        let text = file()
        let base64 = try #require(text.split(separator: "\n").dropFirst().first)
        let der = try #require(Data(base64Encoded: String(base64)))
        func read(_ der: Data) -> CertificateErrorCode? {
            let text =
                "-----BEGIN ENCRYPTED PRIVATE KEY-----\n\(der.base64EncodedString())\n"
                + "-----END ENCRYPTED PRIVATE KEY-----\n"
            return code { _ = try SigningKey(pem: text, passphrase: passphrase) }
        }
        for count in 0..<der.count { #expect(read(der.prefix(count)) == .malformedKey) }
        #expect(read(der + [0]) == .malformedKey)
        // The same length, but not in the shortest form.
        #expect(der.count < 130 && read(Data([0x30, 0x81]) + der.dropFirst()) == .malformedKey)
        #expect(read(der) == .passphraseWrong)
    }
}
