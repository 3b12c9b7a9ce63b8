import Domain
import Foundation
import Reports

/// The certificate as a page for people: one file, no scripts, nothing loaded from elsewhere; printed,
/// the usual certificate fills two A4 pages.
///
/// It is a rendering. The signed JSON is the certificate, and the page says so. Equal certificates give
/// equal pages.
/// - Parameters:
///   - verified: only what was verified can be rendered.
///   - language: of everything but what the signed text itself words; that is marked as a quotation.
///   - standing: what is known of a revocation; by default the page says that it does not know.
package func renderHTML(
    _ verified: VerifiedCertificate, language: CertificateLanguage = .english,
    standing: CertificateStanding = .unknown
) -> String {
    CertificatePage(verified: verified, language: language, standing: standing).document().markup
}

/// The page; its sections stand in a file each, in `Sections`.
struct CertificatePage {
    let verified: VerifiedCertificate
    let language: CertificateLanguage
    let standing: CertificateStanding

    var certificate: DeletionCertificate { verified.certificate }
    var words: MessageCatalogue { language.catalogue }

    func document() -> HTMLFragment {
        """
        <!DOCTYPE html>
        <html lang="\(language.tag)" dir="\(words.text("language.direction"))">
        \(head())<body>
        <main>
        \(header())\(banner())\(verdict())\(meaning())\(outcomes())\(investigation())\(pictures())\
        \(limits())<div class="sheet">
        <div class="pair">
        \(caseAndScope())<div>
        \(method())\(validation())</div>
        </div>
        \(coverage())\(remains())<div class="pair">
        <div>
        \(notRecorded())\(payload())</div>
        \(sanitization())</div>
        \(howToCheck())</div>
        </main>
        <footer>
        \(paragraph("footer.rendering"))</footer>
        </body>
        </html>

        """
    }

    /// The style is named by its digest, so that no other can be slipped in.
    private func head() -> HTMLFragment {
        let sheet: HTMLFragment = "\(Self.screenStyle)\(Self.printStyle)"
        let digest = Base64.text(Self.bytes(of: Digest(of: sheet.markup)))
        let policy =
            "default-src 'none'; style-src 'sha256-\(digest)'; base-uri 'none'; form-action 'none'"
        return """
            <head>
            <meta charset="utf-8"/>
            <meta name="viewport" content="width=device-width, initial-scale=1"/>
            <meta name="color-scheme" content="light dark"/>
            <meta http-equiv="Content-Security-Policy" content="\(policy)"/>
            <meta name="author" content="\(certificate.organisation ?? certificate.operatorName)"/>
            <meta name="dcterms.created" content="\(certificate.issuedAt.description)"/>
            <meta name="description" content="\(words.text("header.kind"))"/>
            <title>\(words.text("header.kind")), \(title)</title>
            <style>\(sheet)</style>
            </head>

            """
    }

    private static func bytes(of digest: Digest) -> Data {
        let digits = Array(digest.hexadecimal.utf8)
        func value(_ digit: UInt8) -> UInt8 { digit < 58 ? digit - 48 : digit - 87 }
        return Data(
            stride(from: 0, to: digits.count, by: 2).map {
                value(digits[$0]) << 4 | value(digits[$0 + 1])
            })
    }

    var title: String {
        words.text("header.title", ["case": certificate.caseID.description])
    }

    private func header() -> HTMLFragment {
        let issuer: HTMLFragment =
            certificate.organisation.map { "\(foreign($0))" } ?? foreign(certificate.operatorName)
        return """
            <header>
            <p class="kind">\(words.text("header.kind"))</p>
            <h1>\(title)</h1>
            <p>\(words.html("header.issued", [
                "time": words.day(certificate.issuedAt), "issuer": issuer,
            ]))</p>
            </header>

            """
    }
}
