import Domain
import Reports

/// The banner on whether the certificate still holds.
extension CertificatePage {
    func banner() -> HTMLFragment {
        switch standing {
        case .unknown:
            return """
                <p class="standing"><span aria-hidden="true">?</span> \
                \(words.html("standing.unknown", ["command": askCommand]))</p>

                """
        case .good(let time):
            return """
                <p class="standing"><span aria-hidden="true">&#10003;</span> \
                \(words.html("standing.good", [
                    "time": words.moment(time), "command": askCommand,
                ]))</p>

                """
        case .revoked(let time, let reason):
            return alert(
                "standing.revoked",
                """
                <p>\(words.html("standing.revoked.text", ["time": words.moment(time)]))</p>
                <blockquote><p>\(foreign(reason))</p></blockquote>

                """)
        case .superseded(let digest):
            return alert(
                "standing.superseded",
                "<p>\(words.html("standing.superseded.text", ["digest": "\(digest)"]))</p>\n")
        }
    }

    private var askCommand: HTMLFragment {
        "<code>lethe certificate verify \(BundleFile.envelope)</code>"
    }

    private func alert(_ id: String, _ content: HTMLFragment) -> HTMLFragment {
        """
        <section class="alert" role="alert" aria-labelledby="standing-title">
        <h2 id="standing-title"><span aria-hidden="true">&#10007;</span> \
        \(words.text(id))</h2>
        \(content)</section>

        """
    }
}
