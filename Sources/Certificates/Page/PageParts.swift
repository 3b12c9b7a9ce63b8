import Domain
import Reports

/// Building blocks of the page.
extension CertificatePage {
    /// A section with a heading of the second order.
    /// - Parameters:
    ///   - id: unique on the page; also the key of its title, `ID.title`.
    ///   - name: class of the section.
    func section(_ id: String, _ name: String = "", _ content: HTMLFragment) -> HTMLFragment {
        """
        <section\(name.isEmpty ? "" : " class=\"\(name)\"" as HTMLFragment) \
        aria-labelledby="\(id)-title">
        <h2 id="\(id)-title">\(words.text("\(id).title"))</h2>
        \(content)</section>

        """
    }

    func paragraph(_ key: String, class name: String = "") -> HTMLFragment {
        name.isEmpty
            ? "<p>\(words.text(key))</p>\n" : "<p class=\"\(name)\">\(words.text(key))</p>\n"
    }

    /// A two-column table; each row's name is its header cell. Rows without a value are left out.
    func facts(_ caption: String, _ rows: [(key: String, value: HTMLFragment?)]) -> HTMLFragment {
        let body = rows.compactMap { row -> HTMLFragment? in
            row.value.map {
                "<tr><th scope=\"row\">\(words.text(row.key))</th><td>\($0)</td></tr>\n"
            }
        }
        return """
            <table class="facts"><caption>\(words.text(caption))</caption>
            <tbody>
            \(HTMLFragment.joined(body))</tbody></table>

            """
    }

    /// A table with column headers; the first cell of each row is its header. On a narrow screen its
    /// cells stand below each other, each with the name of its column.
    /// - Parameter name: a further class.
    func table(
        _ caption: String, columns: [String], rows: [[HTMLFragment]], class name: String = ""
    ) -> HTMLFragment {
        let names = columns.map { words.text($0) }
        let head = names.map { "<th scope=\"col\">\($0)</th>" } as [HTMLFragment]
        let body = rows.map { cells -> HTMLFragment in
            let content = zip(names, cells).enumerated().map { index, cell -> HTMLFragment in
                index == 0
                    ? "<th scope=\"row\">\(cell.1)</th>"
                    : "<td data-column=\"\(cell.0)\">\(cell.1)</td>"
            }
            return "<tr>\(HTMLFragment.joined(content))</tr>\n"
        }
        return """
            <table class="rows\(name.isEmpty ? "" : " \(name)")"><caption>\(words.text(caption))</caption>
            <thead><tr>\(HTMLFragment.joined(head))</tr></thead>
            <tbody>
            \(HTMLFragment.joined(body))</tbody></table>

            """
    }

    func list(_ items: [HTMLFragment], class name: String = "") -> HTMLFragment {
        guard !items.isEmpty else { return .empty }
        let entries = items.map { "<li>\($0)</li>\n" } as [HTMLFragment]
        return """
            <ul\(name.isEmpty ? "" : " class=\"\(name)\"" as HTMLFragment)>
            \(HTMLFragment.joined(entries))</ul>

            """
    }

    func spaced(_ items: [HTMLFragment]) -> HTMLFragment {
        .joined(
            items.enumerated().map { index, item -> HTMLFragment in
                index == 0 ? item : " \(item)"
            })
    }

    /// What a screen shows on demand and a print leaves to the signed file.
    func details(_ summary: String, _ content: HTMLFragment) -> HTMLFragment {
        content.isEmpty
            ? .empty
            : """
            <details><summary>\(words.text(summary))</summary>
            \(content)</details>

            """
    }

    /// Words of the signed text, which the engine writes in English, as they stand.
    func quoted(_ text: String) -> HTMLFragment {
        language.tag == "en" ? "<bdi>\(text)</bdi>" : "<bdi lang=\"en\">\(text)</bdi>"
    }

    /// Words that a person or another system wrote, in whatever language.
    func foreign(_ text: String) -> HTMLFragment { "<bdi>\(text)</bdi>" }

    /// The translation of a permanent name, or the name itself, marked as such.
    func term(_ group: String, _ name: String) -> HTMLFragment {
        words.known("\(group).\(name)").map { "\($0)" } ?? "<code>\(name)</code>"
    }

    /// All digits on a screen; print keeps the first twelve, enough to compare with the signed file.
    func digest(_ digest: Digest) -> HTMLFragment {
        """
        <code class="digest">\(digest.short)<span class="rest">\
        \(String(digest.hexadecimal.dropFirst(12)))</span></code>
        """
    }

    /// An outcome in sign and word; colour alone says nothing.
    func badge(_ outcome: CheckOutcome) -> HTMLFragment {
        """
        <span class="badge \(outcome.className)"><span aria-hidden="true">\(outcome.sign)</span> \
        \(words.text("outcome.\(outcome.rawValue)"))</span>
        """
    }

    /// Upper case for the first letter, for a word that starts a line.
    func capitalised(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }
}

extension CheckOutcome {
    var className: String {
        switch self {
        case .passed: "passed"
        case .failed: "failed"
        case .couldNotCheck: "unknown"
        }
    }

    var sign: HTMLFragment {
        switch self {
        case .passed: "&#10003;"
        case .failed: "&#10007;"
        case .couldNotCheck: "?"
        }
    }
}
