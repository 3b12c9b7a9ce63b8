import Certificates
import Domain
import Foundation
import TestSupport
import Testing

@Suite struct PDFRenderingTests {
    private let issuedAt = UsualCertificate.time("2026-03-05T09:14:00Z")

    private func failure(
        _ path: String?, timeoutSeconds: Int = 60, to url: URL
    ) -> CertificateError? {
        #expect(throws: CertificateError.self) {
            try renderPDF(
                html: "<p>x</p>", to: url, issuedAt: issuedAt, timeoutSeconds: timeoutSeconds,
                searchPath: path)
        }
    }

    /// A folder with a program named `weasyprint` that does what a script says.
    private func pretended(_ script: String) throws -> ScratchFolder {
        let scratch = try ScratchFolder()
        let program = try scratch.file("weasyprint", "#!/bin/sh\n\(script)\n")
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o755], ofItemAtPath: program.path)
        return scratch
    }

    @Test func `Without WeasyPrint the error says how to get it`() throws {
        let scratch = try ScratchFolder()
        let target = scratch.url.appendingPathComponent("page.pdf")
        // The present folder and relative ones are not searched.
        for path in [nil, "", scratch.url.path, ":.:bin"] {
            let error = failure(path, to: target)
            #expect(error?.code == .noWeasyPrint)
            #expect(error?.code.rawValue == "no-weasyprint")
            #expect(error?.remedy?.contains("apt-get install weasyprint") == true)
            #expect(error?.remedy?.contains("pip install weasyprint") == true)
        }
        #expect(!FileManager.default.fileExists(atPath: target.path))
    }

    @Test func `A program that fails or hangs is stopped and quoted, and no file is left`() throws {
        let failing = try pretended("echo 'fonts are missing' >&2; exit 3")
        let target = failing.url.appendingPathComponent("page.pdf")
        let error = failure("\(failing.url.path):/usr/bin:/bin", to: target)
        #expect(error?.code == .pdfNotMade)
        #expect(error?.message.contains("fonts are missing") == true)
        let hanging = try pretended("trap '' TERM; while :; do /bin/sleep 1; done")
        let late = failure("\(hanging.url.path):/usr/bin:/bin", timeoutSeconds: 1, to: target)
        #expect(late?.code == .pdfNotMade)
        #expect(late?.message.contains("within 1 s") == true)
        let empty = try pretended("exit 0")
        #expect(throws: DomainError.self) {
            try renderPDF(
                html: "<p>x</p>", to: target, issuedAt: issuedAt,
                searchPath: "\(empty.url.path):/usr/bin:/bin")
        }
        #expect(!FileManager.default.fileExists(atPath: target.path))
    }

    @Test func `The program gets the page, no shell and no network`() throws {
        let recording = try pretended(
            #"printf '%s\n' "$@" > "$0.arguments"; env > "$0.environment"; "#
                + #"for last; do :; done; printf '%%PDF-' > "$last""#)
        let target = recording.url.appendingPathComponent("page.pdf")
        try renderPDF(
            html: "<p>x</p>", to: target, issuedAt: issuedAt,
            searchPath: "\(recording.url.path):/usr/bin:/bin")
        func lines(_ name: String) throws -> [Substring] {
            let file = recording.url.appendingPathComponent(name)
            return try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
        }
        let arguments = try lines("weasyprint.arguments")
        #expect(arguments.contains("pdf/a-3b"))
        #expect(arguments.contains("about:blank"))
        let environment = try lines("weasyprint.environment")
        #expect(environment.contains("SOURCE_DATE_EPOCH=\(issuedAt.secondsSince1970)"))
        #expect(environment.contains("https_proxy=http://127.0.0.1:9"))
        #expect(try Data(contentsOf: target) == Data("%PDF-".utf8))
    }

    @Test(.enabled(if: installed("weasyprint") && installed("pdfinfo")))
    func `The usual certificate is two A4 pages with embedded fonts and text that can be read`()
        throws
    {
        let scratch = try ScratchFolder()
        let issued = try UsualCertificate.issued(UsualCertificate.certificate())
        for language in CertificateLanguage.all {
            let file = scratch.url.appendingPathComponent("\(language.tag).pdf")
            try renderPDF(issued, language: language, to: file)
            let info = try FinishedProcess("pdfinfo", [file.path]).output
            #expect(info.contains(#/Pages: +2\n/#), "\(info)")
            #expect(info.contains("(A4)"))
            let fonts = try FinishedProcess("pdffonts", [file.path]).output
                .split(separator: "\n").dropFirst(2)
            #expect(!fonts.isEmpty)
            // The columns from the right: object id (two), uni, sub, emb.
            for font in fonts {
                let columns = font.split(separator: " ")
                #expect(columns.dropLast(4).last == "yes", "\(font)")
            }
            let text = try FinishedProcess("pdftotext", ["-layout", file.path, "-"]).output
            #expect(text.contains("C-2026-0007"))
            #expect(
                text.contains(
                    language.tag == "de" ? "Näherungsweise verlernt" : "Approximately unlearned"))
            let again = scratch.url.appendingPathComponent("again.pdf")
            try renderPDF(issued, language: language, to: again)
            #expect(try Data(contentsOf: again) == Data(contentsOf: file))
        }
    }
}
