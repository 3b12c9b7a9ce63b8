import Certificates
import Domain
import Foundation
import TestSupport
import Testing

@Suite struct IssuingTests {
    let key = SigningKey()

    @Test func `The statement names the model after the deletion by its digest`() throws {
        let issued = try issue(CertificateSamples.certificate(), key: key)
        let statement = try JSONParser.parse(issued.payload)
        #expect(statement["_type"]?.text == "https://in-toto.io/Statement/v1")
        #expect(
            statement["predicateType"]?.text == "https://lethe.dev/attestation/deletion/v2")
        let subjects = try #require(statement["subject"]?.items)
        #expect(
            subjects.map { $0["name"]?.text } == [
                "assistant", "assistant/config.json", "assistant/model.safetensors",
            ])
        #expect(
            subjects[2]["digest"]?["sha256"]?.text == CertificateSamples.after.hexadecimal)
        // What `sha256sum` prints of the files, and of that.
        let listing =
            "\(Digest(of: "config"))  config.json\n\(CertificateSamples.after)  model.safetensors\n"
        #expect(subjects[0]["digest"]?["sha256"]?.text == Digest(of: listing).hexadecimal)
        let predicate = statement["predicate"]
        #expect(predicate?["case"]?.text == "C-2026-0007")
        #expect(predicate?["issuedAt"]?.text == "2026-03-05T09:14:00Z")
        #expect(predicate?["deadline"]?["isKept"]?.boolean == true)
        #expect(predicate?["method"]?["class"]?.text == "approximate")
        #expect(predicate?["method"]?["classText"]?.text == "approximately unlearned")
        #expect(predicate?["method"]?["seed"] == .number("18446744073709551615"))
        #expect(predicate?["method"]?["parameters"]?["beta"] == .number("0.1"))
        #expect(predicate?["method"]?["parameters"]?["schedule"]?.text == "cosine")
        #expect(predicate?["method"]?["parameters"]?["clip"]?.boolean == true)
        #expect(predicate?["attackCoverage"]?.items?.count == 6)
        #expect(issued.envelope.payloadType == "application/vnd.in-toto+json")
        #expect(issued.payloadDigest == Digest(of: issued.payload))
    }

    @Test func `Equal certificates give equal bytes to sign`() throws {
        let a = try issue(CertificateSamples.certificate(), key: key)
        let b = try issue(CertificateSamples.certificate(), key: SigningKey())
        #expect(a.payload == b.payload)
        #expect(renderHTML(a) == renderHTML(try issue(a.certificate, key: key)))
    }

    @Test func `What was issued reads back as the same certificate`() throws {
        for certificate in [
            try CertificateSamples.certificate(
                method: CertificateSamples.method(
                    attempts: [.init(method: "npo", failedChecks: ["maintain"])])),
            try CertificateSamples.certificate(
                report: CertificateSamples.report(
                    checks: CertificateSamples.failing("attack-loss")),
                method: CertificateSamples.method(.exact),
                investigation: CertificateSamples.investigated()),
        ] {
            let issued = try issue(certificate, key: key)
            let verified = try verifyCertificate(
                envelope: issued.envelope.encoded(), trustedKeys: [key.publicKey])
            #expect(verified.certificate == certificate)
            #expect(verified.payloadDigest == issued.payloadDigest)
        }
    }

    @Test func `A salted request digest is what sha256sum prints`() throws {
        let expected = try CertificateFixtures.json("python-expected.json")
        let digits = try #require(expected["salt"]?.text)
        let salt = try #require(DeletionCertificate.Salt(hexadecimal: digits))
        #expect(
            salt.digest(of: Data(#"{"lethe":1}"#.utf8)).hexadecimal
                == expected["requestDigest"]?.text)
        #expect(DeletionCertificate.Salt() != DeletionCertificate.Salt())
    }

    /// A change to the sample and the words the refusal must hold.
    struct Refusal: CustomTestStringConvertible {
        let words: String
        let make: @Sendable () throws -> DeletionCertificate
        var testDescription: String { words }
    }

    static let refusals: [Refusal] = {
        typealias S = CertificateSamples
        return [
            Refusal(words: "did not pass: attack-loss") {
                try S.certificate(report: S.report(checks: S.failing("attack-loss")))
            },
            Refusal(words: "did not pass: maintain") {
                try S.certificate(
                    report: S.report(checks: S.failing("maintain", .couldNotCheck)))
            },
            Refusal(words: "ran no check") { try S.certificate(report: S.report(checks: [])) },
            Refusal(words: "ran no check") {
                try S.certificate(
                    report: S.report(checks: []), method: S.method(.exact),
                    investigation: S.investigated([]))
            },
            Refusal(words: "which is never certified") {
                try S.certificate(method: S.method(.control))
            },
            Refusal(words: "only an exact method") {
                try S.certificate(
                    report: S.report(checks: S.failing("attack-loss")),
                    investigation: S.investigated())
            },
            Refusal(words: "did not pass: attack-loss") {
                try S.certificate(
                    report: S.report(checks: S.failing("attack-loss")),
                    method: S.method(.exact))
            },
            Refusal(words: "does not cover the checks") {
                try S.certificate(
                    report: S.report(checks: S.failing("attack-loss")),
                    method: S.method(.exact), investigation: S.investigated(["maintain"]))
            },
            Refusal(words: "claims erased, which its own facts do not support") {
                try S.certificate(claim: .init(level: .erased, isPartial: false))
            },
            Refusal(words: "claims approximately unlearned, which") {
                try S.certificate(claim: .init(level: .approximatelyUnlearned, isPartial: false))
            },
            Refusal(words: "Nobody is named who accepted") { try S.certificate(validations: []) },
            Refusal(words: "measured other models") {
                try S.certificate(report: S.report(modelAfter: Digest(of: "another")))
            },
            Refusal(words: "is the model before it") { try S.certificate(before: S.after) },
            Refusal(words: "another policy") {
                try S.certificate(report: S.report(policyDigest: Digest(of: "another")))
            },
            Refusal(words: "holds no record") { try S.certificate(recordCount: 0) },
            Refusal(words: "older than the request") {
                try S.certificate(issuedAt: "2026-02-19T00:00:00Z")
            },
            Refusal(words: "Nobody is named") { try S.certificate(operatorName: " ") },
            Refusal(words: "six rows") { try S.certificate(coverage: []) },
            Refusal(words: "model-inversion says run") {
                var rows = DeletionCertificate.AttackCoverage.rows(for: S.report())
                rows[4] = .init(.modelInversion, .run, checks: ["invented"])
                return try S.certificate(coverage: rows)
            },
            Refusal(words: "its measurements say otherwise: p") {
                let checks = S.passingChecks().map { check in
                    check.id != "attack-loss"
                        ? check
                        : CheckResult(
                            id: check.id, family: check.family, title: check.title,
                            outcome: .passed,
                            measurements: [
                                Measurement("p", 0.001, threshold: 0.005, direction: .above)
                            ])
                }
                return try S.certificate(report: S.report(checks: checks))
            },
            Refusal(words: "same id") {
                try S.certificate(
                    report: S.report(checks: S.passingChecks() + S.passingChecks()))
            },
        ]
    }()

    @Test(arguments: refusals)
    func `Nothing is signed that the measurements do not support`(_ refusal: Refusal) throws {
        let certificate = try refusal.make()
        let error = #expect(throws: CertificateError.self) { try issue(certificate, key: key) }
        #expect(error?.code == .notIssuable)
        #expect(error?.kind == .refused)
        #expect(error?.message.contains(refusal.words) == true, "\(error?.message ?? "")")
    }

    @Test func `An exact method without lineage facts is not certified`() throws {
        let bare = DeletionCertificate.Method(
            id: "retrain", methodClass: .exact, version: "1", parameters: [:], seed: 1,
            runID: "r", casesInRun: 1, startedAt: .init(secondsSince1970: 0),
            finishedAt: .init(secondsSince1970: 1))
        let error = #expect(throws: CertificateError.self) {
            try issue(CertificateSamples.certificate(method: bare), key: key)
        }
        #expect(error?.message.contains("without the lineage facts") == true)
    }

    @Test func `A late certificate is issued and says that it is late`() throws {
        let issued = try issue(
            CertificateSamples.certificate(issuedAt: "2026-03-21T00:00:00Z"), key: key)
        #expect(!issued.certificate.onTime)
        #expect(renderHTML(issued).contains("LATE: requested"))
    }

    @Test func `A number that JSON cannot hold is an error, not a crash`() throws {
        let checks = [
            CheckResult(
                id: "forget-values", family: "forget", title: "t", outcome: .passed,
                measurements: [Measurement("auc", .nan)])
        ]
        let error = #expect(throws: CertificateError.self) {
            try issue(
                CertificateSamples.certificate(report: CertificateSamples.report(checks: checks)),
                key: key)
        }
        #expect(error?.code == .notEncodable)
    }

    @Test(arguments: ["Jaune Doe", "jaune doe", "900514344"])
    func `A certificate that would hold a value of the person is not signed`(value: String) throws {
        let certificate = try CertificateSamples.certificate(
            limitations: ["Asked about JAUNE DOE, and about 900514344."])
        let error = #expect(throws: CertificateError.self) {
            try issue(certificate, key: key, personalValues: [Sensitive(value)])
        }
        #expect(error?.code == .personalData)
        #expect(error?.kind == .refused)
        #expect(error?.details["place"] == "predicate.limitations[0]")
        let shown = "\(error?.description ?? "") \(error?.details ?? [:])".lowercased()
        #expect(!shown.contains(value.lowercased()))
    }

    @Test func `Parts of longer words and short values are no personal data`() throws {
        let certificate = try CertificateSamples.certificate(
            limitations: ["Martinsson said no, 42 times."])
        #expect(throws: Never.self) {
            try issue(
                certificate, key: key, personalValues: ["Martin", "no", "42"].map { Sensitive($0) })
        }
    }
}
