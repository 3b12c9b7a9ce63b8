import Domain
import Reports

/// How anybody checks the certificate, and the digest that names it.
extension CertificatePage {
    func howToCheck() -> HTMLFragment {
        let steps = VerificationCommands.steps.map { step -> HTMLFragment in
            """
            <li><p>\(words.text("recipe.\(step.id)"))</p>
            <pre><code>\(step.command)</code></pre></li>

            """
        }
        return section(
            "recipe", "recipe",
            """
            \(paragraph("recipe.intro"))<ol>
            \(HTMLFragment.joined(steps))</ol>
            <p>\(words.html("recipe.key-id", ["digest": "\(verified.key.keyID)"]))</p>
            \(details("recipe.pem", "<pre>\(verified.key.pemRepresentation)</pre>\n"))\(log())
            """)
    }

    func payload() -> HTMLFragment {
        let text = QRCode.text(for: verified.payloadDigest)
        let picture =
            QRCode(text)?.svg(
                title: words.text("qr.title"),
                description: words.text("qr.description", ["text": text])) ?? .empty
        return section(
            "payload", "payload",
            """
            \(picture)<p>\(words.text("payload.digest"))<br/>
            \(verified.payloadDigest)</p>
            <p class="note">\(words.html(
                "payload.meaning", ["text": "<code>lethe:sha256:</code>"]))</p>

            """)
    }

    private func log() -> HTMLFragment {
        guard let log = certificate.log else { return paragraph("log.none") }
        return """
            <p>\(words.html("log.entered", [
                "origin": "<code>\(log.origin)</code>", "key": "<code>\(log.verifierKey)</code>",
            ]))</p>

            """
    }
}
