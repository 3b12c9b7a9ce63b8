import Domain
import Reports

/// Copies, recipients, exceptions, and what else of the person stays.
extension CertificatePage {
    func remains() -> HTMLFragment {
        section(
            "remains", "remains",
            """
            \(copies())<div class="pair">
            <div>
            \(recipients())</div>
            <div>
            \(exceptions())</div>
            </div>
            \(residuals())
            """)
    }

    private func copies() -> HTMLFragment {
        guard !certificate.copies.isEmpty else { return paragraph("copies.none") }
        return table(
            "copies.caption",
            columns: [
                "copies.what", "copies.disposition", "copies.digest", "copies.note",
            ], rows: alike(certificate.copies).map(cells), class: "copies")
    }

    /// Copies that differ in nothing but their digest, together; in the order of the first of each.
    private func alike(_ copies: [DeletionCertificate.Copy]) -> [[DeletionCertificate.Copy]] {
        copies.reduce(into: []) { groups, copy in
            let place = groups.firstIndex { group in
                group.first.map {
                    $0.kind == copy.kind && $0.what == copy.what && $0.note == copy.note
                        && $0.disposition == copy.disposition && $0.at == copy.at
                        && $0.until == copy.until
                } ?? false
            }
            if let place { groups[place].append(copy) } else { groups.append([copy]) }
        }
    }

    private func cells(_ group: [DeletionCertificate.Copy]) -> [HTMLFragment] {
        guard let copy = group.first else { return [] }
        let sign: HTMLFragment = copy.isGone ? "&#10003;" : "!"
        let number: HTMLFragment =
            group.count == 1 ? .empty : "\(words.grouped(group.count))\u{A0}×\u{A0}"
        let time: HTMLFragment =
            copy.until.map { words.html("copies.until", ["time": words.day($0)]) }
            ?? copy.at.map { words.day($0) } ?? .empty
        let digests = group.compactMap(\.digest).map { digest($0) }
        return [
            """
            \(number)\(quoted(copy.what)) \
            <span class="remark">(\(term("copy.kind", copy.kind.rawValue)))</span>
            """,
            """
            <span class="status"><span aria-hidden="true">\(sign)</span> \
            \(words.text("copy.\(copy.disposition.rawValue)"))</span> \(time)
            """,
            digests.isEmpty ? "–" : spaced(digests),
            copy.note.map { "<span class=\"remark\">\(quoted($0))</span>" } ?? "–",
        ]
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
            columns: ["exceptions.article", "exceptions.part", "exceptions.by"],
            rows: certificate.exceptions.map { exception in
                let article =
                    words.known("article.\(exception.ground)").map { "\($0)" }
                    ?? quoted(exception.article)
                return [
                    "\(article): \(term("exemption", exception.ground))",
                    "\(term("exceptions.part", exception.part)) \(digest(exception.placeDigest))",
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
