import Domain
import Reports

/// What limits the certificate, in the words of the signed text, and what was not tested.
extension CertificatePage {
    func limits() -> HTMLFragment {
        let report = certificate.verification
        var notTested = certificate.notTested
        notTested += report.notTested.filter { !notTested.contains($0) }
        let fields = report.untestedFields.sorted { $0.key < $1.key }.map {
            field, reason -> HTMLFragment in "\(term("field", field)): \(quoted(reason))"
        }
        let tested = HTMLFragment.joined(
            report.testedFields.enumerated().map { index, field -> HTMLFragment in
                "\(index == 0 ? "" : ", ")\(term("field", field))"
            })
        let testedText: HTMLFragment =
            report.testedFields.isEmpty ? "\(words.text("limits.no-field"))" : tested
        return section(
            "limits", "limits",
            """
            \(paragraph("limits.quoted", class: "note"))\
            \(certificate.limitations.isEmpty
                ? paragraph("limits.none") : list(certificate.limitations.map(quoted)))\
            <p>\(words.html("limits.tested", ["fields": testedText]))</p>
            <h3>\(words.text("limits.not-tested"))</h3>
            \(list(fields + notTested.map(quoted), class: "dense"))
            """)
    }
}
