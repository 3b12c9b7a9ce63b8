import Certificates
import Domain
import Foundation
import TestSupport
import Testing

/// The markup itself: safe, complete, accessible.
@Suite struct PageMarkupTests {
    private func pages() throws -> [String] {
        try PageSamples.all().flatMap { _, issued, standing in
            CertificateLanguage.all.map { renderHTML(issued, language: $0, standing: standing) }
        }
    }

    @Test func `Hostile names are shown as text`() throws {
        let hostile = "<script>alert('x')</script>\"&\u{202E}gnp"
        let issued = try UsualCertificate.issued(
            CertificateSamples.certificate(
                modelName: hostile, operatorName: "</title><img src=x onerror=1>",
                limitations: ["<b>none</b>"]))
        for language in CertificateLanguage.all {
            let page = renderHTML(issued, language: language)
            #expect(
                page.contains(
                    "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot;&amp;[U+202E]gnp"))
            for forbidden in ["<script", "<img", "<b>"] { #expect(!page.contains(forbidden)) }
            #expect(!page.unicodeScalars.contains("\u{202E}"))
        }
    }

    @Test func `The page loads nothing, runs nothing and allows no style but its own`() throws {
        for page in try pages() {
            let folded = page.lowercased()
            for forbidden in [
                "<script", "src=", "href=", "url(", "@import", "onclick", "<iframe", "<link",
                "style=\"", "unsafe-inline",
            ] {
                #expect(!folded.contains(forbidden), "\(forbidden)")
            }
            #expect(folded.contains("default-src &#39;none&#39;"))
            let start = try #require(page.range(of: "<style>")).upperBound
            let end = try #require(page.range(of: "</style>")).lowerBound
            let digest = Digest(of: String(page[start..<end])).hexadecimal
            let base64 = bytes(hexadecimal: digest).base64EncodedString()
            #expect(page.contains("style-src &#39;sha256-\(base64)&#39;"))
        }
    }

    @Test func `Every element that is opened is closed, in order; no id stands twice`() throws {
        for page in try pages() {
            let start = try #require(page.range(of: "<body>")).lowerBound
            let end = try #require(page.range(of: "</html>")).lowerBound
            var open: [Substring] = []
            var rest = page[start..<end]
            while let start = rest.firstIndex(of: "<"), let end = rest[start...].firstIndex(of: ">")
            {
                let tag = rest[rest.index(after: start)..<end]
                if tag.hasPrefix("/") {
                    #expect(open.popLast() == tag.dropFirst())
                } else if !tag.hasSuffix("/") {
                    open.append(tag.prefix { !$0.isWhitespace })
                }
                rest = rest[rest.index(after: end)...]
            }
            #expect(open.isEmpty)
            let ids = page.matches(of: #/ id="([^"]+)"/#).map(\.1)
            #expect(Set(ids).count == ids.count)
            for name in page.matches(of: #/aria-labelledby="([^"]+)"/#).map(\.1) {
                #expect(ids.contains(name))
            }
        }
    }

    @Test func `Landmarks, headings and tables are made for screen readers`() throws {
        for page in try pages() {
            for tag in ["<main>", "<header>", "<footer>", "<h1>"] {
                #expect(page.components(separatedBy: tag).count == 2, "\(tag)")
            }
            let levels = page.matches(of: #/<h([1-6])/#).compactMap { Int($0.1) }
            #expect(levels.first == 1)
            for (above, below) in zip(levels, levels.dropFirst()) { #expect(below <= above + 1) }
            #expect(page.matches(of: #/<th[ >]/#).count == page.matches(of: #/<th scope=/#).count)
            #expect(page.matches(of: #/<table/#).count == page.matches(of: #/<caption>/#).count)
            for svg in page.matches(of: #/<svg[^>]*>\s*(<[a-z]+>)/#) {
                #expect(svg.0.contains("role=\"img\""))
                #expect(svg.1 == "<title>")
            }
        }
    }

    @Test func `Texts stand out at least 4.5 to 1 from their ground, in light, dark and print`()
        throws
    {
        let page = try #require(try pages().first)
        let sheets = page.matches(of: #/:root \{([^}]*)\}/#).map { sheet in
            Dictionary(
                sheet.1.matches(of: #/--([a-z-]+): #([0-9a-f]{6})/#).map {
                    (String($0.1), String($0.2))
                }, uniquingKeysWith: { first, _ in first })
        }
        #expect(sheets.count == 3)
        for sheet in sheets {
            for (ink, grounds) in [
                ("ink", ["paper", "ground", "verdict"]), ("soft", ["paper", "ground", "verdict"]),
                ("accent", ["paper"]), ("good", ["good-paper"]), ("bad", ["bad-paper"]),
                ("open", ["open-paper"]),
            ] {
                for ground in grounds {
                    let a = luminance(try #require(sheet[ink]))
                    let b = luminance(try #require(sheet[ground]))
                    let contrast = (max(a, b) + 0.05) / (min(a, b) + 0.05)
                    #expect(contrast >= 4.5, "\(ink) on \(ground): \(contrast)")
                }
            }
        }
    }

    /// Relative luminance of WCAG 2.2.
    private func luminance(_ color: String) -> Double {
        let channels = bytes(hexadecimal: color).map { byte -> Double in
            let value = Double(byte) / 255
            return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
        }
        return 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2]
    }

    @Test(.enabled(if: installed("tidy")))
    func `HTML Tidy finds nothing to complain of`() throws {
        let scratch = try ScratchFolder()
        for page in try pages() {
            let file = try scratch.file("page.html", page)
            let run = try FinishedProcess("tidy", ["-q", "-e", file.path])
            #expect(run.status == 0, "\(run.output)")
            #expect(run.output.isEmpty, "\(run.output)")
        }
    }
}
