import Certificates
import Domain
import Foundation
import TestSupport
import Testing

@Suite struct EnvelopeTests {
    @Test func `The encoding that is signed equals the specification's vector byte for byte`()
        throws
    {
        let vector = try CertificateFixtures.json("dsse-spec-vector.json")
        let member = try #require(vector["envelope"])
        let text = """
            {"payload":"\(member["payload"]?.text ?? "")",
            "payloadType":"\(member["payloadType"]?.text ?? "")",
            "signatures":[{"sig":"\(member["signatures"]?.items?[0]["sig"]?.text ?? "")"}]}
            """
        let envelope = try Envelope(parsing: Data(text.utf8))
        #expect(envelope.payload == Data("hello world".utf8))
        #expect(envelope.payloadType == vector["payloadType"]?.text)
        #expect(
            Envelope.preAuthenticationEncoding(
                payloadType: envelope.payloadType, payload: envelope.payload)
                == Data((vector["pae"]?.text ?? "").utf8))
        #expect(vector["pae"]?.text == "DSSEv1 29 http://example.com/HelloWorld 11 hello world")
    }

    @Test func `Lengths in the encoding count bytes, not characters`() {
        #expect(
            Envelope.preAuthenticationEncoding(payloadType: "\u{E9}", payload: Data())
                == Data("DSSEv1 2 \u{E9} 0 ".utf8))
    }

    @Test func `Keys and signatures agree with RFC 8032`() throws {
        let vectors = try #require(
            try CertificateFixtures.json("rfc8032-ed25519.json").items)
        #expect(vectors.count == 4)
        for vector in vectors {
            let seed = bytes(hexadecimal: try #require(vector["seed"]?.text))
            let message = bytes(hexadecimal: try #require(vector["message"]?.text))
            let signature = bytes(hexadecimal: try #require(vector["signature"]?.text))
            let key = try SigningKey(seed: seed).publicKey
            #expect(hexadecimalText(key.rawRepresentation) == vector["publicKey"]?.text)
            #expect(key.isValid(signature: signature, for: message))
            #expect(!key.isValid(signature: signature, for: message + [0]))
            let own = try SigningKey(seed: seed).signature(for: message)
            #expect(key.isValid(signature: own, for: message))
        }
    }

    @Test func `An envelope reads back as it was written`() throws {
        let key = SigningKey()
        let envelope = try Envelope(
            signing: Data("a \" \u{0} \u{E9}".utf8), payloadType: "text/\"x\"\n", key: key)
        #expect(try Envelope(parsing: envelope.encoded()) == envelope)
        #expect(envelope.signatures.map(\.keyID) == [key.keyID.hexadecimal])
        #expect(
            try envelope.verify(keys: [SigningKey().publicKey, key.publicKey]) == [key.publicKey])
    }

    @Test func `A key id is a hint: a wrong or missing one does not hide a good signature`() throws
    {
        let key = SigningKey()
        let signed = try Envelope(signing: Data("x".utf8), payloadType: "t", key: key)
        for keyID in [nil, "", "another"] {
            let envelope = Envelope(
                payloadType: "t", payload: signed.payload,
                signatures: [.init(keyID: keyID, bytes: signed.signatures[0].bytes)])
            #expect(try envelope.verify(keys: [key.publicKey]) == [key.publicKey])
        }
    }

    @Test func `Of several signatures one by a trusted key is enough`() throws {
        let (a, b) = (SigningKey(), SigningKey())
        let one = try Envelope(signing: Data("x".utf8), payloadType: "t", key: a)
        let two = try Envelope(signing: Data("x".utf8), payloadType: "t", key: b)
        let both = Envelope(
            payloadType: "t", payload: one.payload, signatures: one.signatures + two.signatures)
        #expect(try Envelope(parsing: both.encoded()) == both)
        #expect(try both.verify(keys: [b.publicKey]) == [b.publicKey])
        #expect(
            try both.verify(keys: [a.publicKey, b.publicKey]) == [a.publicKey, b.publicKey])
    }

    @Test(arguments: [
        ("", "ends where a value"),
        ("[]", "is a JSON array, not an object"),
        ("{}", "\"payloadType\" is missing"),
        (#"{"payloadType":"t"}"#, "\"payload\" is missing"),
        (#"{"payloadType":"t","payload":"YQ==","payload":"YQ=="}"#, "same key stands twice"),
        (#"{"payloadType":"t","payload":"Y","signatures":[{"sig":""}]}"#, "not valid base64"),
        (#"{"payloadType":"t","payload":"YR==","signatures":[{"sig":""}]}"#, "not valid base64"),
        (#"{"payloadType":"t","payload":"YQ=","signatures":[{"sig":""}]}"#, "not valid base64"),
        (#"{"payloadType":"t","payload":"Y Q=","signatures":[{"sig":""}]}"#, "not valid base64"),
        (#"{"payloadType":"t","payload":"+_8=","signatures":[{"sig":""}]}"#, "not valid base64"),
        (#"{"payloadType":"t","payload":"YQ==","signatures":[]}"#, "holds no signature"),
        (
            #"{"payloadType":"t","payload":"YQ==","signatures":[{}]}"#,
            "\"signatures[0].sig\" is missing"
        ),
        (
            #"{"payloadType":"t","payload":"YQ==","signatures":[{"sig":"","keyid":1}]}"#,
            "\"signatures[0].keyid\" is of type number, not text"
        ),
    ])
    func `A file that is no envelope is refused with the rule it breaks`(
        text: String, rule: String
    ) throws {
        let error = #expect(throws: CertificateError.self) {
            try Envelope(parsing: Data(text.utf8))
        }
        #expect(error?.code == .malformedEnvelope)
        #expect(error?.kind == .integrity)
        #expect(error?.message.contains(rule) == true, "\(error?.message ?? "")")
    }

    @Test func `Both alphabets of base64 give the same bytes`() throws {
        for payload in ["+/+/", "-_-_"] {
            let text = #"{"payloadType":"t","payload":"\#(payload)","signatures":[{"sig":"YQ=="}]}"#
            let envelope = try Envelope(parsing: Data(text.utf8))
            #expect(envelope.payload == Data([0xFB, 0xFF, 0xBF]))
            #expect(envelope.signatures == [.init(keyID: nil, bytes: Data("a".utf8))])
        }
    }
}
