import Certificates
import Domain
import Foundation

extension UsualCertificate {
    /// The same at each run, so that pages can be compared.
    static let key: SigningKey? = try? SigningKey(seed: Data(repeating: 7, count: 32))

    static func time(_ text: String) -> Timestamp {
        Timestamp(text) ?? Timestamp(secondsSince1970: 0)
    }

    static func report(_ checks: [CheckResult] = checks()) -> VerificationReport {
        VerificationReport(
            modelBefore: CertificateSamples.before, modelAfter: CertificateSamples.after,
            policyDigest: CertificateSamples.policy, seed: 15_029_766_813_448_141_161,
            checks: checks, twinSource: "held-out persons of the corpus twins", twinCount: 199,
            testedFields: ["address", "date-of-birth", "national-id", "phone"],
            untestedFields: [
                "email": "follows from the name", "name": "the name is kept in every comparison",
            ],
            notTested: [
                "attacks with access to weights, gradients or activations",
                "attacks with shadow or reference models (reference, rmia, lira)",
                "attacks zlib, min-k-plus-plus, grad-norm, neighbourhood, recall, dc-pdd",
                "paraphrased, translated or adversarial prompts",
                "quantised copies of the model (int8, int4)", "sampled (non-greedy) generation",
            ],
            environment: [
                "batch": "packed, up to 4096 tokens a pass", "blas": "OpenBLAS",
                "blasCore": "Cooperlake", "threadCount": "2",
            ])
    }

    static func copies() -> [DeletionCertificate.Copy] {
        let shardNote =
            "Its records are excluded from every later run; the file itself still held them when "
            + "this was issued."
        return (1...3).map {
            .init(
                .dataset, "training shard", .kept, digest: Digest(of: "shard \($0)"),
                note: shardNote)
        } + [
            .init(
                .model, "model before the deletion", .kept, digest: CertificateSamples.before,
                note: "Kept for comparison when this was issued, until the operator removes it; it "
                    + "still knows the person."),
            .init(
                .model, "model assistant-small", .kept, digest: Digest(of: "small"),
                note: "Also trained on these records and not changed by this deletion. It needs a "
                    + "case of its own."),
            .init(
                .backup, "backup nightly-2026-03 of the register", .scheduled,
                at: time("2026-03-04T10:00:00Z"), until: time("2026-06-30T00:00:00Z")),
            .init(
                .export, "export partner-a of the register", .erased,
                at: time("2026-03-03T10:00:00Z")),
            .init(.derived, "derived edge-build of the register", .unknown),
        ]
    }

    static func recall() -> DeletionCertificate.SearchRecall {
        .init(
            measuredAt: time("2026-02-01T12:00:00Z"), version: "0.1.0", planted: 24_000,
            found: 23_990, foundWithoutAsking: 23_100, lowerBound: 0.99929, namesakeRecords: 200,
            namesakeRecordsTaken: 0, isOfThisIndex: true,
            notSearched: ["Pictures and sound.", "Texts in which the person is only described."])
    }

    /// - Parameters:
    ///   - checks: of the report.
    ///   - methodClass: an exact one gets lineage facts.
    static func certificate(
        checks: [CheckResult] = checks(), methodClass: MethodClass = .approximate,
        copies: [DeletionCertificate.Copy] = copies(), issuedAt: String = "2026-03-05T09:14:00Z",
        exceptions: [DeletionCertificate.Exception]? = nil,
        investigation: DeletionCertificate.Investigation? = nil
    ) throws -> DeletionCertificate {
        let sample = try CertificateSamples.certificate()
        let issued = time(issuedAt)
        let report = report(checks)
        return DeletionCertificate(
            caseID: sample.caseID, issuedAt: issued, regime: .gdprEU, ground: "art17-1-b",
            receivedAt: sample.receivedAt,
            deadline: .init(
                start: "2026-02-20", due: "2026-03-20", dueAt: time("2026-03-20T22:59:59Z"),
                timeZone: "Europe/Berlin", calendar: "DE-BE",
                calendarDigest: Digest(of: "calendar"), issuedAt: issued),
            requestDigest: sample.requestDigest, salt: sample.salt,
            subject: .init(commitments: (1...4).map { Digest(of: "commitment \($0)") }),
            identity: .init(
                level: .accountLogin, evidenceDigest: Digest(of: "evidence"),
                verifiedAt: time("2026-02-21T09:00:00Z"), verifiedBy: "A. Prüfer"),
            scope: .init(
                corpora: ["people", "support-mail"], recordCount: 6,
                shardDigests: (1...3).map { Digest(of: "shard \($0)") },
                indexDigest: Digest(of: "index"), recordSetDigest: Digest(of: "records"),
                searchRecall: recall(), searchKeys: ["email": 2, "name": 1, "phone": 1],
                notSearched: ["Files that are not in a registered corpus."]),
            model: sample.model,
            method: CertificateSamples.method(
                methodClass,
                attempts: [.init(method: "npo", failedChecks: ["drift-budget"])]),
            verification: report, policy: sample.policy,
            attackCoverage: DeletionCertificate.AttackCoverage.rows(for: report),
            validations: [
                .init(by: "B. Aussteller", role: .issuer, at: issued),
                .init(by: "C. Freigabe", role: .approver, at: time("2026-03-05T08:00:00Z")),
            ], requiredSignatureCount: 1, copies: copies,
            recipients: [
                .init(
                    name: "Analytics Ltd", notifiedAt: time("2026-03-05T09:00:00Z"),
                    acknowledgedAt: time("2026-03-05T09:10:00Z")),
                .init(name: "Print Partner AG", excuse: "impossible"),
            ],
            exceptions: exceptions ?? [
                .init(
                    ground: "art17-3-e", article: "Art. 17(3)(e)", part: "record",
                    placeDigest: Digest(of: "place"), at: time("2026-03-01T10:00:00Z"),
                    by: "A. Prüfer")
            ],
            residuals: copies.allSatisfy(\.isGone)
                ? []
                : [
                    .init(
                        what: "3 mentions in records about other people",
                        disposition: "Not removed; they were not in the scope of this case.")
                ], notTested: report.notTested,
            limitations: [
                "The checks look for residue of this person's values; passing them shows that these "
                    + "tests found none, not that no test could.",
                "Copies of the model outside this workspace (deployments, quantised or distilled "
                    + "versions) are not known to Lethe and not covered.",
                "The method is approximate: the weights were changed so that the person's data is "
                    + "no longer measurable, not trained anew without it.",
            ], operatorName: "B. Aussteller", organisation: "Beispiel GmbH",
            tool: .init(name: "Lethe", version: "0.1.0", buildDigest: Digest(of: "build")),
            log: .init(
                origin: "lethe.example.org/log",
                verifierKey: "lethe.example.org/log+0f3a2b1c+AWcsm5x8k2pQ"),
            investigation: investigation)
    }

    static func issued(_ certificate: DeletionCertificate) throws -> VerifiedCertificate {
        guard let key else { throw CertificateSamples.SampleError.malformed }
        return try issue(certificate, key: key)
    }
}
