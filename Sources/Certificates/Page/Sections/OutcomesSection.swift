import Domain
import Reports

/// The three outcomes, counted, and the investigation if one was closed.
extension CertificatePage {
    func outcomes() -> HTMLFragment {
        let counts = Dictionary(grouping: certificate.verification.checks, by: \.outcome)
            .mapValues(\.count)
        let items = [CheckOutcome.passed, .failed, .couldNotCheck].map {
            outcome -> HTMLFragment in
            """
            <strong class="number">\(words.grouped(counts[outcome] ?? 0))</strong> \
            \(badge(outcome)) <span>\(words.text("outcome.\(outcome.rawValue).meaning"))</span>
            """
        }
        return section("outcomes", "outcomes", list(items))
    }

    func investigation() -> HTMLFragment {
        guard let investigation = certificate.investigation else { return .empty }
        let checks = investigation.failedChecks.map { id -> HTMLFragment in
            certificate.verification.checks.first { $0.id == id }.map(checkTitle)
                ?? "<code>\(id)</code>"
        }
        return section(
            "investigation", "alert",
            """
            \(paragraph("investigation.intro"))\(list(checks))\
            <p>\(words.html("investigation.closed", [
                "name": foreign(investigation.closedBy), "time": words.day(investigation.closedAt),
            ]))</p>
            <blockquote><p>\(foreign(investigation.reason))</p></blockquote>

            """)
    }

    /// In the page's language where the check is known, else as the signed text has it.
    func checkTitle(_ check: CheckResult) -> HTMLFragment {
        words.known("check.\(check.id)").map { "\($0)" } ?? quoted(check.title)
    }
}
