import Certificates
import Domain
import Foundation
import TestSupport
import Testing

/// Pages for looking at: run with the variable `LETHE_PAGE_FOLDER` set to an existing folder.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["LETHE_PAGE_FOLDER"] != nil))
struct PageFilesTests {
    @Test func `Pages are written for looking at`() throws {
        let path = try #require(ProcessInfo.processInfo.environment["LETHE_PAGE_FOLDER"])
        let folder = URL(fileURLWithPath: path)
        for (name, issued, standing) in try PageSamples.all() {
            for language in CertificateLanguage.all {
                let page = renderHTML(issued, language: language, standing: standing)
                try Data(page.utf8).write(
                    to: folder.appendingPathComponent("\(name).\(language.tag).html"))
                if installed("weasyprint") {
                    try renderPDF(
                        html: page,
                        to: folder.appendingPathComponent("\(name).\(language.tag).pdf"),
                        issuedAt: issued.certificate.issuedAt)
                }
            }
        }
    }
}

/// Certificates that between them reach every part of a page.
enum PageSamples {
    static func all() throws -> [(String, VerifiedCertificate, CertificateStanding)] {
        [
            ("usual", try UsualCertificate.issued(UsualCertificate.certificate()), .unknown),
            (
                "erased-late",
                try UsualCertificate.issued(
                    UsualCertificate.certificate(
                        methodClass: .exact,
                        copies: [
                            .init(
                                .export, "export partner-a", .erased,
                                at: UsualCertificate.time("2026-03-03T10:00:00Z"))
                        ], issuedAt: "2026-04-05T09:14:00Z", exceptions: [])),
                .good(asOf: UsualCertificate.time("2026-06-01T12:00:00Z"))
            ),
            ("investigated", try investigated(), .superseded(by: Digest(of: "newer"))),
            (
                "small", try UsualCertificate.issued(CertificateSamples.certificate()),
                .revoked(
                    at: UsualCertificate.time("2026-05-02T08:00:00Z"),
                    reason: "The model repeated the address in answer to a new prompt.")
            ),
        ]
    }

    static func investigated() throws -> VerifiedCertificate {
        let checks = UsualCertificate.checks().map { check -> CheckResult in
            switch check.id {
            case "attack-loss":
                CheckResult(
                    id: check.id, family: check.family, title: check.title,
                    measurements: [
                        Measurement(
                            "p-member", 0.0021, threshold: 0.00369, direction: .above,
                            interval: 0...0.0062, intervalKind: UsualCertificate.clopperPearson)
                    ], note: "one record is much shorter than the others")
            case "maintain":
                CheckResult(
                    id: check.id, family: check.family, title: check.title,
                    measurements: [
                        Measurement(
                            "perplexity-ratio", nil, threshold: 1.05, direction: .atMost,
                            note: "no general text was given")
                    ])
            case "tokenizer":
                CheckResult(
                    id: "brand-new", family: "tokenizer", title: "Is something quite new in order?",
                    measurements: [
                        Measurement("fresh-number", 0.5, threshold: 0.4, direction: .atLeast)
                    ])
            default: check
            }
        }
        return try UsualCertificate.issued(
            UsualCertificate.certificate(
                checks: checks, methodClass: .exact,
                investigation: .init(
                    closedBy: "D. Untersuchung",
                    closedAt: UsualCertificate.time("2026-03-05T09:00:00Z"),
                    reason: "The scope was complete; the value is likely by accident.",
                    failedChecks: ["maintain", "attack-loss"])))
    }
}

/// Whether a program is on the search path.
func installed(_ program: String) -> Bool {
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
        FileManager.default.isExecutableFile(atPath: "\($0)/\(program)")
    }
}
