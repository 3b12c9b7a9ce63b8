import Domain
import Foundation
import Intake
import TestSupport
import Testing

@Suite struct FormatReportTests {
    private func report(
        _ data: Data, _ keys: IntakeKeys = .none, format: String? = nil
    ) throws -> FormatReport {
        try checkFormat(
            data, format: format, keys: keys, sourceName: "file", arrival: arrivalOfSigned)
    }

    private func outcome(_ report: FormatReport, _ rule: String) -> FormatReport.Outcome? {
        report.findings.first { $0.rule == rule }?.outcome
    }

    @Test(
        "A sound and signed message passes every rule that applies",
        arguments: [
            ("opendsr-rsa.http", ["cancellation"]), ("drp-deletion.http", ["reason"]),
            ("ddrf-es256.jwt", []), ("shopify-redact.http", []), ("meta-form.txt", []),
        ])
    func aSoundAndSignedMessagePassesEveryRuleThatApplies(
        _ name: String, _ unused: [String]
    ) throws {
        let report = try report(fixture("requests/signed/\(name)"), testKeys())
        #expect(report.isAccepted && report.conforms && report.isAuthenticated)
        let open = report.findings.filter { $0.outcome == .notChecked }.map(\.rule)
        #expect(open == unused)
        #expect(report.findings.allSatisfy { $0.outcome != .failed })
    }

    @Test("Without keys the signature rules are not checked, and say why")
    func withoutKeysTheSignatureRulesAreNotCheckedAndSayWhy() throws {
        for (name, rule) in [
            ("opendsr-rsa.http", "signature"), ("drp-deletion.http", "signature"),
            ("ddrf-es256.jwt", "rq-signature"), ("shopify-redact.http", "hmac"),
            ("meta-form.txt", "hmac"),
        ] {
            let report = try report(fixture("requests/signed/\(name)"))
            #expect(report.isAccepted && !report.isAuthenticated)
            let finding = try #require(report.findings.first { $0.rule == rule })
            #expect(finding.outcome == .notChecked)
            #expect(finding.message?.hasPrefix("no key is given") == true)
        }
    }

    /// Three faults and two rules that are advice only: all five are told, with their places.
    @Test("Every broken rule is told, not only the first")
    func everyBrokenRuleIsToldNotOnlyTheFirst() throws {
        let text = """
            {"subject_request_id": "R-1", "subject_request_type": "erasure", "api_version": "9.0",
             "subject_identities": [{"identity_type": "email", "identity_value": "x",
             "identity_format": "rot13"}], "status_callback_urls": "https://c.example"}
            """
        let report = try report(Data(text.utf8))
        #expect(report.format == "opendsr")
        #expect(!report.isAccepted && !report.conforms)
        let failed = report.findings.filter { $0.outcome == .failed }
        #expect(
            failed.map(\.rule) == [
                "version", "request-id-uuid", "submitted-time", "regulation-given", "identities",
                "callbacks", "common",
            ])
        #expect(
            failed.first { $0.rule == "identities" }?.path
                == "subject_identities[0].identity_format")
        #expect(
            failed.filter { !$0.isEnforced }.map(\.rule) == ["request-id-uuid", "regulation-given"])
        #expect(report.findings.allSatisfy { !$0.section.isEmpty })
    }

    @Test("Advice that is not followed keeps a file from conforming, not from being taken in")
    func adviceThatIsNotFollowedKeepsAFileFromConformingNotFromBeingTakenIn() throws {
        let example = try fixture("requests/opendsr/06-7-2-example-opendsr-request.corrected.json")
        let report = try report(example)
        #expect(report.isAccepted && !report.conforms)
        #expect(
            report.findings.filter { $0.outcome == .failed }.map(\.rule) == ["regulation-given"])
        let long = try self.report(fixture("requests/signed/drp-long.txt"), testKeys())
        #expect(long.isAccepted && !long.conforms)
        #expect(outcome(long, "window") == .failed)
    }

    @Test("A fault carries the position that intake reports")
    func aFaultCarriesThePositionThatIntakeReports() throws {
        let data = try fixture("requests/opendsr/06-7-2-example-opendsr-request.http")
        let report = try report(data)
        let finding = try #require(report.findings.first { $0.outcome == .failed })
        #expect(finding.rule == "json")
        #expect(finding.line == 25 && finding.column == 5)
        #expect(finding.code == "malformed-document")
        let utf8 = try self.report(Data([0x7B, 0xFF]))
        #expect(utf8.findings.first?.rule == "bytes")
        #expect(utf8.findings.first?.column == 2)
        #expect(utf8.format == nil)
        let unknown = try self.report(Data("hello".utf8))
        #expect(unknown.findings.last?.rule == "format")
        #expect(unknown.findings.last?.outcome == .failed)
    }

    @Test(
        "Report and intake agree on every published and invented file",
        arguments: [
            "requests/own", "requests/opendsr", "requests/signed", "xml", "json/test_parsing",
        ])
    func reportAndIntakeAgreeOnEveryPublishedAndInventedFile(_ folder: String) throws {
        let url = Fixtures.root.appendingPathComponent(folder)
        let names = try FileManager.default.contentsOfDirectory(atPath: url.path).sorted()
        var count = 0
        for name in names where name.contains(".") && !name.hasPrefix(".") {
            guard let data = try? DurableFile.read(url.appendingPathComponent(name)) else {
                continue
            }
            for keys in [IntakeKeys.none, try testKeys()] {
                let report = try report(data, keys)
                let isFailed = report.findings.contains { $0.isEnforced && $0.outcome == .failed }
                #expect(report.isAccepted == !isFailed, "\(name)")
                #expect(report.isAccepted == (report.requestCount > 0), "\(name)")
                count += 1
            }
        }
        #expect(count > 20)
    }

    @Test("A report shows no personal data") func aReportShowsNoPersonalData() throws {
        for name in [
            "opendsr-rsa.http", "drp-deletion.http", "shopify-redact.http", "drp-access.txt",
        ] {
            let report = try report(fixture("requests/signed/\(name)"), testKeys())
            let text = String(decoding: try CanonicalJSON.compact(report), as: UTF8.self)
            for secret in ["mara", "Velde", "191167", "token-for-tests", "0142"] {
                #expect(!text.contains(secret))
            }
        }
    }
}
