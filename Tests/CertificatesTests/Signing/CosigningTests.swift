import Certificates
import Crypto
import Domain
import Foundation
import TestSupport
import Testing

@Suite struct CosigningTests {
    private let payload = Data("the statement".utf8)

    @Test func `A co-signed envelope made by Python says which key made which signature`() throws {
        let (issuer, approver) = (
            try SigningFixtures.key("issuer"), try SigningFixtures.key("approver")
        )
        let envelope = try Envelope(parsing: SigningFixtures.data("cosigned.dsse.json"))
        let both = try envelope.verification(keys: [approver, issuer], threshold: 2)
        #expect(both.rows.map(\.key) == [issuer, approver])
        #expect(
            both.rows.map(\.keyID) == [
                try SigningFixtures.keyID("issuer").hexadecimal,
                try SigningFixtures.keyID("approver").hexadecimal,
            ])
        #expect(both.unchecked.isEmpty)
        #expect(envelope.payload == (try SigningFixtures.statement()))
        let one = try envelope.verification(keys: [approver])
        #expect(one.signers == [approver])
        #expect(one.unchecked == [issuer.keyID.hexadecimal])
    }

    @Test func `A co-signature leaves the payload and the first signature as they were`() throws {
        let (issuer, approver) = (SigningKey(), SigningKey())
        let single = try Envelope(signing: payload, payloadType: "t", key: issuer)
        let double = try single.adding(approver)
        #expect(double.payload == single.payload)
        #expect(double.signatures.first == single.signatures.first)
        #expect(try Envelope(parsing: double.encoded()) == double)
        #expect(
            try double.verification(
                keys: [issuer.publicKey, approver.publicKey], threshold: 2
            ).signers == [issuer.publicKey, approver.publicKey])
        #expect(
            try Envelope(signing: payload, payloadType: "t", keys: [issuer, approver])
                .verification(keys: [issuer.publicKey, approver.publicKey], threshold: 2)
                .signers.count == 2)
    }

    @Test func `Two signatures by one key count once`() throws {
        let (issuer, approver) = (SigningKey(), SigningKey())
        let single = try Envelope(signing: payload, payloadType: "t", key: issuer)
        #expect(code { _ = try single.adding(issuer) } == .alreadySigned)
        let doubled = Envelope(
            payloadType: "t", payload: payload, signatures: single.signatures + single.signatures)
        let keys = [issuer.publicKey, approver.publicKey, issuer.publicKey]
        #expect(try doubled.verification(keys: keys).signers == [issuer.publicKey])
        #expect(
            code { _ = try doubled.verification(keys: keys, threshold: 2) }
                == .notEnoughSignatures)
        #expect(
            code { _ = try doubled.verification(keys: keys, threshold: 0) }
                == .notEnoughSignatures)
    }

    @Test func `A signature under another key's name, or under none, is refused`() throws {
        let (a, b) = (SigningKey(), SigningKey())
        let signature = try Envelope(signing: payload, payloadType: "t", key: a).signatures[0]
        let keys = [a.publicKey, b.publicKey]
        func verify(_ keyID: String?, _ bytes: Data, _ keys: [PublicKey]) -> CertificateErrorCode? {
            let envelope = Envelope(
                payloadType: "t", payload: payload,
                signatures: [signature, .init(keyID: keyID, bytes: bytes)])
            return code { _ = try envelope.verification(keys: keys) }
        }
        #expect(verify(b.keyID.hexadecimal, signature.bytes, keys) == .untrustedKey)
        #expect(verify("somebody", signature.bytes, keys) == .untrustedKey)
        #expect(verify(nil, signature.bytes, keys) == .untrustedKey)
        #expect(verify(b.keyID.hexadecimal, Data(count: 64), keys) == .invalidSignature)
        #expect(verify(b.keyID.hexadecimal, Data(count: 71), keys) == .unknownAlgorithm)
        #expect(verify(b.keyID.hexadecimal, signature.bytes, []) == .untrustedKey)
    }

    @Test func `One flipped bit anywhere in a co-signed envelope is noticed`() throws {
        let keys = [SigningKey(), SigningKey()]
        let file = try Envelope(signing: payload, payloadType: "t/x", keys: keys).encoded()
        let trusted = keys.map(\.publicKey)
        _ = try Envelope(parsing: file).verification(keys: trusted)
        let unnoticed = unnoticedBits(of: file) { changed in
            _ = try Envelope(parsing: changed).verification(keys: trusted)
        }
        #expect(unnoticed.isEmpty, "\(unnoticed.prefix(8))")
    }

    @Test func `Where only one signer is known, the other's signature alone goes unchecked`()
        throws
    {
        let (known, unknown) = (SigningKey(), SigningKey())
        let file = try Envelope(signing: payload, payloadType: "t", keys: [known, unknown])
            .encoded()
        let text = String(decoding: file, as: UTF8.self)
        let start = try #require(text.range(of: "    {", options: .backwards))
        let first = text.utf8.distance(from: text.startIndex, to: start.lowerBound)
        let unnoticed = unnoticedBits(of: file) { changed in
            _ = try Envelope(parsing: changed).verification(keys: [known.publicKey])
        }
        #expect(!unnoticed.isEmpty)
        #expect(unnoticed.allSatisfy { (Int($0.split(separator: ".")[0]) ?? 0) >= first })
    }

    @Test func `The signature of the specification's vector is good under its P-256 key`() throws {
        let vector = try CertificateFixtures.json("dsse-spec-vector.json")
        let envelope = try Envelope(parsing: try #require(vector["envelope"]).serialized())
        func number(_ name: String) throws -> Data {
            // Decimal digits to 32 big-endian bytes.
            var result = [UInt8](repeating: 0, count: 32)
            for digit in try #require(vector["key"]?[name]?.text).utf8 {
                var carry = Int(digit) - 48
                for index in result.indices.reversed() {
                    carry += Int(result[index]) * 10
                    result[index] = UInt8(carry & 0xFF)
                    carry >>= 8
                }
            }
            return Data(result)
        }
        let key = try P256.Signing.PublicKey(
            rawRepresentation: try number("x") + number("y"))
        let signature = try P256.Signing.ECDSASignature(
            rawRepresentation: envelope.signatures[0].bytes)
        #expect(
            key.isValidSignature(
                signature,
                for: Envelope.preAuthenticationEncoding(
                    payloadType: envelope.payloadType, payload: envelope.payload)))
        let error = #expect(throws: CertificateError.self) {
            try envelope.verification(keys: [SigningKey().publicKey])
        }
        #expect(error?.code == .untrustedKey)
    }

    @Test(
        arguments: [
            ("YQ==", nil), ("", nil), ("YR==", "stray bits"), ("YQ", "padding is missing"),
            ("YQ=", "padding is missing"), ("YQ===", "more padding"), ("YWFh=", "more padding"),
            ("YW Fh", "white space"), ("YWFh\\n", "white space"), ("Y", "missing or too many"),
            ("Y*Fh", "does not have"), ("Y=Fh", "does not have"), ("+_8=", "mixes"),
            ("+/8=", nil), ("-_8=", nil),
        ] as [(String, String?)])
    func `Base64 that is not canonical is refused with its own reason`(
        text: String, reason: String?
    ) throws {
        let file = Data(#"{"payloadType":"t","payload":"\#(text)","signatures":[{"sig":""}]}"#.utf8)
        guard let reason else {
            _ = try Envelope(parsing: file)
            return
        }
        let error = #expect(throws: CertificateError.self) { try Envelope(parsing: file) }
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
        #expect(error?.details["defect"] == FileDefect.nonCanonicalBase64.rawValue)
    }

    @Test func `Each way of damage has its own name`() throws {
        let file = try Envelope(signing: payload, payloadType: "t", key: SigningKey()).encoded()
        func named(_ text: String) -> String? {
            defect { _ = try Envelope(parsing: Data(text.utf8)) }
        }
        for end in 0..<file.count - 2 {
            #expect(defect { _ = try Envelope(parsing: file.prefix(end)) } == "truncated")
        }
        #expect(defect { _ = try Envelope(parsing: Data(count: 16 << 20 | 1)) } == "oversized")
        #expect(named(#"{"payload":"","payload":""}"#) == "duplicate-key")
        #expect(named("{'payload':''}") == "malformed")
        #expect(named(#"{"payloadType":1}"#) == "wrong-type")
        #expect(named("[]") == "wrong-type")
        #expect(named(#"{"payloadType":"t","payload":"","signatures":[1]}"#) == "wrong-type")
        #expect(named(#"{"payloadType":"t"}"#) == "missing")
        let many = String(repeating: #"{"sig":""},"#, count: 64) + #"{"sig":""}"#
        #expect(named(#"{"payloadType":"t","payload":"","signatures":[\#(many)]}"#) == "oversized")
    }

    @Test func `The bundle's script checks either signature of a co-signed certificate`() throws {
        let scratch = try ScratchFolder()
        let (issuer, approver) = (SigningKey(), SigningKey())
        let issued = try issue(CertificateSamples.certificate(), key: issuer)
        try CertificateBundle(issued).write(to: scratch.url)
        let cosigned = try issued.envelope.adding(approver).encoded()
        let file = scratch.url.appendingPathComponent("certificate.dsse.json")
        try cosigned.write(to: file)
        _ = try scratch.file("approver.pem", approver.publicKey.pemRepresentation)
        _ = try scratch.file("other.pem", SigningKey().publicKey.pemRepresentation)
        func run(_ arguments: String...) throws -> FinishedProcess {
            try FinishedProcess("sh", ["verify.sh"] + arguments, in: scratch.url)
        }
        let first = try run()
        #expect(first.status == 0, "\(first.output)")
        #expect(first.output.contains("(not checked): \(approver.keyID.hexadecimal)"))
        let second = try run("approver.pem")
        #expect(second.status == 0, "\(second.output)")
        #expect(second.output.contains("(not checked): \(issuer.keyID.hexadecimal)"))
        #expect(try run("other.pem").status == 1)
        // The approver's signature is the last one: a changed letter of it concerns that key only.
        let text = String(decoding: cosigned, as: UTF8.self)
        let start = try #require(text.range(of: "\"sig\": \"", options: .backwards)).upperBound
        let old = text[start]
        try Data(
            text.replacingCharacters(in: start...start, with: old == "A" ? "B" : "A").utf8
        ).write(to: file)
        #expect(try run("approver.pem").status == 1)
        #expect(try run().status == 0)
        let both = [issuer.publicKey, approver.publicKey]
        #expect(
            try verifyCertificate(envelope: cosigned, trustedKeys: both, threshold: 2)
                .signatures.signers == both)
    }
}
