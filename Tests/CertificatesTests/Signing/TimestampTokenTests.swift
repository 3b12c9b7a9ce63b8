import Certificates
import Domain
import Foundation
import TestSupport
import Testing

@Suite struct TimestampTokenTests {
    /// What `openssl ts -reply -text` printed of a token, e.g. `Serial number`.
    private func printed(_ field: String) throws -> String {
        let text = String(decoding: try SigningFixtures.data("sha256.txt"), as: UTF8.self)
        let line = try #require(text.split(separator: "\n").first { $0.hasPrefix(field) })
        return String(line.dropFirst(field.count + 2))
    }

    @Test func `What is read of a token equals what OpenSSL prints of it`() throws {
        let token = try TimestampToken(parsing: SigningFixtures.data("sha256.tsr"))
        #expect(token.policy == (try printed("Policy OID")))
        #expect("0x\(token.serialNumber.uppercased())" == (try printed("Serial number")))
        #expect("0x\((token.nonce ?? "").uppercased())" == (try printed("Nonce")))
        #expect(token.imprint.algorithm.rawValue == (try printed("Hash Algorithm")))
        let words = try printed("Time stamp").split(separator: " ")
        #expect(
            token.time.description
                == "\(words[3])-\(words[0] == "Nov" ? "11" : "12")-\(words[1])T\(words[2])Z")
        // Accuracy of a second and a half.
        #expect(token.latestTime.secondsSince1970 == token.time.secondsSince1970 + 2)
    }

    @Test(arguments: ["sha256.tsr", "sha384.tsr", "sha512.tst"])
    func `A token covers exactly the stamped bytes`(name: String) throws {
        let token = try TimestampToken(parsing: SigningFixtures.data(name))
        let statement = try SigningFixtures.statement()
        try token.check(covers: statement)
        #expect(code { try token.check(covers: statement + [10]) } == .timestampMismatch)
        #expect(code { try token.check(covers: Data()) } == .timestampMismatch)
        #expect(
            code { try token.check(covers: statement, nonce: Data([1])) } == .timestampMismatch)
        try token.check(
            covers: statement, nonce: Data([0]) + bytes(hexadecimal: token.nonce ?? ""))
        #expect(try TimestampToken(parsing: token.token) == token)
    }

    @Test func `OpenSSL checks the token that we take out of an answer`() throws {
        let scratch = try ScratchFolder()
        let token = try TimestampToken(parsing: SigningFixtures.data("sha256.tsr"))
        try token.token.write(to: scratch.url.appendingPathComponent("t.tst"))
        func verify(_ data: String) throws -> Int32 {
            try FinishedProcess(
                "sh",
                [
                    "-c",
                    TimestampToken.verificationCommand(
                        data: data, file: "t.tst", isToken: true,
                        authority: SigningFixtures.url("tsa-ca.pem").path),
                ], in: scratch.url
            ).status
        }
        _ = try scratch.file("other", "x")
        #expect(try verify(SigningFixtures.url("statement.json").path) == 0)
        #expect(try verify("other") != 0)
    }

    @Test func `A query equals OpenSSL's byte for byte`() throws {
        let scratch = try ScratchFolder()
        let statement = try SigningFixtures.statement()
        for algorithm in MessageImprint.Algorithm.allCases {
            for policy in [nil, "1.3.6.1.4.1.4146.2.2"] {
                let made = try FinishedProcess(
                    "openssl",
                    [
                        "ts", "-query", "-data", SigningFixtures.url("statement.json").path,
                        "-\(algorithm.rawValue)", "-no_nonce", "-cert", "-out", "q",
                    ] + (policy.map { ["-tspolicy", $0] } ?? []), in: scratch.url)
                #expect(made.status == 0, "\(made.output)")
                let imprint = MessageImprint(of: statement, algorithm: algorithm)
                #expect(
                    try TimestampQuery(imprint, policy: policy).derRepresentation
                        == Data(contentsOf: scratch.url.appendingPathComponent("q")))
            }
        }
        let token = try TimestampToken(parsing: SigningFixtures.data("sha256.tsr"))
        let nonce = bytes(hexadecimal: token.nonce ?? "")
        #expect(
            try TimestampQuery(.init(of: statement), nonce: nonce).derRepresentation
                == SigningFixtures.data("sha256.tsq"))
        let read = try TimestampQuery(parsing: SigningFixtures.data("sha256.tsq"))
        #expect(read.imprint == .init(of: statement) && read.nonce == nonce)
        let named = try TimestampQuery(.init(of: statement), nonce: nonce, policy: "1.3.6.1.4.1.9")
        #expect(try TimestampQuery(parsing: named.derRepresentation) == named)
        #expect(
            code {
                _ = try TimestampQuery(parsing: SigningFixtures.data("sha256.tsq").dropLast())
            } == .malformedTimestampQuery)
        #expect(
            code { _ = try TimestampQuery(.init(of: statement), nonce: Data()) }
                == .malformedTimestampQuery)
        for policy in ["", "1", "3.1", "1.40", "1.2.", "01.2", "a"] {
            #expect(
                code { _ = try TimestampQuery(.init(of: statement), policy: policy) }
                    == .malformedTimestampQuery)
        }
    }

    @Test func `What is no time-stamp is refused with the rule it breaks`() throws {
        let file = try SigningFixtures.data("sha256.tsr")
        func named(_ data: Data) -> String? { defect { _ = try TimestampToken(parsing: data) } }
        for count in stride(from: 0, to: file.count, by: 3) {
            #expect(named(file.prefix(count)) == "truncated")
        }
        #expect(named(file + [0]) == "malformed")
        #expect(named(Data(count: 1 << 20 | 1)) == "oversized")
        #expect(named(try SigningFixtures.data("sha256.tsq")) == "wrong-type")
        let sha1 = #expect(throws: CertificateError.self) {
            try TimestampToken(parsing: SigningFixtures.data("sha1.tsr"))
        }
        #expect(sha1?.code == .unknownAlgorithm)
        #expect(sha1?.message.contains("1.3.14.3.2.26") == true)
        let refused = #expect(throws: CertificateError.self) {
            try TimestampToken(parsing: SigningFixtures.data("refused.tsr"))
        }
        #expect(refused?.message.contains("refused it with the status 2") == true)
    }

    @Test func `A flipped bit in what is read changes the token or is refused`() throws {
        let file = try SigningFixtures.data("sha256.tsr")
        let token = try TimestampToken(parsing: file)
        let statement = try SigningFixtures.statement()
        let imprint = try #require(file.range(of: token.imprint.digest))
        let unnoticed = unnoticedBits(of: Data(file[imprint])) { changed in
            var copy = file
            copy.replaceSubrange(imprint, with: changed)
            try TimestampToken(parsing: copy).check(covers: statement)
        }
        #expect(unnoticed.isEmpty)
        #expect(TimestampToken.notChecked.contains { $0.contains("signature") })
    }
}
