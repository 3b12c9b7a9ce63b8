import Certificates
import Domain
import Foundation
import TestSupport
import Testing

@Suite struct CertificatePageTests {
    private func usual(
        _ language: CertificateLanguage = .english, standing: CertificateStanding = .unknown
    ) throws -> String {
        renderHTML(
            try UsualCertificate.issued(UsualCertificate.certificate()), language: language,
            standing: standing)
    }

    @Test func `No page of any language has a gap where a message is missing`() throws {
        for (name, issued, standing) in try PageSamples.all() {
            for language in CertificateLanguage.all {
                let page = renderHTML(issued, language: language, standing: standing)
                #expect(!page.contains("⟦"), "\(name).\(language.tag)")
                #expect(page.contains("<html lang=\"\(language.tag)\" dir=\"ltr\">"))
            }
        }
    }

    @Test func `The verdict stands first, in a word of the ladder and with the deadline`() throws {
        let page = try usual()
        let order = [
            "Approximately unlearned, in part", "On time: requested", "What it means",
            "What it does not mean", "Outcomes of the checks", "What was measured", "Limits",
            "Case and records", "Method and model", "Attacks that were tried", "What stays",
            "What was not recorded", "The signed content", "As a certificate of sanitization",
            "Check it yourself",
        ]
        var rest = page[...]
        for text in order {
            let found = try #require(rest.range(of: text), "\(text)")
            rest = rest[found.upperBound...]
        }
        let late = renderHTML(
            try UsualCertificate.issued(
                UsualCertificate.certificate(
                    methodClass: .exact, copies: [], issuedAt: "2026-04-05T09:14:00Z",
                    exceptions: [])))
        #expect(late.contains("<h2 id=\"verdict-title\">Erased</h2>"))
        #expect(late.contains("LATE: requested"))
        #expect(!late.contains("On time"))
        #expect(!late.contains("in part"))
    }

    @Test func `Each number that decides has a picture with its value and limit in words`() throws {
        let issued = try UsualCertificate.issued(UsualCertificate.certificate())
        let page = renderHTML(issued)
        let deciding = issued.certificate.verification.checks.flatMap(\.measurements)
            .filter { $0.threshold != nil }
        #expect(deciding.count == 26)
        let pictures = page.matches(of: #/<svg class="measured"[^>]* role="img">\s*<title>/#)
        #expect(pictures.count == deciding.count)
        #expect(
            page.contains(
                "<desc>Measured 0.215; it must be above\u{A0}0.005, and is. Range of uncertainty: "
                    + "0.1565 to 0.2744.</desc>"))
        // The dot lies on the permitted side, right of the limit; log scale from .005 / 3 to 1.
        let picture = try #require(page.range(of: "<desc>Measured 0.215;")).upperBound
        let limit = try #require(page[picture...].firstMatch(of: #/class="edge" d="M([\d.]+) /#)).1
        let dot = try #require(page[picture...].firstMatch(of: #/class="dot" cx="([\d.]+)"/#)).1
        let scale = { (value: Double) in 2 + 116 * log(value * 600) / log(600) }
        #expect(abs(try #require(Double(limit)) - scale(0.005)) < 0.06)
        #expect(abs(try #require(Double(dot)) - scale(0.215)) < 0.06)
    }

    @Test func `Failed and open checks differ in sign, word and shape, not by colour alone`() throws
    {
        let page = renderHTML(try PageSamples.investigated())
        #expect(page.contains("<strong class=\"number\">12</strong>"))
        #expect(page.contains("&#10007;</span> failed"))
        #expect(page.contains("?</span> could not check"))
        #expect(page.matches(of: #/class="off"/#).count == 1)
        #expect(page.contains("and is not."))
        #expect(page.contains("Not measured; it would have to be at\u{A0}most\u{A0}1.05."))
        #expect(page.contains("The scope was complete; the value is likely by accident."))
    }

    @Test func `What the signed text words in English is marked as such on a German page`() throws {
        let page = renderHTML(try PageSamples.investigated(), language: .german)
        for text in [
            "Is something quite new in order?", "no general text was given",
            "attacks with access to weights, gradients or activations", "training shard",
            "Not removed; they were not in the scope of this case.",
            "weights of a language model (llama, safetensors)",
        ] {
            #expect(page.contains("<bdi lang=\"en\">\(text)</bdi>"), "\(text)")
        }
        #expect(page.contains("<code>fresh-number</code>"))
        #expect(page.contains("Wörtlich aus dem signierten Text, der auf Englisch abgefasst ist."))
        #expect(!page.contains("Does the model still know everything else?"))
    }

    @Test func `Numbers, dates and shares are written the language's way`() throws {
        let english = try usual()
        let german = try usual(.german)
        for text in [
            "1,069,056 parameters", "99.92%", "20\u{A0}February 2026", "0.07692",
            "\u{2212}5.205\u{A0}×\u{A0}10⁻⁵", "5\u{A0}March 2026, 09:14\u{A0}UTC",
            "6 records of one person", "23,990 of 24,000", "0.99",
        ] {
            #expect(english.contains(text), "\(text)")
        }
        for text in [
            "1.069.056 Parameter", "99,92\u{A0}%", "20.\u{A0}Februar 2026", "0,07692",
            "\u{2212}5,205\u{A0}×\u{A0}10⁻⁵", "5.\u{A0}März 2026, 09:14\u{A0}Uhr (UTC)",
            "6 Datensätzen einer betroffenen Person", "23.990 von 24.000",
            "Art. 17 Abs. 1 lit. b", "Näherungsweise verlernt, teilweise",
        ] {
            #expect(german.contains(text), "\(text)")
        }
        let one = renderHTML(
            try UsualCertificate.issued(CertificateSamples.certificate(recordCount: 1)),
            language: .german)
        #expect(one.contains("von 1 Datensatz einer betroffenen Person"))
    }

    @Test func `The page tells whether it was revoked or replaced, or that it does not know`()
        throws
    {
        #expect(try usual().contains("This page does not know whether"))
        let time = UsualCertificate.time("2026-05-02T08:00:00Z")
        let revoked = try usual(standing: .revoked(at: time, reason: "It came back. <b>"))
        #expect(revoked.contains("Revoked: do not rely on this certificate"))
        #expect(revoked.contains("It came back. &lt;b&gt;"))
        let place = try #require(revoked.range(of: "Revoked:")).lowerBound
        #expect(place < (try #require(revoked.range(of: "verdict-title")).lowerBound))
        let newer = Digest(of: "newer")
        #expect(try usual(standing: .superseded(by: newer)).contains(newer.hexadecimal))
        #expect(try usual(standing: .good(asOf: time)).contains("as of"))
        #expect(!revoked.contains("does not know whether"))
    }

    @Test func `Copies that differ in their digest alone stand in one row with all digests`() throws
    {
        let page = try usual()
        #expect(page.contains("3\u{A0}×\u{A0}<bdi>training shard</bdi>"))
        for number in 1...3 {
            let digest = Digest(of: "shard \(number)")
            #expect(
                page.contains(
                    "\(digest.short)<span class=\"rest\">\(digest.hexadecimal.dropFirst(12))"))
        }
        #expect(page.contains("to be erased</span> by "))
    }

    @Test func `The recipe, the digest and the key are those of the certificate`() throws {
        let issued = try UsualCertificate.issued(UsualCertificate.certificate())
        let page = renderHTML(issued)
        for text in [
            issued.payloadDigest.hexadecimal, issued.key.keyID.hexadecimal,
            issued.key.pemRepresentation, "openssl pkeyutl -verify -pubin",
            "lethe.example.org/log", "18446744073709551615",
        ] {
            #expect(page.contains(text), "\(text)")
        }
    }
}
