import Certificates
import Domain
import Foundation
import TestSupport
import Testing

@Suite struct CertificateVerificationTests {
    @Test func `A certificate whose base64 is not padded is refused`() throws {
        let error = #expect(throws: CertificateError.self) {
            try verifyCertificate(
                envelope: CertificateFixtures.data("python-unpadded.dsse.json"),
                trustedKeys: [CertificateFixtures.key()])
        }
        #expect(error?.code == .malformedEnvelope)
        #expect(error?.message.contains("padding is missing") == true)
    }

    @Test(arguments: ["python", "python-urlsafe"])
    func `A certificate made and signed by Python verifies`(name: String) throws {
        let verified = try verifyCertificate(
            envelope: CertificateFixtures.data("\(name).dsse.json"),
            trustedKeys: [CertificateFixtures.key()])
        let expected = try CertificateFixtures.json("python-expected.json")
        let certificate = verified.certificate
        #expect(verified.key.keyID.hexadecimal == expected["keyID"]?.text)
        #expect(certificate.model.after.hexadecimal == expected["after"]?.text)
        #expect(certificate.model.name == "assistant \u{E9}")
        #expect(certificate.caseID == CaseID(year: 2026, number: 7))
        #expect(certificate.method.seed == .max)
        #expect(
            certificate.method.parameters == [
                "beta": 0.1, "steps": 60, "schedule": "cosine", "clip": true,
            ])
        #expect(certificate.verification.checks.map(\.id) == ["forget-values", "attack-loss"])
        #expect(certificate.verification.checks[0].measurements[0].interval == [0.27, 0.405])
        #expect(certificate.attackCoverage[4].status == .notApplicable)
        #expect(certificate.operatorName == "Example GmbH")
    }

    @Test func `An exact method with a closed investigation verifies, failed check and all`() throws
    {
        let verified = try verifyCertificate(
            envelope: CertificateFixtures.data("python-investigation.dsse.json"),
            trustedKeys: [CertificateFixtures.key()])
        #expect(verified.certificate.checksNotPassed == ["attack-loss"])
        #expect(verified.certificate.investigation?.reason == "Scope complete; likely by accident.")
        #expect(renderHTML(verified).contains("Scope complete; likely by accident."))
    }

    @Test(arguments: [
        ("outcome-failed", CertificateErrorCode.unsupportedClaim, "did not pass: attack-loss"),
        ("statement-type", .wrongStatementType, "https://in-toto.io/Statement/v0.1"),
        ("predicate-type", .wrongPredicateType, "https://slsa.dev/provenance/v1"),
        ("payload-type", .wrongPayloadType, "application/json"),
        ("subject-missing", .malformedSubject, "has no subject"),
        ("subject-upper-case", .malformedSubject, "64 lower-case"),
        ("subject-other-algorithm", .malformedSubject, "no SHA-256 digest"),
        ("subject-other-model", .subjectMismatch, "are not the model"),
        ("predicate-other-model", .subjectMismatch, "are not the model"),
        ("predicate-empty", .malformedPredicate, "predicate.case is missing"),
        ("not-an-object", .wrongStatementType, "missing"),
    ])
    func `A good signature does not make a certificate of anything else`(
        name: String, code: CertificateErrorCode, words: String
    ) throws {
        let all = try CertificateFixtures.json("python-signed-but-wrong.json")
        let one = try #require(all[name])
        let signature = try #require(one["signatures"]?.items?.first)
        let text = """
            {"payload":"\(one["payload"]?.text ?? "")",
            "payloadType":"\(one["payloadType"]?.text ?? "")",
            "signatures":[{"keyid":"\(signature["keyid"]?.text ?? "")",
            "sig":"\(signature["sig"]?.text ?? "")"}]}
            """
        let error = #expect(throws: CertificateError.self) {
            try verifyCertificate(
                envelope: Data(text.utf8), trustedKeys: [CertificateFixtures.key()])
        }
        #expect(error?.code == code)
        #expect(error?.kind == .integrity)
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    }

    @Test func `Every byte of the content is covered by the signature`() throws {
        let key = SigningKey()
        let envelope = try issue(CertificateSamples.certificate(), key: key).envelope
        var payload = envelope.payload
        var undetected: [Int] = []
        for index in payload.indices {
            let mask = UInt8(1) << UInt8(index % 8)
            payload[index] ^= mask
            let changed = Envelope(
                payloadType: envelope.payloadType, payload: payload,
                signatures: envelope.signatures)
            do {
                _ = try changed.verify(keys: [key.publicKey])
                undetected.append(index)
            } catch let error as CertificateError {
                if error.code != .invalidSignature { undetected.append(index) }
            }
            payload[index] ^= mask
        }
        #expect(undetected.isEmpty)
        #expect(payload == envelope.payload)
        #expect(payload.count > 5_000)
    }

    @Test func `Every byte of the file is covered: none can be changed unnoticed`() throws {
        let key = SigningKey()
        let data = try issue(CertificateSamples.certificate(), key: key).envelope.encoded()
        var changed = data
        var undetected: [Int] = []
        for index in data.indices {
            // The bit that turns the case of a letter: it keeps base64 and names well-formed.
            changed[index] ^= 0x20
            do {
                _ = try verifyCertificate(envelope: changed, trustedKeys: [key.publicKey])
                undetected.append(index)
            } catch let error as CertificateError {
                if error.kind != .integrity { undetected.append(index) }
            }
            changed[index] = data[index]
        }
        #expect(undetected.isEmpty)
    }

    @Test func `Another key, no key and another type are told apart`() throws {
        let key = SigningKey()
        let issued = try issue(CertificateSamples.certificate(), key: key)
        func code(_ envelope: Envelope, _ keys: [PublicKey]) -> CertificateErrorCode? {
            #expect(throws: CertificateError.self) {
                try verifyCertificate(envelope: envelope.encoded(), trustedKeys: keys)
            }?.code
        }
        #expect(code(issued.envelope, []) == .untrustedKey)
        #expect(code(issued.envelope, [SigningKey().publicKey]) == .untrustedKey)
        let retyped = Envelope(
            payloadType: "application/json", payload: issued.payload,
            signatures: issued.envelope.signatures)
        #expect(code(retyped, [key.publicKey]) == .invalidSignature)
        let unnamed = Envelope(
            payloadType: issued.envelope.payloadType, payload: issued.payload,
            signatures: [.init(keyID: nil, bytes: issued.envelope.signatures[0].bytes)])
        #expect(code(unnamed, [key.publicKey]) == .untrustedKey)
    }

    @Test func `A signature made with another key under a trusted key's name is refused`() throws {
        let (trusted, attacker) = (SigningKey(), SigningKey())
        let issued = try issue(CertificateSamples.certificate(), key: attacker)
        let forged = Envelope(
            payloadType: issued.envelope.payloadType, payload: issued.payload,
            signatures: [
                .init(
                    keyID: trusted.keyID.hexadecimal,
                    bytes: issued.envelope.signatures[0].bytes)
            ])
        let error = #expect(throws: CertificateError.self) {
            try verifyCertificate(envelope: forged.encoded(), trustedKeys: [trusted.publicKey])
        }
        #expect(error?.code == .invalidSignature)
    }
}
