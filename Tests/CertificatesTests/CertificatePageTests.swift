import Certificates
import Domain
import Foundation
import TestSupport
import Testing

@Suite struct CertificatePageTests {
    let key = SigningKey()

    @Test func `The page shows every check, measurement, threshold and interval`() throws {
        let issued = try issue(CertificateSamples.certificate(), key: key)
        let page = renderHTML(issued)
        for check in issued.certificate.verification.checks {
            #expect(page.contains("<code>\(check.id)</code>"))
            #expect(page.contains("Measurements of \(check.id)"))
            #expect(page.contains(check.title.replacing("'", with: "&#39;")))
            for measurement in check.measurements {
                #expect(page.contains("<th scope=\"row\">\(measurement.name)</th>"))
            }
        }
        #expect(
            page.contains(
                "<th scope=\"row\">p-low</th><td>0.335</td><td>above 0.005</td>"
                    + "<td>0.27 to 0.405, 95 % Clopper-Pearson</td>"
                    + "<td><span class=\"holds\">&#10003; holds</span></td>"))
        #expect(page.contains("<td>missing</td><td>not gated</td>"))
        #expect(page.contains("no general text was given"))
        // Four digits would show the value as equal to its threshold.
        #expect(page.contains("<td>0.99004</td><td>at least 0.99</td>"))
    }

    @Test func `The page says who, when, how, and what was not tested`() throws {
        let issued = try issue(
            CertificateSamples.certificate(
                method: CertificateSamples.method(
                    attempts: [.init(method: "npo", failedChecks: ["maintain", "mismatch"])])),
            key: key)
        let page = renderHTML(issued)
        for text in [
            "<html lang=\"en\">", "Approximately unlearned", "Example GmbH", "C-2026-0007",
            "2026-03-20 23:59 UTC", "within the deadline", "consent was withdrawn (art17-1-b)",
            "maintain, mismatch", "Paraphrases and other languages.",
            "Quantised copies of the model.", "follows from the name", "original shard files",
            "beta = 0.1, clip = yes, schedule = cosine, stepCount = 60", "18446744073709551615",
            "Model inversion", "not run", issued.payloadDigest.hexadecimal,
            key.keyID.hexadecimal, key.publicKey.pemRepresentation,
            "the signed file counts", "openssl pkeyutl -verify -pubin", "1\u{A0}069\u{A0}056",
            CertificateSamples.before.hexadecimal, CertificateSamples.after.hexadecimal,
        ] {
            #expect(page.contains(text), "\(text)")
        }
    }

    @Test func `Outcomes stand in words; a failed check and its investigation are shown`() throws {
        let issued = try issue(
            CertificateSamples.certificate(
                report: CertificateSamples.report(
                    checks: CertificateSamples.failing("attack-loss").map {
                        $0.id == "maintain"
                            ? CheckResult(
                                id: $0.id, family: $0.family, title: $0.title,
                                outcome: .couldNotCheck, measurements: [])
                            : $0
                    }),
                method: CertificateSamples.method(.exact),
                investigation: CertificateSamples.investigated(["maintain", "attack-loss"])),
            key: key)
        let page = renderHTML(issued)
        #expect(page.contains("Exactly retrained"))
        #expect(page.contains("&#10003; passed"))
        #expect(page.contains("&#10007; failed"))
        #expect(page.contains("? could not check"))
        #expect(page.contains("2 checks of 6 did not pass"))
        #expect(page.contains("The scope was complete; the value is likely by accident."))
        #expect(!page.contains("All 6 checks."))
    }

    @Test func `Hostile names are shown as text`() throws {
        let hostile = "<script>alert('x')</script>\"&\u{202E}gnp"
        let issued = try issue(
            CertificateSamples.certificate(
                modelName: hostile, operatorName: "</title><img src=x onerror=1>",
                limitations: ["<b>none</b>"]),
            key: key)
        let page = renderHTML(issued)
        #expect(
            page.contains(
                "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot;&amp;[U+202E]gnp"))
        #expect(!page.contains("<script"))
        #expect(!page.contains("<img"))
        #expect(!page.contains("<b>"))
        #expect(!page.unicodeScalars.contains("\u{202E}"))
    }

    @Test func `The page loads nothing and runs nothing`() throws {
        let page = renderHTML(try issue(CertificateSamples.certificate(), key: key)).lowercased()
        for forbidden in [
            "<script", "src=", "href=", "url(", "@import", "onclick", "<iframe", "<link",
        ] {
            #expect(!page.contains(forbidden))
        }
        #expect(page.contains("default-src 'none'"))
        #expect(page.contains("@media print"))
    }

    @Test func `Every element that is opened is closed, in order`() throws {
        let page = renderHTML(try issue(CertificateSamples.certificate(), key: key))
        let start = try #require(page.range(of: "<body>")).lowerBound
        let end = try #require(page.range(of: "</html>")).lowerBound
        var open: [Substring] = []
        var rest = page[start..<end]
        while let start = rest.firstIndex(of: "<"), let end = rest[start...].firstIndex(of: ">") {
            let tag = rest[rest.index(after: start)..<end]
            if tag.hasPrefix("/") {
                #expect(open.popLast() == tag.dropFirst())
            } else {
                open.append(tag.prefix { !$0.isWhitespace })
            }
            rest = rest[rest.index(after: end)...]
        }
        #expect(open.isEmpty)
    }
}
