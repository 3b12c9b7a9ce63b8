import Domain
import Foundation

/// Makes a PDF/A-3b of a page with the program WeasyPrint: fonts embedded, text selectable.
///
/// The program is run without a shell and is given the page and a place for the result, nothing else. A
/// page loads nothing; addresses of proxies where nobody listens keep the program from the network even
/// if one should ask it to. When this returns, the file survives a crash; a retry replaces it by an equal
/// one, as long as WeasyPrint and the fonts stay the same.
/// - Parameters:
///   - html: as `renderHTML` gives it.
///   - issuedAt: time of the certificate, which stands in the file instead of that of its making.
///   - timeoutSeconds: 1 ... 3600; the usual page takes about two seconds.
///   - searchPath: folders to look for the program in, as in the variable `PATH`.
/// - Throws: `no-weasyprint` if it is not installed; `pdf-not-made` if it fails or takes too long;
///   `file-not-written`.
package func renderPDF(
    html: String, to url: URL, issuedAt: Timestamp, timeoutSeconds: Int = 120,
    searchPath: String? = ProcessInfo.processInfo.environment["PATH"]
) throws {
    guard let program = installedProgram("weasyprint", in: searchPath ?? "") else {
        throw CertificateError(
            .noWeasyPrint, "No PDF was made: the program weasyprint is not installed.",
            details: ["program": "weasyprint"],
            remedy: "Run `apt-get install weasyprint` or `pip install weasyprint`, or print "
                + "\(BundleFile.page) from a browser.")
    }
    let work = FileManager.default.temporaryDirectory
        .appendingPathComponent("lethe-pdf-\(UUID().uuidString)")
    try DurableFile.makeFolder(work, permissions: 0o700)
    defer { try? FileManager.default.removeItem(at: work) }
    let page = work.appendingPathComponent("page.html")
    let result = work.appendingPathComponent("page.pdf")
    try DurableFile.write(Data(html.utf8), to: page, permissions: 0o600)
    let run = ProgramRun(
        program,
        [
            "--encoding", "utf-8", "--base-url", "about:blank", "--pdf-variant", "pdf/a-3b",
            "--pdf-identifier", Digest(of: html).short, page.path, result.path,
        ],
        environment: [
            "PATH": searchPath ?? "", "HOME": work.path, "TMPDIR": work.path, "LC_ALL": "C.UTF-8",
            "SOURCE_DATE_EPOCH": "\(issuedAt.secondsSince1970)", "TZ": "UTC",
            "http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9",
            "no_proxy": "",
        ], messages: work.appendingPathComponent("messages.txt"), timeoutSeconds: timeoutSeconds)
    switch run.end {
    case .exited(0):
        try DurableFile.write(DurableFile.read(result), to: url)
    case .exited, .notStarted:
        throw notMade(
            "weasyprint failed: \(run.lastMessage)",
            "See whether `weasyprint --info` works; PDF/A needs version 57 or later.")
    case .timedOut:
        throw notMade(
            "weasyprint did not end within \(timeoutSeconds) s and was stopped.",
            "Try again when the machine is less busy, or print \(BundleFile.page) from a browser.")
    }
}

/// A page of a certificate as PDF.
/// - Throws: as `renderPDF(html:to:issuedAt:timeoutSeconds:searchPath:)`.
package func renderPDF(
    _ verified: VerifiedCertificate, language: CertificateLanguage = .english,
    standing: CertificateStanding = .unknown, to url: URL
) throws {
    try renderPDF(
        html: renderHTML(verified, language: language, standing: standing), to: url,
        issuedAt: verified.certificate.issuedAt)
}

private func notMade(_ why: String, _ remedy: String) -> CertificateError {
    CertificateError(
        .pdfNotMade, "No PDF was made: \(why)", details: ["program": "weasyprint"], remedy: remedy)
}
