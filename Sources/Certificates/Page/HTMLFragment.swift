import Domain

/// A piece of HTML that is safe by construction: what is interpolated into a literal is escaped,
/// except other fragments.
struct HTMLFragment: ExpressibleByStringInterpolation, Sendable {
    private(set) var markup: String

    init(stringLiteral value: String) { markup = value }
    init(stringInterpolation: Interpolation) { markup = stringInterpolation.markup }
    private init(markup: String) { self.markup = markup }

    static let empty: HTMLFragment = ""

    static func joined(_ fragments: some Sequence<HTMLFragment>) -> HTMLFragment {
        HTMLFragment(markup: fragments.map(\.markup).joined())
    }

    struct Interpolation: StringInterpolationProtocol {
        fileprivate var markup = ""

        init(literalCapacity: Int, interpolationCount: Int) {
            markup.reserveCapacity(literalCapacity + interpolationCount * 16)
        }

        mutating func appendLiteral(_ literal: String) { markup += literal }
        mutating func appendInterpolation(_ fragment: HTMLFragment) { markup += fragment.markup }
        mutating func appendInterpolation(_ text: String) { markup += HTMLFragment.escaped(text) }
        mutating func appendInterpolation(_ number: some FixedWidthInteger) {
            markup += String(number)
        }
        mutating func appendInterpolation(_ time: Timestamp) {
            // 2026-03-05T09:14:00Z as people write it.
            let text = time.description
            markup +=
                "<time datetime=\"\(text)\">"
                + "\(text.prefix(10)) \(text.dropFirst(11).prefix(5)) UTC</time>"
        }
        mutating func appendInterpolation(_ digest: Digest) {
            markup += "<code class=\"digest\">\(digest.hexadecimal)</code>"
        }
    }

    /// Escapes markup, and shows control characters and those that turn the direction of writing by
    /// their number: a name must not be able to rearrange the text around it.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "\n", "\t": result.unicodeScalars.append(scalar)
            case _ where isDeceptive(scalar):
                result += "[U+\(String(scalar.value, radix: 16, uppercase: true))]"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func isDeceptive(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF,
            0xFFF9...0xFFFB, 0xE0000...0xE0FFF:
            true
        default: false
        }
    }
}

/// Building blocks of the page.
extension HTMLFragment {
    /// A two-column table of facts; each row's name is its header cell.
    static func facts(_ caption: String, _ rows: [(name: String, value: HTMLFragment)])
        -> HTMLFragment
    {
        let body =
            rows.map { "<tr><th scope=\"row\">\($0.name)</th><td>\($0.value)</td></tr>\n" }
            as [HTMLFragment]
        return """
            <table class="facts"><caption>\(caption)</caption>
            <tbody>
            \(joined(body))</tbody></table>

            """
    }

    /// A table with column headers; the first cell of each row is its header.
    static func table(_ caption: String, columns: [String], rows: [[HTMLFragment]])
        -> HTMLFragment
    {
        let head = columns.map { "<th scope=\"col\">\($0)</th>" } as [HTMLFragment]
        let body = rows.map { cells -> HTMLFragment in
            let content = cells.enumerated().map { index, cell -> HTMLFragment in
                index == 0 ? "<th scope=\"row\">\(cell)</th>" : "<td>\(cell)</td>"
            }
            return "<tr>\(joined(content))</tr>\n"
        }
        return """
            <div class="wide"><table><caption>\(caption)</caption>
            <thead><tr>\(joined(head))</tr></thead>
            <tbody>
            \(joined(body))</tbody></table></div>

            """
    }

    /// A bulleted list, or a sentence that says there is nothing to list.
    static func list(_ items: [String], ifEmpty sentence: String) -> HTMLFragment {
        guard !items.isEmpty else { return "<p>\(sentence)</p>\n" }
        let entries = items.map { "<li>\($0)</li>\n" } as [HTMLFragment]
        return "<ul>\n\(joined(entries))</ul>\n"
    }

    /// An outcome in word, sign and colour; colour alone says nothing.
    static func badge(_ outcome: CheckOutcome) -> HTMLFragment {
        switch outcome {
        case .passed: "<span class=\"badge passed\">&#10003; passed</span>"
        case .failed: "<span class=\"badge failed\">&#10007; failed</span>"
        case .couldNotCheck: "<span class=\"badge unknown\">? could not check</span>"
        }
    }
}
