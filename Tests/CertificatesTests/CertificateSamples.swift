import Certificates
import Domain
import Foundation
import TestSupport

/// Certificates that tests start from.
enum CertificateSamples {
    static let before = Digest(of: "before")
    static let after = Digest(of: "after")
    static let policy = Digest(of: "policy")

    static func report(
        checks: [CheckResult]? = nil, modelAfter: Digest = after, policyDigest: Digest = policy
    ) -> VerificationReport {
        VerificationReport(
            modelBefore: before, modelAfter: modelAfter, policyDigest: policyDigest, seed: 11,
            checks: checks ?? passingChecks(),
            twinSource: "held-out persons of corpus people-twins",
            twinCount: 199, testedFields: ["date-of-birth", "phone", "national-id", "address"],
            untestedFields: [
                "email": "follows from the name", "name": "kept in every twin record",
            ],
            notTested: ["Quantised copies of the model."],
            environment: ["core": "haswell", "threads": "2", "batch": "256"])
    }

    static func passingChecks() -> [CheckResult] {
        [
            CheckResult(
                id: "control-untouched", family: "control",
                title: "Does the test recognise the person in the model before the deletion?",
                outcome: .passed,
                measurements: [
                    Measurement("p-low", 0.005, threshold: 0.01, direction: .below)
                ]),
            CheckResult(
                id: "forget-values", family: "forget",
                title: "Are the person's values as likely as those of people never seen?",
                measurements: [
                    Measurement(
                        "p-low", 0.335, threshold: 0.005, direction: .above,
                        interval: 0.27...0.405, intervalKind: "95 % Clopper-Pearson"),
                    Measurement("p-high", 0.67, threshold: 0.005, direction: .above),
                ]),
            CheckResult(
                id: "memorization-ceiling", family: "forget",
                title: "Does the model repeat no more than it would of a stranger?",
                measurements: [
                    Measurement(
                        "extraction-strength", 0.021, threshold: 0.083, direction: .atMost)
                ]),
            CheckResult(
                id: "mismatch", family: "mismatch",
                title: "Are its answers no closer to the truth than to other people's values?",
                measurements: [Measurement("p-rouge", 0.41, threshold: 0.005, direction: .above)]),
            CheckResult(
                id: "maintain", family: "maintain", title: "Does it still know the others?",
                measurements: [
                    Measurement(
                        "token-exact-match-ratio", 0.99004, threshold: 0.99, direction: .atLeast),
                    Measurement("perplexity-ratio", nil, note: "no general text was given"),
                ]),
            CheckResult(
                id: "attack-loss", family: "attack",
                title: "Does the loss attack take the person for a member?",
                measurements: [
                    Measurement("p", 0.52, threshold: 0.005, direction: .above),
                    Measurement(
                        "auc", 0.51, interval: 0.31...0.7, intervalKind: "95 % bootstrap"),
                ]),
        ]
    }

    static func failing(_ id: String, _ outcome: CheckOutcome = .failed) -> [CheckResult] {
        passingChecks().map { check in
            guard check.id == id else { return check }
            return CheckResult(
                id: check.id, family: check.family, title: check.title, outcome: outcome,
                measurements: check.measurements, note: "Likely by accident.")
        }
    }

    static func method(
        _ methodClass: MethodClass = .approximate,
        attempts: [DeletionCertificate.Attempt] = []
    ) -> DeletionCertificate.Method {
        DeletionCertificate.Method(
            id: methodClass == .exact ? "retrain" : methodClass == .control ? "none" : "npo",
            methodClass: methodClass, version: "1",
            parameters: ["beta": 0.1, "stepCount": 60, "schedule": "cosine", "clip": true],
            seed: .max, runID: "run-3", casesInRun: 1,
            startedAt: Timestamp(secondsSince1970: 1_772_614_800),
            finishedAt: Timestamp(secondsSince1970: 1_772_615_400), attempts: attempts,
            lineageFacts: methodClass == .exact
                ? [
                    "recipeDigest": Digest(of: "recipe").hexadecimal,
                    "planDigest": Digest(of: "plan").hexadecimal, "threads": "2",
                ] : [:])
    }

    static func certificate(
        report: VerificationReport = report(),
        method: DeletionCertificate.Method = method(),
        investigation: DeletionCertificate.Investigation? = nil,
        coverage: [DeletionCertificate.AttackCoverage]? = nil,
        issuedAt: String = "2026-03-05T09:14:00Z", modelName: String = "assistant",
        before: Digest = before, recordCount: Int = 6, operatorName: String = "Example GmbH",
        limitations: [String] = ["The gate tests for residue of one person."],
        claim: DeletionCertificate.Claim? = nil,
        validations: [DeletionCertificate.Validation]? = nil,
        copies: [DeletionCertificate.Copy]? = nil, log: DeletionCertificate.Log? = nil,
        subject: DeletionCertificate.Subject = .init(commitments: [Digest(of: "commitment")]),
        requiredSignatureCount: Int = 1
    ) throws -> DeletionCertificate {
        guard
            let salt = DeletionCertificate.Salt(hexadecimal: Digest(of: "salt").hexadecimal)
        else { throw SampleError.malformed }
        return DeletionCertificate(
            caseID: CaseID(year: 2026, number: 7), issuedAt: try time(issuedAt), claim: claim,
            regime: .gdprEU,
            ground: "art17-1-b", receivedAt: try time("2026-02-20T08:00:00Z"),
            deadline: .init(
                start: "2026-02-20", due: "2026-03-20", dueAt: try time("2026-03-20T23:59:59Z"),
                issuedAt: try time(issuedAt)),
            requestDigest: salt.digest(of: Data(#"{"lethe":1}"#.utf8)), salt: salt,
            subject: subject,
            scope: .init(
                corpora: ["people"], recordCount: recordCount,
                shardDigests: [Digest(of: "shard 1"), Digest(of: "shard 2")],
                indexDigest: Digest(of: "index"), recordSetDigest: Digest(of: "records")),
            model: .init(
                name: modelName, before: before, after: after, family: "llama",
                parameterCount: 1_069_056,
                files: [
                    .init(path: "config.json", digest: Digest(of: "config")),
                    .init(path: "model.safetensors", digest: after),
                ], trainingRuns: ["run-1"]),
            method: method, verification: report,
            policy: .init(name: "default", digest: policy),
            attackCoverage: coverage ?? DeletionCertificate.AttackCoverage.rows(for: report),
            validations: try validations
                ?? [.init(by: operatorName, role: .issuer, at: try time(issuedAt))],
            requiredSignatureCount: requiredSignatureCount,
            copies: copies ?? [
                .init(
                    .dataset, "original shard files", .kept, digest: Digest(of: "shard 1"),
                    note: "outside the model")
            ], notTested: ["Paraphrases and other languages."],
            limitations: limitations, operatorName: operatorName,
            tool: .init(name: "lethe", version: "0.1.0"), log: log,
            investigation: investigation)
    }

    static func investigated(_ failedChecks: [String] = ["attack-loss"]) throws
        -> DeletionCertificate.Investigation
    {
        .init(
            closedBy: "Example GmbH", closedAt: try time("2026-03-05T09:00:00Z"),
            reason: "The scope was complete; the value is likely by accident.",
            failedChecks: failedChecks)
    }

    private static func time(_ text: String) throws -> Timestamp {
        guard let time = Timestamp(text) else { throw SampleError.malformed }
        return time
    }

    enum SampleError: Error { case malformed }
}

/// A program run to its end.
struct FinishedProcess {
    let status: Int32
    let output: String

    init(_ program: String, _ arguments: [String], in folder: URL? = nil) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        process.currentDirectoryURL = folder
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        status = process.terminationStatus
        output = String(decoding: data, as: UTF8.self)
    }
}

enum CertificateFixtures {
    static let folder = Fixtures.root.appendingPathComponent("certificates")
    static func data(_ name: String) throws -> Data {
        try Data(contentsOf: folder.appendingPathComponent(name))
    }
    static func json(_ name: String) throws -> JSONValue { try JSONParser.parse(data(name)) }
    static func key() throws -> PublicKey {
        try PublicKey(contentsOf: folder.appendingPathComponent("python-public-key.pem"))
    }
}

/// Bytes from hexadecimal digits.
func bytes(hexadecimal: String) -> Data {
    let digits = Array(hexadecimal.utf8).map { UInt8($0 < 58 ? $0 - 48 : $0 - 87) }
    return Data(stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] })
}
