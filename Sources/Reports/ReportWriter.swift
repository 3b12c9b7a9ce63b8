import Domain

/// Writes a document as HTML. Figures are numbered as they come, for the ids of their descriptions.
struct ReportWriter {
    private var figureCount = 0

    mutating func page(_ document: ReportDocument) -> HTMLFragment {
        let subtitle: HTMLFragment = document.subtitle.map { "<p>\($0)</p>\n" } ?? .empty
        let verdict = document.verdict.map(verdict) ?? .empty
        var sections: [HTMLFragment] = []
        for section in document.sections { sections.append(self.section(section)) }
        let footer = document.footer.map { "<p>\($0)</p>\n" } as [HTMLFragment]
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8"/>
            <meta name="viewport" content="width=device-width, initial-scale=1"/>
            <meta name="color-scheme" content="light dark"/>
            <meta http-equiv="Content-Security-Policy" \
            content="default-src 'none'; style-src 'unsafe-inline'"/>
            <title>\(document.kind): \(document.title)</title>
            <style>
            \(ReportStyle.sheet)
            </style>
            </head>
            <body>
            <main>
            <header>
            <p class="kind">\(document.kind)</p>
            <h1>\(document.title)</h1>
            \(subtitle)</header>
            \(verdict)\(HTMLFragment.joined(sections))</main>
            <footer>
            \(HTMLFragment.joined(footer))</footer>
            </body>
            </html>

            """
    }

    private func verdict(_ verdict: ReportVerdict) -> HTMLFragment {
        let sentences = verdict.sentences.map { "<p>\($0)</p>\n" } as [HTMLFragment]
        return """
            <section class="verdict \(Self.className(verdict.outcome))">
            <h2><span aria-hidden="true">\(Self.sign(verdict.outcome))</span> \
            \(verdict.headline)</h2>
            \(HTMLFragment.joined(sentences))</section>

            """
    }

    private mutating func section(_ section: ReportSection) -> HTMLFragment {
        "<section>\n<h2>\(section.title)</h2>\n\(blocks(section.blocks))</section>\n"
    }

    private mutating func blocks(_ blocks: [ReportBlock]) -> HTMLFragment {
        var fragments: [HTMLFragment] = []
        for block in blocks { fragments.append(self.block(block)) }
        return .joined(fragments)
    }

    private mutating func block(_ block: ReportBlock) -> HTMLFragment {
        switch block {
        case .paragraph(let text): return "<p>\(text)</p>\n"
        case .note(let text): return "<p class=\"note\">\(text)</p>\n"
        case .heading(let text): return "<h3>\(text)</h3>\n"
        case .facts(let caption, let facts): return Self.facts(caption, facts)
        case .table(let caption, let columns, let rows):
            return Self.table(caption, columns: columns, rows: rows)
        case .list(let items, let sentence): return Self.list(items, ifEmpty: sentence)
        case .check(let check): return self.check(check)
        case .figures(let figures):
            var drawn: [HTMLFragment] = []
            for figure in figures {
                figureCount += 1
                drawn.append(FigurePlot(figure, number: figureCount).markup())
            }
            return drawn.isEmpty
                ? .empty : "<div class=\"plots\">\n\(HTMLFragment.joined(drawn))</div>\n"
        }
    }

    private mutating func check(_ check: ReportCheck) -> HTMLFragment {
        let open: HTMLFragment = check.outcome == .passed ? "" : " open=\"open\""
        let details: HTMLFragment =
            check.details.isEmpty
            ? .empty
            : """
            <details\(open)><summary>Numbers and pictures</summary>
            \(blocks(check.details))</details>

            """
        return """
            <section class="check">
            <h3>\(Self.badge(check.outcome)) \(check.title)</h3>
            <p>\(check.sentence)</p>
            \(details)</section>

            """
    }
}

extension ReportWriter {
    private static func facts(_ caption: String, _ facts: [ReportFact]) -> HTMLFragment {
        let rows =
            facts.map { "<tr><th scope=\"row\">\($0.name)</th><td>\(text($0.value))</td></tr>\n" }
            as [HTMLFragment]
        return """
            <table class="facts"><caption>\(caption)</caption>
            <tbody>
            \(HTMLFragment.joined(rows))</tbody></table>

            """
    }

    private static func table(
        _ caption: String, columns: [String], rows: [[ReportText]]
    ) -> HTMLFragment {
        let head = columns.map { "<th scope=\"col\">\($0)</th>" } as [HTMLFragment]
        let body = rows.map { cells -> HTMLFragment in
            let content = cells.enumerated().map { index, cell -> HTMLFragment in
                let column = index < columns.count ? columns[index] : ""
                return index == 0
                    ? "<th scope=\"row\">\(text(cell))</th>"
                    : "<td data-column=\"\(column)\">\(text(cell))</td>"
            }
            return "<tr>\(HTMLFragment.joined(content))</tr>\n"
        }
        return """
            <table class="rows"><caption>\(caption)</caption>
            <thead><tr>\(HTMLFragment.joined(head))</tr></thead>
            <tbody>
            \(HTMLFragment.joined(body))</tbody></table>

            """
    }

    private static func list(_ items: [String], ifEmpty sentence: String) -> HTMLFragment {
        guard !items.isEmpty else { return "<p>\(sentence)</p>\n" }
        let entries = items.map { "<li>\($0)</li>\n" } as [HTMLFragment]
        return "<ul>\n\(HTMLFragment.joined(entries))</ul>\n"
    }

    private static func text(_ text: ReportText) -> HTMLFragment {
        switch text {
        case .text(let text): "<bdi>\(text)</bdi>"
        case .code(let text): "<code>\(text)</code>"
        case .digest(let digest): "\(digest)"
        case .time(let time): "\(time)"
        case .number(let value): "\(value.map(NumberText.short) ?? "–")"
        case .outcome(let outcome): badge(outcome)
        case .comparison(.passed): "<span class=\"holds\">&#10003; holds</span>"
        case .comparison(.failed): "<span class=\"broken\">&#10007; does not hold</span>"
        case .comparison(.couldNotCheck): "<span class=\"open\">? could not check</span>"
        }
    }

    /// An outcome in word, sign and colour; colour alone says nothing.
    private static func badge(_ outcome: CheckOutcome) -> HTMLFragment {
        "<span class=\"badge \(className(outcome))\">\(sign(outcome)) \(outcome.words)</span>"
    }

    private static func sign(_ outcome: CheckOutcome) -> HTMLFragment {
        switch outcome {
        case .passed: "&#10003;"
        case .failed: "&#10007;"
        case .couldNotCheck: "?"
        }
    }

    private static func className(_ outcome: CheckOutcome) -> String {
        switch outcome {
        case .passed: "passed"
        case .failed: "failed"
        case .couldNotCheck: "unknown"
        }
    }
}

extension CheckOutcome {
    /// For people.
    var words: String {
        switch self {
        case .passed: "passed"
        case .failed: "did not pass"
        case .couldNotCheck: "could not check"
        }
    }
}
