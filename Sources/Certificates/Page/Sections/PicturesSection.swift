import Domain
import Reports

/// Every check with a picture of each number that decides it; all numbers behind it.
extension CertificatePage {
    func pictures() -> HTMLFragment {
        let cards = certificate.verification.checks.map(card)
        return section(
            "pictures", "pictures",
            """
            \(paragraph("pictures.legend", class: "note"))<ul class="cards">
            \(HTMLFragment.joined(cards))</ul>
            <p class="print-only note">\(words.text("pictures.in-print"))</p>
            \(details("pictures.all", numbers()))
            """)
    }

    private func card(_ check: CheckResult) -> HTMLFragment {
        let gated = check.measurements.filter { $0.threshold != nil && $0.direction != nil }
        let rows = gated.map { measurement -> HTMLFragment in
            let picture = MeasurementPicture(measurement: measurement, words: words)
            return """
                <li><span class="name">\(term("measurement", measurement.name))</span>\
                <span class="drawing">\(picture.markup())</span>\
                <span class="value">\(value(measurement))</span></li>

                """
        }
        let drawings: HTMLFragment =
            rows.isEmpty ? .empty : "<ul class=\"measured\">\n\(HTMLFragment.joined(rows))</ul>\n"
        let note: HTMLFragment =
            check.outcome == .passed
            ? .empty : check.note.map { "<p class=\"note\">\(quoted($0))</p>\n" } ?? .empty
        return """
            <li class="card"><p class="check">\(badge(check.outcome)) \(checkTitle(check))</p>
            \(drawings)\(note)</li>

            """
    }

    /// `0.215 (above 0.005)`
    private func value(_ measurement: Measurement) -> HTMLFragment {
        guard let threshold = measurement.threshold, let direction = measurement.direction else {
            return .empty
        }
        let value =
            measurement.value.map { words.number($0, against: threshold) }
            ?? words.text("number.missing")
        return """
            <strong>\(value)</strong> <span class="demand">\
            (\(words.demand(direction, threshold)))</span>
            """
    }

    private func numbers() -> HTMLFragment {
        let rows = certificate.verification.checks.flatMap { check in
            check.measurements.map { cells($0, of: check) }
        }
        let environment = certificate.verification.environment.sorted { $0.key < $1.key }
        let report = certificate.verification
        return """
            \(table("numbers.caption", columns: [
                "numbers.measurement", "numbers.check", "numbers.value", "numbers.demand",
                "numbers.interval", "numbers.result", "numbers.note",
            ], rows: rows))\
            \(facts("numbers.environment", [
                ("numbers.twins", "\(words.grouped(report.twinCount)), \(quoted(report.twinSource))"),
                ("numbers.seed", "\(report.seed)"),
                ("numbers.policy",
                    "\(foreign(certificate.policy.name)), \(digest(certificate.policy.digest))"),
                ("numbers.machine",
                    "\(environment.map { "\($0.key) \($0.value)" }.joined(separator: ", "))"),
            ]))
            """
    }

    private func cells(_ measurement: Measurement, of check: CheckResult) -> [HTMLFragment] {
        var demand: HTMLFragment = "–"
        var result: HTMLFragment = "\(words.text("numbers.information"))"
        if let threshold = measurement.threshold, let direction = measurement.direction {
            demand = "\(words.demand(direction, threshold))"
            result = badge(measurement.outcome)
        }
        let value = measurement.value.map { words.number($0, against: measurement.threshold) }
        var interval: HTMLFragment = "–"
        if let bounds = measurement.interval, bounds.count == 2 {
            let range = words.text(
                "numbers.range", ["from": words.number(bounds[0]), "to": words.number(bounds[1])])
            interval = "\(range) \(measurement.intervalKind.map(quoted) ?? .empty)"
        }
        return [
            "\(term("measurement", measurement.name)) <code>\(measurement.name)</code>",
            "<code>\(check.id)</code>", "\(value ?? words.text("number.missing"))", demand,
            interval,
            result, measurement.note.map(quoted) ?? "–",
        ]
    }
}
