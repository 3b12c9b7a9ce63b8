import Domain
import Reports

/// Who accepted the outcome, what was not recorded, and the form of NIST SP 800-88.
extension CertificatePage {
    func validation() -> HTMLFragment {
        let people = certificate.validations.map { validation -> HTMLFragment in
            words.html(
                "validation.\(validation.role.rawValue)",
                ["name": foreign(validation.by), "time": words.moment(validation.at)])
        }
        return section(
            "validation", "",
            """
            \(list(people))<p>\(words.text(
                "validation.signatures", count: certificate.requiredSignatureCount))</p>

            """)
    }

    /// Members of the statement that are absent, in plain words.
    func notRecorded() -> HTMLFragment {
        let items = certificate.notRecorded.map { term("path", $0) }
        return section(
            "not-recorded", "",
            items.isEmpty ? paragraph("not-recorded.none") : list(items, class: "dense"))
    }

    func sanitization() -> HTMLFragment {
        let form = certificate.sanitization
        let level = words.text("claim.\(certificate.claim.level.rawValue)")
        let word =
            certificate.claim.isPartial ? words.text("verdict.partial", ["claim": level]) : level
        let people = form.people.map { person -> HTMLFragment in
            """
            \(foreign(person.name)), \(term("nist.part", person.part)), \(words.day(person.at))
            """
        }
        return section(
            "nist", "nist",
            facts(
                "nist.caption",
                [
                    ("nist.manufacturer", form.manufacturer.map(foreign)),
                    ("nist.model", foreign(form.model)),
                    ("nist.serial", digest(form.serialNumber)),
                    ("nist.property", "\(form.propertyNumber)"),
                    ("nist.media-type", quoted(form.mediaType)),
                    (
                        "nist.media-source",
                        form.mediaSource.isEmpty ? nil : foreign(form.mediaSource)
                    ),
                    ("nist.method", "\(word)"),
                    ("nist.technique", "\(form.technique)"),
                    ("nist.tool", "\(form.tool)"),
                    ("nist.verification", quoted(form.verificationMethod)),
                    ("nist.destination", form.destination.map(foreign)),
                    ("nist.backup", quoted(form.dataBackup)),
                    ("nist.people", people.isEmpty ? nil : list(people, class: "plain")),
                ]))
    }
}
