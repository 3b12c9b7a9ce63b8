import Certificates
import Domain
import Foundation
import TestSupport
import Testing

@Suite struct SigstoreBundleTests {
    @Test func `A bundle that Python wrote verifies with its key and no other`() throws {
        let bundle = try SigstoreBundle(parsing: SigningFixtures.data("python.sigstore.json"))
        let key = try SigningFixtures.key("issuer")
        #expect(try bundle.verify(keys: [key]) == key)
        #expect(bundle.envelope.payload == (try SigningFixtures.statement()))
        #expect(
            code { try bundle.verify(keys: [SigningFixtures.key("approver")]) } == .untrustedKey)
    }

    @Test func `A bundle takes one key's signature out of a co-signed envelope`() throws {
        let envelope = try Envelope(parsing: SigningFixtures.data("cosigned.dsse.json"))
        for name in ["issuer", "approver"] {
            let key = try SigningFixtures.key(name)
            let bundle = try SigstoreBundle(envelope, key: key)
            #expect(bundle.envelope.signatures.map(\.keyID) == [key.keyID.hexadecimal])
            #expect(try SigstoreBundle(parsing: bundle.encoded()) == bundle)
            #expect(try bundle.verify(keys: [key]) == key)
        }
        #expect(
            code { _ = try SigstoreBundle(envelope, key: SigningKey().publicKey) }
                == .untrustedKey)
    }

    @Test func `What is written has the members of the Python bundle, without its empty list`()
        throws
    {
        let envelope = try Envelope(parsing: SigningFixtures.data("python.sigstore.json").dsse())
        let own = try JSONParser.parse(
            SigstoreBundle(envelope, key: SigningFixtures.key("issuer")).encoded())
        let other = try JSONParser.parse(SigningFixtures.data("python.sigstore.json"))
        #expect(own["mediaType"] == other["mediaType"])
        #expect(own["dsseEnvelope"]?["payload"] == other["dsseEnvelope"]?["payload"])
        #expect(own["dsseEnvelope"]?["payloadType"] == other["dsseEnvelope"]?["payloadType"])
        #expect(own["dsseEnvelope"]?["signatures"] == other["dsseEnvelope"]?["signatures"])
        #expect(
            own["verificationMaterial"]?["publicKey"]
                == other["verificationMaterial"]?["publicKey"])
    }

    @Test func `One flipped bit anywhere in a bundle is noticed`() throws {
        let key = SigningKey()
        let envelope = try Envelope(signing: Data("x".utf8), payloadType: "t/x", key: key)
        let file = try SigstoreBundle(envelope, key: key.publicKey).encoded()
        let unnoticed = unnoticedBits(of: file) {
            try SigstoreBundle(parsing: $0).verify(keys: [key.publicKey])
        }
        #expect(unnoticed.isEmpty, "\(unnoticed.prefix(8))")
    }

    @Test func `A file that is no bundle of ours is refused with the rule it breaks`() throws {
        let file = String(
            decoding: try SigningFixtures.data("python.sigstore.json"), as: UTF8.self)
        func named(_ old: String, _ new: String) -> String? {
            #expect(file.contains(old))
            let text = file.replacingOccurrences(of: old, with: new)
            return defect { _ = try SigstoreBundle(parsing: Data(text.utf8)) }
        }
        #expect(named("v0.3+json", "v0.2+json") == "unexpected-value")
        #expect(named("\"hint\"", "\"Hint\"") == "missing")
        #expect(named("\"hint\": \"", "\"hint\": 1, \"x\": \"") == "wrong-type")
        #expect(named("\"publicKey\"", "\"certificate\"") == "unexpected-value")
        #expect(named("\"payload\": \"eyJf", "\"payload\": \"eyJ_") == "non-canonical-base64")
        #expect(
            named("\"signatures\": [", "\"signatures\": [{\"sig\": \"\"}, ")
                == "unexpected-value")
        #expect(
            defect { _ = try SigstoreBundle(parsing: Data(file.utf8.prefix(200))) } == "truncated")
    }
}

extension Data {
    /// The envelope inside a bundle.
    fileprivate func dsse() throws -> Data {
        try #require(try JSONParser.parse(self)["dsseEnvelope"]).serialized()
    }
}
