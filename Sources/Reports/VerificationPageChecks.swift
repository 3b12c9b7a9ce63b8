import Domain

/// The page's part on the checks.
extension VerificationPage {
    var checks: ReportSection {
        ReportSection(
            "Every check",
            report.checks.isEmpty
                ? [.paragraph("No check was made.")]
                : report.checks.map { check in
                    .check(
                        ReportCheck(
                            title: check.title, outcome: check.outcome,
                            sentence: VerificationWords.sentence(check), details: details(check)))
                })
    }

    private func details(_ check: CheckResult) -> [ReportBlock] {
        var blocks: [ReportBlock] = []
        // Of an open check the note stands in its sentence.
        if let note = check.note, check.outcome != .couldNotCheck { blocks.append(.note(note)) }
        if !check.measurements.isEmpty {
            blocks.append(
                .table(
                    caption: "Measurements of \(check.id)",
                    columns: ["Measurement", "Value", "Must be", "Interval", "Result", "Note"],
                    rows: check.measurements.map(cells)))
        }
        if !check.figures.isEmpty { blocks.append(.figures(check.figures)) }
        return blocks
    }

    private func cells(_ measurement: Measurement) -> [ReportText] {
        let value = measurement.value.map { NumberText.text($0, against: measurement.threshold) }
        var demand: ReportText = .text("–")
        var result: ReportText = .text("information")
        if let threshold = measurement.threshold, let direction = measurement.direction {
            demand = .text(NumberText.demand(direction, threshold))
            result = .comparison(measurement.outcome)
        }
        let bounds = measurement.interval?.map(NumberText.short).joined(separator: " to ")
        let interval = [bounds, measurement.intervalKind].compactMap { $0 }.joined(separator: ", ")
        return [
            .text(measurement.name), .text(value ?? "missing"), demand,
            .text(interval.isEmpty ? "–" : interval), result, .text(measurement.note ?? "–"),
        ]
    }

    /// The person's numbers before and after side by side, out of the figures that show both; nil if
    /// there are none.
    var glance: ReportSection? {
        // What stands side by side in relearning are two states of the model after.
        let rows = report.checks.filter { $0.id != "attack-relearning" }.flatMap { check in
            check.figures.compactMap { figure in row(check, figure) }
        }
        guard !rows.isEmpty else { return nil }
        let hasReference = rows.contains { $0.reference != nil }
        return ReportSection(
            "Before and after at a glance",
            [
                .table(
                    caption: "The person's numbers under each model",
                    columns: ["Quantity", "Before", "After"]
                        + (hasReference ? ["Retrained reference"] : []) + ["Limit"],
                    rows: rows.map { row in
                        [.text(row.name), .number(row.before), .number(row.after)]
                            + (hasReference ? [.number(row.reference)] : [])
                            + [.text(row.limit)]
                    })
            ])
    }

    private func row(_ check: CheckResult, _ figure: ReportFigure) -> Row? {
        func single(_ role: ReportFigure.Role) -> Double? {
            let values = figure.series.filter { $0.role == role }.flatMap(\.values)
            return values.count == 1 ? values[0] : nil
        }
        guard let before = single(.before), let after = single(.after) else { return nil }
        let limits = figure.thresholds.filter { $0.axis == .x }
            .map { "\($0.label) \(NumberText.short($0.value))" }
        return Row(
            name: "\(figure.title) (\(check.id))", before: before, after: after,
            reference: single(.reference),
            limit: limits.isEmpty ? "–" : limits.joined(separator: ", "))
    }

    private struct Row {
        let name: String
        let before: Double
        let after: Double
        let reference: Double?
        let limit: String
    }
}
