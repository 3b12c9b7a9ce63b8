import Domain
import Reports

/// The six classes of attack and whether each was tried.
extension CertificatePage {
    func coverage() -> HTMLFragment {
        let rows = certificate.attackCoverage.map { row -> [HTMLFragment] in
            let name = row.attackClass.rawValue
            let sign: HTMLFragment = row.status == .run ? "&#10003;" : "&#8211;"
            let status: HTMLFragment =
                """
                <span class="status"><span aria-hidden="true">\(sign)</span> \
                \(words.text("coverage.\(row.status.rawValue)"))</span>
                """
            let by: HTMLFragment =
                row.checks.isEmpty
                ? row.note.map(quoted) ?? "–"
                : "<code>\(row.checks.joined(separator: ", "))</code>"
            return [
                "\(words.text("attack.\(name)"))", "\(words.text("attack.\(name).meaning"))",
                status, by,
            ]
        }
        return section(
            "coverage", "coverage",
            table(
                "coverage.caption",
                columns: [
                    "coverage.class", "coverage.tries", "coverage.status", "coverage.checks",
                ], rows: rows))
    }
}
