import Domain
import Reports

/// Copies, recipients, exceptions, and what else of the person stays.
extension CertificatePage {
    func remains() -> HTMLFragment {
        section(
            "remains", "remains",
            "\(copies())\(recipients())\(exceptions())\(residuals())")
    }

    private func copies() -> HTMLFragment {
        guard !certificate.copies.isEmpty else { return paragraph("copies.none") }
        let rows = certificate.copies.map { copy -> [HTMLFragment] in
            var when: HTMLFragment = copy.at.map { words.day($0) } ?? "–"
            if let until = copy.until {
                when = words.html("copies.until", ["time": words.day(until)])
            }
            let sign: HTMLFragment = copy.isGone ? "&#10003;" : "!"
            let note: HTMLFragment =
                copy.note.map { "<span class=\"remark\">\(quoted($0))</span>" } ?? .empty
            return [
                "\(quoted(copy.what)) <span class=\"remark\">(\(term("copy.kind", copy.kind.rawValue)))</span>",
                """
                <span class="status"><span aria-hidden="true">\(sign)</span> \
                \(words.text("copy.\(copy.disposition.rawValue)"))</span>
                """,
                when, copy.digest.map { digest($0) } ?? "–", note.isEmpty ? "–" : note,
            ]
        }
        return table(
            "copies.caption",
            columns: [
                "copies.what", "copies.disposition", "copies.when", "copies.digest", "copies.note",
            ], rows: rows)
    }

    private func recipients() -> HTMLFragment {
        guard !certificate.recipients.isEmpty else { return paragraph("recipients.none") }
        return table(
            "recipients.caption",
            columns: ["recipients.name", "recipients.notified", "recipients.acknowledged"],
            rows: certificate.recipients.map { recipient in
                let excuse = recipient.excuse.map { excuse in
                    words.html("recipients.excused", ["reason": term("excuse", excuse)])
                }
                let notYet: HTMLFragment = "\(words.text("recipients.not-yet"))"
                return [
                    foreign(recipient.name),
                    recipient.notifiedAt.map { words.day($0) } ?? excuse ?? notYet,
                    recipient.acknowledgedAt.map { words.day($0) }
                        ?? (excuse == nil ? notYet : "–"),
                ]
            })
    }

    private func exceptions() -> HTMLFragment {
        guard !certificate.exceptions.isEmpty else { return paragraph("exceptions.none") }
        return table(
            "exceptions.caption",
            columns: [
                "exceptions.article", "exceptions.ground", "exceptions.part", "exceptions.by",
            ],
            rows: certificate.exceptions.map { exception in
                [
                    "\(exception.article)", term("exemption", exception.ground),
                    """
                    \(term("exceptions.part", exception.part)) \(digest(exception.placeDigest))
                    """,
                    words.html(
                        "exceptions.by.text",
                        ["name": foreign(exception.by), "time": words.day(exception.at)]),
                ]
            })
    }

    private func residuals() -> HTMLFragment {
        guard !certificate.residuals.isEmpty else { return .empty }
        return table(
            "residuals.caption", columns: ["residuals.what", "residuals.disposition"],
            rows: certificate.residuals.map {
                [
                    quoted($0.what),
                    "\(quoted($0.disposition)) \($0.digest.map { digest($0) } ?? .empty)",
                ]
            })
    }
}
